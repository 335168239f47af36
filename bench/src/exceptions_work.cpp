/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "exceptions.h"
#include <stdexcept>

namespace {

/* Something to clean up on the way. */
class Counted {
public:
  explicit Counted(int &count) : count(count) { count++; }
  ~Counted() { count--; }

private:
  int &count;
};

} // namespace

static int live;

__attribute__((noinline)) static int lookup(int key) {
  if (key % 2 == 1)
    throw std::out_of_range("odd");
  return key;
}

__attribute__((noinline)) static int parse(int key) {
  Counted counted(live);
  return lookup(key) + live;
}

int attempt(int key) {
  try {
    return parse(key);
  } catch (const std::out_of_range &) {
    return -1;
  }
}
