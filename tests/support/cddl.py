#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds traces to the CDDL of docs/format.md.

    cddl.py print DOCUMENT              the CDDL in it
    cddl.py wrap TRACE                  the trace's items as one CBOR array, each run of zeros as one: for other validators
    cddl.py check DOCUMENT TRACE...     says which items of a trace are not as described, and what the first lacks; status 1
    cddl.py self-test DOCUMENT TRACE    changes every item of a trace in ways that the CDDL forbids; status 1 if one passes

It knows as much of RFC 8610 as the document uses. `unknown` records, which the format allows and this version does not write, are wrong here.
Items come from cbor2."""
import io
import re
import sys

import cbor2

TOKENS = re.compile(
    r"""\s*(?:(?P<text>"[^"]*")|(?P<number>\d+)|(?P<tag>\#6\.\d+)|(?P<name>[A-Za-z_][\w-]*)|(?P<mark>=>|[=/?*:,\[\](){}]))"""
)


def is_int(item):
    return isinstance(item, int) and not isinstance(item, bool)


PRELUDE = {
    "any": lambda item: True,
    "uint": lambda item: is_int(item) and item >= 0,
    "int": is_int,
    "float": lambda item: isinstance(item, float),
    "text": lambda item: isinstance(item, str),
    "bytes": lambda item: isinstance(item, bytes),
    "null": lambda item: item is None,
}


class Grammar:
    """Rules by name. A type is a function from an item to whether it is of that type."""

    def __init__(self, text):
        text = re.sub(r";.*", "", text)
        self.tokens = [(m.lastgroup, m[m.lastgroup]) for m in TOKENS.finditer(text)]
        left = TOKENS.sub("", text).strip()
        assert not left, f"not read: {left[:60]!r}"
        self.at = 0
        self.labels = set()
        self.rules = dict(PRELUDE)
        while self.at < len(self.tokens):
            name = self.take("name")
            self.take("mark", "=")
            assert name not in self.rules, f"{name} is there twice"
            self.rules[name] = self.choice()
        for name in (value for kind, value in self.tokens if kind == "name"):
            assert name in self.rules or name in self.labels, f"{name} is no rule"

    def peek(self, ahead=0):
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else (None, None)

    def take(self, kind, value=None):
        found = self.peek()
        assert found[0] == kind and value in (None, found[1]), f"{value or kind} expected before {self.tokens[self.at:self.at + 5]}"
        self.at += 1
        return found[1]

    def skip(self, value):
        if self.peek() == ("mark", value):
            self.at += 1
            return True
        return False

    def choice(self):
        types = [self.type()]
        while self.skip("/"):
            types.append(self.type())
        return types[0] if len(types) == 1 else lambda item: any(matches(item) for matches in types)

    def type(self):
        kind, value = self.peek()
        self.at += 1
        if kind == "text":
            return lambda item: item == value[1:-1]
        if kind == "number":
            return lambda item: is_int(item) and item == int(value)
        if kind == "name":
            return lambda item: self.rules[value](item)
        if kind == "tag":
            self.take("mark", "(")
            inner = self.choice()
            self.take("mark", ")")
            return lambda item: isinstance(item, cbor2.CBORTag) and item.tag == int(value[3:]) and inner(item.value)
        if value == "(":
            inner = self.choice()
            self.take("mark", ")")
            return inner
        assert value in ("[", "{"), f"a type expected, not {value}"
        entries = self.group("]" if value == "[" else "}")
        return (lambda item: is_array(item, entries)) if value == "[" else lambda item: is_map(item, entries)

    def group(self, end):
        """Entries as (least, most, key or None, type)."""
        entries = []
        while not self.skip(end):
            least, most = (0, 1) if self.skip("?") else (0, sys.maxsize) if self.skip("*") else (1, 1)
            key = None
            if self.peek(1) == ("mark", ":"):
                kind, name = self.peek()
                self.labels.add(name)
                key = (lambda item, n=int(name): item == n) if kind == "number" else (lambda item, n=name: item == n)
                self.at += 2
            matches = self.choice()
            if self.skip("=>"):
                key, matches = matches, self.choice()
            entries.append((least, most, key, matches))
            self.skip(",")
        return entries


