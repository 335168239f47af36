#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compares what a program of generate.py says of its calls with the decoded trace of the same run.

    compare.py [--label TEXT] [--known PERCENT] [--may-lack KIND=REASON]... PROGRAM TRUTH TRACE

PROGRAM is the source, TRUTH its output, TRACE the output of `calltap decode --format json`. A value of the trace is
equal, or said to be unknown, or WRONG: then it is printed and the status is 1. So it is when less than PERCENT of the
values are known, not counting values of a KIND ("*": any) that are unknown for that REASON. Statistics go to standard output.
"""
import argparse
import collections
import decimal
import fractions
import json
import struct
import sys


class Number(str):
  """A number of the JSON text, as it is written there."""


def written(value):
  """As JSON, with the numbers as they were written."""
  if isinstance(value, Number):
    return str(value)
  if isinstance(value, list):
    return "[" + ", ".join(map(written, value)) + "]"
  if isinstance(value, dict):
    return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value.items()) + "}"
  return json.dumps(value)


class Wrong(Exception):
  """A value that is not what the program says."""


def load(line):
  return json.loads(line, parse_int=Number, parse_float=Number, parse_constant=Number)


# ---- one value -------------------------------------------------------------------------------------------------------
# Each takes the type of the meta line, the truth, and what is shown, and raises Wrong unless they agree.


def same_int(_, truth, shown):
  value = int(truth)
  form = str if abs(value) > 1 << 53 else Number
  if type(shown) is not form or str(shown) != str(value):
    raise Wrong


def same_bool(_, truth, shown):
  if shown is not truth:
    raise Wrong


def hexadecimal(text):
  """The exact value of C's %a."""
  sign = -1 if text.startswith("-") else 1
  mantissa, exponent = text.lstrip("-")[2:].split("p")
  whole, _, part = mantissa.partition(".")
  return sign * fractions.Fraction(int(whole + part, 16)) * fractions.Fraction(2) ** (int(exponent) - 4 * len(part))


def same_float(kind, truth, shown):
  if truth in ("nan", "inf", "-inf"):
    good = type(shown) is str and shown == truth
  elif not isinstance(shown, str) or (type(shown) is str and kind["bits"] != 80):
    good = False
  else:
    good = (shown.startswith("-") == truth.startswith("-")) and nearest(kind["bits"], hexadecimal(truth), shown)
  if not good:
    raise Wrong


def nearest(bits, exact, shown):
  """Whether the decimal text, read as a number of so many bits, is exactly that."""
  try:
    if bits != 80:
      letter = {16: "e", 32: "f", 64: "d"}[bits]
      return fractions.Fraction(struct.unpack(letter, struct.pack(letter, float(shown)))[0]) == exact
    value = fractions.Fraction(decimal.Decimal(shown))
  except (ValueError, OverflowError, decimal.InvalidOperation):
    return False
  if exact == 0:
    return value == 0
  power = abs(exact.numerator).bit_length() - exact.denominator.bit_length()
  if abs(exact) < fractions.Fraction(2) ** power:
    power -= 1
  return abs(value - exact) <= fractions.Fraction(2) ** (max(power, -16382) - 63) / 2


def same_enum(kind, truth, shown):
  value = int(truth)
  names = {name: int(number) for name, number in kind["names"].items()}
  bits = [number for number in names.values() if number > 0 and number & (number - 1) == 0]
  counts_up = len(names) >= 3 and max(names.values()) - min(names.values()) < len(names)
  flags = bits and not counts_up and all(number >= 0 and number & ~sum(set(bits)) == 0 for number in names.values())
  if value in names.values():
    good = type(shown) is str and names.get(shown) == value
  elif flags and value > 0 and any(value & bit for bit in bits):
    good = type(shown) is str and flag_sum(names, shown.split("|")) == value
  else:
    return same_int(None, value, shown)
  return good or wrong()


