// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
namespace shape {
struct Box {
  int Width, Height;
  __attribute__((noinline)) int area() const { return Width * Height; }
};
} // namespace shape

extern "C" int area(int Width, int Height) { return shape::Box{Width, Height}.area(); }
