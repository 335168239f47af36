/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Runs the variants of one program in turns and says what each took.
 *
 *     runner [-n ROUNDS] [-c CPU] < variants > table
 *
 * One line of the input is one variant; its fields are separated by tabs: the variant's name, then NAME=VALUE for its
 * environment, `!PATH` for a file that it writes (removed before and after each run), then the command with its
 * arguments.
 *
 * All variants run once in a round, each round starts with another one, and a first round is thrown away: what slows
 * the machine down for a while slows all of them down. What a program prints must be the same for all variants, but
 * for lines `@ METRIC VALUE UNIT`, which are measurements of its own.
 *
 * The output has a line for each variant and metric, its fields separated by tabs: variant, metric, unit, rounds,
 * minimum, median, and the median over the rounds of the ratio to the first variant in the same round. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MAX_VARIANTS = 16, MAX_FIELDS = 64, MAX_METRICS = 16, MAX_ROUNDS = 1000 };

struct metric {
  char name[32];
  char unit[16];
  int count;
  double values[MAX_ROUNDS];
};

struct variant {
  char *name;
  char *environment[MAX_FIELDS]; /* NAME=VALUE */
  char *written;                 /* the file it writes, or null */
  char *arguments[MAX_FIELDS];   /* the command; ends in null */
  struct metric metrics[MAX_METRICS];
  int metric_count;
};

/* What one run of a program left behind. */
struct outcome {
  char *output;
  size_t size;
  double wall_ms;
  struct rusage usage;
};

static struct variant variants[MAX_VARIANTS];
static int variant_count;
static char *expected; /* the output of the first run, without measurements */

__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fputs("runner: ", stderr);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

/* ---- input ---- */

static void add_field(struct variant *variant, char *field) {
  int used = 0;
  bool in_command = variant->arguments[0] != NULL;
  char **list = variant->arguments;
  if (!in_command && field[0] == '!') {
    variant->written = field + 1;
    return;
  }
  if (!in_command && strchr(field, '=') != NULL)
    list = variant->environment;
  while (list[used] != NULL)
    used++;
  if (used == MAX_FIELDS - 1)
    die("too many fields for %s", variant->name);
  list[used] = field;
}

static void read_variants(void) {
  char *line = NULL;
  size_t capacity = 0;
  while (getline(&line, &capacity, stdin) > 0) {
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0')
      continue;
    if (variant_count == MAX_VARIANTS)
      die("more than %d variants", MAX_VARIANTS);
    struct variant *variant = &variants[variant_count++];
    char *rest = strdup(line);
    variant->name = strsep(&rest, "\t");
    for (char *field; (field = strsep(&rest, "\t")) != NULL;)
      add_field(variant, field);
    if (variant->arguments[0] == NULL)
      die("%s has no command", variant->name);
  }
  free(line);
  if (variant_count == 0)
    die("no variants");
}

/* ---- one run ---- */

static double now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double milliseconds(struct timeval time) { return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3; }

/* In the child: becomes the variant's program, with its standard output in the pipe. */
__attribute__((noreturn)) static void become(struct variant *variant, int output) {
  dup2(output, STDOUT_FILENO);
  close(output);
  for (char **entry = variant->environment; *entry != NULL; entry++)
    putenv(*entry);
  execvp(variant->arguments[0], variant->arguments);
  fprintf(stderr, "runner: %s: %s\n", variant->arguments[0], strerror(errno));
  _exit(127);
}

static void collect(int input, struct outcome *outcome) {
  size_t capacity = 1 << 16;
  outcome->output = malloc(capacity);
  outcome->size = 0;
  for (ssize_t got; (got = read(input, outcome->output + outcome->size, capacity - outcome->size - 1)) > 0;) {
    outcome->size += (size_t)got;
    if (outcome->size == capacity - 1)
      outcome->output = realloc(outcome->output, capacity *= 2);
  }
  outcome->output[outcome->size] = '\0';
}