def is_array(item, entries):
    """Where each entry may end, for all places where it may begin."""
    if not isinstance(item, (list, tuple)):
        return False
    places = {0}
    for least, most, _, matches in entries:
        reached, count, here = set(), 0, places
        while here and count <= most:
            reached |= here if count >= least else set()
            here = {at + 1 for at in here if at < len(item) and matches(item[at])}
            count += 1
        places = reached
    return len(item) in places


def is_map(item, entries):
    if not isinstance(item, dict):
        return False
    for key, value in item.items():
        if not any(is_key(key) and matches(value) for _, _, is_key, matches in first_of(key, entries)):
            return False
    return all(least == 0 or any(is_key(key) for key in item) for least, _, is_key, _ in entries)


def first_of(key, entries):
    """The first entry with such a key: those behind it do not have it any more."""
    return [entry for entry in entries if entry[2](key)][:1]


def items_of(path):
    data = open(path, "rb").read()
    file = io.BytesIO(data)
    decoder = cbor2.CBORDecoder(file)
    while file.tell() < len(data):
        at = file.tell()
        if data[at] == 0:
            file.seek(len(data) - len(data[at:].lstrip(b"\0")))
            yield at, 0, b"\0"
            continue
        item = decoder.decode()
        # The library leaves this tag out.
        yield at, cbor2.CBORTag(55799, item) if at == 0 and data[:3] == b"\xd9\xd9\xf7" else item, data[at : file.tell()]


def document(path):
    return re.search(r"^```cddl\n(.*?)^```", open(path, encoding="utf-8").read(), re.M | re.S)[1]


def grammar_of(path):
    text = document(path)
    assert re.search(r" / unknown$", text, re.M)
    return Grammar(re.sub(r" / unknown$|^unknown .*$", "", text, flags=re.M))


def check(grammar, path):
    items = list(items_of(path))
    wrong = [(at, item) for n, (at, item, _) in enumerate(items) if not grammar.rules["first" if n == 0 else "entry"](item)]
    for at, item in wrong:
        print(f"{path}: byte {at}: not as docs/format.md says: {item}")
    assert wrong or grammar.rules["trace"]([item for _, item, _ in items]), path
    return not wrong and len(items) > 3


# Elements that may be left out, from there on.
OPTIONAL = {"type": 3, "row": 4}


def damaged(item):
    """The same with one more element, with one of another type, and without one."""
    yield item + [["one", "more"]]
    if isinstance(item[0], str):
        yield [True] + item[1:]
        for n in range(1, len(item)):
            yield item[:n] + [True] + item[n + 1 :]
            if n < OPTIONAL.get(item[0], len(item)):
                yield item[:n] + item[n + 1 :]
    else:
        yield ["call"] + item
        yield [-1] + item[1:]
        yield item[:1]


def self_test(grammar, path):
    tried = [other for _, item, _ in items_of(path) if isinstance(item, list) for other in damaged(item)]
    passed = [other for other in tried if grammar.rules["entry"](other)]
    for other in passed:
        print(f"passes, but should not: {other}")
    print(f"{len(tried)} damaged records")
    return not passed and len(tried) > 20


def main():
    command, path, *traces = sys.argv[1:]
    if command == "print":
        print(document(path), end="")
    elif command == "wrap":
        sys.stdout.buffer.write(b"\x9f" + b"".join(data for _, _, data in items_of(path)) + b"\xff")
    else:
        run = {"check": check, "self-test": self_test}[command]
        grammar = grammar_of(path)
        sys.exit(0 if all([run(grammar, trace) for trace in traces]) else 1)


main()
