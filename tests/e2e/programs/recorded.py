# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a trace of recorder.c says, against what the program has done: recorded.py TEXT [COUNTS THREADS SLACK | CALLS | any]

TEXT is what `calltap decode` printed. Of each thread the events must be what the program does, one after the other, from
wherever they begin. Where they have to end:
  COUNTS THREADS SLACK  the program was killed: each thread has come as far as its count says, and at most SLACK calls further
  CALLS                 every thread that is there came to its end, after so many calls
  any                   the trace was read while it was written: there may be gaps, but no event that was never made
"""

import re
import struct
import sys

TEXTS = ["", "a", "a text of some length", "a longer one, so that records are of many lengths"]
EXIT = re.compile(r"^\S+ \d+ recorder/(\d+) #[\d?]+ recorder:(step|inner)/\d --> (\S+)")
CALL = re.compile(r"^\S+ \d+ recorder/(\d+) #\d+ recorder:(step|inner)\(thread=(\d+), n=(\d+)(?:, text=(.*))?\)$")


def fail(*words):
    sys.exit(" ".join(map(str, words)))


def position(line):
    """(tid, thread or None, place in the thread's life): four events a number: step, inner, inner ends, step ends."""
    call = CALL.match(line)
    if call:
        tid, name, thread, n, text = call.groups()
        if name == "inner" and text != '"%s"' % TEXTS[int(n) % 4]:
            fail("a wrong text:", line)
        return tid, int(thread), int(n) * 4 + (name == "inner")
    found = EXIT.match(line)
    if found:
        tid, name, value = found.groups()
        return tid, None, (name, int(value) if value.lstrip("-").isdigit() else fail("no value:", line))
    return None


def follows(before, now):
    """Where an exit stands is known by the event before it, or, for the first of a thread, by what it returned."""
    if not isinstance(now, tuple):
        return now, before is None or now == before + 1
    name, value = now
    if name == "inner":
        place = value * 4 + 2
    elif before is not None:
        place = before // 4 * 4 + 3
        n = place // 4
        if value != n + n % 2:
            return place, False
    else:
        return None, True  # an odd number and the next even one end the same way
    return place, before is None or place == before + 1


def main():
    gaps_allowed = sys.argv[2:] == ["any"]
    last, number, events = {}, {}, 0
    for line in open(sys.argv[1], encoding="utf-8"):
        found = position(line)
        if found is None:
            continue
        tid, thread, now = found
        events += 1
        if thread is not None:
            number[tid] = thread
        place, good = follows(last.get(tid), now)
        if not good and gaps_allowed:
            place, good = follows(None, now)
        if not good:
            fail("after", last.get(tid), "comes:", line.strip())
        last[tid] = place
    if not events:
        fail("no event at all")
    if gaps_allowed:
        return
    if len(sys.argv) == 3:
        for tid, place in last.items():
            if place is not None and place != int(sys.argv[2]) * 4 - 1:
                fail("thread", tid, "ends at", place)
        print(events)
        return
    counts = open(sys.argv[2], "rb").read()
    for tid, thread in number.items():
        done = struct.unpack_from("q", counts, thread * 512)[0] * 4
        if not done <= last[tid] + 1 <= done + 4 * int(sys.argv[4]):
            fail("thread", thread, "had done", done, "events, and the trace ends with", last[tid])
    if len(number) < int(sys.argv[3]):
        fail("only", len(number), "threads are there")
    print(events)


main()
