#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# The layer check finds every wrong line of a tree made to be wrong, and no other.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if found=$("$here/check.sh" "$here/broken"); then
  echo "the check passed a tree that is wrong"
  exit 1
fi
diff "$here/broken/expected" <(echo "$found")
