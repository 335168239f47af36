#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""code.py PID: says which bytes of the code of a process differ from its files, and which traces it has mapped. Status 1: some do."""
import sys


def mappings(pid):
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps:
        for line in maps:
            parts = line.split(maxsplit=5)
            if len(parts) == 6 and parts[5].startswith("/"):
                start, end = (int(x, 16) for x in parts[0].split("-"))
                yield start, end, parts[1], int(parts[2], 16), parts[5].rstrip("\n")


def main():
    pid = sys.argv[1]
    found = 0
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for start, end, rights, offset, path in mappings(pid):
            if ".cbor" in path:
                print(f"mapped: {path}")
                found += 1
            if "x" not in rights or path.endswith("(deleted)"):
                continue
            with open(path, "rb") as file:
                file.seek(offset)
                stored = file.read(end - start)
            memory.seek(start)
            running = memory.read(end - start)[: len(stored)]
            if running != stored:
                places = [i for i, (a, b) in enumerate(zip(running, stored)) if a != b]
                print(f"changed: {path}: {len(places)} bytes, the first at {offset + places[0]:#x}")
                found += len(places)
    return found != 0


sys.exit(main())
