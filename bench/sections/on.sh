# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What a hook costs that somebody asks for: sections event, values, rules, walk, traced, scale. Sourced by bench/run.
# shellcheck disable=SC2154,SC2086 # what is not set here is a setting of bench/run; numbers have no blanks

build_event() {
  build_micro event plain
  build_micro event calltap
}

# A variant whose trace goes to directory $2: name, directory, rule, command.
traced() {
  local variant=$1 directory=$2 rule=$3
  shift 3
  line "$variant" "CALLTAP=$rule" CALLTAP_LIMIT=bytes=64G,budget=0 "CALLTAP_OUT=$directory/bench.cbor" "!$directory/bench.cbor" "$@"
}

# The same into a ring, all of whose pages are there after its first turn.
into_ring() {
  line "$1" "CALLTAP=$2" CALLTAP_LIMIT=ring=4M,budget=0 "CALLTAP_OUT=$memory/bench.cbor" "!$memory/bench.cbor" "${@:3}"
}

run_event() {
  build_event
  {
    line plain "$out/event-plain" $event_calls 0
    line off "$out/event-calltap" $event_calls 0
    traced call-memory "$memory" event_work:pair "$out/event-calltap" $event_calls 1
    traced call-disk "$disk" event_work:pair "$out/event-calltap" $event_calls 1
    into_ring call-ring event_work:pair "$out/event-calltap" $event_calls 1
    traced both-memory "$memory" 'event_work:pair -> return' "$out/event-calltap" $((event_calls / 2)) 2
    traced both-disk "$disk" 'event_work:pair -> return' "$out/event-calltap" $((event_calls / 2)) 2
    into_ring both-ring 'event_work:pair -> return' "$out/event-calltap" $((event_calls / 2)) 2
  } | compare event
}

# What an event costs by what it holds.
run_values() {
  local argument function
  build_event
  for argument in none one pair four six reals pointer constant stack heap struct; do
    case $argument in
      constant | stack | heap) function=text ;;
      pointer) function=field ;;
      struct) function=four ;;
      four) function=quad ;;
      *) function=$argument ;;
    esac
    {
      line plain "$out/event-plain" $value_calls 0 $argument
      line off "$out/event-calltap" $value_calls 0 $argument
      traced call-memory "$memory" event_work:$function "$out/event-calltap" $value_calls 1 $argument
      traced call-disk "$disk" event_work:$function "$out/event-calltap" $value_calls 1 $argument
    } | compare "value-$argument"
  done
}

# What it costs to find who called.
run_walk() {
  local method
  build_walk
  for method in backtrace calltap calltap-cold libunwind; do
    # The last only where it is installed.
    if "$out/walk" $method 1 >"$out/walk.log" 2>&1; then
      line $method "$out/walk" $method $walks
    fi
  done | compare walk
}

# A thousand rules about functions that the program does not call, and one about main.
thousand_rules() {
  local i
  for ((i = 0; i < 1000; i++)); do
    printf 'event:nothing%d(_, %d) -> count; ' "$i" "$i"
  done
  echo event:main
}

# What a call costs that rules look at: by what they look at, and by what they do.
run_rules() {
  build_event
  {
    line plain "$out/event-plain" $value_calls 0
    line off "$out/event-calltap" $value_calls 0
    traced thread "$memory" event_work:pair CALLTAP_THREADS=none-of-these "$out/event-calltap" $value_calls 0
    traced guard "$memory" 'event_work:pair(-1, -2)' "$out/event-calltap" $value_calls 0
    traced thousand "$memory" "$(thousand_rules)" "$out/event-calltap" $value_calls 0
    traced call "$memory" event_work:pair "$out/event-calltap" $value_calls 0
    traced count "$memory" 'event_work:pair -> count' "$out/event-calltap" $value_calls 0
    traced key "$memory" 'event_work:pair(a, b) -> sum(b) by a' "$out/event-calltap" $value_calls 0
    traced time "$memory" 'event_work:pair -> time' "$out/event-calltap" $value_calls 0
    traced late "$memory" 'event_work:pair -> return when ret == -1' "$out/event-calltap" $value_calls 0
    traced stack "$memory" 'event_work:pair -> stack(8)' "$out/event-calltap" $value_calls 0
  } | compare rules-pair
  local argument
  for argument in constant heap field; do
    {
      line plain "$out/event-plain" $value_calls 0 $argument
      line off "$out/event-calltap" $value_calls 0 $argument
      case $argument in
        field) traced guard "$memory" 'event_work:field when value->kind == 7' "$out/event-calltap" $value_calls 0 field ;;
        *) traced guard "$memory" 'event_work:text("eighteen letters!")' "$out/event-calltap" $value_calls 0 $argument ;;
      esac
    } | compare "rules-$argument"
  done
}

# Every function of Lua, to a file. The number of events is that of one run more: it is the same for every run but for
# what the addresses of objects decide.
run_traced() {
  local script=("$root/examples/lua/workload.lua" "$traced_rounds")
  build_lua plain calltap
  {
    line plain "$out/lua-plain" "${script[@]}"
    line off "$out/lua-calltap" "${script[@]}"
    traced memory "$memory" '*:* -> return' "$out/lua-calltap" "${script[@]}"
    traced disk "$disk" '*:* -> return' "$out/lua-calltap" "${script[@]}"
  } | compare traced "$((rounds < 11 ? rounds : 11))"
  count_events "${script[@]}"
}

count_events() {
  local trace=$memory/bench-count.cbor
  CALLTAP='*:* -> return' CALLTAP_LIMIT=bytes=64G,budget=0 CALLTAP_OUT=$trace "$out/lua-calltap" "$@" >/dev/null
  note traced memory events count "$("$calltap" decode "$trace" | wc -l)"
  rm -f "$trace"
}

# One thread, and two at once: not on one processor.
run_scale() {
  build_micro scale plain
  build_micro scale calltap
  {
    line one-plain "$out/scale-plain" 1 $event_calls
    line two-plain "$out/scale-plain" 2 $event_calls
    traced one "$memory" event_work:pair "$out/scale-calltap" 1 $event_calls
    traced two "$memory" event_work:pair "$out/scale-calltap" 2 $event_calls
  } | compare_free scale
}
