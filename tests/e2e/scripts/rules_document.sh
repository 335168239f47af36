#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The examples of docs/rules.md: a line of a `rule` block is right, one of a `wrong` block gives the message that stands indented below it.
# Those `in example` are asked of the program of the document.
. "$(dirname "$0")/../../support/lib.sh"
document=$CALLTAP_SOURCE/docs/rules.md

# block INFO: the lines of all fenced blocks with this info string.
block() { awk -v fence="\`\`\`$1" '$0 == "```" { inside = 0 } inside; $0 == fence { inside = 1 }' "$document"; }

block 'c example' >server.c
cc 14 -O0 server.c -o server "${with_runtime[@]}"

# right ARGUMENTS...: lines of rules from stdin.
right() {
  local count=0 line
  while IFS= read -r line; do
    "$calltap" check "$line" "$@" >out 2>&1 || fail "$line: $(cat out)"
    count=$((count + 1))
  done
  [ $count -ge 5 ] || fail "only $count right examples were found"
}

# wrong ARGUMENTS...: from stdin, rules, each with the message below it.
wrong() {
  local count=0 rule="" line status
  while IFS= read -r line; do
    case $line in
    "    "*)
      status=0
      "$calltap" check "$rule" "$@" >out 2>errors || status=$?
      [ $status = 1 ] || fail "$rule: status $status"
      grep -qF -- "${line#    }" errors || fail "$rule: $(cat errors)"
      grep -q '^ *^$' errors || fail "$rule: no caret: $(cat errors)"
      count=$((count + 1))
      ;;
    *) rule=$line ;;
    esac
  done
  [ $count -ge 5 ] || fail "only $count wrong examples were found"
}

block rule | right
block 'rule in example' | right --in server
block wrong | wrong
block 'wrong in example' | wrong --in server
