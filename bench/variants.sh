# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# How a workload is built in each variant. Sourced by bench/run.
# shellcheck disable=SC2154 # what is not set here is a setting of bench/run

# What all programs are compared in; with gcc and with clang 19 the smaller ones.
# shellcheck disable=SC2034 # used by the sections
variants=(plain calltap xray patchable cyg) variants_19=(plain-19 calltap-19 xray-19) \
  variants_gcc=(plain-gcc patchable-gcc cyg-gcc pg-gcc)

# The C compiler of a variant. The C++ one is called the same, with ++.
compiler() {
  case $1 in
    *-gcc) echo gcc ;;
    *-19) echo clang-19 ;;
    *) echo "$clang" ;;
  esac
}

cxx_compiler() {
  case $1 in
    *-gcc) echo g++ ;;
    *-19) echo clang++-19 ;;
    *) echo "${clang/clang/clang++}" ;;
  esac
}

# Compiler options of a variant.
compile_flags() {
  case $1 in
    plain*) ;;
    calltap) echo "-fplugin=$build/plugin/calltap.so" ;;
    calltap-19) echo "-fplugin=$build/plugin/calltap-19.so" ;;
    xray*) echo "-fxray-instrument -fxray-instruction-threshold=1" ;;
    patchable*) echo "-fpatchable-function-entry=5" ;;
    cyg*) echo "-finstrument-functions" ;;
    pg*) echo "-pg" ;;
    fentry) echo "-pg -mfentry" ;;
    after) echo "-finstrument-functions-after-inlining" ;;
  esac
}

# Linker options of a variant.
link_flags() {
  case $1 in
    plain* | patchable* | after) ;; # after: LTTng brings the hooks
    calltap*) echo "-L$build/rt -Wl,-rpath,$build/rt -Wl,-u,calltap_version -lcalltap" ;;
    xray*) echo "-fxray-instrument $out/xray_fdr.o" ;;
    cyg*) echo "$out/cyg_hooks.o" ;;
    pg* | fentry) echo "-pg" ;;
  esac
}

# Whether the program $1 is older than what made it: the compiler of variant $2, and the plugin if it is one of ours.
outdated() {
  [[ $2 != calltap* ]] || [ "$1" -nt "$build/plugin/calltap-14.so" ] || return 0
  [ ! "$1" -nt "$(command -v "$(compiler "$2")")" ]
}

# Builds bench/src/$1.c or .cpp and its other half as the variant $2.
build_micro() {
  local flags libraries file language=c compile
  [ ! -e "$root/bench/src/$1.cpp" ] || language=cpp
  read -ra flags <<<"$(compile_flags "$2")"
  read -ra libraries <<<"$(link_flags "$2")"
  compile=$(if [ $language = c ]; then compiler "$2"; else cxx_compiler "$2"; fi)
  for file in "$1" "$1_work"; do
    [ -e "$root/bench/src/$file.$language" ] || file=event_work # scale.c calls what event.c calls
    "$compile" -O2 "${align[@]}" "${flags[@]}" -c "$root/bench/src/$file.$language" -o "$out/$1-$file-$2.o"
  done
  "$compile" "$out/$1-$1-$2.o" "$out/$1-$file-$2.o" "${libraries[@]}" -pthread -o "$out/$1-$2"
}

# Links what the runtime keeps to itself.
build_walk() {
  "$clang" -O2 "${align[@]}" -I "$root" -I "$root/include" "$root"/bench/src/walk{,_work}.c "$root/tests/support/at_site.S" \
    -Wl,-u,calltap_version "$build/rt/libcalltap.a" -o "$out/walk"
}

