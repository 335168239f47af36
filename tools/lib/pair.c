/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum {
  FIRST_ROOM = 64,
  MOST_FRAMES = 1 << 20,   /* 24 MB a thread; a real stack of that many calls is 16 MB or more */
  FARTHEST_LOOK = 1 << 14, /* a look-up must not cost the whole stack for each unmatched exit */
  MOST_WAITING = 64,       /* of one chain of tail calls: a loop may be made of them */
};

/* Without memory, or at the bound, the older half is forgotten: its exits then count as exits
 * without a known call, and nothing else is wrong. */
static void forget_half(struct calltap__stack *stack) {
  uint32_t gone = stack->count / 2;
  for (uint32_t i = 0; i < gone; i++)
    calltap__tail_forget(stack, stack->frame[i].callers);
  memmove(stack->frame, stack->frame + gone, (stack->count - gone) * sizeof *stack->frame);
  stack->count -= gone;
}

bool calltap__stack_room(struct calltap__stack *stack) {
  uint32_t room = stack->room == 0 ? FIRST_ROOM : stack->room * 2;
  if (stack->room < MOST_FRAMES) {
    struct calltap__frame *grown = realloc(stack->frame, room * sizeof *grown);
    if (grown != NULL) {
      stack->frame = grown;
      stack->room = room;
      return true;
    }
  }
  if (stack->room == 0)
    return false;
  forget_half(stack);
  return true;
}

struct calltap__frame calltap__stack_take(struct calltap__stack *stack, uint32_t above) {
  uint32_t at = --stack->count - above;
  struct calltap__frame taken = stack->frame[at];
  if (above > 0) {
    memmove(&stack->frame[at], &stack->frame[at + 1], above * sizeof taken);
    stack->frame[at + above] = taken; /* where the innermost one would have been */
  }
  return taken;
}

uint32_t calltap__stack_above(const struct calltap__stack *stack, uint32_t number) {
  uint32_t look = stack->count < FARTHEST_LOOK ? stack->count : FARTHEST_LOOK;
  for (uint32_t above = 0; above < look; above++) {
    if (stack->frame[stack->count - 1 - above].number == number)
      return above;
  }
  return UINT32_MAX;
}

/* [function, call, ticks] */
static bool take_frame(struct calltap__bytes *bytes, struct calltap__frame *frame) {
  struct calltap__list list;
  uint64_t number;
  if (!calltap__list(bytes, CALLTAP__ARRAY, &list) || !calltap__take_uint(bytes, &list, &number) ||
      number > UINT32_MAX || !calltap__take_uint(bytes, &list, &frame->call) ||
      !calltap__take_uint(bytes, &list, &frame->ticks))
    return false;
  frame->number = (uint32_t)number;
  frame->callers = 0;
  return !calltap__more(bytes, &list);
}

bool calltap__stack_place(struct calltap__stack *stack, struct calltap__bytes bytes, struct calltap__list list,
                          uint64_t *calls) {
  struct calltap__list frames;
  struct calltap__frame frame;
  uint64_t keep;
  if (!calltap__take_uint(&bytes, &list, calls) || !calltap__take_uint(&bytes, &list, &keep) ||
      !calltap__more(&bytes, &list) || !calltap__list(&bytes, CALLTAP__ARRAY, &frames))
    return false;
  calltap__tail_miss(stack);
  while (stack->count > keep)
    calltap__tail_forget(stack, stack->frame[--stack->count].callers);
  while (calltap__more(&bytes, &frames)) {
    if (!take_frame(&bytes, &frame))
      return false;
    calltap__stack_push(stack, frame);
  }
  return true;
}

/* --- tail calls --- */

static uint32_t new_waiting(struct calltap__stack *stack) {
  uint32_t at = stack->waiting_free;
  if (at != 0) {
    stack->waiting_free = stack->waiting[at - 1].before;
    return at;
  }
  if (stack->waiting_count == stack->waiting_room) {
    uint32_t room = stack->waiting_room == 0 ? FIRST_ROOM : stack->waiting_room * 2;
    struct calltap__waiting *grown = realloc(stack->waiting, room * sizeof *grown);
    if (grown == NULL)
      return 0;
    stack->waiting = grown;
    stack->waiting_room = room;
  }
  return ++stack->waiting_count;
}

void calltap__tail_wait(struct calltap__stack *stack, struct calltap__frame frame, uint32_t callee) {
  uint32_t count = frame.callers != 0 ? stack->waiting[frame.callers - 1].count : 0;
  uint32_t at = count < MOST_WAITING ? new_waiting(stack) : 0;
  if (at != 0)
    stack->waiting[at - 1] = (struct calltap__waiting){frame.call, frame.ticks, frame.number, frame.callers, count + 1};
  stack->callers = at != 0 ? at : frame.callers;
  stack->callee = callee;
}

struct calltap__waiting calltap__tail_take(struct calltap__stack *stack, uint32_t *callers) {
  uint32_t at = *callers;
  const struct calltap__waiting taken = stack->waiting[at - 1];
  *callers = taken.before;
  stack->waiting[at - 1].before = stack->waiting_free;
  stack->waiting_free = at;
  return taken;
}

void calltap__tail_forget(struct calltap__stack *stack, uint32_t callers) {
  while (callers != 0)
    (void)calltap__tail_take(stack, &callers);
}

void calltap__stack_clear(struct calltap__stack *stack) {
  stack->count = 0;
  stack->callers = 0;
  stack->waiting_count = 0;
  stack->waiting_free = 0;
}

void calltap__stack_free(struct calltap__stack *stack) {
  free(stack->waiting);
  free(stack->frame);
  *stack = (struct calltap__stack){0};
}
