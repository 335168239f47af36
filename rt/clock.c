/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Ticks of the processor, which events have, and the system's clocks, by which the reader turns them into time. */
#include "internal.h"

enum {
  READINGS = 8,
  SHORT = 4096, /* ticks that reading the clocks takes at most, if nothing comes between */
};

/* All clocks at one time: the first reading that took so few ticks, or of so many the one that took fewest. In the middle of others the
 * thread may have had to wait, even for long. */
static struct moment best_of(unsigned readings, uint64_t enough) {
  struct moment best = {0};
  uint64_t least = UINT64_MAX;
  for (unsigned i = 0; i < readings && least > enough; i++) {
    uint64_t begun = calltap__ticks();
    struct moment m = {.mono_ns = calltap__os_monotonic_ns(), .real_ns = calltap__os_realtime_ns()};
    uint64_t took = calltap__ticks() - begun;
    if (took >= least)
      continue;
    least = took;
    m.ticks = begun + took / 2;
    best = m;
  }
  return best;
}

struct moment calltap__moment(void) {
  return best_of(READINGS, SHORT);
}

static bool has_ticks(void) {
  uint32_t r[4];
  cpu_cpuid(0x80000000, r);
  if (r[0] < 0x80000007 || !calltap__os_ticks_allowed())
    return false;
  cpu_cpuid(0x80000007, r);
  return r[3] >> 8 & 1; /* the counter runs at one rate, always */
}

/* An estimate of the ticks per second for traces that are too short for the reader to measure it: what the
 * processor says, or else a short measurement. */
static uint64_t find_tick_rate(void) {
  if (calltap__process.ticks_are_ns)
    return 1000000000;
  uint32_t r[4];
  cpu_cpuid(0, r);
  if (r[0] >= 0x15) {
    cpu_cpuid(0x15, r);
    if (r[0] && r[1] && r[2])
      return (uint64_t)r[2] * r[1] / r[0];
  }
  struct moment begin = best_of(READINGS, 0), end;
  while ((end = best_of(READINGS, 0)).mono_ns - begin.mono_ns < 200000)
    cpu_relax();
  uint64_t rest;
  return (uint64_t)calltap__divide((unsigned __int128)(end.ticks - begin.ticks) * 1000000000u,
                                   end.mono_ns - begin.mono_ns, &rest);
}

uint64_t calltap__tick_rate(void) {
  static uint64_t rate;
  if (!rate) {
    calltap__process.ticks_are_ns = !has_ticks();
    rate = find_tick_rate();
    rate = rate ? rate : 1;
    calltap__process.tick_factor = (UINT64_C(1000000000) << 32) / rate;
    calltap__process.ns_factor = (rate << 24) / 1000000000;
  }
  return rate;
}

uint64_t calltap__ticks_in(uint64_t ns) { return (uint64_t)((unsigned __int128)ns * calltap__process.ns_factor >> 24); }

uint64_t calltap__ns_of(uint64_t ticks) {
  return (uint64_t)((unsigned __int128)ticks * calltap__process.tick_factor >> 32);
}
