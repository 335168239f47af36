#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Every linker and kind of program: it links, runs, lists its functions right, and its trace is whole. COMDAT functions of two
# sources, a shared library, collected sections, static and position-independent executables, LTO.
. "$(dirname "$0")/../support/lib.sh"
major=$1
cat >common.h <<'C'
template <class T> struct Shared {
  __attribute__((noinline)) T twice(T t) { return t + t; }
};
__attribute__((noinline)) inline int inlined_in_both(int n) { return n + 1; }
int other(int n);
C
cat >one.cpp <<'C'
#include "common.h"
#include <cstdio>
__attribute__((noinline)) static int local(int n) { return n * 3; }
int never_called(int n) { return n; }
int main(int argc, char **) {
  Shared<int> s;
  std::printf("%d %d %d %d\n", s.twice(argc), inlined_in_both(argc), other(argc), local(argc));
}
C
cat >two.cpp <<'C'
#include "common.h"
__attribute__((noinline)) static int local(int n) { return n * 5; }
int other(int n) {
  Shared<int> s;
  return s.twice(n) + inlined_in_both(n) + local(n);
}
C
# The functions every variant must have, and how often each is called. (Under LTO a static function may be renamed, not lost.)
printf '%s\n' Shared:twice/1 one:local/1 one:main/2 two:local/1 two:other/1 >wanted

check() {
  local name=$1
  [ "$(env LD_LIBRARY_PATH=. ./program)" = '2 2 9 3' ] || fail "$name: wrong output"
  "$calltap" list ./program ${2:+"$2"} >listed || fail "$name: list said $?"
  "$calltap" list ./program >listed
  [ -z "${2:-}" ] || "$calltap" list "$2" >>listed
  awk '{ print $1 }' listed | sort >names
  while read -r want; do
    [ "$(grep -cxF "$want" names)" = 1 ] || fail "$name: $want is listed $(grep -cxF "$want" names) times: $(cat listed)"
  done <wanted
  local preload=()
  case $name in *static*) ;; *) preload=(LD_PRELOAD="$runtime/libcalltap.so") ;; esac
  rm -f t.cbor
  env "${preload[@]}" LD_LIBRARY_PATH=. CALLTAP='Shared:* -> return; *:local; other; inlined_in_both' CALLTAP_OUT=t.cbor \
    ./program >/dev/null || fail "$name: the traced program failed"
  normal t.cbor | sed 's/^#[0-9]* //; s/this=[^,]*,/this,/' | sort >trace
  diff -u - trace <<'T' || fail "$name: the trace is not whole"
Shared:twice(this, t=1)
Shared:twice(this, t=1)
Shared:twice/1 --> 2
Shared:twice/1 --> 2
common:inlined_in_both(n=1)
common:inlined_in_both(n=1)
one:local(n=1)
two:local(n=1)
two:other(n=1)
T
  echo "ok: $name"
}

build() { # NAME FLAGS...
  local name=$1
  shift
  rm -f program
  cxx "$major" -O2 "$@" one.cpp two.cpp -o program || fail "$name: does not build"
  check "$name"
}
# shellcheck disable=SC2054
static_runtime=(-static -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a)
for linker in bfd gold lld; do
  use=-fuse-ld=$linker
  [ $linker != lld ] || use=--ld-path=/usr/bin/ld.lld-$major
  build "$linker plain" "$use"
  build "$linker no-pie" "$use" -fno-pie -no-pie
  build "$linker sections" "$use" -ffunction-sections -fdata-sections -Wl,--gc-sections
  build "$linker static" "$use" "${static_runtime[@]}" -ffunction-sections -Wl,--gc-sections
done
build "static-pie" -static-pie -Wl,-u,calltap_version -L"$runtime" -l:libcalltap.a
lld=--ld-path=/usr/bin/ld.lld-$major
build "lto" -flto "$lld"
build "thin lto" -flto=thin "$lld"
build "inlined" -fplugin-arg-calltap-inlined
build "bb sections" "$lld" -fbasic-block-sections=all
