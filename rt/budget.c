/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a session may cost: a share of each thread's time. One event in so many is measured, and stands for the others. A thread in which they
 * cost more, for a while, has the busiest of its functions disarmed.
 *
 * What is measured is time that passes, and a busy machine lets a thread wait in the middle of an event: for a processor, or for the page tables
 * while another thread arms. So the few longest of a window stand only for themselves, and one window alone decides nothing. */
#include "internal.h"

enum {
  LONGEST_NS = 100000, /* of one event that is believed: more was not the event, but a thread that had to wait */
  WINDOW_NS = 100000000,
  FEWEST = 8, /* samples before anything is decided */
};

/* The first is no example: its thread meets the trace for the first time. The second one is. */
uint64_t calltap__budget_begin(struct stream *s) {
  uint64_t n = s->measured++;
  if (n % BUDGET_SAMPLE && n != 1)
    return 0;
  uint64_t now = calltap__ticks();
  if (!s->window_start)
    s->window_start = now;
  return now;
}

/* The few sites that are seen most: a new one takes the place, and the count, of the one that is seen least. */
static void note_site(struct stream *s, uintptr_t site) {
  unsigned least = 0;
  for (unsigned i = 0; i < BUSY_SITES; i++) {
    if (s->busy[i].site == site) {
      s->busy[i].count++;
      return;
    }
    if (s->busy[i].count < s->busy[least].count)
      least = i;
  }
  s->busy[least].site = site;
  s->busy[least].count++;
}

static uintptr_t busiest(const struct stream *s) {
  unsigned most = 0;
  for (unsigned i = 1; i < BUSY_SITES; i++)
    if (s->busy[i].count > s->busy[most].count)
      most = i;
  return s->busy[most].site;
}

static void note_length(struct stream *s, uint64_t took) {
  for (unsigned i = 0; i < BUDGET_LONGEST; i++)
    if (took > s->longest[i]) {
      uint64_t shorter = s->longest[i];
      s->longest[i] = took;
      took = shorter;
    }
}

static bool is_over(const struct stream *s, uint64_t now) {
  uint64_t spent = s->spent;
  for (unsigned i = 0; i < BUDGET_LONGEST; i++)
    spent -= s->longest[i] * (BUDGET_SAMPLE - 1);
  return spent / 100 > (now - s->window_start) / 10000 * s->session->budget;
}

static void begin_window(struct stream *s, uint64_t now) {
  s->window_start = now;
  s->spent = 0;
  for (unsigned i = 0; i < BUDGET_LONGEST; i++)
    s->longest[i] = 0;
  s->samples = 0;
  for (unsigned i = 0; i < BUSY_SITES; i++)
    s->busy[i].count = 0;
}

void calltap__budget_end(struct stream *s, uint64_t begun, uintptr_t site) {
  uint64_t now = calltap__ticks(), took = now - begun, most = calltap__ticks_in(LONGEST_NS);
  took = took < most ? took : most;
  s->spent += took * BUDGET_SAMPLE;
  note_length(s, took);
  s->samples++;
  *(s->all_samples++ ? &s->others_took : &s->first_took) += took;
  note_site(s, site);
  if (now > s->deadline - 1) /* 0 is none. Calls that are only counted come by here */
    calltap__session_end(s->session, "time");
  if (now - s->window_start < calltap__ticks_in(WINDOW_NS) || s->samples < FEWEST)
    return;
  bool was_over = s->was_over;
  uintptr_t worst = busiest(s);
  s->was_over = is_over(s, now);
  begin_window(s, now);
  if (was_over && s->was_over)
    calltap__session_over_budget(s->session, worst);
}
