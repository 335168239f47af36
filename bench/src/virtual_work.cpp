/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "virtual.h"

namespace {

class Square : public Shape {
public:
  explicit Square(uint64_t side) : side(side) {}
  uint64_t area() const override { return side * side; }

private:
  uint64_t side;
};

class Rectangle : public Shape {
public:
  Rectangle(uint64_t width, uint64_t height) : width(width), height(height) {}
  uint64_t area() const override { return width * height; }

private:
  uint64_t width, height;
};

class Triangle : public Shape {
public:
  Triangle(uint64_t base, uint64_t height) : base(base), height(height) {}
  uint64_t area() const override { return base * height / 2; }

private:
  uint64_t base, height;
};

} // namespace

std::unique_ptr<Shape> make_shape(unsigned number) {
  switch (number % 3) {
  case 0:
    return std::make_unique<Square>(number);
  case 1:
    return std::make_unique<Rectangle>(number, number + 1);
  default:
    return std::make_unique<Triangle>(number, number + 2);
  }
}