def flag_sum(names, words):
  """The sum of enumerators and the hexadecimal rest, none of them twice."""
  total = 0
  for word in words:
    part = names[word] if word in names else unnamed(word)
    if not part or part & total:
      raise Wrong
    total |= part
  return total


def unnamed(word):
  return int(word, 16) if word.startswith("0x") else wrong()


def wrong():
  raise Wrong


def same_pointer(_, truth, shown):
  if type(shown) is not str or shown != truth:
    raise Wrong


def same_code(_, truth, shown):
  if not isinstance(shown, dict):
    return same_pointer(None, truth, shown)
  same_pointer(None, truth, shown.get("pointer"))
  target = functions_at.get(truth)
  if target and shown.get("function") not in (target, target.split(":")[1].split("/")[0]):
    raise Wrong


def escaped(data):
  """Bytes that are not UTF-8, as text: \\xNN for such a byte, and each backslash doubled."""
  out, at = "", 0
  while at < len(data):
    for size in (1, 2, 3, 4):
      try:
        character = data[at:at + size].decode("utf-8")
      except UnicodeDecodeError:
        continue
      out += "\\\\" if character == "\\" else character
      break
    else:
      out, size = out + f"\\x{data[at]:02x}", 1
    at += size
  return out


def text_form(data, **cut):
  """How these bytes of the program are shown."""
  try:
    text = data.decode("utf-8")
  except UnicodeDecodeError:
    return {"value": escaped(data), **cut, "escaped": True}
  return {"value": text, **cut} if cut else text


CUT = 64  # the default of str= in CALLTAP_LIMIT


def same_text(_, truth, shown):
  data = bytes.fromhex(truth["bytes"])
  if len(data) <= CUT:
    good = shown == text_form(data)
  elif isinstance(shown, dict) and shown.get("cut") is True:
    cut = {"cut": True}
    if "length" in shown:
      cut["length"] = Number(len(data))
    # A character that is cut in two may be left out.
    good = any(shown == text_form(data[:size], **cut) for size in range(CUT - 3, CUT + 1))
  else:
    good = False
  if not good:
    raise Wrong


def same_string(_, truth, shown):
  if truth == "0x0":
    good = shown is None
  elif isinstance(shown, dict) and list(shown) == ["pointer"]:  # the string was not recorded
    good = shown["pointer"] == truth["at"]
    inner_unknown.append("not followed")
  else:
    return same_text(None, truth, shown)
  return good or wrong()


def same_items(kind, truth, shown):
  if isinstance(shown, dict) and shown.get("cut") is True:
    if shown.get("length") is not None and int(shown["length"]) != len(truth):
      raise Wrong
    if kind.get("chars") and not isinstance(shown.get("value"), list):
      data = bytes(int(code) & 255 for code in truth)
      cut = {key: shown[key] for key in ("cut", "length") if key in shown}
      return any(shown == text_form(data[:size], **cut) for size in range(len(data))) or wrong()
    shown = shown.get("value")
    if not isinstance(shown, list) or len(shown) >= len(truth):
      raise Wrong
    truth = truth[:len(shown)]
  if kind.get("chars") and not isinstance(shown, list):
    data = bytes(int(code) & 255 for code in truth)
    ends = data.rstrip(b"\0") if kind["chars"] != "char" else data.split(b"\0")[0]
    return shown == text_form(ends) or wrong()
  if not isinstance(shown, list) or len(shown) != len(truth):
    raise Wrong
  for item, shown_item in zip(truth, shown):
    same(kind["of"], item, shown_item)


def same_complex(kind, truth, shown):
  if not isinstance(shown, dict) or list(shown) != ["real", "imaginary"]:
    raise Wrong
  for part, value in zip(truth, shown.values()):
    same(kind["of"], part, value)


def same_record(kind, truth, shown):
  if not isinstance(shown, dict) or list(shown) != [name for name, _ in kind["members"]]:
    raise Wrong
  for (name, member), value in zip(kind["members"], truth):
    same(member, value, shown[name])


