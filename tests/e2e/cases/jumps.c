// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Calls that longjmp and siglongjmp leave are known to be gone at the next event; nobody else's are.
// rules: *:* -> return
// expect:
//| #1 jumps:main()
//| #2 jumps:lands(n=2)
//| #3 jumps:jumps(n=2)
//| #4 jumps:jumps(n=1)
//| #5 jumps:jumps(n=0)
//| #5 jumps:jumps/1 --> skipped
//| #4 jumps:jumps/1 --> skipped
//| #3 jumps:jumps/1 --> skipped
//| #6 jumps:last(n=2)
//| #6 jumps:last/1 --> 2
//| #2 jumps:lands/1 --> 2
//| #7 jumps:jumps(n=1)
//| #8 jumps:jumps(n=0)
//| #8 jumps:jumps/1 --> skipped
//| #7 jumps:jumps/1 --> skipped
//| #9 jumps:jumps(n=1)
//| #10 jumps:jumps(n=0)
//| #10 jumps:jumps/1 --> skipped
//| #9 jumps:jumps/1 --> skipped
//| #11 jumps:last(n=1)
//| #11 jumps:last/1 --> 1
//| #12 jumps:allocates(n=200)
//| #13 jumps:last(n=-56)
//| #13 jumps:last/1 --> -56
//| #12 jumps:allocates/1 --> -56
//| #14 jumps:allocates_and_lands(n=100)
//| #15 jumps:jumps(n=1)
//| #16 jumps:jumps(n=0)
//| #16 jumps:jumps/1 --> skipped
//| #15 jumps:jumps/1 --> skipped
//| #14 jumps:allocates_and_lands/1 --> 100
//| #17 jumps:interrupted(number=10)
//| #18 jumps:raises(number=10)
//| #19 jumps:handles(n=10)
//| #19 jumps:handles/1 --> skipped
//| #18 jumps:raises/1 --> skipped
//| #20 jumps:last(n=10)
//| #20 jumps:last/1 --> 10
//| #17 jumps:interrupted/1 --> 10
//| #21 jumps:interrupted(number=12)
//| #22 jumps:raises(number=12)
//| #23 jumps:handles(n=12)
//| #23 jumps:handles/1 --> 12
//| #22 jumps:raises/1 --> 12
//| #24 jumps:last(n=12)
//| #24 jumps:last/1 --> 12
//| #21 jumps:interrupted/1 --> 12
//| #25 jumps:interrupted(number=12)
//| #26 jumps:raises(number=12)
//| #27 jumps:handles(n=12)
//| #27 jumps:handles/1 --> 12
//| #26 jumps:raises/1 --> 12
//| #28 jumps:last(n=12)
//| #28 jumps:last/1 --> 12
//| #25 jumps:interrupted/1 --> 12
//| #29 jumps:interrupted(number=10)
//| #30 jumps:raises(number=10)
//| #31 jumps:handles(n=10)
//| #31 jumps:handles/1 --> skipped
//| #30 jumps:raises/1 --> skipped
//| #32 jumps:last(n=10)
//| #32 jumps:last/1 --> 10
//| #29 jumps:interrupted/1 --> 10
//| #33 jumps:last(n=2)
//| #33 jumps:last/1 --> 2
//| #34 jumps:ends(status=0)
#include <alloca.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEEP __attribute__((noinline))
volatile int sink;
static jmp_buf place;
static sigjmp_buf signal_place;

KEEP int last(int n) {
  sink = n;
  return n;
}
KEEP int jumps(int n) {
  if (n == 0)
    longjmp(place, 1);
  int r = jumps(n - 1);
  sink = r;
  return r;
}
/* It returns to the function that goes on, whose own calls come again at the same places. */
KEEP int lands(int n) {
  if (setjmp(place) == 0)
    jumps(n);
  last(n);
  return n;
}
/* The stack pointer of its end is not that of its beginning. */
KEEP int allocates(int n) {
  char *room = alloca((size_t)n);
  memset(room, n, (size_t)n);
  int r = last(room[n - 1]);
  sink = r;
  return r;
}
KEEP int allocates_and_lands(int n) {
  char *volatile room = alloca((size_t)n);
  memset(room, n, (size_t)n);
  if (setjmp(place) == 0)
    jumps(1);
  return room[0];
}
KEEP int handles(int n) {
  sink = n;
  if (n == SIGUSR1)
    siglongjmp(signal_place, 1);
  return n;
}
__attribute__((no_instrument_function)) static void on_signal(int number) { handles(number); }
KEEP int raises(int number) {
  raise(number);
  sink = number;
  return number;
}
KEEP int interrupted(int number) {
  if (sigsetjmp(signal_place, 1) == 0)
    raises(number);
  last(number);
  return number;
}
KEEP __attribute__((noreturn)) void ends(int status) {
  sink = status;
  exit(status);
}

int main(void) {
  lands(2);
  for (volatile int i = 0; i < 2; i++)
    if (setjmp(place) == 0)
      jumps(1);
  last(1);
  allocates(200);
  allocates_and_lands(100);
  struct sigaction action = {.sa_handler = on_signal};
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  interrupted(SIGUSR1);
  interrupted(SIGUSR2);
  /* The same on a stack that the handlers have for themselves. */
  stack_t stack = {.ss_sp = malloc(1 << 16), .ss_size = 1 << 16};
  sigaltstack(&stack, NULL);
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, NULL);
  sigaction(SIGUSR2, &action, NULL);
  interrupted(SIGUSR2);
  interrupted(SIGUSR1);
  last(2);
  puts("done");
  ends(0);
}
