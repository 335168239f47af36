# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""diagnostic.py TEXT TRACE: whether diagnostic notation (RFC 8949, section 8) says what a CBOR library finds in a trace.

The notation is read by a parser of its own, the trace by cbor2. Both must have the same items; padding, which the text has in
comments, is left out.
"""
import io
import json
import math
import re
import sys

import cbor2

TOKEN = re.compile(
    r"""\s*(?:(?P<comment>/[^/]*/)|(?P<bytes>h'[0-9a-f]*')|(?P<text>"(?:[^"\\]|\\.)*")|(?P<tag>\d+\()
    |(?P<number>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)|(?P<word>-?[A-Za-z]+)|(?P<sign>[\[\]{}(),:_]))""",
    re.VERBOSE,
)
WORDS = {"true": True, "false": False, "null": None, "undefined": cbor2.undefined, "NaN": math.nan,
         "Infinity": math.inf, "-Infinity": -math.inf}


class Reader:
    def __init__(self, text):
        self.tokens = []
        at = 0
        while text[at:].strip():
            match = TOKEN.match(text, at)
            if not match:
                sys.exit(f"not diagnostic notation: {text[at:at + 60]!r}")
            if match.lastgroup != "comment":
                self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            at = match.end()
        self.next = 0

    def take(self):
        self.next += 1
        return self.tokens[self.next - 1]

    def sees(self, sign):
        if self.next < len(self.tokens) and self.tokens[self.next] == ("sign", sign):
            self.next += 1
            return True
        return False

    def items(self, end):
        self.sees("_")
        while not self.sees(end):
            yield self.item()
            self.sees(",")

    def item(self):
        kind, text = self.take()
        if kind == "bytes":
            return bytes.fromhex(text[2:-1])
        if kind == "text":
            return json.loads(text)
        if kind == "number":
            return float(text) if re.search(r"[.e]", text) else int(text)
        if kind == "word":
            return WORDS[text]
        if kind == "tag":
            return cbor2.CBORTag(int(text[:-1]), next(iter(list(self.items(")")))))
        if text == "[":
            return list(self.items("]"))
        assert text == "{", text
        pairs = {}
        self.sees("_")
        while not self.sees("}"):
            key = self.item()
            assert self.sees(":")
            pairs[key] = self.item()
            self.sees(",")
        return pairs


def of_text(text):
    reader = Reader(text)
    while reader.next < len(reader.tokens):
        yield reader.item()


def of_trace(contents):
    stream = io.BytesIO(contents)
    decoder = cbor2.CBORDecoder(stream, tag_hook=lambda _, tag: tag)
    while stream.tell() < len(contents):
        start = stream.tell()
        if contents[start] == 0:
            stream.read(1)
            continue
        item = decoder.decode()
        # The tag of CBOR itself is taken off by the library.
        yield cbor2.CBORTag(55799, item) if contents[start] == 0xD9 and not isinstance(item, cbor2.CBORTag) else item


def same(a, b):
    if isinstance(a, float) and isinstance(b, float) and math.isnan(a):
        return math.isnan(b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, cbor2.CBORTag) and isinstance(b, cbor2.CBORTag):
        return a.tag == b.tag and same(a.value, b.value)
    return type(a) is type(b) and a == b


with open(sys.argv[1], encoding="utf-8") as file:
    said = list(of_text(file.read()))
with open(sys.argv[2], "rb") as file:
    found = list(of_trace(file.read()))
for number, (a, b) in enumerate(zip(said, found)):
    if not same(a, b):
        sys.exit(f"item {number}: the text says {a!r}, the trace has {b!r}")
if len(said) != len(found):
    sys.exit(f"the text has {len(said)} items, the trace {len(found)}")
print(f"{len(found)} items")
