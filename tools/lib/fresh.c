/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Bytes of a file that another process writes meanwhile: which of them can be believed. */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "internal.h"

/* A head in two lines of the cache was seen by halves for 0.8 us at most, and by one in 200 readers that were as near as can be: measured on
 * an EPYC. */
enum { SETTLING_NS = 2000, NAP_NS = 1000000 };

const uint8_t *calltap__skip_zeros(const uint8_t *at, const uint8_t *end) {
  uint64_t eight = 0;
  while (end - at >= 8) {
    memcpy(&eight, at, 8);
    if (eight != 0)
      break;
    at += 8;
  }
  while (at < end && *at == 0)
    at++;
  return at;
}

const uint8_t *calltap__first_written(const uint8_t *at, const uint8_t *end) {
  const uint8_t *seen = calltap__skip_zeros(at, end);
  atomic_thread_fence(memory_order_acquire);
  return calltap__skip_zeros(at, seen);
}

static uint32_t head_of(const uint8_t *at) {
  uint32_t head;
  atomic_signal_fence(memory_order_acq_rel);
  memcpy(&head, at, sizeof head);
  return head;
}

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

bool calltap__is_finished(const uint8_t *at, const uint8_t *end) {
  if (*(const volatile uint8_t *)at >> 5 == CALLTAP__MAJOR_BYTES)
    return false;
  if (!calltap__is_split(at, end))
    return true;
  uint32_t before, head = head_of(at);
  do {
    for (uint64_t until = now() + SETTLING_NS; now() < until;)
      continue;
    before = head;
    head = head_of(at);
  } while (head != before);
  return true;
}

bool calltap__await(struct calltap__file *file, const uint8_t *at) {
  const struct timespec nap = {0, NAP_NS};
  while (!calltap__is_finished(at, file->input.bytes + file->input.size)) {
    if (file->awaits_ns < NAP_NS)
      return false;
    file->awaits_ns -= NAP_NS;
    nanosleep(&nap, NULL);
  }
  return true;
}