def same_optional(kind, truth, shown):
  if truth is None or shown is None:
    return shown is truth or wrong()
  return same(kind["of"], truth, shown)


def same_reference(kind, truth, shown):
  if isinstance(shown, dict) and list(shown) == ["pointer", "value"]:
    same_pointer(None, truth[0], shown["pointer"])
    shown = shown["value"]
  elif type(shown) is str and shown == truth[0]:
    return
  same(kind["of"], truth[1], shown)


SAME = {"int": same_int, "bool": same_bool, "float": same_float, "enum": same_enum, "pointer": same_pointer, "code": same_code,
        "string": same_string, "text": same_text, "array": same_items, "complex": same_complex, "sequence": same_items, "record": same_record,
        "optional": same_optional, "ref": same_reference}
functions_at = {}
inner_unknown = []  # of the value that is being compared


def reason(shown):
  return shown["unknown"] if isinstance(shown, dict) and set(shown) - {"pointer"} == {"unknown"} else None


def same(kind, truth, shown):
  if reason(shown):
    inner_unknown.append(reason(shown))
    return
  SAME[kind["k"]](kind, truth, shown)


def judge(kind, truth, shown):
  """"equal", the reason why it is unknown, "partly: REASON" if only something in it is, or None: wrong."""
  if reason(shown):
    return reason(shown)
  inner_unknown.clear()
  try:
    same(kind, truth, shown)
  except Wrong:
    return None
  return f"partly: {inner_unknown[0]}" if inner_unknown else "equal"


# ---- calls -----------------------------------------------------------------------------------------------------------


class Comparison:
  def __init__(self, label, meta):
    self.label, self.meta = label, meta
    self.functions = meta["functions"]
    self.statistics = collections.defaultdict(collections.Counter)
    self.faults = 0

  def fault(self, text):
    self.faults += 1
    if self.faults <= 20:
      print(f"WRONG {self.label}: {text}")

  def arguments(self, function, truth, shown):
    """The judgements of a call's arguments, None where wrong."""
    expected = [p["name"] for p in function["parameters"]]
    if [a["name"] for a in shown] != expected:
      return None
    return [judge(p["type"], t, a.get("value")) for p, t, a in zip(function["parameters"], truth, shown)]

  def pair(self, function, truths, calls):
    """Pairs the calls of one function in their order. Calls that were inlined are not in the trace."""
    if not function["inlinable"] or len(truths) == len(calls):
      if len(truths) != len(calls):
        self.fault(f"{function['mfa']}: {len(truths)} calls, {len(calls)} in the trace")
      return list(zip(truths, calls))
    pairs, at = [], 0
    for call in calls:
      while at < len(truths) and None in (self.arguments(function, truths[at]["args"], call.get("args", [])) or [None] * bool(function["parameters"])):
        at += 1
      if at == len(truths):
        self.fault(f"{function['mfa']}: a call that was not made, or in another order: {written(call.get('args'))}")
        return pairs
      pairs.append((truths[at], call))
      at += 1
    return pairs

  def compare(self, truths, results, calls, exits):
    by_function = collections.defaultdict(list)
    for call in calls:
      by_function[call["mfa"]].append(call)
    for index, function in enumerate(self.functions):
      mine = [truth for truth in truths if int(truth["f"]) == index]
      for truth, call in self.pair(function, mine, by_function[function["mfa"]]):
        self.compare_arguments(function, truth, call)
        self.compare_result(function, results.get(truth["call"]), exits.get(call["call"]))

  def compare_arguments(self, function, truth, call):
    shown = call.get("args", [])
    judged = self.arguments(function, truth["args"], shown)
    if judged is None:
      return self.fault(f"{function['mfa']}: parameters {[a['name'] for a in shown]}, not {[p['name'] for p in function['parameters']]}")
    for parameter, value, argument, verdict in zip(function["parameters"], truth["args"], shown, judged):
      self.statistics[parameter["kind"]][verdict or "WRONG"] += 1
      if verdict is None:
        self.fault(f"{function['mfa']}, call {truth['call']}: parameter {parameter['name']} of type {argument.get('type')} "
                   f"({parameter['kind']}): expected {written(value)}, got {written(argument.get('value'))}")

  def compare_result(self, function, truth, exit_):
    if exit_ is None or exit_["exit"] not in ("return", "tail"):
      return self.fault(f"{function['mfa']}: it returned, but its exit is {exit_ and exit_['exit']}")
    if exit_["exit"] == "tail":
      return self.statistics["results"].update(["tail call"])
    result = function["result"]
    if (result is None) != ("result" not in exit_):
      return self.fault(f"{function['mfa']}: result {written(exit_.get('result'))} of a function that has {result and result['kind']}")
    if result is None or truth is None:
      return self.statistics["results"].update(["none" if result is None else "ignored by its caller"])
    verdict = judge(result["type"], truth["result"], exit_["result"])
    self.statistics[f"result {result['kind']}"][verdict or "WRONG"] += 1
    if verdict is None:
      self.fault(f"{function['mfa']}, call {truth['call']}: result ({result['kind']}): expected {written(truth['result'])}, "
                 f"got {written(exit_['result'])}")
    return None

  def report(self, may_lack):
    """Prints the statistics. Returns the share of values that are known, of those that should be, in percent."""
    known = lacking = 0
    for kind, counter in sorted(self.statistics.items()):
      print(f"  {kind:42} " + ", ".join(f"{count} {verdict}" for verdict, count in counter.most_common()))
      if kind == "results":
        continue
      for verdict, count in counter.items():
        if verdict == "equal":
          known += count
        elif (kind, verdict) not in may_lack and ("*", verdict) not in may_lack:
          lacking += count
    share = 100 * known / (known + lacking) if known + lacking else 0
    print(f"{self.label}: {known} values equal, {self.faults} wrong, {share:.2f} % known")
    return share


