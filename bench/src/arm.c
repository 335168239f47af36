/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How long arming and disarming take, measured in the process that asks itself.
 *
 *     arm PATTERN EXITS TIMES
 *     arm call
 *
 * Starts and stops a session about the functions that PATTERN names, TIMES times, with their exits if EXITS is 1, and
 * prints the least time of each: by the clock, and of the processor, which does not know what else the machine did. `arm call` calls one of its functions a hundred times a second until it is ended: for a
 * command that asks from outside. The functions f0 to f9999 are in a generated file (`bench/run` makes it). */
#include <calltap/calltap.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int f7(int a);

static char reply[1 << 16];

/* In us. */
struct spent {
  double wall, cpu;
};

static double clock_us(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void keep_less(double *least, double value) {
  if (*least == 0 || value < *least)
    *least = value;
}

/* Asks, and notes how long the answer took if that is less than before; ends the program where it is not `ok`. */
static void ask(const char *request, struct spent *least) {
  double cpu = clock_us(CLOCK_THREAD_CPUTIME_ID), wall = clock_us(CLOCK_MONOTONIC);
  calltap_request(request, reply, sizeof reply);
  keep_less(&least->wall, clock_us(CLOCK_MONOTONIC) - wall);
  keep_less(&least->cpu, clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu);
  if (strncmp(reply, "ok", 2) != 0) {
    fprintf(stderr, "arm: %s\n", reply);
    exit(1);
  }
}

static long number_after(const char *key) {
  const char *found = strstr(reply, key);
  return found ? atol(found + strlen(key)) : 0;
}

static void call_for_ever(void) {
  struct timespec pause = {.tv_nsec = 10000000};
  for (int i = 0;; i++) {
    f7(i);
    nanosleep(&pause, NULL);
  }
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "call") == 0)
    call_for_ever();
  int times = count == 4 ? atoi(arguments[3]) : 0;
  if (times < 1) {
    fputs("usage: arm PATTERN EXITS TIMES | arm call\n", stderr);
    return 2;
  }
  char start[256];
  snprintf(start, sizeof start,
           "calltap 1 start\nsession bench\nlimits calls=1000,time=60s,budget=0\nout memory\nrules\n%s%s", arguments[1],
           atoi(arguments[2]) ? " -> return" : "");
  struct spent arm = {0, 0}, disarm = {0, 0};
  long functions = 0, sites = 0;
  for (int i = 0; i < times; i++) {
    ask(start, &arm);
    functions = number_after("functions ");
    sites = number_after("sites ");
    ask("calltap 1 stop\nsession bench", &disarm);
  }
  printf("@ arm %.1f us\n@ arm-cpu %.1f us\n@ disarm %.1f us\n@ disarm-cpu %.1f us\n", arm.wall, arm.cpu, disarm.wall,
         disarm.cpu);
  printf("@ functions %ld count\n@ sites %ld count\n", functions, sites);
  return 0;
}
