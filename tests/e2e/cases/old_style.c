// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Definitions of the old style: callers pass int for char and double for float, the trace shows what was declared.
// rules: old_style:* -> return
// flags: -std=gnu89
// expect:
//| #1 old_style:main()
//| #2 old_style:mix(c='A', s=-300, f=0.25, d=0.1, text="old", u=200)
//| #2 old_style:mix/6 --> 0.5
//| #3 old_style:many(a=1, b=2, c=3, d=4, e=5, f=6, g='g', h=0.75)
//| #3 old_style:many/8 --> 'x'
//| #1 old_style:main/0 --> 0
#define KEEP __attribute__((noinline))
volatile double sink;

KEEP float mix(c, s, f, d, text, u)
char c;
short s;
float f;
double d;
char *text;
unsigned char u;
{
  sink = c + s + f + d + *text + u;
  return sink == 0 ? 1.0F : 0.5F;
}

KEEP char many(a, b, c, d, e, f, g, h)
int a, b, c, d, e, f;
char g;
float h;
{
  sink = a + b + c + d + e + f + g + h;
  return sink == 0 ? 'y' : 'x';
}

int main() {
  mix('A', -300, 0.25F, 0.1, "old", 200);
  many(1, 2, 3, 4, 5, 6, 'g', 0.75F);
  return 0;
}
