/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What virtual.cpp calls. The bodies are in virtual_work.cpp, out of the compiler's sight. */
#ifndef BENCH_VIRTUAL_H
#define BENCH_VIRTUAL_H

#include <cstdint>
#include <memory>

class Shape {
public:
  virtual ~Shape() = default;
  virtual uint64_t area() const = 0;
};

/* Squares, rectangles and triangles come in turns. */
std::unique_ptr<Shape> make_shape(unsigned number);

#endif
