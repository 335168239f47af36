# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What hooks cost while nobody asks: sections micro, compilers, lua, programs. Sourced by bench/run.
# shellcheck disable=SC2154,SC2086 # what is not set here is a setting of bench/run; numbers have no blanks

run_micro() {
  local workload variant
  for workload in leaf fib qsort tree virtual exceptions lambda; do
    for variant in "${variants[@]}"; do
      build_micro $workload "$variant"
      line "$variant" "$out/$workload-$variant" $repetitions
    done | compare $workload
  done
}

# The same with other compilers, each beside its own plain build.
run_compilers() {
  local workload variant group list
  for group in 19 gcc; do
    list=("${variants_19[@]}")
    [ $group = 19 ] || list=("${variants_gcc[@]}")
    for workload in leaf fib qsort; do
      for variant in "${list[@]}"; do
        build_micro $workload "$variant"
        line "$variant" "$out/$workload-$variant" $repetitions
      done | compare $workload-$group
    done
    build_lua "${list[@]}"
    for variant in "${list[@]}"; do
      line "$variant" "$out/lua-$variant" "$root/examples/lua/workload.lua" $script_rounds
    done | compare lua-$group
  done
}

run_lua() {
  local variant
  build_lua "${variants[@]}"
  for variant in "${variants[@]}"; do
    line "$variant" "$out/lua-$variant" "$root/examples/lua/workload.lua" $script_rounds
  done | compare lua $((rounds * 3))
}

# Whole programs, which check what they did: the hash of a database, of a compressed file, numbers of requests and keys.
run_programs() {
  local variant servers=(plain calltap xray)
  build_speedtest1 "${variants[@]}"
  # What it prints besides is how long each part took.
  for variant in "${variants[@]}"; do
    line "$variant" sh -c "'$out/speedtest1-$variant' --size $database_size --verify --memdb --singlethread | grep 'Verification Hash'"
  done | compare sqlite
  build_zstd "${variants[@]}"
  for variant in "${variants[@]}"; do
    line "$variant" sh -c "'$out/zstd-$variant' -q -c --single-thread -6 '$out/sqlite/sqlite3.c' | cksum"
  done | compare zstd
  build_redis "${servers[@]}"
  for variant in "${servers[@]}"; do
    line "$variant" "$root/bench/redis_once" "$out/redis-$variant/src/redis-server" "$out/redis-plain/src" $requests
  done | compare redis
}
