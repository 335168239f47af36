/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* map, filter and reduce over a list, called by several threads again and again: a program to ask questions while it runs.
 *
 *   enum [-t THREADS] [-i INTERVAL_MS] [-n ROUNDS]    3 threads, once a second, for ever (0 rounds)
 *
 * It prints its process id and nothing else. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define KEEP __attribute__((noinline))
enum { MOST_THREADS = 1000, NAME = 16, LENGTH = 5 };

struct list {
  long value;
  struct list *next;
};

/* -- what is called ---------------------------------------------------------------------------------------------- */

static struct list *cons(long value, struct list *next) {
  struct list *cell = malloc(sizeof *cell);
  if (!cell)
    abort();
  *cell = (struct list){value, next};
  return cell;
}

/* A new list of what the callback makes of each value. */
KEEP struct list *map(const struct list *list, long (*callback)(long)) {
  struct list *first = NULL, **end = &first;
  for (; list; list = list->next, end = &(*end)->next)
    *end = cons(callback(list->value), NULL);
  return first;
}

/* A new list of the values that the callback wants. */
KEEP struct list *filter(const struct list *list, bool (*callback)(long)) {
  struct list *first = NULL, **end = &first;
  for (; list; list = list->next)
    if (callback(list->value)) {
      *end = cons(list->value, NULL);
      end = &(*end)->next;
    }
  return first;
}

/* One value of all. */
KEEP long reduce(const struct list *list, long start, long (*callback)(long, long)) {
  for (; list; list = list->next)
    start = callback(start, list->value);
  return start;
}

/* -- who calls it ------------------------------------------------------------------------------------------------- */

static long twice(long value) { return 2 * value; }
static bool is_large(long value) { return value > LENGTH; }
static long sum(long a, long b) { return a + b; }

static void release(struct list *list) {
  while (list) {
    struct list *next = list->next;
    free(list);
    list = next;
  }
}

/* The large ones of 2, 4, 6 ... 2 * LENGTH, added up. */
static long work(void) {
  struct list *numbers = NULL;
  for (long i = LENGTH; i; i--)
    numbers = cons(i, numbers);
  struct list *doubled = map(numbers, twice);
  struct list *large = filter(doubled, is_large);
  long total = reduce(large, 0, sum);
  release(numbers);
  release(doubled);
  release(large);
  return total;
}

static long interval_ms = 1000, rounds;
static _Thread_local volatile long sink; /* what is not used might not be computed */

static void *worker(void *name) {
  const struct timespec pause = {interval_ms / 1000, interval_ms % 1000 * 1000000};
  pthread_setname_np(pthread_self(), name);
  for (long i = 0; !rounds || i < rounds; i++) {
    sink = work();
    nanosleep(&pause, NULL);
  }
  return NULL;
}

/* -- the program -------------------------------------------------------------------------------------------------- */

static void usage(void) {
  fprintf(stderr, "usage: enum [-t THREADS] [-i INTERVAL_MS] [-n ROUNDS]\n");
  exit(2);
}

static long number(const char *text, long least, long most) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end || value < least || value > most)
    usage();
  return value;
}

int main(int count, char **arguments) {
  static pthread_t thread[MOST_THREADS];
  static char name[MOST_THREADS][NAME];
  long threads = 3;
  for (int option; (option = getopt(count, arguments, "t:i:n:")) != -1;) {
    if (option == 't')
      threads = number(optarg, 1, MOST_THREADS);
    else if (option == 'i')
      interval_ms = number(optarg, 0, 86400000);
    else if (option == 'n')
      rounds = number(optarg, 0, 1000000000);
    else
      usage();
  }
  if (optind < count)
    usage();
  printf("%d\n", (int)getpid());
  fflush(stdout);
  for (long i = 0; i < threads; i++) {
    snprintf(name[i], NAME, "worker-%d", (int)i + 1);
    if (pthread_create(&thread[i], NULL, worker, name[i]) != 0) {
      perror("enum: pthread_create");
      return 1;
    }
  }
  for (long i = 0; i < threads; i++)
    pthread_join(thread[i], NULL);
  return 0;
}
