// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Passes sensitive members in every way in which they may stand in something else.
#include <array>
#include <calltap/calltap.h>
#include <memory>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#define KEEP __attribute__((noinline))
constexpr long secret = 0x5EC2E75EC2E75EC2;

// All of it is used, and at every level the compiler passes it as the source says.
template <class T> __attribute__((always_inline, no_instrument_function)) static void use(const T &value) {
  __asm__ volatile("" ::"r"(&value) : "memory");
}

struct Key {
  int id;
  CALLTAP_SENSITIVE long secret;
};
struct Ring {
  int keys;
  Key key[2][2];
};
struct Named : Key {
  const char *name;
};
union Either {
  Key key;
  long words[2];
};
template <class T> struct Box {
  int id;
  CALLTAP_SENSITIVE T content;
};
struct Deep {
  Key key[1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1][1]; // more than types are described
};

// The bytes behind the members of one class are those of another that is derived from it.
struct Open {
  Open() = default;
  long number;
  char letter;
};
struct Closed : Open {
  CALLTAP_SENSITIVE char secret[7];
};
struct Far {
  CALLTAP_SENSITIVE long secret;
};
struct Near : virtual Far {
  int number;
};
struct Dear : Near {
  CALLTAP_SENSITIVE long more;
};

// These are read as CALLTAP_VIEWS says: a class with something to hide is not, and neither are raw bytes.
namespace my {
struct Password {
  CALLTAP_SENSITIVE const char *characters;
  long length;
};
struct Keys {
  const Key *begin, *end;
};
template <class T> struct Maybe {
  alignas(T) unsigned char bytes[sizeof(T)];
  bool some;
};
} // namespace my

KEEP void ring(Ring r) { use(r); }
KEEP void named(Named n) { use(n); }
KEEP void either(Either e) { use(e); }
KEEP void box(Box<long> b) { use(b); }
KEEP void deep(Deep d) { use(d); }
KEEP void three(const Key (*p)[3], const Key (&r)[3]) { use(*p), use(r); }
KEEP void behind(const Open *o, const Near *n) { use(*o), use(*n); }
KEEP void optional(std::optional<Key> o) { use(o); }
KEEP void vector(const std::vector<Key> &v, const std::vector<std::optional<Key>> &o) { use(v), use(o); }
KEEP void array(std::array<Key, 2> a, std::pair<int, Key> p) { use(a), use(p); }
KEEP void variant(std::variant<int, std::unique_ptr<Key>, Key> v) { use(v); }
KEEP void pointer(const std::unique_ptr<Key> &p) { use(*p); }
KEEP void viewed(my::Password p, const my::Keys &k, my::Maybe<Key> m) { use(p), use(k), use(m); }
KEEP Ring result(int keys) { return {keys, {{{7, secret}, {8, secret}}, {{9, secret}, {10, secret}}}}; }

__attribute__((no_instrument_function)) int main() {
  const Key key = {7, secret}, keys[3] = {key, key, key};
  Closed closed;
  closed.number = 1;
  closed.letter = 'c';
  for (char &c : closed.secret)
    c = '^';
  Dear dear;
  dear.number = 2;
  dear.secret = dear.more = secret;
  my::Maybe<Key> maybe = {{}, true};
  __builtin_memcpy(maybe.bytes, &key, sizeof key);
  Named named_key = {key, "Ada"};

  ring({4, {{key, key}, {key, key}}});
  named(named_key);
  either({key});
  box({3, secret});
  deep({{{{{{{{{{{{{{{{{{{key}}}}}}}}}}}}}}}}}}});
  three(&keys, keys);
  behind(&closed, &dear);
  optional(key);
  optional({});
  vector({key, key}, {key, {}});
  array({{key, key}}, {5, key});
  variant(key);
  pointer(std::make_unique<Key>(key));
  viewed({"^^^^^^^", 7}, {keys, keys + 3}, maybe);
  use(result(4));
  return 0;
}
