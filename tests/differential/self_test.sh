#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# self_test.sh LANGUAGE: without any tracing, random programs say the same at every level and have no undefined
# behaviour, and compare.py accepts what a perfect decoder would print, and nothing else.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../support/lib.sh"
export PYTHONDONTWRITEBYTECODE=1 ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=1
language=$1
source=generated.c compile=(clang-14 -std=gnu11)
if [ "$language" = c++ ]; then
  source=generated.cpp compile=(clang++-14 -std=c++17)
fi

without_addresses() { sed -E 's/"0x[0-9a-f]{5,}"/"0xP"/g' "$1"; }

for seed in 1 2; do
  python3 "$here/generate.py" --seed $seed --language "$language" --functions 40 >"$source"
  python3 "$here/generate.py" --seed $seed --language "$language" --functions 40 | cmp - "$source" || fail "seed $seed: not the same twice"
  for options in -O0 -O2 "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"; do
    read -ra words <<<"$options"
    "${compile[@]}" "${words[@]}" -I"$here" "$source" -o program
    ./program >truth || fail "seed $seed, $options: the program failed"
    without_addresses truth >said
    [ "$options" != -O0 ] || cp said first
    cmp first said || fail "seed $seed, $options: another truth than at -O0"
  done
  python3 "$here/self_test.py" "$source" truth || fail "seed $seed: the comparer"
done
