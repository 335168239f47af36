/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap stacks: where the threads of running processes are. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "asked.h"
#include "mapped.h"
#include "message.h"
#include "stack.h"
#include "symbol.h"

enum { OPTION_EVERY, OPTION_FOR, OPTION_FOLDED, OPTION_INTERRUPT, OPTION_JSON };

static const struct option table[] = {
    [OPTION_EVERY] = {0, "every", "TIME",
                      "look again and again, so often (10ms), and say how often each stack was seen"},
    [OPTION_FOR] = {0, "for", "TIME", "with --every: so long (5s)"},
    [OPTION_FOLDED] = {0, "folded", NULL,
                       "with --every: one stack a line, outermost first, as flame graph scripts read it"},
    [OPTION_INTERRUPT] = {0, "interrupt", NULL,
                          "ask also threads whose system call will end with EINTR (poll, nanosleep)"},
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a thread, as docs/json.md describes"},
    {0},
};

/* A stack that was seen, outermost first, functions joined by semicolons. */
struct seen {
  char *folded;
  uint64_t count;
};

struct stacks {
  const char *target;
  uint64_t every_ns, for_ns; /* 0: look once */
  bool folded, interrupt, json;
  bool refused; /* by the owner of the process */
  struct ask ask;
  struct mapped *mapped;
  struct symbols *symbols;
  struct seen *seen; /* sorted by the text */
  size_t seens;
  uint64_t samples, unknown;
  bool failed; /* no memory */
};

static const struct calltap__location *locate(const struct stacks *stacks, const struct stack *stack, size_t frame) {
  struct calltap__namer *namer = symbols_namer(stacks->symbols);
  /* Frames are looked for by where calls return to; the first is the place itself. */
  return namer->locate(namer, mapped_file(stacks->mapped), stack->frame[frame] + (frame == 0));
}

/* --- text --- */

static void build_function(struct calltap__builder *text, const struct calltap__location *location, uint64_t address) {
  char digits[32];
  bool is_function = location->function.size > 0;
  if (is_function)
    calltap__build_plain(text, (struct calltap_text){location->function.bytes, location->function.size});
  else if (location->object.size > 0)
    calltap__build_plain(text, location->object);
  snprintf(digits, sizeof digits, "0x%" PRIx64, address);
  if (!is_function && location->object.size == 0)
    calltap__build(text, digits);
}

static void print_frame(const struct stacks *stacks, const struct stack *stack, size_t frame) {
  struct calltap__builder text = {0};
  const struct calltap__location *location = locate(stacks, stack, frame);
  build_function(&text, location, stack->frame[frame]);
  printf("      %.*s", (int)text.size, text.bytes != NULL ? text.bytes : "");
  if (location->object.size > 0)
    printf("+0x%" PRIx64, location->offset - (frame == 0));
  if (location->line != 0)
    printf("  %.*s:%" PRIu32, (int)location->file.size, location->file.bytes, location->line);
  putchar('\n');
  calltap__builder_free(&text);
}

static void print_text(const struct stacks *stacks, const struct stack *stack) {
  struct calltap__builder name = {0};
  calltap__build_plain(&name, calltap__text(stack->name));
  printf("%" PRIu32 " %.*s%s%s\n", stack->tid, (int)name.size, name.bytes != NULL ? name.bytes : "",
         stack->call != NULL ? ", in " : "", stack->call != NULL ? stack->call : "");
  calltap__builder_free(&name);
  for (size_t i = 0; i < stack->frames; i++)
    print_frame(stacks, stack, i);
  if (stack->frames == 0)
    puts("      (it did not answer: it takes no signals where it is, or has ended)");
  else if (stack->is_partial)
    puts("      (seen from another thread, since a signal would end its call: there may be more; --interrupt asks it)");
}

/* --- JSON --- */

static void build_frame(const struct stacks *stacks, const struct stack *stack, size_t frame,
                        struct calltap__builder *text) {
  char digits[32];
  const struct calltap__location *location = locate(stacks, stack, frame);
  snprintf(digits, sizeof digits, "{\"address\":\"0x%" PRIx64 "\"", stack->frame[frame]);
  calltap__build(text, digits);
  if (location->function.size > 0) {
    calltap__build(text, ",\"function\":");
    calltap__build_json(text, (struct calltap_text){location->function.bytes, location->function.size});
  }
  if (location->object.size > 0) {
    calltap__build(text, ",\"object\":");
    calltap__build_json(text, location->object);
    calltap__build(text, ",\"offset\":");
    calltap__build_number(text, location->offset - (frame == 0));
  }
  if (location->line != 0) {
    calltap__build(text, ",\"file\":");
    calltap__build_json(text, (struct calltap_text){location->file.bytes, location->file.size});
    calltap__build(text, ",\"line\":");
    calltap__build_number(text, location->line);
  }
  calltap__build(text, "}");
}

