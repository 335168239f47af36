// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Each function is called once, with the values that check_call.sh tries.
#define KEEP extern "C" __attribute__((noinline))

enum mode { READ = 1, WRITE = 2 };
enum class Level : signed char { LOW = -1, HIGH = 1 };

struct pair {
  int first, second;
};
struct wide {
  long a, b, c;
};
struct client {
  int fd;
  const char *name;
  enum mode mode;
  double load;
  client *next;
  char tag[8];
  unsigned bits : 5;
  int deep : 7;
  pair pairs[2];
  union {
    int one;
    float other;
  };
};

static volatile long sink;

KEEP int numbers(signed char a, unsigned b, long c, bool d, char e) {
  return static_cast<int>(sink = a + b + c + d + e);
}
KEEP double reals(float a, double b) { return sink = static_cast<long>(a + b), a + b; }
KEEP int texts(const char *a, const char *b) { return static_cast<int>(sink = a[0] + (b ? b[0] : 0)); }
KEEP void enums(enum mode mode, Level level) { sink = mode + static_cast<int>(level); }
KEEP int by_value(pair p, wide w) { return static_cast<int>(sink = p.first + p.second + w.c); }
KEEP int pointed(client *c) { return static_cast<int>(sink = c->fd + (c->next ? c->next->fd : 0) + c->one); }
KEEP int referred(const client &c, int &out) { return static_cast<int>(sink = c.fd + out); }
KEEP int elements(const int *list, int count) { return static_cast<int>(sink = list[count - 1]); }
KEEP int many(int a, int b, int c, int d, int e, int f, int g, wide h) {
  return static_cast<int>(sink = a + b + c + d + e + f + g + h.b);
}

namespace net {
struct Conn {
  int fd;
  __attribute__((noinline)) int send(const char *text, int size) {
    return static_cast<int>(sink = fd + text[0] + size);
  }
};
} // namespace net

int main() {
  client last = {4, "last", READ, 0, nullptr, "z", 0, 0, {}, {}};
  client first = {3, "bob", WRITE, 1.5, &last, "ab", 17, -3, {{1, 2}, {3, 4}}, {9}};
  const int list[] = {5, 6, 7};
  int out = 8;
  net::Conn conn = {7};
  numbers(-5, 4000000000U, 1L << 40, true, 'x');
  reals(0.5F, -2.25);
  texts("SELECT 1", nullptr);
  enums(WRITE, Level::LOW);
  by_value({1, -2}, {10, 20, 30});
  pointed(&first);
  referred(first, out);
  elements(list, 3);
  many(1, 2, 3, 4, 5, 6, 7, {8, 9, 10});
  conn.send("hello", 5);
  return 0;
}
