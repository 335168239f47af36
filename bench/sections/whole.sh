# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What hooks and tables are in a program: sections size, startup, compile, types. Sourced by bench/run.
# shellcheck disable=SC2154,SC2086 # what is not set here is a setting of bench/run; numbers have no blanks

# Sizes of the Lua interpreter: no rounds, no noise.
run_size() {
  local variant file
  build_lua "${variants[@]}"
  for variant in "${variants[@]}"; do
    file=$out/lua-$variant
    size -A -d "$file" | awk -v variant="$variant" '
      $1 == ".text" { text = $2 }
      NF == 3 && $3 > 0 { loaded += $2 }
      END {
        printf "size\t%s\ttext\tbytes\t1\t%d\t%d\t0\n", variant, text, text
        printf "size\t%s\tloaded\tbytes\t1\t%d\t%d\t0\n", variant, loaded, loaded
      }'
    note size "$variant" file bytes "$(stat -c %s "$file")"
    readelf -rW "$file" | awk -v variant="$variant" '
      /R_X86_64/ { count++ }
      END { printf "size\t%s\trelocations\tcount\t1\t%d\t%d\t0\n", variant, count, count }'
  done >>"$table"
}

# What the start of a process costs, in time and in memory: an empty script.
run_startup() {
  local variant
  build_lua "${variants[@]}"
  for variant in "${variants[@]}"; do
    line "$variant" "$out/lua-$variant" -e ""
  done | compare startup $((rounds * 10))
}

# What compiling Lua costs.
run_compile() {
  local variant source
  source=$("$root/scripts/get-source" lua5.4)
  for variant in plain calltap xray; do
    line "$variant" JOBS=1 "CFLAGS=$(compile_flags "$variant")" "LDFLAGS=$(link_flags "$variant")" \
      "$root/scripts/build-lua" "$source" "$out/lua-compiled"
  done | compare compile $((rounds < 5 ? rounds : 5))
}

# Options of what is built to compare how much the tables say of types. Names of files go into the tables: they are as short
# as where one compiles in the directory of the source.
types_flags() {
  case $1 in
    plain) ;;
    *) echo "-ffile-prefix-map=$out/sqlite/= -fplugin=$build/plugin/calltap.so -fplugin-arg-calltap-types=$1" ;;
  esac
}

# SQLite's shell with types as $1 says, of the object file that is there.
link_sqlite() {
  local flags libraries=()
  read -ra flags <<<"$(types_flags "$1")"
  [ "$1" = plain ] || read -ra libraries <<<"$(link_flags calltap)"
  "$clang" -O2 "${flags[@]}" -c "$out/sqlite/shell.c" -o "$out/shell-$1.o"
  "$clang" "$out/sqlite3-$1.o" "$out/shell-$1.o" "${libraries[@]}" -lm -o "$out/sqlite-$1"
}

# What types cost: compiling SQLite, and the size of what comes out. How many parameters and results a trace can have.
run_types() {
  local variant flags detail=(plain full params none)
  build_amalgamation
  for variant in "${detail[@]}"; do
    read -ra flags <<<"$(types_flags "$variant")"
    line "$variant" "$clang" -O2 -DSQLITE_ENABLE_FTS5 "${flags[@]}" -c "$out/sqlite/sqlite3.c" -o "$out/sqlite3-$variant.o"
  done | compare types $((rounds < 3 ? rounds : 3))
  for variant in "${detail[@]}"; do
    link_sqlite "$variant"
    strip -o "$out/stripped" "$out/sqlite-$variant"
    note types "$variant" object bytes "$(stat -c %s "$out/sqlite3-$variant.o")"
    note types "$variant" linked bytes "$(stat -c %s "$out/sqlite-$variant")"
    note types "$variant" stripped bytes "$(stat -c %s "$out/stripped")"
  done
  build_lua calltap
  build_zstd calltap
  count_available Lua "$out/lua-calltap"
  count_available SQLite "$out/sqlite-full"
  count_available zstd "$out/zstd-calltap"
}

# What `calltap list --stats` says of the program $2, as $1: how many there are, and how many of them a trace can have.
count_available() {
  local stats kind count available
  stats=$("$calltap" list --stats --json "$2")
  for kind in parameters results; do
    read -r count available < <(sed -E "s/.*\"$kind\":\{\"count\":([0-9]+),\"available\":([0-9]+),.*/\1 \2/" <<<"$stats")
    printf 'share\t%s\t%s\tcount\t1\t%d\t%d\t0\n' "$1" "$kind" "$available" "$count" >>"$table"
  done
}
