#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# A list of a C++ program is about the program: what was inlined away of the library's headers is counted, and shown if it is asked for; the
# places of the rest are paths without steps up.
. "$(dirname "$0")/../../support/lib.sh"
cat >p.cpp <<'C'
#include <memory>
#include <vector>
static int small(int n) { return n + 1; }
__attribute__((noinline)) int grow(std::vector<int> &v, std::shared_ptr<int> p) {
  v.push_back(small(*p));
  return v.back();
}
int main() {
  std::vector<int> v;
  return grow(v, std::make_shared<int>(1)) - 2;
}
C
cxx 14 -O2 p.cpp -o p "${with_runtime[@]}"
"$calltap" list ./p >short
"$calltap" list --all ./p >long
"$calltap" list --json ./p >json
grep -q '^p:small/1  p.cpp:3  inlined away$' short || fail "of the program: $(cat short)"
! grep -q '/usr/.*inlined away$' short || fail "of the headers: $(cat short)"
hidden=$(sed -nE "s/^\.\.\. and ([0-9]+) functions of the system's headers that were inlined away \(--all\)$/\1/p" short)
[ "${hidden:-0}" -gt 5 ] || fail "how many: $(tail -2 short)"
[ $(($(wc -l <short) - 1 + hidden)) = "$(wc -l <long)" ] || fail "$hidden are left out of $(wc -l <long): $(cat short)"
[ $(($(wc -l <long) - 1)) = "$(wc -l <json)" ] || fail "JSON has $(wc -l <json) of $(wc -l <long)"
! grep -qF '/../' long || fail "paths: $(grep -F '/../' long | head -3)"
"$calltap" list ./p 'std::vector:*' >asked
grep -Eq '^std::vector:[a-z_]+/[0-9]  /usr/[^ ]*/c\+\+/[^ ]*:[0-9]+  inlined away$' asked || fail "by a pattern: $(cat asked)"
