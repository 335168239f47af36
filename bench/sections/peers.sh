# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Other tracers that record every function: sections peers and decode. Sourced by bench/run.
# shellcheck disable=SC2154,SC2086 # what is not set here is a setting of bench/run; numbers have no blanks
#
# uftrace and LTTng have a second process that writes, so nothing here is pinned to a processor. All trace what is left
# after inlining, and write to tmpfs.

lttng_pid=''
LTTNG_HOME=$out/lttng
export LTTNG_HOME

# The daemon runs while it is needed, and is ended by its number.
start_lttng() {
  mkdir -p "$LTTNG_HOME"
  lttng-sessiond --no-kernel >"$out/lttng.log" 2>&1 &
  lttng_pid=$!
  export LTTNG_DAEMON=$lttng_pid
  local limit=$((SECONDS + 20))
  until lttng list >/dev/null 2>&1; do
    [ $SECONDS -lt $limit ] || die "LTTng's daemon does not answer (build/bench/lttng.log)"
    sleep 0.1
  done
}

stop_lttng() {
  [ -n "$lttng_pid" ] || return 0
  kill "$lttng_pid" 2>/dev/null || true
  wait "$lttng_pid" 2>/dev/null || true
  lttng_pid=''
}

uprobes=no
# The kernel's probes, where this user may make them.
start_uprobes() {
  perf probe -d 'calltap_bench:*' >/dev/null 2>&1 || true
  if perf probe -x "$out/event-plain" 'calltap_bench:pair=pair' >"$out/perf.log" 2>&1; then
    uprobes=yes
  else
    say "No uprobes here: $(tail -n 1 "$out/perf.log")"
  fi
}

stop_uprobes() {
  [ $uprobes = no ] || perf probe -d 'calltap_bench:*' >/dev/null 2>&1 || true
  uprobes=no
}

# Adds a variant that runs under bench/peer: variant, tracer, command. Settings stand before.
under() {
  local variant=$1 tracer=$2
  shift 2
  line "$variant" "$root/bench/peer" "$tracer" "$memory/calltap-bench/$variant" "$@"
}

# One function with two integers, its calls and its returns.
peers_event() {
  local variant
  for variant in plain calltap xray xray-19 fentry after; do
    build_micro event $variant
  done
  start_uprobes
  {
    line plain "$out/event-plain" $peer_calls 0
    under calltap-noargs calltap-noargs "$out/event-calltap" $peer_calls 2
    under calltap calltap "$out/event-calltap" $peer_calls 2
    under xray-basic-14 xray-basic "$out/event-xray" $peer_calls 2
    under xray-fdr-14 xray-fdr "$out/event-xray" $peer_calls 2
    under xray-basic-19 xray-basic "$out/event-xray-19" $peer_calls 2
    under xray-fdr-19 xray-fdr "$out/event-xray-19" $peer_calls 2
    under uftrace uftrace "$out/event-fentry" $peer_calls 2
    line uftrace-args UFTRACE_ARGS="-A pair@arg1/i32,arg2/i32 -R pair@retval/i32" "$root/bench/peer" uftrace-args \
      "$memory/calltap-bench/uftrace-args" "$out/event-fentry" $peer_calls 2
    under lttng-fast lttng-fast "$out/event-after" $peer_calls 2
    under lttng lttng "$out/event-after" $peer_calls 2
    [ $uprobes = no ] || line uprobe UPROBE=calltap_bench:pair "$root/bench/peer" uprobe "$memory/calltap-bench/uprobe" \
      "$out/event-plain" $((peer_calls / 10)) 1
  } | compare_free peers-event "$peer_rounds"
  stop_uprobes
}

