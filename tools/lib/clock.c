/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"

enum { SECOND_NS = 1000000000, SHORTEST_SPAN_NS = 10000000 };

void calltap__clock_pair(struct calltap__clock *clock, struct calltap__pair pair) {
  if (!clock->some)
    clock->first = clock->last = pair;
  clock->some = true;
  if (pair.mono_ns < clock->first.mono_ns)
    clock->first = pair;
  if (pair.mono_ns > clock->last.mono_ns)
    clock->last = pair;
}

/* Ticks per second by the longest span, 0 if it is too short or runs backwards. */
static uint64_t measured_hz(const struct calltap__clock *clock) {
  uint64_t span = clock->last.mono_ns - clock->first.mono_ns;
  if (span < SHORTEST_SPAN_NS || clock->last.ticks <= clock->first.ticks)
    return 0;
  uint64_t ticks = clock->last.ticks - clock->first.ticks;
  unsigned __int128 hz = (unsigned __int128)ticks * SECOND_NS / span;
  return hz > UINT64_MAX ? 0 : (uint64_t)hz;
}

/* A measured rate far from the header's comes from a damaged pair, not from a bad estimate. */
static bool near(uint64_t measured, uint64_t hz) { return measured >= hz - hz / 4 && measured <= hz + hz / 4; }

static void set_rate(struct calltap__clock *clock, uint64_t ticks, uint64_t ns) {
  unsigned shift = 0;
  unsigned __int128 scaled = ns;
  /* The factor gets 62 significant bits: an error of a nanosecond in a hundred years. */
  while (shift < 120 && scaled / ticks < (uint64_t)1 << 61) {
    if (scaled >> 126)
      break;
    scaled <<= 1;
    shift++;
  }
  clock->factor = (uint64_t)(scaled / ticks);
  clock->shift = shift;
}

bool calltap__clock_settle(struct calltap__clock *clock) {
  uint64_t measured = measured_hz(clock);
  bool sane = clock->hz >= 1000 && clock->hz <= (uint64_t)100 * SECOND_NS;
  if (measured != 0 && (!sane || near(measured, clock->hz))) {
    set_rate(clock, clock->last.ticks - clock->first.ticks, clock->last.mono_ns - clock->first.mono_ns);
    return true;
  }
  set_rate(clock, sane ? clock->hz : SECOND_NS, SECOND_NS);
  return sane;
}
