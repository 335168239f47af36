// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Classes of a program of its own, which the user says how to read.
namespace my {
struct String {
  const char *characters;
  long length;
};
template <class T> struct Array {
  const T *begin, *end, *room;
  long extra;
};
struct Handle {
  int generation;
  void *object;
};
struct Maybe {
  int value;
  bool some;
};
} // namespace my

volatile long sink;

__attribute__((noinline)) void take(my::String s, const my::String &r, my::Array<int> a, my::Handle h, my::Maybe m) {
  sink = sink + s.length + (s.characters != nullptr) + r.length + (a.end - a.begin) + a.extra + h.generation +
         (h.object != nullptr) + m.value + m.some;
}

int main() {
  static const char text[] = "hello world";
  static const int numbers[] = {1, 2, 3};
  take({text, 5}, {text, 11}, {numbers, numbers + 3, numbers + 3, 0}, {1, nullptr}, {7, false});
  return 0;
}
