#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Commands that read a trace need as much memory for four million events as for one, and do not keep the file in theirs.
. "$CALLTAP_SOURCE/tests/support/lib.sh"
cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/many.c" -o many "${with_runtime[@]}"
for millions in 1 4; do
  CALLTAP='*:* -> return' CALLTAP_OUT=$millions.cbor ./many $millions 3
done

python3 - "$calltap" <<'END' || fail "the memory grows with the trace"
import os, sys

MEGA = 1 << 20
COMMANDS = [["info"], ["report"], ["tree"], ["flame", "-o", "t.svg"], ["decode"], ["decode", "--format", "chrome"], ["report", "--min", "1ms"],
            ["cut", "-o", "cut.cbor", "--last", "1000"]]
def peak(arguments):
    """The most resident memory of the command, pages of files among it, in bytes."""
    to_nowhere = [(os.POSIX_SPAWN_OPEN, 1, "/dev/null", os.O_WRONLY, 0)]
    pid = os.posix_spawn(sys.argv[1], [sys.argv[1], *arguments], os.environ, file_actions=to_nowhere)
    _, status, usage = os.wait4(pid, 0)
    assert status == 0, (arguments, status)
    return usage.ru_maxrss * 1024

small, large = os.path.getsize("1.cbor"), os.path.getsize("4.cbor")
assert large - small > 60 * MEGA, (small, large)
for command in COMMANDS:
    least, most = peak([*command, "1.cbor"]), peak([*command, "4.cbor"])
    print(f"{' '.join(command)}: {least / MEGA:.1f} and {most / MEGA:.1f} MB")
    # A map of 2 MB at each end of what was read last, and what is kept of each chunk.
    assert most - least < 12 * MEGA, command
END