def read_meta(path):
  with open(path, encoding="utf-8") as file:
    for line in file:
      if line.startswith("// meta: "):
        return json.loads(line[len("// meta: "):])
  sys.exit(f"{path} has no meta line")


def read_truth(path, meta):
  truths, results = [], {}
  with open(path, encoding="utf-8") as file:
    for line in map(load, file):
      if "functions" in line:
        for address, index in line["functions"].items():
          functions_at[address] = meta["functions"][int(index)]["mfa"]
      elif "args" in line:
        truths.append(line)
      elif "result" in line:
        results[line["call"]] = line
  return truths, results


def read_trace(path):
  calls, exits = [], {}
  with open(path, encoding="utf-8") as file:
    for line in map(load, file):
      if line["event"] == "call":
        calls.append(line)
      elif line["event"] == "exit" and "call" in line:
        exits[line["call"]] = line
      elif line["event"] == "lost":
        sys.exit("events are lost; the trace needs more room")
  return calls, exits


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--label", default="")
  parser.add_argument("--known", type=float, default=0)
  parser.add_argument("--may-lack", action="append", default=[], metavar="KIND=REASON")
  parser.add_argument("program")
  parser.add_argument("truth")
  parser.add_argument("trace")
  arguments = parser.parse_args()
  meta = read_meta(arguments.program)
  comparison = Comparison(arguments.label, meta)
  comparison.compare(*read_truth(arguments.truth, meta), *read_trace(arguments.trace))
  share = comparison.report({tuple(word.rsplit("=", 1)) for word in arguments.may_lack})
  if share < arguments.known:
    print(f"{arguments.label}: only {share:.2f} % of the values are known, not {arguments.known:g} %")
  sys.exit(comparison.faults > 0 or share < arguments.known)


if __name__ == "__main__":
  main()
