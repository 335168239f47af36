/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Frames to walk up: the functions stand in another file than their caller. */
#ifndef BENCH_WALK_H
#define BENCH_WALK_H

/* Calls `innermost` under `depth` more functions, which come in turns. */
long walk_under(int depth, void (*innermost)(void));

#endif