# All functions of Lua.
peers_lua() {
  local script=("$root/examples/lua/plain.lua" "$peer_script")
  build_lua plain calltap xray xray-19 fentry after
  {
    under plain none "$out/lua-plain" "${script[@]}"
    under calltap-noargs calltap-noargs "$out/lua-calltap" "${script[@]}"
    under calltap calltap "$out/lua-calltap" "${script[@]}"
    under calltap-strings calltap-strings "$out/lua-calltap" "${script[@]}"
    under xray-basic-14 xray-basic "$out/lua-xray" "${script[@]}"
    under xray-fdr-14 xray-fdr "$out/lua-xray" "${script[@]}"
    under xray-basic-19 xray-basic "$out/lua-xray-19" "${script[@]}"
    under xray-fdr-19 xray-fdr "$out/lua-xray-19" "${script[@]}"
    under uftrace uftrace "$out/lua-fentry" "${script[@]}"
    under lttng-fast lttng-fast "$out/lua-after" "${script[@]}"
  } | compare_free peers-lua "$peer_rounds"
}

run_peers() {
  start_lttng
  peers_event
  peers_lua
  stop_lttng
}

# A trace of Lua that stays, for the readers.
keep_trace() {
  PEER_KEEP=yes "$root/bench/peer" "$2" "$traces/$1" "$out/lua-$3" "$root/examples/lua/plain.lua" "$peer_script" >/dev/null
}

# How many calls and exits are in a trace, by what its own reader counts.
events_in() {
  case $1 in
    calltap) "$calltap" decode "$traces/calltap/t.cbor" | wc -l ;;
    uftrace) uftrace report --no-pager -d "$traces/uftrace" -f call 2>/dev/null | awk '$1 ~ /^[0-9]+$/ { sum += $1 } END { print 2 * sum }' ;;
    xray-*) llvm-xray-14 account "$traces/$1"/x.* --instr_map="$out/lua-xray" -f csv -k 2>/dev/null | awk -F , 'NR > 1 { sum += $2 } END { print 2 * sum }' ;;
    lttng-fast) babeltrace2 "$traces/lttng-fast" 2>/dev/null | wc -l ;;
  esac
}

# Adds a reader: variant, command, whose output goes nowhere.
reader() {
  local variant=$1 IFS=' '
  shift
  line "$variant" sh -c "$* >/dev/null 2>&1"
}

run_decode() {
  local traces=$memory/calltap-bench-traces kind
  local xray="llvm-xray-14 account --instr_map=$out/lua-xray -k"
  build_lua calltap xray fentry after
  rm -rf "$traces"
  start_lttng
  keep_trace calltap calltap calltap
  keep_trace uftrace uftrace fentry
  keep_trace xray-basic-14 xray-basic xray
  keep_trace xray-fdr-14 xray-fdr xray
  keep_trace lttng-fast lttng-fast after
  stop_lttng
  for kind in calltap uftrace xray-basic-14 xray-fdr-14 lttng-fast; do
    note decode-events $kind events count "$(events_in $kind)"
  done
  {
    reader calltap "$calltap report '$traces/calltap/t.cbor'"
    reader uftrace "uftrace report --no-pager -d '$traces/uftrace'"
    reader xray-basic-14 "$xray '$traces'/xray-basic-14/x.*"
    reader xray-fdr-14 "$xray '$traces'/xray-fdr-14/x.*"
  } | compare decode-report "$peer_rounds"
  {
    reader calltap "$calltap decode '$traces/calltap/t.cbor'"
    reader uftrace "uftrace replay --no-pager -d '$traces/uftrace'"
    reader lttng-fast "babeltrace2 '$traces/lttng-fast'"
  } | compare decode-text "$peer_rounds"
  {
    reader calltap "$calltap decode --format chrome '$traces/calltap/t.cbor'"
    reader uftrace "uftrace dump --chrome -d '$traces/uftrace'"
  } | compare decode-chrome "$peer_rounds"
  note decode-bytes calltap chrome bytes "$("$calltap" decode --format chrome "$traces/calltap/t.cbor" | wc -c)"
  note decode-bytes uftrace chrome bytes "$(uftrace dump --chrome -d "$traces/uftrace" 2>/dev/null | wc -c)"
  rm -rf "$traces"
}