static void print_json(const struct stacks *stacks, const struct stack *stack) {
  struct calltap__builder text = {0};
  calltap__build(&text, "{\"program\":");
  calltap__build_json(&text, calltap__text(stacks->ask.look.name));
  calltap__build(&text, ",\"pid\":");
  calltap__build_number(&text, stacks->ask.pid);
  calltap__build(&text, ",\"tid\":");
  calltap__build_number(&text, stack->tid);
  calltap__build(&text, ",\"thread\":");
  calltap__build_json(&text, calltap__text(stack->name));
  if (stack->call != NULL) {
    calltap__build(&text, ",\"call\":");
    calltap__build_json(&text, calltap__text(stack->call));
  }
  if (stack->frames > 0) {
    calltap__build(&text, stack->is_partial ? ",\"partial\":true,\"stack\":[" : ",\"stack\":[");
    for (size_t i = 0; i < stack->frames; i++) {
      calltap__build(&text, i > 0 ? "," : "");
      build_frame(stacks, stack, i, &text);
    }
    calltap__build(&text, "]");
  }
  calltap__build(&text, "}\n");
  fwrite(text.bytes, 1, text.size, stdout);
  calltap__builder_free(&text);
}

/* It will be so of every thread. */
static bool is_refused(struct stacks *stacks, const struct stack *stack) {
  if (stack->is_refused && !stacks->refused)
    message("%" PRIu32 ": the owner of this process allows no tracing (CALLTAP_ALLOW=off)", stacks->ask.pid);
  return stacks->refused |= stack->is_refused;
}

static void print(void *context, const struct stack *stack) {
  struct stacks *stacks = context;
  if (is_refused(stacks, stack))
    return;
  stacks->samples += stack->frames > 0;
  if (stacks->json)
    print_json(stacks, stack);
  else
    print_text(stacks, stack);
}

/* --- samples --- */

static int by_text(const void *left, const void *right) {
  const struct seen *a = left, *b = right;
  return strcmp(a->folded, b->folded);
}

static int by_count(const void *left, const void *right) {
  const struct seen *a = left, *b = right;
  if (a->count != b->count)
    return a->count > b->count ? -1 : 1;
  return strcmp(a->folded, b->folded);
}

/* Takes the text. */
static void add(struct stacks *stacks, char *folded) {
  struct seen key = {folded, 1};
  struct seen *found = stacks->seens > 0 ? bsearch(&key, stacks->seen, stacks->seens, sizeof key, by_text) : NULL;
  if (found != NULL) {
    found->count++;
    free(folded);
    return;
  }
  struct seen *grown = realloc(stacks->seen, (stacks->seens + 1) * sizeof *grown);
  if (grown == NULL) {
    stacks->failed = true;
    free(folded);
    return;
  }
  size_t at = stacks->seens++;
  stacks->seen = grown;
  for (; at > 0 && by_text(&grown[at - 1], &key) > 0; at--)
    grown[at] = grown[at - 1];
  grown[at] = key;
}

static void sample(void *context, const struct stack *stack) {
  struct stacks *stacks = context;
  struct calltap__builder text = {0};
  if (is_refused(stacks, stack))
    return;
  if (stack->frames == 0) {
    stacks->unknown++;
    return;
  }
  stacks->samples++;
  calltap__build_plain(&text, calltap__text(stack->name));
  for (size_t i = stack->frames; i-- > 0;) {
    calltap__build(&text, ";");
    build_function(&text, locate(stacks, stack, i), stack->frame[i]);
  }
  calltap__build_bytes(&text, "", 1);
  if (text.failed) {
    stacks->failed = true;
    calltap__builder_free(&text);
    return;
  }
  add(stacks, text.bytes);
}

static void print_samples(struct stacks *stacks) {
  if (stacks->seens > 0)
    qsort(stacks->seen, stacks->seens, sizeof *stacks->seen, by_count);
  for (size_t i = 0; i < stacks->seens; i++) {
    const struct seen *seen = &stacks->seen[i];
    if (stacks->folded) {
      printf("%s %" PRIu64 "\n", seen->folded, seen->count);
      continue;
    }
    const char *first = strchr(seen->folded, ';');
    printf("%" PRIu64 " of %" PRIu64 " (%.1f %%)  %.*s\n", seen->count, stacks->samples,
           100.0 * (double)seen->count / (double)stacks->samples, (int)(first - seen->folded), seen->folded);
    for (const char *end = first + strlen(first); end > first;) {
      const char *begin = end - 1;
      while (*begin != ';')
        begin--;
      printf("      %.*s\n", (int)(end - begin - 1), begin + 1);
      end = begin;
    }
  }
  fflush(stdout);
  fprintf(stderr, "%" PRIu64 " samples, %zu different stacks, %" PRIu64 " threads did not answer\n", stacks->samples,
          stacks->seens, stacks->unknown);
}

