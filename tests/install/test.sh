#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/install/test.sh cmake|pkg-config MAJOR BUILD_DIRECTORY
#
# Installs the build below a directory, as a package would be, and lets a stranger's project find it there with CMake
# or with pkg-config, build with clang MAJOR, run, and be traced. The directory is not the prefix that was configured:
# what is installed must be movable.
set -euo pipefail
way=$1 major=$2 build=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
pid=
clean_up() {
  [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null || true
  rm -rf "$work"
}
trap clean_up EXIT

DESTDIR=$work/stage cmake --install "$build" --prefix /usr >"$work/install.log"
prefix=$work/moved
mv "$work/stage/usr" "$prefix"
library=$(find "$prefix" -name 'libcalltap.so')
library=$(dirname "$library")

with_cmake() {
  cmake -G Ninja -S "$here/stranger" -B "$work/out" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_C_COMPILER="clang-$major" -DCMAKE_CXX_COMPILER="clang++-$major"
  cmake --build "$work/out"
}

# pkg-config names calltap.so, which is for the default clang; another major's library stands beside it.
with_pkg_config() {
  export PKG_CONFIG_PATH=$library/pkgconfig
  local flags libraries
  read -ra flags <<<"$(pkg-config --cflags calltap)"
  read -ra libraries <<<"$(pkg-config --libs calltap)"
  mkdir "$work/out"
  "clang-$major" -O2 "${flags[@]}" -c "$here/stranger/stranger.c" -o "$work/out/stranger.o"
  "clang++-$major" -O2 "${flags[@]}" -c "$here/stranger/shape.cpp" -o "$work/out/shape.o"
  "clang++-$major" "$work/out/stranger.o" "$work/out/shape.o" "${libraries[@]}" -Wl,-rpath,"$library" \
    -o "$work/out/stranger"
  read -ra libraries <<<"$(pkg-config --cflags --libs calltap-client)"
  "clang++-$major" "$here/stranger/watcher.cpp" "${libraries[@]}" -Wl,-rpath,"$library" -o "$work/out/watcher"
  read -ra libraries <<<"$(pkg-config --cflags --libs calltap-reader)"
  "clang-$major" "$here/stranger/slowest.c" "${libraries[@]}" -Wl,-rpath,"$library" -o "$work/out/slowest"
}

fail() {
  echo "FAILED: $*"
  exit 1
}

case $way in
  cmake) with_cmake ;;
  pkg-config) with_pkg_config ;;
esac
cd "$work"

echo "== The program does what it did, and writes nothing when it is not asked"
[ "$(out/stranger)" = 42 ] || fail "wrong output"
[ -z "$(ls ./*.cbor 2>/dev/null)" ] || fail "a trace was written though CALLTAP is not set"
readelf -d out/stranger | grep -q 'NEEDED.*libcalltap' || fail "the runtime is not linked"

echo "== Asked, it answers"
output=$(CALLTAP='*:* -> return' CALLTAP_OUT=$work/trace.cbor out/stranger)
[ "$output" = 42 ] || fail "wrong output while traced"
"$prefix/bin/calltap" decode trace.cbor | tee decoded
grep -q 'stranger:twice.*number=21' decoded || fail "no call of twice in the trace"
grep -q 'twice/1 --> 42' decoded || fail "no return of twice in the trace"
grep -q 'shape::Box:area' decoded || fail "no call of the C++ method in the trace"

if nm -D "$library/libcalltap-reader.so" | grep -qE '__(asan|tsan)_'; then
  echo "== (readers need a sanitizer in this build)"
else
  echo "== A program of one's own reads the trace"
  out/slowest trace.cbor trace.cbor | tee slowest
  calls=$(grep -vc -- '-->' decoded)
  [ "$(grep -c "^trace.cbor: $calls calls$" slowest)" = 2 ] || fail "it counted other calls"
  grep -qx 'sum 42' slowest || fail "it has no values"
  grep -q -- ' #[0-9]* stranger:main/2 --> 0' slowest || fail "it has no text of the slowest call"
  grep -q '^{.*"event":"exit".*"mfa":"stranger:main/2".*"elapsed_ns":' slowest || fail "it has no JSON"
  ! out/slowest out/stranger 2>error || fail "a program was read as a trace"
  grep -q '^slowest: out/stranger: .*trace' error || fail "it says $(cat error)"
  nm -D --defined-only "$library/libcalltap-reader.so" | awk '{print $3}' | grep -vE '^calltap_(reader|trace|type)_|^CALLTAP_READER' >names || true
  [ ! -s names ] || fail "names that are nobody's business: $(head -n 3 names)"
fi

if nm -D "$library/libcalltap-client.so" | grep -qE '__(asan|tsan)_'; then
  echo "== (clients need a sanitizer in this build)"
else
  echo "== A program of one's own traces it while it runs"
  out/stranger on >/dev/null &
  pid=$!
  for _ in $(seq 20); do
    out/watcher "$pid" 'stranger:twice' >watched 2>error && break
    sleep 0.05 # it was not ready yet
  done
  cat watched error
  grep -q 'stranger:twice(number=21)' watched || fail "no line of a call of twice"
  grep -q '"mfa":"stranger:twice/1","args":\[{"name":"number".*"value":21}' watched || fail "no JSON of it"
  out/watcher "$pid" 'stranger:twice' stranger >watched 2>error || fail "a thread by its name: $(cat error)"
  ! out/watcher "$pid" 'stranger:twice' '' 2>error || fail "a wrong thread spec was taken"
  grep -qi 'thread' error || fail "it says $(cat error)"
  ! out/watcher "$pid" 'stranger:thrice' 2>error || fail "a function that is not there was traced"
  grep -q '^watcher: [0-9]*: .*no function' error || fail "it says $(cat error)"
  ! out/watcher "$pid" 'stranger:twice(' 2>error || fail "a wrong rule was taken"
  grep -q '^watcher: [0-9]*: column' error || fail "it says $(cat error)"
  kill "$pid"
  pid=
fi

if [ "$way" = cmake ]; then
  echo "== A compiler that is not clang is told so"
  ! cmake -G Ninja -S "$here/stranger" -B "$work/gcc" -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER=gcc \
    -DCMAKE_CXX_COMPILER=g++ >said 2>&1 || fail "gcc was taken"
  tr -s ' \n' ' ' <said | grep -q 'no calltap::instrument, because [^ ]* is not clang: configure an empty build directory' ||
    fail "it says $(cat said)"
fi

echo "== The installed headers stand alone, in C and in C++"
for header in "$prefix"/include/calltap/*.h "$prefix"/include/calltap.h; do
  [ -f "$header" ] || continue
  "clang-$major" -std=c11 -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only -x c "$header"
  # abi.h ends in a flexible array, which C++ has only as an extension.
  "clang++-$major" -std=c++17 -Wall -Wextra -Werror -I"$prefix/include" -fsyntax-only -x c++ "$header"
done
