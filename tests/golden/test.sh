#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# tests/golden/test.sh CALLTAP TRACE: what is said of the trace is what TRACE's file .expected has. `scripts/golden` writes
# these files anew; what it changes in them is what a commit has to explain.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if ! diff -u "${2%.cbor}.expected" <("$here/show.sh" "$1" "$2") | head -n 100; then
  echo "FAILED: what is said of $(basename "$2") has changed; if it should, run scripts/golden"
  exit 1
fi