# Ten thousand functions, in a file of their own, and one that arms them.
build_arm() {
  local libraries
  read -ra libraries <<<"$(link_flags calltap)"
  outdated "$out/arm" calltap || [ "$root/bench/src/arm.c" -nt "$out/arm" ] || return 0
  awk 'BEGIN { for (i = 0; i < 10000; i++) printf "int f%d(int a);\nint f%d(int a) { __asm__ volatile(\"\"); return a + %d; }\n", i, i, i }' >"$out/many.c"
  "$clang" -O2 "$(compile_flags calltap)" -c "$out/many.c" -o "$out/many.o"
  "$clang" -O2 -I "$root/include" -I "$build/include" "$root/bench/src/arm.c" "$out/many.o" "${libraries[@]}" -o "$out/arm"
}

# Lua takes long to compile: it is built again only if the compiler or the plugin is newer.
build_lua() {
  local source variant
  source=$("$root/scripts/get-source" lua5.4)
  for variant; do
    outdated "$out/lua-$variant" "$variant" || continue
    CC=$(compiler "$variant") CFLAGS=$(compile_flags "$variant") LDFLAGS=$(link_flags "$variant") \
      "$root/scripts/build-lua" "$source" "$out/lua-$variant"
  done
}

# SQLite as one file, as its authors recommend to build it.
build_amalgamation() {
  local source
  [ ! -s "$out/sqlite/shell.c" ] || return 0
  source=$("$root/scripts/get-source" sqlite3)
  mkdir -p "$out/sqlite"
  (cd "$out/sqlite" && "$source/configure" --disable-tcl && make sqlite3.c shell.c) >"$out/sqlite.log" 2>&1 ||
    { tail -n 30 "$out/sqlite.log" >&2 && return 1; }
}

# SQLite's own benchmark.
build_speedtest1() {
  local variant flags libraries source
  build_amalgamation
  source=$("$root/scripts/get-source" sqlite3)
  for variant; do
    outdated "$out/speedtest1-$variant" "$variant" || continue
    read -ra flags <<<"$(compile_flags "$variant")"
    read -ra libraries <<<"$(link_flags "$variant")"
    "$(compiler "$variant")" -O2 "${flags[@]}" -I "$out/sqlite" "$source/test/speedtest1.c" "$out/sqlite/sqlite3.c" \
      "${libraries[@]}" -lm -ldl -lpthread -o "$out/speedtest1-$variant"
  done
}

# zstd's own Makefile builds in its source.
build_zstd() {
  local variant
  for variant; do
    outdated "$out/zstd-$variant" "$variant" || continue
    rm -rf "$out/zstd-source"
    cp -r "$("$root/scripts/get-source" libzstd)" "$out/zstd-source"
    make -C "$out/zstd-source/programs" -j "$(nproc)" zstd HAVE_ZLIB=0 HAVE_LZMA=0 HAVE_LZ4=0 CC="$(compiler "$variant")" \
      CFLAGS="-O2 $(compile_flags "$variant")" LDFLAGS="$(link_flags "$variant")" >"$out/zstd.log" 2>&1 ||
      { tail -n 30 "$out/zstd.log" >&2 && return 1; }
    cp "$out/zstd-source/programs/zstd" "$out/zstd-$variant"
  done
  rm -rf "$out/zstd-source"
}

build_redis() {
  local variant
  for variant; do
    outdated "$out/redis-$variant/src/redis-server" "$variant" || continue
    CC=$(compiler "$variant") CFLAGS=$(compile_flags "$variant") LDFLAGS=$(link_flags "$variant") \
      "$root/scripts/build-redis" "$("$root/scripts/get-source" redis)" "$out/redis-$variant"
  done
}

# What every section needs.
build_common() {
  "$root/scripts/deps" bench
  (cd "$root" && cmake --preset release -DCALLTAP_TESTS=OFF && cmake --build --preset release) >"$out/build.log" ||
    { tail -n 30 "$out/build.log" >&2 && return 1; }
  cc -O2 "$root/bench/runner.c" -o "$out/runner"
  "$clang" -O2 -c "$root/bench/src/cyg_hooks.c" -o "$out/cyg_hooks.o"
  "$(cxx_compiler plain)" -O2 -c "$root/bench/src/xray_fdr.cpp" -o "$out/xray_fdr.o"
}
