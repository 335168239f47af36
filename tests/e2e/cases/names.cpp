// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Names in C++: namespaces, classes, templates, lambdas, operators, constructors, overloads.
// rules: names:*; net:*; net::*:*; main:*; box:* -> return
// levels: O0
// expect:
//| #1 names:main()
//| #2 net::Conn:Conn(this=0xP, descriptor=7)
//| #3 net::Conn:send(this=0xP, bytes=5)
//| #4 net::Conn:send(this=0xP, text="x")
//| #5 net::Conn:operator==(this=0xP, other=0xP)
//| #6 net::Conn:instances()
//| #7 net:Conn_count()
//| #8 box:get(this=0xP)
//| #8 box:get/0 --> 11
//| #9 names:hidden(n=2)
//| #10 main:lambda@52(this=0xP, x=4)
//| #11 names:generic(t=6)
//| #12 names:generic(t=1.5)
//| #13 names:plain_c(n=1)
//| #14 net::Conn:~Conn(this=0xP)
#define KEEP __attribute__((noinline))
volatile int sink;

namespace net {
inline namespace v2 {
struct Conn {
  KEEP explicit Conn(int descriptor) { sink = descriptor; }
  KEEP ~Conn() { sink = 0; }
  KEEP void send(long bytes) { sink = (int)bytes; }
  KEEP void send(const char *text) { sink = *text; }
  KEEP bool operator==(const Conn &other) const { return sink == 9 || this == &other; }
  KEEP static int instances() { return sink; }
};
} // namespace v2
KEEP int Conn_count() { return sink; }
} // namespace net

template <class T> struct box {
  T value;
  KEEP T get() { return value + sink * 0; }
};

namespace {
KEEP int hidden(int n) { return n + sink; }
} // namespace

template <class T> KEEP void generic(T t) { sink = (int)t; }
extern "C" KEEP void plain_c(int n) { sink = n; }

int main() {
  net::Conn conn(7);
  auto local = [](int x) KEEP { sink = x; };
  conn.send(5L);
  conn.send("x");
  if (!(conn == conn))
    return 1;
  net::Conn::instances();
  net::Conn_count();
  box<int> b{11};
  b.get();
  hidden(2);
  local(4);
  generic(6);
  generic(1.5);
  plain_c(1);
  return 0;
}
