#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/layers/check.sh ROOT
#
# Holds the #include lines of the rooms to the picture: plugin/, rt/ and tools/ never include each other, they meet only
# in include/calltap/, and each room may include only the headers it shares with another. Prints every line that
# breaks this, as FILE:LINE: REASON, and ends with status 1 if there is one.
set -euo pipefail
cd "$1"

# The shared headers each room may use.
shared_by() {
  case $1 in
    plugin) echo "abi.h type.h version.h" ;;
    rt) echo "abi.h type.h wire.h rule.h trial.h calltap.h request.h version.h" ;;
    tools) echo "abi.h type.h wire.h rule.h trial.h calltap.h client.h reader.h request.h version.h" ;;
  esac
}

# Libraries' headers that are written in quotes.
is_foreign() {
  case $1:$2 in
    plugin:clang/* | plugin:llvm/*) return 0 ;;
  esac
  return 1
}

# Says what is wrong with `#include "$3"` (or <$3>) in file $2 of room $1; nothing if it is right.
judge() {
  local room=$1 file=$2 header=$3 delimiter=$4 target
  case $header in
    calltap/*)
      [[ " $(shared_by "$room") " == *" ${header#calltap/} "* ]] || echo "$room/ has no business with <$header>"
      return
      ;;
  esac
  [ "$delimiter" = '"' ] || return 0
  is_foreign "$room" "$header" && return
  target=$(realpath -m --relative-to=. "$(dirname "$file")/$header")
  if [ ! -f "$target" ]; then
    target=$(realpath -m --relative-to=. "$room/$header")
  fi
  if [ ! -f "$target" ]; then
    target=$(find "$room" -path "*/$header" | head -n 1)
  fi
  case $target in
    "$room"/*) ;;
    "") echo "\"$header\" is not in $room/" ;;
    *) echo "$room/ includes $target" ;;
  esac
}

status=0
lines=0
for room in plugin rt tools; do
  while IFS=: read -r file number text; do
    lines=$((lines + 1))
    [[ $text =~ include[[:space:]]*([\"\<])([^\"\>]+)[\"\>] ]] || continue
    reason=$(judge "$room" "$file" "${BASH_REMATCH[2]}" "${BASH_REMATCH[1]}")
    if [ -n "$reason" ]; then
      echo "$file:$number: $reason"
      status=1
    fi
  done < <(grep -rnE '^[[:space:]]*#[[:space:]]*include\b' --include='*.[chS]' --include='*.cpp' "$room" || true)
done
echo "looked at $lines #include lines"
# No line at all means that the check looked in the wrong place.
[ "$lines" -gt 0 ] || status=1
exit $status
