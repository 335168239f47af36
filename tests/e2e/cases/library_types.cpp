// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// The C++ library's types: by value, and by reference.
// rules: library_types:text*; library_types:views*; library_types:optional*; library_types:owners*
// flags: -std=c++17
// expect:
//| #1 library_types:text(s="short", r=0xP "longer than fits inside the object itself", e="")
//| #2 library_types:text_cut(s="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... (100 bytes))
//| #3 library_types:views(v="a view", r=0xP [1, -2, 3], none=[])
//| #4 library_types:optional(some=5, none=nullopt, r=0xP 2.5)
//| #5 library_types:owners(u=0xP, s=0xP 0xP, n=NULL)
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

KEEP void text(std::string s, const std::string &r, std::string e) { sink = sink + s.size() + r.size() + e.size(); }
KEEP void text_cut(std::string s) { sink = sink + s.size(); }
KEEP void views(std::string_view v, const std::vector<int> &r, std::vector<long> none) {
  sink = sink + v.size() + v.empty() + (v.data() != nullptr) + r.size() + none.size();
}
KEEP void optional(std::optional<int> some, std::optional<long> none, const std::optional<double> &r) {
  sink = sink + some.value_or(1) + none.value_or(2) + r.has_value();
}
KEEP void owners(std::unique_ptr<int> u, const std::shared_ptr<long> &s, std::unique_ptr<int> n) {
  sink = sink + (u != nullptr) + (s != nullptr) + (n != nullptr);
}

int main() {
  text("short", "longer than fits inside the object itself", "");
  text_cut(std::string(100, 'x'));
  views(std::string_view("a view of more", 6), {1, -2, 3}, {});
  optional(5, std::nullopt, 2.5);
  owners(std::make_unique<int>(1), std::make_shared<long>(2), nullptr);
  return 0;
}
