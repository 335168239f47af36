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
