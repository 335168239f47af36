/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "internal.h"
#include "clang/AST/Decl.h"
#include <calltap/abi.h>
