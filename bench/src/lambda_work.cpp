/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "lambda.h"
#include <algorithm>
#include <functional>
#include <numeric>

uint64_t digest(std::vector<uint32_t> &values, uint32_t limit) {
  std::sort(values.begin(), values.end(), [](uint32_t a, uint32_t b) { return a > b; });
  std::transform(values.begin(), values.end(), values.begin(), [limit](uint32_t v) { return v % limit; });
  auto few = std::count_if(values.begin(), values.end(), [limit](uint32_t v) { return v < limit / 2; });
  std::function<uint64_t(uint64_t, uint32_t)> mix = [](uint64_t sum, uint32_t v) { return sum * 31 + v; };
  return std::accumulate(values.begin(), values.end(), uint64_t(few), mix);
}
