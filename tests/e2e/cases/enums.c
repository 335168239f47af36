// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Enumerations by name, flags as names, and numbers where there is no name.
// rules: enums:* -> return
// expect:
//| #1 enums:main()
//| #2 enums:paint(first=RED, second=BLUE, none=9)
//| #2 enums:paint/3 --> GREEN
//| #3 enums:open_file(mode=READ|WRITE|0x40, all=ALL, nothing=0, strange=64)
//| #3 enums:open_file/4 --> READ|EXEC
//| #4 enums:check(result=BAD, huge=HUGE_ONE)
//| #4 enums:check/2 --> FINE
//| #1 enums:main/0 --> 0
#define KEEP __attribute__((noinline))
volatile unsigned long sink;

enum color { RED, GREEN, BLUE, WHITE = 7 };
enum mode { READ = 1, WRITE = 2, EXEC = 4, ALL = 7 };
typedef enum { FINE, BAD = -1, WORSE = -200 } result_t;
enum huge { HUGE_ONE = 1L << 40 };

KEEP enum color paint(enum color first, enum color second, enum color none) {
  sink += (unsigned long)(first + second + none);
  return sink ? GREEN : RED;
}
KEEP enum mode open_file(enum mode mode, enum mode all, enum mode nothing, enum mode strange) {
  sink += (unsigned long)(mode + all + nothing + strange);
  return sink ? (enum mode)(READ | EXEC) : READ;
}
KEEP result_t check(result_t result, enum huge huge) {
  sink += (unsigned long)result + (unsigned long)huge;
  return sink ? FINE : BAD;
}

int main(void) {
  paint(RED, BLUE, (enum color)9);
  open_file((enum mode)(READ | WRITE | 0x40), ALL, (enum mode)0, (enum mode)0x40);
  check(BAD, HUGE_ONE);
  return 0;
}
