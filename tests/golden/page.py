#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""page.py PAGE: the data in a page of `calltap view`, unpacked as tools/view/trace.js does: its JSON text a part a line, and a line
for each call with its columns and its texts. The version of the command is left out."""
import base64
import json
import re
import sys
import zlib

COLUMNS = ["start", "elapsed", "function", "thread", "depth", "end"]


def streams(page, mark):
    """The unpacked bytes of each script with that attribute."""
    return [zlib.decompress(base64.b64decode(text)) for text in re.findall(rf'<script type="text/plain" {mark}>([^<]*)<', page)]


def numbers(data, at, count=None):
    """Numbers of 7 bits a byte, the lowest first, and where they end."""
    found, number, shift = [], 0, 0
    while at < len(data) and (count is None or len(found) < count):
        number |= (data[at] & 127) << shift
        shift += 7
        if data[at] < 128:
            found.append(number)
            number = shift = 0
        at += 1
    return found, at


def parts(data):
    """The parts of the first stream, each behind its length."""
    at = 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "little")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def texts(page, calls, block):
    """Of each call, what it entered and left with."""
    for start, data in zip(range(0, calls, block), streams(page, 'class="texts"')):
        sizes, at = numbers(data, 0, 2 * min(block, calls - start))
        for size in zip(sizes[::2], sizes[1::2]):
            yield [data[at : at + size[0]].decode(), data[at + size[0] : at + sum(size)].decode()]
            at += sum(size)


def main():
    page = open(sys.argv[1], encoding="utf-8").read()
    first, *columns = parts(streams(page, 'id="trace"')[0])
    head = json.loads(first)
    del head["version"]
    for key, value in head.items():
        for line in value if isinstance(value, list) else [value]:
            print(f"{key}: {json.dumps(line)}")
    columns = [numbers(column, 0)[0] for column in columns]
    assert len(columns) == len(COLUMNS) and all(len(column) == head["calls"] for column in columns)
    for *call, text in zip(*columns, texts(page, head["calls"], head["block"]), strict=True):
        print("call:", " ".join(f"{name}={number}" for name, number in zip(COLUMNS, call)), *map(json.dumps, text))


main()
