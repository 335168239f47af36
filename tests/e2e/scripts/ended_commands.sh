#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Commands that a signal ends: cut and view leave no unfinished file behind, and what was there stays; Ctrl-C and kill leave the
# terminal to the pager.
. "$CALLTAP_SOURCE/tests/support/lib.sh"

cc 14 -O2 -pthread "$CALLTAP_SOURCE/tests/e2e/programs/threads.c" -o threads "${with_runtime[@]}"
CALLTAP='*:* -> return' CALLTAP_LIMIT=budget=0,bytes=1G CALLTAP_OUT=t.cbor ./threads 4 300000 >/dev/null

unfinished() { compgen -G 'out.??????' >/dev/null; }
# ended SIGNAL COMMAND...: it is ended while its file is not whole. A command that was done before is tried again.
ended() {
  local signal=$1 status try
  shift
  for try in 1 2 3 4 5; do
    echo before >out
    # A shell has its background commands ignore SIGINT.
    env --default-signal=INT "$calltap" "$@" -o out t.cbor 2>said &
    pid=$!
    until unfinished || ! kill -0 $pid 2>/dev/null; do :; done
    kill -s "$signal" $pid 2>/dev/null || true
    status=0
    wait $pid || status=$?
    pid=
    if unfinished; then fail "$signal: $1 leaves a file behind: $(echo out.??????)"; fi
    [ $status != 0 ] && break
  done
  [ $status = $((128 + $(kill -l "$signal"))) ] || fail "$signal: $1 ended with $status in $try tries: $(cat said)"
  [ "$(cat out)" = before ] || fail "$signal: $1 changed what was there"
}
for signal in INT TERM HUP; do
  ended $signal cut
  ended $signal view
done
echo "no file is left"

# Whoever is started to ignore a signal does.
(trap '' HUP && exec "$calltap" cut -o out t.cbor) &
pid=$!
until unfinished || ! kill -0 $pid 2>/dev/null; do :; done
kill -HUP $pid 2>/dev/null || true
wait $pid || fail "a signal that is ignored ended it"
pid=
"$calltap" info out >/dev/null || fail "the cut trace is not whole"

echo "== pager"
cat >pager <<'END'
#!/bin/sh
# Says that it runs, reads a line, and ends when it is told to, on the terminal as less does.
trap 'echo interrupted' INT
read -r line
echo "first: $line"
# A signal interrupts the reading.
until [ "$key" = q ]; do
  read -r key </dev/tty || continue
  echo "key: $key"
done
echo left
END
chmod +x pager
timeout 120 /usr/bin/python3 - "$calltap" t.cbor <<'END' || fail "pager"
import os, pty, select, signal, sys, time

def read_until(terminal, seen, word, again=b""):
    """What the terminal shows, up to the word. `again` is typed every second."""
    end = time.monotonic() + 30
    while word not in seen:
        assert time.monotonic() < end, (word, seen[-300:])
        if select.select([terminal], [], [], 1)[0]:
            seen += os.read(terminal, 65536).decode()
        else:
            os.write(terminal, again)
    return seen

def on_terminal(act):
    child, terminal = pty.fork()
    if child == 0:
        os.environ.update(PAGER=os.path.abspath("pager"), TERM="dumb")
        os.execv(sys.argv[1], [sys.argv[1], "decode", "--pager", sys.argv[2]])
    seen = read_until(terminal, "", "first: ")
    act(child, terminal)
    os.write(terminal, b"more\n")
    seen = read_until(terminal, seen, "key: more")
    assert os.waitpid(child, os.WNOHANG) == (0, 0), "the command ended before its pager: " + seen
    os.write(terminal, b"q\n")
    read_until(terminal, seen, "left")
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

def interrupt(child, terminal):
    # A shell that is just about to read sleeps on with its trap to be run.
    os.write(terminal, b"\x03")
    read_until(terminal, "", "interrupted", again=b"\x03")

assert on_terminal(interrupt) == 0
assert on_terminal(lambda child, terminal: os.kill(child, signal.SIGTERM)) == -signal.SIGTERM
END
echo "the terminal is the pager's"
