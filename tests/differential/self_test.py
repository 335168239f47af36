#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tests compare.py without a trace: it accepts what a perfect decoder would print, and no other value.

    self_test.py PROGRAM TRUTH

PROGRAM and TRUTH as for compare.py. Every value is rendered as docs/json.md says and accepted; then once more with
one change somewhere in it, and refused.
"""
import copy
import decimal
import json
import random
import sys

import compare


def render(kind, truth):
  """The value as it should be decoded."""
  k = kind["k"]
  if k == "int":
    return integer(int(truth))
  if k == "float":
    return real(kind, truth)
  if k == "enum":
    return enum(kind, int(truth))
  if k in ("string", "text"):
    return None if truth == "0x0" else text(bytes.fromhex(truth["bytes"]))
  if k == "complex":
    return dict(zip(("real", "imaginary"), (render(kind["of"], part) for part in truth)))
  if kind.get("chars") == "char":
    return compare.text_form(bytes(int(code) & 255 for code in truth).split(b"\0")[0])
  if k in ("array", "sequence"):
    return [render(kind["of"], item) for item in truth]
  if k == "record":
    return {name: render(member, item) for (name, member), item in zip(kind["members"], truth)}
  if k == "optional":
    return None if truth is None else render(kind["of"], truth)
  if k == "ref":
    return truth[0] if kind["of"]["k"] == "record" else render(kind["of"], truth[1])
  if k == "code":
    return {"pointer": truth, "function": compare.functions_at[truth]} if truth in compare.functions_at else truth
  return truth  # bool, pointer


def integer(value):
  return str(value) if abs(value) > 1 << 53 else compare.Number(value)


def real(kind, truth):
  if truth in ("nan", "inf", "-inf"):
    return truth
  exact = compare.hexadecimal(truth)
  with decimal.localcontext() as context:
    context.prec = {16: 5, 32: 9, 64: 17, 80: 21}[kind["bits"]]
    context.Emin, context.Emax = -99999, 99999
    number = decimal.Decimal(exact.numerator) / decimal.Decimal(exact.denominator)
  sign = "-" if truth.startswith("-") and exact == 0 else ""
  return compare.Number(f"{sign}{number:e}")


def enum(kind, value):
  names = {name: int(number) for name, number in kind["names"].items()}
  for name, number in names.items():
    if number == value:
      return name
  counts_up = len(names) >= 3 and max(names.values()) - min(names.values()) < len(names)
  if any(number < 0 or number not in (0, number & -number) for number in names.values()) or value < 0 or counts_up:
    return integer(value)
  words, rest = [], value
  for name, number in names.items():
    if number and rest & number == number:
      words.append(name)
      rest &= ~number
  return "|".join(words + ([hex(rest)] if rest else [])) if words else integer(value)


def text(data):
  if len(data) <= compare.CUT:
    return compare.text_form(data)
  return compare.text_form(data[:compare.CUT], cut=True, length=compare.Number(len(data)))


def leaves(value, path=()):
  """The paths of what can be changed in a value."""
  if isinstance(value, dict) or isinstance(value, list):
    for key in value if isinstance(value, dict) else range(len(value)):
      yield from leaves(value[key], path + (key,))
    if isinstance(value, list) and value:
      yield path + ("shorter",)
    if isinstance(value, dict) and value:
      yield path + ("renamed",)
  else:
    yield path


def other(leaf):
  """A value that is not this one."""
  if isinstance(leaf, compare.Number):
    return compare.Number(int(leaf) ^ 1) if leaf.lstrip("-").isdigit() else compare.Number("1.0625e2")
  if isinstance(leaf, bool):
    return not leaf
  if leaf is None:
    return "x"
  return leaf[:-1] + chr(ord(leaf[-1]) ^ 1) if leaf else "x"


def change(value, path):
  """A copy of the value with one change."""
  if not path:
    return other(value)
  changed = at = copy.copy(value)
  for step in path[:-1]:
    at[step] = copy.copy(at[step])
    at = at[step]
  last = path[-1]
  if last == "shorter":
    at.pop()
  elif last == "renamed":
    key = list(at)[0]
    at["other"] = at.pop(key)
  else:
    at[last] = other(at[last])
  return changed


def check(kind, truth, where):
  """How many changed values were refused."""
  perfect, refused = render(kind, truth), 0
  if compare.judge(kind, truth, perfect) != "equal":
    sys.exit(f"{where}: refuses {json.dumps(perfect)} for {json.dumps(truth)}")
  for path in leaves(perfect):
    changed = change(perfect, path)
    if compare.judge(kind, truth, changed) is not None:
      sys.exit(f"{where}: accepts {json.dumps(changed)} for {json.dumps(truth)}")
    refused += 1
  if compare.judge(kind, truth, {"unknown": "optimized out"}) != "optimized out":
    sys.exit(f"{where}: does not know what is unknown")
  return refused


def main():
  meta = compare.read_meta(sys.argv[1])
  truths, results = compare.read_truth(sys.argv[2], meta)
  random.seed(1)
  values = refused = 0
  for truth in truths:
    function = meta["functions"][int(truth["f"])]
    pairs = [(p["type"], value) for p, value in zip(function["parameters"], truth["args"])]
    if truth["call"] in results:
      pairs.append((function["result"]["type"], results[truth["call"]]["result"]))
    for kind, value in pairs:
      values += 1
      refused += check(kind, value, function["mfa"])
  print(f"{values} values accepted, {refused} changed ones refused")
  if values < 100:
    sys.exit("too few values")


if __name__ == "__main__":
  main()
