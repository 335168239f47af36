/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What exceptions.cpp calls. The bodies are in exceptions_work.cpp, out of the compiler's sight. */
#ifndef BENCH_EXCEPTIONS_H
#define BENCH_EXCEPTIONS_H

/* An odd key is thrown out two calls deeper, through a function that has something to clean up, and caught. */
int attempt(int key);

#endif
