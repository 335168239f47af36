/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The map behind an event's values: who called, the stack, messages, what the call used. What is wrong in it is left out
 * when the event is read, so that those who take the parts need not look again. */
#include "internal.h"

/* --- lists of items --- */

bool calltap_trace_take_item(struct calltap_items *items, struct calltap_items *one) {
  struct calltap__bytes bytes = {items->at, items->end};
  if (bytes.at == bytes.end || calltap__skip(&bytes) != CALLTAP__GOOD)
    return false;
  *one = (struct calltap_items){items->at, bytes.at};
  items->at = bytes.at;
  return true;
}

bool calltap_trace_take_address(struct calltap_items *stack, uint64_t *address) {
  struct calltap__bytes bytes = {stack->at, stack->end};
  struct calltap__list one = {1};
  if (!calltap__take_uint(&bytes, &one, address))
    return false;
  stack->at = bytes.at;
  return true;
}

/* What is in a list that is known to be whole. Its break is no part of it. */
static struct calltap_items contents(struct calltap__bytes bytes, struct calltap__list list) {
  return (struct calltap_items){bytes.at, bytes.end - (list.left == CALLTAP__INDEFINITE)};
}

bool calltap_trace_stack(struct calltap_items item, struct calltap_items *stack) {
  struct calltap__bytes bytes = {item.at, item.end};
  struct calltap__list list;
  uint64_t address;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list))
    return false;
  struct calltap_items found = contents(bytes, list), left = found;
  while (calltap_trace_take_address(&left, &address)) {
  }
  if (left.at != left.end)
    return false;
  *stack = found;
  return true;
}

/* --- messages --- */

/* A message is an array that begins with a number. */
static bool take_message(struct calltap_items *messages, uint64_t *number, struct calltap_items *values) {
  struct calltap_items left = *messages, one;
  struct calltap__list list, first = {1};
  if (!calltap_trace_take_item(&left, &one))
    return false;
  struct calltap__bytes bytes = {one.at, one.end};
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list) || list.left == 0 || !calltap__take_uint(&bytes, &first, number))
    return false;
  *values = contents(bytes, list);
  *messages = left;
  return true;
}

bool calltap_trace_take_message(const struct calltap_trace_file *file, struct calltap_items *messages,
                                const struct calltap_trace_message **message, struct calltap_items *values) {
  uint64_t number;
  if (!take_message(messages, &number, values))
    return false;
  *message = calltap__numbered_at(&((const struct calltap__file *)file)->messages, number);
  return true;
}

/* --- the parts --- */

static bool read_caller(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap__list one = {1};
  extra->has_caller = calltap__take_uint(&bytes, &one, &extra->caller);
  return extra->has_caller;
}

static bool read_messages(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap__list list;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list))
    return false;
  struct calltap_items found = contents(bytes, list), left = found, values;
  uint64_t number;
  while (take_message(&left, &number, &values)) {
  }
  if (left.at != left.end)
    return false;
  extra->messages = found;
  return true;
}

static bool read_usage(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap_trace_usage *usage = &extra->usage;
  struct calltap__list list;
  extra->has_usage = calltap__list(&bytes, CALLTAP__ARRAY, &list) &&
                     calltap__take_uint(&bytes, &list, &usage->cpu_ns) &&
                     calltap__take_uint(&bytes, &list, &usage->minor_faults) &&
                     calltap__take_uint(&bytes, &list, &usage->major_faults) &&
                     calltap__take_uint(&bytes, &list, &usage->voluntary_switches) &&
                     calltap__take_uint(&bytes, &list, &usage->involuntary_switches);
  return extra->has_usage;
}

static bool read_above(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap__item item = {0};
  bool good = calltap__item(&bytes, &item) == CALLTAP__GOOD;
  if (!good || item.type != CALLTAP__UINT || item.number > UINT32_MAX)
    extra->call_unknown = true;
  else
    extra->above = (uint32_t)item.number;
  return good;
}

static bool read_gone(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap__list one = {1};
  uint64_t gone;
  bool good = calltap__take_uint(&bytes, &one, &gone);
  extra->gone = good && gone < UINT32_MAX ? (uint32_t)gone : 0;
  return good;
}

static bool read_exception(struct calltap_trace_extra *extra, struct calltap__bytes bytes) {
  struct calltap__item item = {0};
  if (calltap__item(&bytes, &item) != CALLTAP__GOOD || item.type != CALLTAP__BYTES)
    return false;
  extra->exception = item.text;
  return true;
}

static bool read_part(struct calltap_trace_extra *extra, uint64_t key, struct calltap__bytes value) {
  switch (key) {
  case CALLTAP_WIRE_EXTRA_CALLER:
    return read_caller(extra, value);
  case CALLTAP_WIRE_EXTRA_STACK:
    return calltap_trace_stack((struct calltap_items){value.at, value.end}, &extra->stack);
  case CALLTAP_WIRE_EXTRA_MESSAGES:
    return read_messages(extra, value);
  case CALLTAP_WIRE_EXTRA_USAGE:
    return read_usage(extra, value);
  case CALLTAP_WIRE_EXTRA_ABOVE:
    return read_above(extra, value);
  case CALLTAP_WIRE_EXTRA_EXCEPTION:
    return read_exception(extra, value);
  case CALLTAP_WIRE_EXTRA_GONE:
    return read_gone(extra, value);
  default:
    return true;
  }
}

bool calltap__extra(struct calltap_trace_extra *extra, struct calltap__bytes map) {
  struct calltap__list pairs;
  bool good = true;
  *extra = (struct calltap_trace_extra){0};
  if (!calltap__list(&map, CALLTAP__MAP, &pairs))
    return false;
  while (calltap__more(&map, &pairs)) {
    struct calltap__item key = {0};
    struct calltap__bytes value;
    if (calltap__item(&map, &key) != CALLTAP__GOOD || key.type != CALLTAP__UINT)
      return false;
    value.at = map.at;
    if (calltap__skip(&map) != CALLTAP__GOOD)
      return false;
    value.end = map.at;
    good &= read_part(extra, key.number, value);
  }
  return good;
}
