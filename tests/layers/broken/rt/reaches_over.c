/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A tree that breaks the picture in every way, to see the check find it. */
#include "../tools/reader.h"
#include "internal.h"
#include <calltap/wire.h>
#include <stdio.h>
