/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The machine of match.c outside of a traced process: registers and memory are made up. Not part of the runtime: the command links
 * this in place of what the hook has. */
#include "calltap/trial.h"
#include "internal.h"

enum { NUMBER_OF_THREAD = 1 };

static const struct calltap_trial *trial; /* the one that runs */
static struct session session;
static struct stream thread = {.tid = NUMBER_OF_THREAD, .session = &session};
static struct registers entering, leaving;

struct process calltap__process;

/* -- what the machine asks of its surroundings --------------------------------------------------------------------------- */

int calltap__os_tid(void) { return NUMBER_OF_THREAD; }

void calltap__os_thread_name(char buffer[16]) {
  (void)calltap__text_copy(buffer, 16, trial->thread ? trial->thread : "trial");
}

size_t calltap__walk(uintptr_t *pc, size_t most, const struct registers *r, struct stream *s) {
  (void)pc, (void)most, (void)r, (void)s;
  return 0;
}

uintptr_t calltap__frame_of(const struct shape *shape, const struct registers *r) {
  (void)shape, (void)r;
  return (uintptr_t)trial->frame;
}

static size_t take(void *to, uint64_t address, size_t bytes, const struct calltap_trial_memory *from) {
  uint64_t within = address - from->address;
  if (within >= from->size)
    return 0;
  size_t taken = bytes < from->size - within ? bytes : from->size - (size_t)within;
  calltap__bytes_copy(to, (const char *)from->bytes + within, taken);
  return taken;
}

size_t calltap__peek(void *to, uintptr_t address, size_t bytes, struct stream *s) {
  const struct calltap_trial_memory name = {(uintptr_t)s->name, sizeof s->name, s->name};
  size_t taken = take(to, address, bytes, &name);
  for (size_t i = 0; i < trial->memories && !taken; i++)
    taken = take(to, address, bytes, &trial->memory[i]);
  return taken;
}

size_t calltap__peek_text(void *to, uintptr_t address, size_t limit, struct stream *s, struct text_peek *out) {
  const char *text = to;
  size_t taken = calltap__peek(to, address, limit, s), n = 0;
  while (n < taken && text[n])
    n++;
  *out = (struct text_peek){.length = n < taken ? n : 0, .ended = n < taken, .faulted = !taken};
  return n;
}

uint64_t calltap__place_word(const struct registers *r, uintptr_t frame, unsigned place, unsigned slot) {
  const struct calltap_trial_registers *from = r == &leaving ? &trial->exit : &trial->entry;
  uint64_t word = 0;
  if (place <= CALLTAP_PLACE_RAX)
    return from->word[place];
  if (place >= CALLTAP_PLACE_XMM0 && place <= CALLTAP_PLACE_XMM7)
    return from->vector[place - CALLTAP_PLACE_XMM0];
  if (place == CALLTAP_PLACE_STACK)
    (void)calltap__peek(&word, frame + 8 + 8 * (uintptr_t)slot, sizeof word, &thread);
  return word;
}

/* -- running --------------------------------------------------------------------------------------------------------------- */

static enum calltap_site_kind site(void) {
  if (!trial->at_exit)
    return CALLTAP_SITE_ENTRY;
  if (trial->ending > CALLTAP_WIRE_TAIL)
    return CALLTAP_SITE_UNWIND;
  return trial->ending == CALLTAP_WIRE_TAIL ? CALLTAP_SITE_TAIL : CALLTAP_SITE_RETURN;
}

static enum match run(const struct calltap_program *program, int64_t given[2]) {
  const struct shape shape = {.kind = site()};
  struct way way = {.kind = (enum calltap_wire_way)(trial->ending - CALLTAP_WIRE_EXIT_OF(0))};
  const struct match_input in = {.shape = &shape,
                                 .stream = &thread,
                                 .entry = &entering,
                                 .vector = trial->entry.vector,
                                 .exit = trial->at_exit ? &leaving : NULL,
                                 .way = shape.kind == CALLTAP_SITE_UNWIND ? &way : NULL,
                                 .elapsed_ns = trial->elapsed_ns,
                                 .depth = trial->depth ? trial->depth : 1};
  return calltap__match(program->op, &in, given);
}

/* Jumps lead forward only: it is the last operation at which a program would have said yes, had that been its word. */
static void find_last(const struct calltap_program *program, struct calltap_operation *last) {
  struct calltap_program tried = *program;
  int64_t ignored[2];
  for (size_t i = program->count; i-- > 0;) {
    tried.op[i].op = CALLTAP_OP_ACCEPT;
    *last = program->op[i];
    if (run(&tried, ignored) == MATCH_YES)
      return;
    tried.op[i] = program->op[i];
  }
}

enum calltap_trial_end calltap_trial_run(const struct calltap_program *program, const struct calltap_trial *on,
                                         int64_t given[2], struct calltap_operation *last) {
  trial = on;
  thread.tid = on->tid ? (int)on->tid : NUMBER_OF_THREAD;
  calltap__bytes_copy(entering.value, on->entry.word, sizeof on->entry.word);
  calltap__bytes_copy(leaving.value, on->exit.word, sizeof on->exit.word);
  enum match match = run(program, given);
  if (match != MATCH_YES && last)
    find_last(program, last);
  return match == MATCH_NO ? CALLTAP_TRIAL_NO : match == MATCH_YES ? CALLTAP_TRIAL_YES : CALLTAP_TRIAL_FAULT;
}
