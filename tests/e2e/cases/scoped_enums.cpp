// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Enumerations of C++: scoped ones, with underlying types, inside a class.
// rules: scoped_enums:* -> return
// expect:
//| #1 scoped_enums:main()
//| #2 scoped_enums:mix(small=Second, wide=Far, inner=Off, unnamed=7)
//| #2 scoped_enums:mix/4 --> First
//| #1 scoped_enums:main/0 --> 0
#define KEEP __attribute__((noinline))
volatile unsigned long sink;

namespace net {
enum class Small : unsigned char { First = 3, Second = 200 };
enum class Wide : long { Near = -1, Far = -(1L << 40) };
struct Switch {
  enum State : short { Off, On };
};
} // namespace net

KEEP net::Small mix(net::Small small, net::Wide wide, net::Switch::State inner, net::Small unnamed) {
  sink += (unsigned long)small + (unsigned long)wide + (unsigned long)inner + (unsigned long)unnamed;
  return sink ? net::Small::First : net::Small::Second;
}

int main() {
  mix(net::Small::Second, net::Wide::Far, net::Switch::Off, net::Small(7));
  return 0;
}
