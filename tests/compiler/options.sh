#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The plugin's options, the attribute, and what a wrong option says.
. "$(dirname "$0")/../support/lib.sh"
major=$1
mkdir -p src/db
cat >src/db/store.c <<'C'
int get(int n) { return n; }
int put(int n) { return n + 1; }
__attribute__((no_instrument_function)) int skipped(int n) { return n + 2; }
static inline int small(int n) { return n + 3; }
int uses(int n) { return small(n); }
int main(void) { return 0; }
C
# lists EXPECTED FLAGS...: the functions with sites
lists() {
  local expected=$1
  shift
  cc "$major" -O2 "$@" src/db/store.c -o program
  actual=$("$calltap" list program 2>/dev/null | awk '/entr/ { print $1 }' | sort | paste -sd' ') || true
  [ "$actual" = "$expected" ] || fail "$*: has $actual, not $expected"
}
arg=-fplugin-arg-calltap
lists 'store:get/1 store:main/0 store:put/1 store:uses/1'
lists 'store:get/1 store:put/1' "$arg-only=get,put"
lists 'store:get/1 store:put/1' "$arg-only=store:[gp]*"
lists 'store:main/0 store:uses/1' "$arg-skip=?ut,get"
lists 'store:get/1' "$arg-only=?et,put" "$arg-skip=store:put"
lists 'store:get/1 store:main/0 store:put/1 store:uses/1' "$arg-only=db/store.c"
lists 'store:get/1 store:main/0 store:put/1 store:uses/1' "$arg-only=src/*"
lists '' "$arg-skip=*/db/*"
lists 'kv:get/1 kv:main/0 kv:put/1 kv:uses/1' "$arg-module=kv"
"$calltap" list program 2>/dev/null | grep -q 'kv:small/1.*inlined away' || fail "small is not said to be inlined away"

refuses() { # TEXT FLAG
  if cc "$major" -c "$2" src/db/store.c 2>errors; then fail "$2 was taken"; fi
  grep -qF -- "$1" errors || fail "$2: said $(cat errors)"
}
refuses "no option 'onyl'" "$arg-onyl=f"
refuses "option 'only' needs a value" "$arg-only="
refuses "option 'module' needs a value" "$arg-module"
