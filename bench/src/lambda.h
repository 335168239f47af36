/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What lambda.cpp calls. The body is in lambda_work.cpp. */
#ifndef BENCH_LAMBDA_H
#define BENCH_LAMBDA_H

#include <cstdint>
#include <vector>

/* Sorts, transforms, counts and adds up by lambdas: three that the compiler inlines, and one behind a std::function. */
uint64_t digest(std::vector<uint32_t> &values, uint32_t limit);

#endif