static uint64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Looks at regular times; those that a long look took are left out. */
static void look_often(struct stacks *stacks) {
  uint64_t begin = now_ns(), next = begin;
  while (stacks_ask(&stacks->ask, stacks->interrupt, sample, stacks) && !stacks->refused &&
         now_ns() - begin < stacks->for_ns) {
    uint64_t now = now_ns();
    next += (now > next ? (now - next) / stacks->every_ns + 1 : 1) * stacks->every_ns;
    const struct timespec until = {(time_t)(next / 1000000000), (long)(next % 1000000000)};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
  }
  if (!stacks->refused)
    print_samples(stacks);
}

/* --- the command --- */

static enum status look_at(struct stacks *stacks, uint32_t pid) {
  enum status status = STATUS_FAULT;
  if (!ask_open(&stacks->ask, pid))
    return STATUS_QUESTION;
  stacks->samples = stacks->unknown = stacks->seens = 0;
  stacks->refused = false;
  stacks->symbols = symbols_new();
  stacks->mapped = stacks->symbols != NULL ? mapped_open(pid) : NULL;
  if (stacks->mapped != NULL) {
    if (stacks->every_ns > 0)
      look_often(stacks);
    else
      stacks_ask(&stacks->ask, stacks->interrupt, print, stacks);
    status = stacks->failed        ? STATUS_FAULT
             : stacks->refused     ? STATUS_QUESTION
             : stacks->samples > 0 ? STATUS_DONE
                                   : STATUS_NOTHING;
  }
  for (size_t i = 0; i < stacks->seens; i++)
    free(stacks->seen[i].folded);
  symbols_free(stacks->symbols);
  mapped_free(stacks->mapped);
  ask_close(&stacks->ask);
  return status;
}

static bool set_option(struct stacks *stacks, int option, const char *value) {
  switch (option) {
  case OPTION_EVERY:
    if (!options_duration(value, "--every", &stacks->every_ns))
      return false;
    if (stacks->every_ns == 0)
      message("--every takes a time above 0");
    return stacks->every_ns > 0;
  case OPTION_FOR:
    return options_duration(value, "--for", &stacks->for_ns);
  case OPTION_FOLDED:
    return stacks->folded = true;
  case OPTION_INTERRUPT:
    return stacks->interrupt = true;
  default:
    return stacks->json = true;
  }
}

static bool read_words(struct stacks *stacks, struct options *options) {
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG || (found >= 0 && !set_option(stacks, found, options->value)))
      return false;
    if (found == OPTIONS_WORD && stacks->target != NULL) {
      message("'%s' is one word too many; stacks takes one target", options->value);
      return false;
    }
    if (found == OPTIONS_WORD)
      stacks->target = options->value;
  }
  if (stacks->target == NULL)
    message("name a process: its number, several with commas, or a glob of program names");
  else if (stacks->every_ns == 0 && (stacks->for_ns > 0 || stacks->folded))
    message("--for and --folded are about samples: give --every, too");
  else if (stacks->every_ns > 0 && stacks->json)
    message("samples have no JSON; --folded is for other programs");
  else
    return true;
  return false;
}

static int run(struct options *options) {
  struct stacks stacks = {0};
  uint32_t *pids = NULL;
  enum status status = STATUS_DONE;
  if (!read_words(&stacks, options))
    return STATUS_QUESTION;
  if (stacks.for_ns == 0)
    stacks.for_ns = UINT64_C(5000000000);
  size_t count = ask_targets(stacks.target, &pids);
  for (size_t i = 0; i < count; i++) {
    enum status one = look_at(&stacks, pids[i]);
    status = one != STATUS_DONE ? one : status;
  }
  free(stacks.seen);
  free(pids);
  return asked_flush(count > 0 ? status : STATUS_QUESTION);
}

const struct command command_stacks = {
    .name = "stacks",
    .usage = "[OPTIONS] TARGET",
    .summary = "Says where the threads of running processes are",
    .text =
        "One stack a thread, innermost function first, named as in rules where the function has hooks, else by\n"
        "its symbol. No debugger is attached and no thread is stopped: a thread that computes, or waits in a\n"
        "system call that goes on by itself, is sent the control signal and says where it is. One whose call\n"
        "the signal would end (poll, epoll_wait, nanosleep) is left alone: another thread reads its stack, as far\n"
        "as that is possible without its registers. TARGET is a pid, several with commas, or a glob of program names.\n"
        "\n"
        "  calltap stacks 4711\n"
        "  calltap stacks --every 10ms --for 5s --folded server | flamegraph.pl >where.svg\n"
        "\n"
        "Exit status: 0 done, 1 the question was wrong, 2 a fault, 4 no thread answered.\n",
    .options = table,
    .run = run,
};