static struct outcome run_once(struct variant *variant) {
  struct outcome outcome;
  int ends[2];
  if (variant->written != NULL)
    unlink(variant->written);
  if (pipe(ends) != 0)
    die("pipe: %s", strerror(errno));
  double start = now_ms();
  pid_t child = fork();
  if (child < 0)
    die("fork: %s", strerror(errno));
  if (child == 0) {
    close(ends[0]);
    become(variant, ends[1]);
  }
  close(ends[1]);
  collect(ends[0], &outcome);
  close(ends[0]);
  int status;
  wait4(child, &status, 0, &outcome.usage);
  outcome.wall_ms = now_ms() - start;
  if (status != 0)
    die("%s ended with %s %d", variant->name, WIFSIGNALED(status) ? "signal" : "status",
        WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return outcome;
}

/* ---- measurements ---- */

static struct metric *find_metric(struct variant *variant, const char *name) {
  for (int i = 0; i < variant->metric_count; i++)
    if (strcmp(variant->metrics[i].name, name) == 0)
      return &variant->metrics[i];
  return NULL;
}

static void add_value(struct variant *variant, const char *name, const char *unit, double value) {
  struct metric *metric = find_metric(variant, name);
  if (metric == NULL) {
    if (variant->metric_count == MAX_METRICS)
      die("%s has more than %d metrics", variant->name, MAX_METRICS);
    metric = &variant->metrics[variant->metric_count++];
    snprintf(metric->name, sizeof metric->name, "%s", name);
    snprintf(metric->unit, sizeof metric->unit, "%s", unit);
  }
  metric->values[metric->count++] = value;
}

/* Takes the program's own measurements out of its output, and records them if they count. */
static void take_measurements(struct variant *variant, char *output, bool counts) {
  char *kept = output;
  for (char *line = output; *line != '\0';) {
    size_t length = strcspn(line, "\n");
    length += line[length] == '\n';
    char name[32], unit[16];
    double value;
    if (line[0] != '@') {
      memmove(kept, line, length);
      kept += length;
    } else if (sscanf(line, "@ %31s %lf %15s", name, &value, unit) != 3) {
      die("%s printed a measurement that is none: %.*s", variant->name, (int)length, line);
    } else if (counts) {
      add_value(variant, name, unit, value);
    }
    line += length;
  }
  *kept = '\0';
}

static void compare_output(struct variant *variant, char *output) {
  if (expected == NULL) {
    expected = strdup(output);
  } else if (strcmp(expected, output) != 0) {
    die("the output of %s differs from that of %s", variant->name, variants[0].name);
  }
}

static void measure(struct variant *variant, bool counts) {
  struct outcome outcome = run_once(variant);
  take_measurements(variant, outcome.output, counts);
  compare_output(variant, outcome.output);
  free(outcome.output);
  if (counts) {
    add_value(variant, "wall", "ms", outcome.wall_ms);
    add_value(variant, "user", "ms", milliseconds(outcome.usage.ru_utime));
    add_value(variant, "sys", "ms", milliseconds(outcome.usage.ru_stime));
    add_value(variant, "cpu", "ms", milliseconds(outcome.usage.ru_utime) + milliseconds(outcome.usage.ru_stime));
    add_value(variant, "memory", "kB", (double)outcome.usage.ru_maxrss);
  }
  struct stat status;
  if (variant->written != NULL && stat(variant->written, &status) == 0) {
    if (counts)
      add_value(variant, "file", "bytes", (double)status.st_size);
    unlink(variant->written);
  }
}

/* ---- output ---- */

static int compare_doubles(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

/* Sorts the values. */
static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_doubles);
  return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* The median of the ratios to the first variant, round by round; 0 if the first has no such metric. */
static double median_ratio(const struct metric *metric) {
  double ratios[MAX_ROUNDS];
  const struct metric *base = find_metric(&variants[0], metric->name);
  if (base == NULL || base->count != metric->count)
    return 0;
  for (int i = 0; i < metric->count; i++)
    ratios[i] = base->values[i] > 0 ? metric->values[i] / base->values[i] : 0;
  return median(ratios, metric->count);
}

static void print_table(void) {
  /* All ratios first: the medians sort the values, and a ratio needs them in the order of the rounds. */
  static double ratios[MAX_VARIANTS][MAX_METRICS];
  for (int v = 0; v < variant_count; v++)
    for (int m = 0; m < variants[v].metric_count; m++)
      ratios[v][m] = median_ratio(&variants[v].metrics[m]);
  for (int v = 0; v < variant_count; v++)
    for (int m = 0; m < variants[v].metric_count; m++) {
      struct metric *metric = &variants[v].metrics[m];
      double middle = median(metric->values, metric->count);
      printf("%s\t%s\t%s\t%d\t%.6g\t%.6g\t%.4f\n", variants[v].name, metric->name, metric->unit, metric->count,
             metric->values[0], middle, ratios[v][m]);
    }
}

/* ---- main ---- */

static void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET((size_t)cpu, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0)
    die("cannot run on processor %d: %s", cpu, strerror(errno));
}

int main(int count, char **arguments) {
  int rounds = 5;
  for (int option; (option = getopt(count, arguments, "n:c:")) != -1;) {
    if (option == 'n')
      rounds = atoi(optarg);
    else if (option == 'c')
      pin(atoi(optarg));
    else
      die("usage: runner [-n ROUNDS] [-c CPU] < variants");
  }
  if (rounds < 1 || rounds > MAX_ROUNDS)
    die("rounds must be from 1 to %d", MAX_ROUNDS);
  read_variants();
  for (int round = -1; round < rounds; round++)
    for (int turn = 0; turn < variant_count; turn++)
      measure(&variants[(round + 1 + turn) % variant_count], round >= 0);
  print_table();
  return 0;
}
