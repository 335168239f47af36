# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the scripts share. Sourced, not run.

# The root of the source tree: scripts never depend on the directory they are called from.
# shellcheck disable=SC2034
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The clang that the plugin's default belongs to, and what plain calltap.so is for.
# shellcheck disable=SC2034 # used by the scripts that source this file
clang="clang-14"

say() { printf '\n== %s\n' "$*" >&2; }
warn() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; }
die() {
  warn "$*"
  exit 1
}

# The help text of a script is the comment at its top, between the licence line and the first line of code.
usage() {
  awk 'NR <= 2 { next } !/^#/ { exit } { sub(/^# ?/, ""); print }' "$0"
}

# Runs a command and shows it first, so that nobody has to guess what a script does.
run() {
  local word line="+"
  for word; do
    # Only words that a shell would take apart are quoted, and paths are shown from the root of the source.
    [[ $word =~ ^[a-zA-Z0-9_./=:,+@%-]+$ ]] || word="'$word'"
    line+=" ${word//"$root"\//}"
  done
  echo "$line" >&2
  "$@"
}

# Runs a command as root: directly, or through sudo. Fails with a clear word when neither is possible.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    run "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    run sudo "$@"
  elif command -v sudo >/dev/null && [ -t 0 ]; then
    run sudo "$@"
  else
    die "root is needed for: $* (run it as root, or install sudo)"
  fi
}

# Where downloaded sources are kept between runs.
cache_directory() {
  printf '%s\n' "${CALLTAP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/calltap}"
}
