#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Rules apply to libraries that are loaded later, from their constructors on; unloading one, and loading
# another where it was, harms nobody. A library that is linked is there from the start.
. "$(dirname "$0")/../../support/lib.sh"
programs=$CALLTAP_SOURCE/tests/e2e/programs
cc 14 -O2 -fPIC -shared "$programs/library.c" -o one.so
sed 's/n \* 2/n + n/' "$programs/library.c" >other.c
cc 14 -O1 -fPIC -shared other.c -o two.so
clang-14 -O2 "$programs/loader.c" -o loader -ldl
for load in preload link; do
  if [ $load = link ]; then
    cc 14 -O2 "$programs/loader.c" -o loader -ldl "${with_runtime[@]}"
    preload=()
  else
    preload=(LD_PRELOAD="$runtime/libcalltap.so")
  fi
  rm -f t.cbor
  env "${preload[@]}" CALLTAP='plug -> return; constructed' CALLTAP_OUT=t.cbor ./loader ./one.so ./two.so 2>errors ||
    fail "$load: the program failed: $(cat errors)"
  normal t.cbor | sed -E 's/^#[0-9]+ //' | sort | uniq -c | awk '{ $1 = $1 } 1' >text
  # 50 rounds of two libraries; in the destructor the library is about to go, and is traced no more or still.
  [ "$(awk '/library:plug\(n=/ && !/n=[12]\)/ { n += $1 } END { print n + 0 }' text)" = 50 ] || fail "$load: library: $(cat text)"
  [ "$(awk '/other:plug\(n=/ && !/n=[12]\)/ { n += $1 } END { print n + 0 }' text)" = 50 ] || fail "$load: other: $(cat text)"
  grep -q '^50 library:plug(n=1)$' text || fail "$load: constructors are not traced: $(cat text)"
  grep -q '^2 --> 2 *$\|^50 library:plug/1 --> 2$' text || fail "$load: $(cat text)"
done

cc 14 -O2 -fPIC -shared "$programs/library.c" -o libplug.so
cat >user.c <<'C'
int plug(int);
int main(void) { return plug(4) - 8; }
C
cc 14 -O2 user.c -o user -L. -lplug "${with_runtime[@]}"
CALLTAP='plug; main' CALLTAP_OUT=u.cbor LD_LIBRARY_PATH=. ./user || fail "the linked program failed"
normal u.cbor | grep -q 'library:plug(n=4)' || fail "a linked library is not traced: $(normal u.cbor)"

# A child of fork has a trace of its own, which says nothing of a library that is gone by then.
cat >gone.c <<'C'
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>
__attribute__((noinline)) int here(int n) { __asm__ volatile("" : "+r"(n)); return n; }
int main(int argc, char **argv) {
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : 0;
  int (*plug)(int) = library ? (int (*)(int))dlsym(library, "plug") : 0;
  if (!plug || plug(4) != 8 || dlclose(library) || dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD))
    return 2;
  int status;
  pid_t pid = fork();
  if (!pid)
    _exit(here(0));
  return waitpid(pid, &status, 0) != pid || status;
}
C
cc 14 -O2 gone.c -o gone -ldl "${with_runtime[@]}"
for limit in budget=0 'rotate=256k*2'; do
  rm -f g.*
  CALLTAP='plug -> return; here' CALLTAP_LIMIT=$limit CALLTAP_OUT=g.cbor ./gone ./one.so 2>errors || fail "$limit: the child of one that has unloaded a library: $? $(cat errors)"
  "$calltap" decode g.cbor.* >text 2>errors || fail "$limit: $(cat errors)"
  grep -q 'here(n=0)' text && ! grep -q plug text || fail "$limit: the child: $(cat text)"
done

# A running process is asked for a library that it has not loaded yet.
. "$CALLTAP_SOURCE/tests/support/asked.sh"
cat >late.c <<'C'
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
static volatile sig_atomic_t go, over;
static void on_signal(int number) { *(number == SIGUSR1 ? &go : &over) = 1; }
int main(int argc, char **argv) {
  signal(SIGUSR1, on_signal);
  signal(SIGTERM, on_signal);
  while (!go && !over) usleep(1000);
  void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
  int (*plug)(int) = library ? (int (*)(int))dlsym(library, "plug") : NULL;
  for (int i = 10; plug && !over; i++) {
    if (plug(i) != 2 * i) return 1;
    usleep(1000);
  }
  return 0;
}
C
cc 14 -O2 late.c -o late -ldl "${with_runtime[@]}"
./late ./one.so &
pid=$!
waits 10 is_ready
status=0
"$calltap" trace "$pid" plug -n 3 >out 2>errors || status=$?
[ $status = 1 ] && grep -q 'plug' errors || fail "nothing matches: status $status: $(cat errors)"
"$calltap" trace "$pid" 'plug -> return' -n 3 --for 60s --later >out 2>errors &
others+=($!)
waits 10 has_sessions 1
kill -USR1 "$pid"
wait "${others[0]}" || fail "--later: $(cat errors)"
[ "$(grep -c 'library:plug(n=' out)" = 3 ] && grep -q '^armed: 0 functions' errors || fail "--later: $(cat out errors)"
clean "--later"
kill "$pid"
wait "$pid" || fail "late: $?"
pid=
