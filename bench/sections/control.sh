# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How long one waits for hooks to be on, or off: sections arm, attach. Sourced by bench/run.
# shellcheck disable=SC2154,SC2086 # what is not set here is a setting of bench/run; numbers have no blanks

# A program of 10,000 functions arms itself: without the command's part.
run_arm() {
  local exits pattern variant
  build_arm
  for exits in 0 1; do
    for pattern in 'many:f7' 'many:f7?' 'many:f7??' 'many:f*'; do
      case $pattern in
        'many:f7') variant=1 ;;
        'many:f7?') variant=10 ;;
        'many:f7??') variant=100 ;;
        *) variant=10000 ;;
      esac
      line "$variant" "$out/arm" "$pattern" $exits $arm_times
    done | compare "arm-$exits" "$peer_rounds"
  done
}

# The command, from its start to what it prints, on that program and on a Redis that serves.
run_attach() {
  build_arm
  build_redis calltap plain
  "$root/bench/first_event" -b "$build" -n "$attach_rounds" "$out/redis-calltap" "$out/arm" >>"$table"
}
