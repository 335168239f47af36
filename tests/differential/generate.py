#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes a random C or C++ program that says on standard output, by truth.h, which values it passes and gets.

    generate.py --seed N --language c|c++ --functions K [--module NAME] [--float16] [--without WORD,...] > NAME.c

The same arguments give the same program. Its module, for rules, is NAME: that must be the stem of its file. The line
`// meta: {...}` at its end tells compare.py the functions, by their numbers in the truth, and the types.
--without leaves out kinds of types and functions whose name begins with a WORD, to find one's way in a failure.
"""
import argparse
import json
import random
import struct
import types

INTEGERS = [  # spelling, bits, signed
  ("signed char", 8, True), ("unsigned char", 8, False), ("char", 8, True), ("short", 16, True),
  ("unsigned short", 16, False), ("int", 32, True), ("unsigned int", 32, False), ("long", 64, True),
  ("unsigned long", 64, False), ("long long", 64, True), ("unsigned long long", 64, False),
  ("__int128", 128, True), ("unsigned __int128", 128, False), ("wchar_t", 32, True), ("char16_t", 16, False),
  ("char32_t", 32, False), ("size_t", 64, False), ("int8_t", 8, True), ("uint16_t", 16, False),
  ("my_int", 32, True), ("my_const", 64, False),
]
FLOATS = [("float", 32, "f"), ("double", 64, ""), ("long double", 80, "L")]


class Context:
  """What one block of code needs while it is written: names, and where random choices come from."""

  def __init__(self, rng, hidden=True, lasting=False):
    self.rng, self.hidden = rng, hidden
    self.lasting = lasting  # what is pointed to outlives the block

  count = 0

  def name(self, stem):
    Context.count += 1
    return f"{stem}_{Context.count}"


def octal(data):
  """A string literal of these bytes."""
  plain = set(b" !#$%&'()*+,-./:;<=>@[]^_`{|}~") | set(range(48, 58)) | set(range(65, 91)) | set(range(97, 123))
  return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in data) + '"'


# ---- types -----------------------------------------------------------------------------------------------------------


class Type:
  """A type: how it is spelled, filled, shown and used. `x` is always an expression without effects."""
  can_return = can_copy = in_union = True
  can_be_member = can_be_array = True
  in_registers = False  # small enough for HIDE, and not a class

  def __init__(self, spelling, kind, meta):
    self.spelling, self.kind, self.meta = spelling, kind, meta

  def spell(self, name):
    return f"{self.spelling} {name}".rstrip()

  def spell_parameter(self, name):
    return self.spell(name)

  def holder(self, ctx, x):
    """Declares x and gives it a value."""
    return [f"{self.spell(x)};", *self.fill(ctx, x)] + ([f"HIDE({x});"] if ctx.hidden and self.in_registers else [])

  def passed(self, x):
    return x

  def changed(self, x):
    return None


class Integer(Type):
  in_registers = True

  def __init__(self, spelling, bits, signed):
    super().__init__(spelling, spelling, {"k": "int"})
    self.bits, self.signed = bits, signed

  def number(self, rng, bits):
    least, most = (-(1 << bits - 1), (1 << bits - 1) - 1) if self.signed else (0, (1 << bits) - 1)
    near = [0, 1, -1, 2, least, most, least + 1, most - 1, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1, 255, 127, 128]
    fits = [n for n in near if least <= n <= most]
    return rng.choice([rng.choice(fits), rng.randint(least, most), rng.randint(max(least, -99), min(most, 999))])

  def fill(self, ctx, x, bits=None):
    n = self.number(ctx.rng, bits or self.bits) & (1 << 128) - 1
    if self.bits == 128:
      return [f"{x} = ({self.spelling})((unsigned __int128)0x{n >> 64:x}UL << 64 | 0x{n & (1 << 64) - 1:x}UL);"]
    if bits:
      n = n if n < 1 << 127 else n - (1 << 128)
      return [f"{x} = {n};" if abs(n) < 1 << 31 else f"{x} = {n}L;"]
    return [f"{x} = ({self.spelling})0x{n & (1 << self.bits) - 1:x}UL;"]

  def show(self, x):
    return f"truth_{'int' if self.signed else 'unsigned'}({x});"

  def mix(self, x):
    return f"sink += (unsigned long)({x});"

  def changed(self, x):
    return f"{x} = ({self.spelling})({x} ^ 5);"


class Bool(Type):
  in_registers = True

  def __init__(self, language):
    super().__init__("bool" if language == "c++" else "_Bool", "bool", {"k": "bool"})

  in_union = False

  def fill(self, ctx, x):
    return [f"{x} = {ctx.rng.choice(['true', 'false'])};"]

  def show(self, x):
    return f"truth_bool({x});"

  def mix(self, x):
    return f"sink += {x} ? 3 : 1;"


class Float(Type):
  in_registers = True

  def __init__(self, spelling, bits, suffix):
    super().__init__(spelling, spelling, {"k": "float", "bits": bits})
    self.bits, self.suffix, self.in_union = bits, suffix, bits != 80

  def literal(self, rng):
    if rng.random() < 0.25:
      kind = {16: "", 32: "f", 64: "", 80: "l"}[self.bits]
      special = rng.choice([f"__builtin_inf{kind}()", f"-__builtin_inf{kind}()", f'__builtin_nan{kind}("")', "0.0", "-0.0",
                            {16: "0x1p-24", 32: "0x1p-149f", 64: "0x1p-1074", 80: "0x1p-16445L"}[self.bits],
                            {16: "65504.0", 32: "0x1.fffffep+127f", 64: "0x1.fffffffffffffp+1023",
                             80: "0x1.fffffffffffffffep+16383L"}[self.bits]])
      return f"(_Float16)({special})" if self.bits == 16 else special
    if rng.random() < 0.5:
      return f"({self.spelling}){rng.choice(['0.25', '-1.5', '3.0', '1e3', '0.1', '100.0', '-7.0', '6.0'])}{self.suffix}"
    digits = {16: 10, 32: 23, 64: 52, 80: 63}[self.bits]
    high = {16: 14, 32: 120, 64: 1000, 80: 16000}[self.bits]
    shift = -digits % 4
    mantissa = rng.getrandbits(digits) << shift
    text = f"{rng.choice(['', '-'])}0x1.{mantissa:0{(digits + shift) // 4}x}p{rng.randint(-high, high):+d}"
    return f"(_Float16){text}" if self.bits == 16 else text + self.suffix

  def fill(self, ctx, x):
    return [f"{x} = {self.literal(ctx.rng)};"]

  def show(self, x):
    return f"truth_{'long_double' if self.bits == 80 else 'double'}({x});"

  def mix(self, x):
    return f"sink += {x} > ({self.spelling})0.5 ? 7 : 2;"


class Complex(Type):
  in_union = False

  def __init__(self, real):
    super().__init__(f"_Complex {real.spelling}", f"_Complex {real.spelling}", {"k": "complex", "of": real.meta})
    self.real = real

  def fill(self, ctx, x):
    return [f"{x} = __builtin_complex(({self.real.spelling}){self.real.literal(ctx.rng)}, "
            f"({self.real.spelling}){self.real.literal(ctx.rng)});"]

  def show(self, x):
    return f"truth_open(); {self.real.show(f'__real__ {x}')} {self.real.show(f'__imag__ {x}')} truth_close();"

  def mix(self, x):
    return self.real.mix(f"(__real__ {x})") + self.real.mix(f"(__imag__ {x})")


class Vector(Type):
  in_registers = True

  def __init__(self, spelling, element, count):
    super().__init__(spelling, f"vector of {count * element.bits // 8} bytes", {"k": "array", "of": element.meta})
    self.element, self.count = element, count

  def fill(self, ctx, x):
    return [line for i in range(self.count) for line in self.element.fill(ctx, f"{x}[{i}]")]

  def holder(self, ctx, x):
    return [f"{self.spell(x)} = {{0}};", *self.fill(ctx, x)] + ([f"HIDE({x});"] if ctx.hidden else [])

  def show(self, x):
    return "truth_open(); " + " ".join(self.element.show(f"{x}[{i}]") for i in range(self.count)) + " truth_close();"

  def mix(self, x):
    return self.element.mix(f"{x}[{self.count - 1}]") + self.element.mix(f"{x}[0]")


class Enum(Type):
  in_registers = True

  def __init__(self, spelling, kind, names, scope, values, flags, open_):
    super().__init__(spelling, kind, {"k": "enum", "names": dict(names)})
    self.names, self.scope, self.values, self.flags, self.open = names, scope, values, flags, open_

  in_union = False

  def fill(self, ctx, x):
    named = [value for _, value in self.names]
    n = ctx.rng.choice(named)
    if self.flags and ctx.rng.random() < 0.7:
      n = 0
      for value in ctx.rng.sample(named, ctx.rng.randint(0, len(named))):
        n |= value
    if self.open and ctx.rng.random() < 0.2:
      n = ctx.rng.choice(self.values)
    return [f"{x} = ({self.spelling}){n}{'L' if abs(n) >= 1 << 31 else ''};"]

  def show(self, x):
    return f"truth_int((long){x});"

  def mix(self, x):
    return f"sink += (unsigned long){x};"


class Pointer(Type):
  """A pointer that is printed as an address. `target` declares what it may point to."""
  in_registers = True
  in_union = False

  def __init__(self, spelling, kind, target=None, follow=None, parameter=None):
    super().__init__(spelling, kind, {"k": "pointer"})
    self.target, self.follow, self.parameter = target, follow, parameter

  def spell(self, name):
    return self.spelling.replace("@", name) if "@" in self.spelling else f"{self.spelling}{name}"

  def spell_parameter(self, name):
    return self.parameter.replace("@", name) if self.parameter else self.spell(name)

  def cast(self, text):
    return f"({self.spell('')}){text}"

  def fill(self, ctx, x, valid=False):
    way = ctx.rng.choice(["object", "static"] if valid else ["object", "static", "object", "static", "null", "wild"])
    if not self.target or way == "wild":
      wild = ctx.rng.choice([0xDEAD, 0x7FFFFFFFF123, 0xFFFFFFFFFFFFFFFF, 0x8000000000000000, 1, ctx.rng.getrandbits(47)])
      return [f"{x} = {self.cast(f'0x{wild:x}UL')};"]
    if way == "null":
      return [f"{x} = NULL;"]
    name = ctx.name("object")
    return [("static " if way == "static" or ctx.lasting else "") + self.target.replace("@", name) + ";", f"{x} = {self.cast('&' + name)};"]

  def show(self, x):
    return f"truth_address((const volatile void *)(uintptr_t){x});"

  def mix(self, x):
    return f"pointers += (uintptr_t){x};"


class Code(Pointer):
  """A pointer to a function."""

  def __init__(self, program):
    super().__init__("int (*@)(int)", "pointer to function", parameter="int (*@)(int)")
    self.meta, self.program = {"k": "code"}, program

  def fill(self, ctx, x, valid=False):
    targets = [f for f in self.program.functions if f.is_target]
    if not targets or ctx.rng.random() < 0.1:
      return [f"{x} = NULL;"]
    return [f"{x} = (int (*)(int)){ctx.rng.choice(targets).name};"]


class String(Type):
  in_registers = True
  in_union = False

  def __init__(self, const):
    super().__init__("const char *" if const else "char *", "const char *" if const else "char *", {"k": "string"})
    self.const = const

  def spell(self, name):
    return f"{self.spelling}{name}"

  @staticmethod
  def content(rng):
    letters = "abcdefghijklmnopqrstuvwxyz ABC0123456789_-"
    ascii_text = "".join(rng.choice(letters) for _ in range(400)).encode()
    way = rng.choice(["short", "short", "empty", "escape", "utf8", "binary", "edge", "long", "broken"])
    if way == "short":
      return ascii_text[:rng.randint(1, 20)]
    if way == "empty":
      return b""
    if way == "escape":
      return b'tab\tnl\nquote"back\\slash' + bytes(rng.sample([1, 7, 8, 12, 13, 27, 31, 127, 47, 39], 4))
    if way == "utf8":
      return "h\u00e9 \u2192 \U0001f600 \u00ff\ufffd".encode()[:rng.choice([3, 7, 12, 20])]
    if way == "binary":
      return bytes(rng.randint(1, 255) for _ in range(rng.randint(1, 30)))
    if way == "edge":
      return ascii_text[:rng.choice([62, 63, 64, 65, 66])]
    if way == "long":
      return ascii_text[:rng.choice([100, 127, 128, 129, 300])]
    return ascii_text[:rng.randint(60, 64)] + "\u2192\u00e9\U0001f600".encode() * 3

  def fill(self, ctx, x):
    text = octal(self.content(ctx.rng))
    name, cast = ctx.name("text"), "" if self.const else "(char *)"
    return ctx.rng.choice([
      [f"{x} = {cast}{text};"],
      [f"{'static ' if ctx.lasting else ''}char {name}[] = {text};", f"{x} = {name};"],
      [f"static char {name}[] = {text};", f"{x} = {name};"],
      [f"{x} = truth_heap({text}, sizeof({text}));"],
      [f"{x} = truth_heap({text}, sizeof({text})) + sizeof({text}) - 1;"],
      [f"{x} = NULL;"],
    ])

  def show(self, x):
    return f"truth_string({x});"

  def mix(self, x):
    return f"sink += {x} ? (unsigned char)*{x} : 9; pointers += (uintptr_t){x};"


class Array(Type):
  """Only as a member."""

  def __init__(self, element, count):
    super().__init__(element.spelling, element.kind, {"k": "array", "of": element.meta})
    if element.spelling in ("char", "signed char", "unsigned char", "int8_t", "uint8_t"):  # which are those
      self.meta["chars"] = element.spelling
    self.element, self.count, self.in_union = element, count, element.in_union

  def spell(self, name):
    return self.element.spell(f"{name}[{self.count}]")

  def fill(self, ctx, x):
    if self.element.spelling == "char" and ctx.rng.random() < 0.6:
      text = ctx.rng.choice([b"SET", b"x", b"", b"h\xc3\xa9", b"abcdefghijklmnopqrst"])[:self.count]
      return [f"{x}[{i}] = (char){text[i] if i < len(text) else 0};" for i in range(self.count)]
    return [line for i in range(self.count) for line in self.element.fill(ctx, f"{x}[{i}]")]

  def show(self, x):
    return "truth_open(); " + " ".join(self.element.show(f"{x}[{i}]") for i in range(self.count)) + " truth_close();"

  def mix(self, x):
    return self.element.mix(f"{x}[0]") + self.element.mix(f"{x}[{self.count - 1}]")


class Record(Type):
  """A struct, union or class. `members` are those that can be named: (name, type, bits of a bit-field or None)."""

  def __init__(self, program, name, kind, body, members, keyword="struct", attributes="", bases="", trivial=True, union=False):
    spelling = name if program.language == "c++" else f"{keyword} {name}"
    super().__init__(spelling, kind, {"k": "record", "members": [[m, t.meta] for m, t, _ in members]})
    self.name, self.members, self.union, self.trivial, self.packed = name, members, union, trivial, "packed" in attributes
    self.in_union = False
    self.can_be_array = "aligned" not in attributes
    program.define(f"{keyword} {attributes}{name}{bases} {{\n{body}}};")
    reference = f"const {spelling} &v" if program.language == "c++" else f"{spelling} v"
    shown = " ".join(t.show(f"v.{m}") for m, t, _ in members)
    mixed = " ".join(t.mix(f"v.{m}") for m, t, _ in members) if members else "sink += 1;"
    program.define(f"TRUTH void show_{name}({reference}) {{\n  (void)v; truth_open(); {shown} truth_close();\n}}")
    program.define(f"TRUTH void mix_{name}({reference}) {{\n  (void)v; {mixed}\n}}")

  def holder(self, ctx, x):
    if not self.trivial:
      return [f"{self.spell(x)}{{}};", *self.fill(ctx, x)]
    clear = [f"memset(&{x}, 0, sizeof({x}));"]
    return [f"{self.spell(x)};", *clear, *self.fill(ctx, x)] + ([f"HIDE({x});"] if ctx.hidden and self.members else [])

  def fill(self, ctx, x):
    if self.union:
      data = bytes(ctx.rng.getrandbits(8) for _ in range(96))
      return [f"memcpy(&{x}, {octal(data)}, sizeof({x}));"]
    lines = []
    for name, member, bits in self.members:
      lines += member.fill(ctx, f"{x}.{name}", bits) if bits else member.fill(ctx, f"{x}.{name}")
    return lines

  def show(self, x):
    return f"show_{self.name}({x});"

  def mix(self, x):
    # Member by member half of the time: a call of mix_ would make the whole value live.
    if self.members and len(x) % 2 == 0 and len(self.members) <= 4:
      return " ".join(t.mix(f"{x}.{m}") for m, t, _ in self.members)
    return f"mix_{self.name}({x});"


class Library(Type):
  """A type of the C++ library: expressions that make one, `shown` with @ for the value."""
  can_be_member = can_be_array = in_union = False

  def __init__(self, spelling, kind, meta, make, shown, mixed, copy=True):
    super().__init__(spelling, kind, meta)
    self.make, self.shown, self.mixed, self.can_copy = make, shown, mixed, copy

  def holder(self, ctx, x):
    lines, expression = self.make(ctx)
    return [*lines, f"{self.spell(x)} = {expression};"]

  def passed(self, x):
    return x if self.can_copy else f"std::move({x})"

  def show(self, x):
    return self.shown.replace("@", x)

  def mix(self, x):
    return self.mixed.replace("@", x)


class Reference(Type):
  """A reference; its holder is a variable of the type it refers to."""
  can_be_member = can_be_array = can_return = can_copy = in_union = False

  def __init__(self, of, const, rvalue=False):
    super().__init__(of.spelling, ("const " if const else "") + of.kind + (" &&" if rvalue else " &"), {"k": "ref", "of": of.meta})
    self.of, self.const, self.rvalue = of, const, rvalue

  def spell(self, name):
    inner = self.of.spell(f"{'&&' if self.rvalue else '&'}{name}") if "@" not in getattr(self.of, "spelling") else None
    return ("const " if self.const else "") + inner

  def holder(self, ctx, x):
    return self.of.holder(ctx, x)

  def passed(self, x):
    return f"std::move({x})" if self.rvalue else x

  def show(self, x):
    return f"truth_open(); truth_address(&{x}); {self.of.show(x)} truth_close();"

  def mix(self, x):
    return self.of.mix(x)


# ---- making types ----------------------------------------------------------------------------------------------------


class Types:
  """The types of one program."""

  def __init__(self, program, options):
    self.program, self.rng = program, program.rng
    self.language = program.language
    self.without = tuple(word for word in options.without.split(",") if word)
    self.integers = [Integer(*row) for row in INTEGERS]
    self.small = [t for t in self.integers if t.bits <= 64]
    self.floats = [Float(*row) for row in FLOATS] + ([Float("_Float16", 16, "")] if options.float16 else [])
    self.complexes = [Complex(t) for t in self.floats if t.bits >= 32]
    by_name = {t.spelling: t for t in self.integers + self.floats}
    self.named = by_name
    program.define("typedef int my_int;\ntypedef const unsigned long my_const_base;\ntypedef unsigned long my_const;")
    self.vectors = []
    for spelling, element, size in [("v4float", "float", 16), ("v4int", "int", 16), ("v2double", "double", 16),
                                    ("v16char", "signed char", 16), ("v2float", "float", 8), ("v8short", "short", 16)]:
      element = by_name[element]
      program.define(f"typedef {element.spelling} {spelling} __attribute__((vector_size({size})));")
      self.vectors.append(Vector(spelling, element, size * 8 // element.bits))
    self.strings = [String(True), String(True), String(False)]
    self.enums = [self.enum(i) for i in range(8)]
    struct_word = "" if self.language == "c++" else "struct "
    program.define("struct opaque;\nstruct flexible {\n  int count;\n  char data[];\n};\nstruct plain {\n  int a;\n  long b;\n};")
    self.pointers = [
      Pointer("int *", "pointer to int", "int @ = 4", "*@"), Pointer("const int *", "pointer to int", "int @ = 4", "*@"),
      Pointer("void *", "void *", "long @ = 1"), Pointer("const void *", "void *", "long @ = 1"),
      Pointer("struct opaque *", "pointer to struct"),
      Pointer("struct plain *", "pointer to struct", f"{struct_word}plain @ = {{1, 2}}", "@->a"),
      Pointer("const struct plain *", "pointer to struct", f"{struct_word}plain @ = {{1, 2}}", "@->a + (int)@->b"),
      Pointer("struct flexible *", "pointer to struct", f"{struct_word}plain @ = {{1, 2}}", "@->count"),
      Pointer("double *", "pointer to double", "double @ = 0.5"),
      Pointer("int **", "pointer to pointer", "int *@ = NULL"),
      Pointer("int *", "array parameter", "int @[4] = {1, 2, 3, 4}", parameter="int @[4]"),
      Pointer("int (*@)[4]", "pointer to array", "int @[4] = {1, 2, 3, 4}", parameter="int @[][4]"),
    ]
    self.code = Code(program)
    self.bool = Bool(self.language)
    self.records = []
    for i in range(options.records):
      self.records.append(self.record(i))
    self.library = self.make_library() if self.language == "c++" else []
    self.classes = [self.klass(i) for i in range(options.records // 3)] if self.language == "c++" else []

  def enum(self, i):
    rng, kind = self.rng, ["plain", "flags", "negative", "wide"][i % 4]
    if kind == "plain":
      values = rng.choice([[0, 1, 2], [5, 6, 9, 200], [0], [3, 3, 4]])
    elif kind == "flags":
      values = rng.choice([[1, 2, 4, 0x40], [0, 1, 2, 4, 8, 0x80], [1, 2, 0x1000, 0x40000000]])
    elif kind == "negative":
      values = rng.choice([[-1, 0, 1], [-5, -128, 7], [-100000, 3]])
    else:
      values = rng.choice([[0, 1 << 33, 7], [-(1 << 40), 1], [1 << 52, 2]])
    word, under = "enum", ""
    if self.language == "c++" and i >= 4:
      word = "enum class"
      under = " : " + {"plain": "unsigned char", "flags": "unsigned", "negative": "int", "wide": "long"}[kind]
    elif kind == "wide" and self.language == "c++":
      under = " : long"
    name = f"E{i}"
    names = [(f"E{i}_{chr(65 + j)}", value) for j, value in enumerate(values)]
    body = ", ".join(f"{n} = {v}{'L' if abs(v) >= 1 << 31 else ''}" for n, v in names)
    self.program.define(f"{word} {name}{under} {{ {body} }};")
    free = self.language == "c" or bool(under)
    # A value without a name: of what the type can hold.
    others = {"plain": [77, 99], "flags": [0x20, 0x43], "negative": [-3, 2], "wide": [3, 1 << 34]}[kind]
    if self.language == "c" and kind in ("plain", "flags"):
      others.append(0x7FFFFFFF)
    scope = f"{name}::" if word == "enum class" else ""
    return Enum(name if self.language == "c++" else f"enum {name}", f"enum {kind}", names, scope, others, kind == "flags", free)

  def member(self, deep=True):
    rng = self.rng
    pick = rng.random()
    if pick < 0.45:
      return rng.choice(self.small)
    if pick < 0.6:
      return rng.choice(self.floats)
    if pick < 0.66:
      return rng.choice(self.enums)
    if pick < 0.72:
      return rng.choice(self.pointers[:7] + [self.code])
    if pick < 0.78:
      return rng.choice(self.strings)
    if pick < 0.82:
      return self.bool
    if pick < 0.87:
      return Array(rng.choice(self.small + self.floats[:2]), rng.randint(1, 5))
    if pick < 0.9:
      return rng.choice(self.complexes[:2])
    if pick < 0.93:
      return rng.choice(self.vectors)
    inner = [r for r in self.records if r.trivial and not r.packed and r.can_be_array]
    return rng.choice(inner) if deep and inner else rng.choice(self.integers)

  def record(self, i):
    rng, t = self.rng, self.named
    name, kind = f"S{i}", None
    shapes = ["small", "chars", "pair", "memory", "bits", "union", "packed", "random", "random", "anonymous", "nested",
              "empty", "aligned", "one", "hfa"]
    shape = shapes[i % len(shapes)]
    if self.skipped(f"struct {shape}"):
      shape = "small"
    kind, keyword, attributes, union = f"struct {shape}", "struct", "", False
    fields = []
    if shape == "small":
      pick = [t["char"], t["short"], t["unsigned char"], t["int"], self.bool]
      fields = [rng.choice(pick) for _ in range(rng.randint(1, 3))]
    elif shape == "chars":
      fields = [Array(rng.choice([t["char"], t["unsigned char"], t["short"]]), rng.choice([1, 2, 3, 5, 6, 7, 9, 11, 13, 15, 16, 17]))]
    elif shape == "pair":
      fields = [t[n] for n in rng.choice([
        ["long", "double"], ["double", "long"], ["float", "float", "float"], ["float", "int", "double"],
        ["double", "double"], ["int", "float"], ["float", "float"], ["double", "char"], ["char", "double"],
        ["float", "float", "int"], ["long", "int", "short", "char"], ["int", "int", "float", "float"], ["__int128"],
        ["float", "float", "float", "int"], ["short", "float", "char", "double"]])]
    elif shape == "hfa":
      fields = [Array(rng.choice([t["float"], t["double"]]), rng.choice([1, 2, 3, 4]))]
    elif shape == "memory":
      fields = rng.choice([[t["long"]] * 3, [t["long double"], t["int"]], [t["long double"]], [Array(t["char"], 40)],
                           [t["__int128"], t["long"]], [Array(t["int"], 20)], [t["double"]] * 5, [self.complexes[1], t["int"]],
                           [self.complexes[2]], [Array(t["char"], 100), t["int"]]])
    elif shape in ("random", "anonymous"):
      fields = [self.member() for _ in range(rng.randint(1, 6))]
    elif shape == "nested":
      inner = [r for r in self.records if r.trivial and not r.packed and r.can_be_array]
      fields = [self.member(False), rng.choice(inner), self.member(False)][rng.randint(0, 1):]
      if rng.random() < 0.4:
        fields.append(Array(rng.choice(inner), 2))
    elif shape == "aligned":
      attributes = f"__attribute__((aligned({rng.choice([16, 32, 64])}))) "
      fields = [rng.choice(self.small) for _ in range(rng.randint(1, 3))]
    elif shape == "packed":
      attributes = "__attribute__((packed)) "
      fields = [rng.choice(self.small + self.floats[:2]) for _ in range(rng.randint(2, 5))]
    elif shape == "one":
      fields = [rng.choice(self.floats + self.vectors + self.complexes + self.integers + self.enums + self.strings)]
    elif shape == "union":
      union, keyword = True, "union"
      plain = self.small + [f for f in self.floats if f.bits in (32, 64)]
      fields = [rng.choice(plain) if rng.random() < 0.6 else Array(rng.choice(plain[:8] + plain[-2:]), rng.randint(1, 6))
                for _ in range(rng.randint(1, 4))]
    if shape == "bits":
      return self.bits(name)
    members = [(f"m{j}", field, None) for j, field in enumerate(fields)]
    lines = [f"  {field.spell(m)};\n" for m, field, _ in members]
    if shape == "anonymous":
      inner = [rng.choice(self.small) for _ in range(rng.randint(1, 3))]
      more = [(f"n{j}", field, None) for j, field in enumerate(inner)]
      lines.append("  struct {\n" + "".join(f"    {field.spell(m)};\n" for m, field, _ in more) + "  };\n")
      members += more
      if rng.random() < 0.6:
        one = rng.choice(self.small)
        lines.insert(0, f"  union {{\n    {one.spell('u0')};\n  }};\n")
        members.insert(0, ("u0", one, None))
    return Record(self.program, name, kind, "".join(lines), members, keyword, attributes, union=union)

  def bits(self, name):
    rng, members, lines = self.rng, [], []
    for j in range(rng.randint(1, 6)):
      base = rng.choice([t for t in self.small if t.spelling in
                         ("int", "unsigned int", "unsigned char", "long", "unsigned long", "short", "signed char")])
      if rng.random() < 0.15:
        members.append((f"m{j}", base, None))
        lines.append(f"  {base.spell(f'm{j}')};\n")
        continue
      width = rng.randint(1 if not base.signed else 2, base.bits)
      members.append((f"m{j}", base, width))
      lines.append(f"  {base.spell(f'm{j}')} : {width};\n")
      if rng.random() < 0.15:
        lines.append(rng.choice(["  int : 0;\n", "  int : 3;\n"]))
    return Record(self.program, name, "struct bits", "".join(lines), members)

  # C++ ----------------------------------------------------------------------------------------------------------------

  def klass(self, i):
    """A class that is copied by its own functions, or has bases, or both; passed by value, and the home of methods."""
    rng, name = self.rng, f"C{i}"
    members = [(f"c{i}_{j}", self.member(False), None) for j in range(rng.randint(0, 3))]
    lines = [f"  {field.spell(m)};\n" for m, field, _ in members]
    kind, trivial, bases = "class", rng.random() < 0.4, ""
    if self.classes_so_far and rng.random() < 0.6:
      parents = rng.sample(self.classes_so_far, min(len(self.classes_so_far), rng.choice([1, 1, 2])))
      parents = [p for p in parents if not p.ancestors & set().union(*(q.ancestors | {q} for q in parents if q is not p))]
    else:
      parents = []
    if parents:
      kind, bases = "class with bases", " : " + ", ".join(f"public {p.name}" for p in parents)
      members = [m for p in parents for m in p.members] + members
      trivial = trivial and all(p.trivial for p in parents)
    if not trivial:
      kind += ", not trivial"
      lines.append(f"  TRUTH_INLINE {name}() {{}}\n  TRUTH_INLINE {name}(const {name} &) = default;\n  TRUTH_INLINE ~{name}() {{}}\n")
    if rng.random() < 0.3:
      trivial = False
      kind = kind.replace(", not trivial", "") + ", virtual"
      lines.append(f"  virtual int virtual_{name}() {{ return 1; }}\n")
    c = Record(self.program, name, kind, "".join(lines), members, bases=bases, trivial=trivial)
    c.ancestors = set(parents).union(*(p.ancestors for p in parents)) if parents else set()
    self.classes_so_far.append(c)
    return c

  classes_so_far = []

  def make_library(self):
    rng = self.rng

    def text(ctx):
      data = octal(String.content(ctx.rng))
      return [], f"std::string({data}, sizeof({data}) - 1)"

    def view(ctx):
      data, name = octal(String.content(ctx.rng)), ctx.name("text")
      return [f"static const char {name}[] = {data};"], f"std::string_view({name}, sizeof({data}) - 1)"

    def vector(element):
      def make(ctx):
        name = ctx.name("items")
        count = ctx.rng.choice([0, 1, 3, 8, 16, 17, 40])
        lines = [f"std::vector<{element.spelling}> {name}({count});"]
        for i in range(count):
          lines += element.fill(ctx, f"{name}[{i}]")
        return lines, name
      return make

    def optional(element):
      def make(ctx):
        name = ctx.name("maybe")
        lines = [f"std::optional<{element.spelling}> {name};"]
        if ctx.rng.random() < 0.7:
          value = ctx.name("value")
          lines += [f"{element.spell(value)};", *element.fill(ctx, value), f"{name} = {value};"]
        return lines, name
      return make

    def smart(expression):
      return lambda ctx: ([], ctx.rng.choice([expression, "nullptr"]))

    string = Library("std::string", "std::string", {"k": "text"}, text, "truth_bytes(@.data(), @.data(), @.size());", "sink += @.size();")
    types_ = [string, string]
    types_.append(Library("std::string_view", "std::string_view", {"k": "text"}, view,
                          "truth_bytes(@.data(), @.data(), @.size());", "sink += @.size();"))
    for name in ["int", "double", "unsigned char"]:
      element = self.named[name]
      types_.append(Library(f"std::vector<{name}>", "std::vector", {"k": "sequence", "of": element.meta}, vector(element),
                            f"truth_open(); for (auto &item : @) {{ {element.show('item')} }} truth_close();", "sink += @.size();"))
    for name in ["int", "double", "short", "long"]:
      element = self.named[name]
      types_.append(Library(f"std::optional<{name}>", "std::optional", {"k": "optional", "of": element.meta}, optional(element),
                            f"if (@) {{ {element.show('*@')} }} else {{ truth_null(); }}", "sink += @ ? 4 : 2;"))
    address = ("truth_address(@.get());", "pointers += (uintptr_t)@.get();")
    types_.append(Library("std::unique_ptr<int>", "std::unique_ptr", {"k": "pointer"},
                          smart("std::unique_ptr<int>(new int(5))"), *address, copy=False))
    types_.append(Library("std::shared_ptr<long>", "std::shared_ptr", {"k": "pointer"},
                          smart("std::shared_ptr<long>(new long(6))"), *address))
    rng.shuffle(types_)
    return types_

  def skipped(self, kind):
    return bool(self.without) and kind.startswith(self.without)

  def parameter(self):
    while True:
      found = self.any_parameter()
      if not self.skipped(found.kind):
        return found

  def any_parameter(self):
    rng = self.rng
    plain = [(10, self.integers), (2, [self.bool]), (5, self.floats), (2, self.complexes), (3, self.enums), (4, self.pointers),
             (1, [self.code]), (5, self.strings), (10, self.records), (2, self.vectors)]
    if self.language == "c":
      return self.weighted(plain)
    if rng.random() < 0.2:
      return self.reference()
    return self.weighted(plain + [(4, self.library), (4, self.classes)])

  def weighted(self, groups):
    groups = [g for g in groups if g[1]]
    return self.rng.choice(self.rng.choices([g[1] for g in groups], [g[0] for g in groups])[0])

  def reference(self):
    rng = self.rng
    of = self.weighted([(3, self.integers), (1, self.floats), (1, self.enums), (2, self.records), (3, self.classes), (6, self.library)])
    if rng.random() < 0.2:
      return Reference(of, False, True)
    return Reference(of, rng.random() < 0.6 or not of.can_copy)

  def result(self):
    while True:
      found = self.any_parameter()
      if found.can_return and not self.skipped(found.kind):
        return found


# ---- functions -------------------------------------------------------------------------------------------------------


class Function:
  """One function of the program: how it is declared, named in the trace, and called."""
  is_target = False
  home = None         # the class of a method
  is_lambda = ignored = static = False
  can_follow = False  # may be called from the body of another one

  def __init__(self, index, name):
    self.index, self.name, self.ref = index, name, name
    self.parameters, self.result, self.variadic, self.arity = [], None, False, 0
    self.inlinable = self.knr = self.recursive = False
    self.cost = 1


class Program:
  def __init__(self, options):
    self.rng = random.Random(f"{options.seed}/{options.language}")
    self.language, self.module = options.language, options.module
    self.definitions, self.functions, self.drivers, self.targets = [], [], [], []
    self.types = None
    self.types = Types(self, options)
    self.make_targets()
    while len(self.functions) < options.functions:
      self.make(self.way(options))

  def define(self, text):
    self.definitions.append(text)

  # ways of being a function

  def way(self, options):
    if self.language == "c":
      return self.rng.choice(["free"] * 8 + ["knr", "variadic"])
    return self.rng.choice(["free"] * 5 + ["namespace", "anonymous", "template", "template", "lambda", "variadic", "class", "class"])

  def make_targets(self):
    """Functions that pointers to functions point to."""
    for i in range(3):
      f = self.new(f"target{i}", self.module)
      f.parameters = [types.SimpleNamespace(name="n", type=self.types.named["int"], used=True, constant=None, prefix="")]
      f.result, f.arity, f.is_target = self.types.named["int"], 1, True
      f.meta_name = f"{self.module}:{f.name}/1"
      self.define(f"KEEP int {f.name}(int n) {{\n  sink += (unsigned long)n;\n  return n + {i};\n}}")
      self.drive(f, 1)

  def new(self, name, module):
    f = Function(len(self.functions), name)
    f.module = module
    self.functions.append(f)
    return f

  def make(self, way):
    if way == "class":
      return self.make_class()
    index = len(self.functions)
    f = self.new(f"f{index}", self.module)
    self.signature(f, variadic=way == "variadic", knr=way == "knr")
    before, after, lead = "", "", ""
    if way == "namespace":
      space = self.rng.choice(["net", "net::inner", "store"])
      f.module, f.ref = space, f"{space}::{f.name}"
      before, after = f"namespace {space} {{\n", "\n}"
    elif way == "anonymous":
      before, after = "namespace {\n", "\n}"
    elif way == "template" and f.parameters:
      self.make_template(f)
      lead = f.template
    elif way == "lambda":
      return self.make_lambda(f)
    self.body_and_definition(f, before + lead, after)
    return f

  def make_template(self, f):
    """The first parameter's type, and the result's if it is the same, become the template's."""
    first = f.parameters[0]
    of = first.type.of if isinstance(first.type, Reference) else first.type
    if isinstance(of, Pointer) or isinstance(of, String):
      f.template = "template <int N>\n"
      f.ref = f"{f.name}<4>"
      return
    f.template, f.ref = "template <class T>\n", f"{f.name}<{of.spelling}>"
    first.template = True

  def signature(self, f, variadic=False, knr=False, most=14, result=True):
    rng = self.rng
    count = rng.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 10, 14])
    count = min(count, most)
    if variadic or knr:
      count = max(count, 1)
    f.variadic, f.knr = variadic, knr
    f.inlinable = rng.random() < 0.15 and not f.is_lambda
    f.static = rng.random() < 0.5
    for i in range(count):
      kind = self.types.parameter()
      if variadic and i == count - 1:
        kind = rng.choice([self.types.named["int"], self.types.named["double"], self.types.strings[0]])
      prefix = "const " if kind.in_registers and not isinstance(kind, (Pointer, String)) and rng.random() < 0.1 else ""
      p = types.SimpleNamespace(
        name=f"p{i}", type=kind, used=rng.random() < 0.8, constant=rng.random() if rng.random() < 0.15 else None, prefix=prefix)
      p.follow = isinstance(kind, Pointer) and kind.follow and rng.random() < 0.5 and not knr
      f.parameters.append(p)
    if rng.random() < 0.12 and not variadic and all(p.type.can_copy for p in f.parameters) and not f.is_lambda:
      f.recursive = True
      f.parameters.append(types.SimpleNamespace(name="depth", type=self.types.named["int"], used=True, constant=None, prefix="", follow=False))
    f.arity = len(f.parameters)
    f.result = self.types.result() if result and rng.random() < 0.75 else None
    same = [p.type for p in f.parameters if p.type.can_return and p.type.can_copy]
    if f.result and same and rng.random() < 0.3:
      f.result = rng.choice(same)
    f.ignored = f.result and rng.random() < 0.15

  def spell_parameters(self, f, named=True):
    out = []
    for p in f.parameters:
      if getattr(p, "template", False):
        text = p.prefix + ("const " if isinstance(p.type, Reference) and p.type.const else "") + "T " + \
          ("" if not isinstance(p.type, Reference) else "&&" if p.type.rvalue else "&") + p.name
        out.append(text)
      else:
        out.append(p.prefix + p.type.spell_parameter(p.name))
    if f.variadic:
      out.append("...")
    return ", ".join(out) or ("void" if self.language == "c" else "")

  def spell_result(self, f, declarator):
    return f.result.spell(declarator) if f.result else f"void {declarator}"

  def body(self, f):
    rng, lines = self.rng, []
    for p in rng.sample(f.parameters, len(f.parameters)):
      if p.name == "depth":
        continue
      if not p.used:
        if self.language == "c++" or rng.random() < 0.5:
          lines.append(f"(void){p.name};")
        continue
      if getattr(p, "follow", False):
        lines.append(f"sink += (unsigned long)({p.type.follow.replace('@', p.name)});")
      else:
        lines.append(p.type.mix(p.name))
      changed = p.type.changed(p.name) if rng.random() < 0.1 and not p.prefix else None
      if changed:
        lines += [changed, p.type.mix(p.name)]
    lines.append("sink += 1;")
    if f.recursive:
      again = self.call(f, Context(rng), own=True)
      f.cost *= 3
      lines += ["if (depth > 0) {", *again, "}", "sink += 2;"]
    earlier = [g for g in self.functions if g.can_follow and g.cost <= 3]
    if earlier and rng.random() < 0.15:
      g = rng.choice(earlier[-40:])
      f.cost += g.cost
      lines += self.call(g, Context(rng))
      if rng.random() < 0.5:
        lines.append("sink += 3;")
    if f.result:
      lines += self.returned(f)
    return "".join(f"  {line}\n" for line in lines)

  def returned(self, f):
    rng = self.rng
    same = [p for p in f.parameters if p.type is f.result and p.type.can_copy]
    if same and rng.random() < 0.4:
      return [f"return {rng.choice(same).name};"]
    tails = [g for g in self.functions if g.can_follow and g.result is f.result and g.cost <= 3 and g is not f]
    if tails and rng.random() < 0.5:
      g = rng.choice(tails)
      f.cost += g.cost
      return self.call(g, Context(rng, lasting=True), tail=True)
    made = f.result.holder(Context(rng, rng.random() < 0.6, lasting=True), "returned")
    return [*made, f"return {'returned' if f.result.can_copy else 'std::move(returned)'};"]

  def body_and_definition(self, f, before="", after=""):
    f.meta_name = f"{f.module}:{f.name}/{f.arity}"
    attributes = "" if f.inlinable else "KEEP "
    static = "static " if f.static and not before.startswith(("namespace {", "template")) else ""
    if f.knr:
      names = ", ".join(p.name for p in f.parameters)
      declared = "".join(f"  {p.type.spell_parameter(p.name)};\n" for p in f.parameters)
      head = f"{static}{attributes}{self.spell_result(f, f'{f.name}({names})')}\n{declared}"
    else:
      head = f"{static}{attributes}{self.spell_result(f, f'{f.name}({self.spell_parameters(f)})')} "
    self.define(f"{before}{head}{{\n{self.body(f)}}}{after}")
    f.can_follow = not f.recursive
    sites = 1 if f.inlinable else self.rng.choice([1, 1, 2, 3])
    self.drive(f, sites)

  # calls

  def call(self, f, ctx, own=False, tail=False, receiver=None, expression=None):
    """Lines of one call: the values, the truth about them, the call, the truth about the result."""
    rng, lines, passed, shown = self.rng, [], [], []
    for p in f.parameters:
      if own:
        passed.append("depth - 1" if p.name == "depth" else p.type.passed(p.name))
        shown.append(p.type.show(p.name) if p.name != "depth" else p.type.show("depth - 1"))
        continue
      x = ctx.name("a")
      if p.name == "depth":
        lines.append(f"int {x} = {rng.randint(0, 3)};")
        lines.append(f"HIDE({x});")
      elif getattr(p, "follow", False):
        lines += [f"{p.type.spell(x)};", *p.type.fill(ctx, x, True)]
      elif p.constant is not None:
        lines += p.type.holder(self.constant(p, ctx.lasting), x)
      else:
        ctx.hidden = rng.random() < 0.8
        lines += p.type.holder(ctx, x)
      passed.append(p.type.passed(x))
      shown.append(p.type.show(x))
    number = ctx.name("call")
    lines.append(f"int {number} = truth_call({f.index});")
    if receiver:
      lines.append(f"truth_address({receiver});")
    lines += [*shown, "truth_called();"]
    if f.variadic:
      passed += rng.choice([[], ["1"], ["2.5", '"three"'], ["4L", "5.0", "6", "7.0"]])
    arguments = ", ".join(passed)
    target = expression or f.ref
    pointer = not expression and not receiver and rng.random() < 0.25 and not f.inlinable
    if pointer:
      lines.append(f"__typeof__({f.ref}) *volatile {number}_f = {'&' if '<' not in f.ref else ''}{f.ref};")
      target = f"{number}_f"
    if tail:
      lines.append(f"(void){number};")
      return [*lines, f"return {target}({arguments});"]
    if f.result and not f.ignored and (rng.random() < 0.85):
      got = ctx.name("got")
      lines += [f"{f.result.spell(got)} = {target}({arguments});", f"truth_result({number});", f.result.show(got), "truth_end();"]
    else:
      lines += [f"(void){number};", f"{target}({arguments});"]
    return ["{", *lines, "}"]

  def constant(self, p, lasting):
    return Context(random.Random(p.constant), False, lasting)

  def driver(self, index, lines):
    body = "".join(f"  {line}\n" for line in lines)
    self.define(f"TRUTH void drive_{index}(void) {{\n{body}}}")
    self.drivers.append(f"drive_{index}")

  def drive(self, f, sites):
    lines = []
    for _ in range(sites):
      lines += self.call(f, Context(self.rng))
    self.driver(f.index, lines)

  # C++

  def make_lambda(self, f):
    f.is_lambda, f.recursive, f.inlinable = True, False, False
    if f.parameters and f.parameters[-1].name == "depth":
      f.parameters.pop()
      f.arity -= 1
    capture = self.rng.choice(["", "&", "="])
    f.meta_name = f"drive_{f.index}:lambda@LINE{f.index}@/{f.arity}"
    f.this = True
    held = "int held = 3;\n  HIDE(held);"
    body = self.body(f)
    if capture:
      body = "  sink += (unsigned long)held;\n" + body
    result = f" -> {f.result.spell('')}" if f.result and "@" not in f.result.spelling else None
    if f.result and result is None:
      f.result = None
      return self.functions.pop()
    head = f"auto l = /*@LINE{f.index}@*/ [{capture}]({self.spell_parameters(f)}) KEEP{result or ' -> void'} {{\n{body}  }};"
    self.driver(f.index, [held, "(void)held;", head, *self.call(f, Context(self.rng), receiver="&l", expression="l"),
                          *self.call(f, Context(self.rng), receiver="&l", expression="l")])
    return f

  def make_class(self):
    """A class with a constructor, a destructor and methods, and one driver that uses them all."""
    rng = self.rng
    name = f"K{len(self.functions)}"
    base = rng.choice(["", "", " : public base_plain", " : public base_virtual"])
    space = rng.choice(["", "", "net", "store"])
    module = f"{space}::{name}" if space else name
    lines, calls = [], []

    def method(way):
      index = len(self.functions)
      f = self.new(f"m{index}", module)
      most = {"dtor": 0, "operator+": 1, "operator[]": 1}.get(way, 9)
      self.signature(f, most=most, result=way not in ("ctor", "dtor"))
      if f.recursive:
        f.recursive = False
        f.parameters.pop()
      f.inlinable = False
      if way in ("operator+", "operator[]") and not f.parameters:
        way = "method"
      f.this = way != "static"
      f.name = {"ctor": name, "dtor": f"~{name}"}.get(way, way if way.startswith("operator") else f.name)
      f.arity = len(f.parameters)
      f.meta_name = f"{module}:{f.name}/{f.arity}"
      parameters = self.spell_parameters(f)
      const = way.startswith(("method", "operator")) and rng.random() < 0.5
      body = self.body(f)
      if f.this and rng.random() < 0.7:
        body = "  sink += (unsigned long)data;\n" + body
      if way == "ctor":
        head = f"KEEP explicit {name}({parameters}) : data(8)"
      elif way == "dtor":
        head = f"KEEP ~{name}()"
      else:
        head = "KEEP " + {"static": "static ", "virtual": "virtual "}.get(way, "") + \
          self.spell_result(f, f"{f.name}({parameters}){' const' if const else ''}")
      indented = body.replace("\n", "\n  ").rstrip(" ")
      lines.append(f"  {head} {{\n  {indented}  }}\n")
      return f, way

    def use(f, way):
      receiver, expression = "object", f"object->{f.name}"
      if way == "ctor":
        receiver, expression = "room", f"object = new (room) {space + '::' if space else ''}{name}"
      elif way == "static":
        receiver, expression = None, f"{module}::{f.name}"
      return self.call(f, Context(rng), receiver=receiver, expression=expression)

    made = [method("ctor")]
    for way in rng.choices(["method", "method", "static", "virtual", "operator()", "operator+", "operator[]"], k=rng.randint(1, 4)):
      if way not in [w for _, w in made] or way in ("method", "static", "virtual"):
        made.append(method(way))
    made.append(method("dtor"))
    lines.append("  int data;\n")
    body = "".join(lines)
    self.define((f"namespace {space} {{\n" if space else "") + f"struct {name}{base} {{\n{body}}};" + ("\n}" if space else ""))
    calls = [f"alignas({module}) static char room[sizeof({module})];", f"{module} *object;"]
    for f, way in made:
      calls += use(f, way)
    self.driver(made[0][0].index, calls)

  # the text

  def text(self):
    lines = ["// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception", '#include "truth.h"', "#include <stdarg.h>", "#include <wchar.h>"]
    if self.language == "c":
      lines += ["#include <uchar.h>"]
    else:
      lines += [f"#include <{name}>" for name in ["memory", "new", "optional", "string", "string_view", "utility", "vector"]]
      lines += ["#define TRUTH_INLINE __attribute__((no_instrument_function)) inline",
                "struct base_plain {\n  int base_data = 4;\n};",
                "struct base_virtual {\n  TRUTH_INLINE base_virtual() {}\n  TRUTH_INLINE virtual int base_method() { return 2; }\n};"]
    lines += self.definitions
    lines.append("int main(void) {")
    lines.append('  printf("{\\"functions\\":{");')
    for i, f in enumerate(f for f in self.functions if f.is_target):
      lines.append(f'  printf("{"," if i else ""}\\"0x%lx\\":{f.index}", (unsigned long)(uintptr_t){f.name});')
    lines.append('  puts("}}");')
    lines += [f"  {name}();" for name in self.drivers]
    lines.append('  printf("{\\"checksum\\":%lu}\\n", sink);\n  return 0;\n}')
    text = "\n".join(lines) + "\n"
    meta = {"language": self.language, "functions": [self.meta(f) for f in self.functions]}
    for number, line in enumerate(text.split("\n"), 1):
      if "/*@LINE" in line:
        index = int(line.split("/*@LINE")[1].split("@")[0])
        self.functions[index].line = number
        meta["functions"][index]["mfa"] = meta["functions"][index]["mfa"].replace(f"LINE{index}@", str(number))
    return text + "// meta: " + json.dumps(meta) + "\n"

  def meta(self, f):
    parameters = [{"name": "this", "kind": "this", "type": {"k": "pointer"}}] if getattr(f, "this", False) else []
    for p in f.parameters:
      parameters.append({"name": p.name, "kind": p.type.kind, "type": p.type.meta, "used": p.used})
    return {"mfa": f.meta_name, "parameters": parameters, "inlinable": f.inlinable,
            "result": {"kind": f.result.kind, "type": f.result.meta} if f.result else None}


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--seed", type=int, required=True)
  parser.add_argument("--language", choices=["c", "c++"], required=True)
  parser.add_argument("--functions", type=int, default=100)
  parser.add_argument("--module", default="generated")
  parser.add_argument("--records", type=int, default=45)
  parser.add_argument("--float16", action="store_true", help="the compiler has _Float16")
  parser.add_argument("--without", default="")
  print(Program(parser.parse_args()).text(), end="")


if __name__ == "__main__":
  main()
