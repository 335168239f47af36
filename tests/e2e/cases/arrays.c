// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Arrays in structs; arrays of characters are strings. Array parameters are pointers.
// rules: arrays:*
// expect:
//| #1 arrays:main()
//| #2 arrays:take(a={n=[1, -2, 3], m=[[1, 2], [3, 4]]} (by value), parameter=0xP)
//| #3 arrays:text(t={name="SET", full="four", raw=[1, 2, 0, 255], letters="abc"} (by value))
//| #4 arrays:nested(l={item=[{x=1, y=2}, {x=3, y=4}]} (by value))
#define KEEP __attribute__((noinline))
volatile unsigned long sink;

struct numbers {
  short n[3];
  char signed m[2][2];
};
struct text {
  char name[8];
  char full[4];
  unsigned char raw[4];
  signed char letters[4];
};
struct point {
  int x, y;
};
struct list {
  struct point item[2];
};

KEEP void take(struct numbers a, int parameter[3]) { sink += (unsigned long)(a.n[1] + a.m[1][1] + parameter[0]); }
KEEP void text(struct text t) { sink += (unsigned long)(t.name[0] + t.full[0] + t.raw[3] + t.letters[0]); }
KEEP void nested(struct list l) { sink += (unsigned long)(l.item[0].x + l.item[1].y); }

int main(void) {
  int numbers[3] = {7, 8, 9};
  take((struct numbers){{1, -2, 3}, {{1, 2}, {3, 4}}}, numbers);
  text((struct text){"SET", {'f', 'o', 'u', 'r'}, {1, 2, 0, 255}, "abc"});
  nested((struct list){{{1, 2}, {3, 4}}});
  return 0;
}
