"use strict";
// Times, numbers and names as text. All times are nanoseconds since the first event of the page.

const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];

// 850 ns, 44.1 us, 1.2 ms, 61.0 s: as `calltap decode` writes them.
function duration(ns) {
  const [size, name] = UNITS.find(([unit]) => ns >= unit) ?? UNITS[3];
  const text = size === 1 ? String(Math.round(ns)) : (Math.floor(ns / size * 10) / 10).toFixed(1);
  return `${text} ${name}`;
}

// A moment, with the digits that tell it from its neighbours: +1.234567 s, +12.345 ms, +850 ns.
function offset(ns) {
  const [size, name] = UNITS.find(([unit]) => ns >= unit) ?? UNITS[3], digits = {s: 6, ms: 3, us: 3, ns: 0}[name];
  return `+${(ns / size).toFixed(digits)} ${name}`;
}

const count = (number) => Math.round(number).toLocaleString("en-US");

const plural = (number, word) => `${count(number)} ${word}${number === 1 ? "" : "s"}`;

const percent = (part) => `${(part * 100).toFixed(part < 0.1 ? 1 : 0)} %`;

// The time of day, local, with as many digits as the step asks for.
function clock(trace, ns, digits = 6) {
  const real = trace.startNs + BigInt(Math.round(ns));
  const date = new Date(Number(real / 1000000n));
  const two = (number) => String(number).padStart(2, "0");
  const fraction = String(real % 1000000000n).padStart(9, "0").slice(0, digits);
  const seconds = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return digits > 0 ? `${seconds}.${fraction}` : seconds;
}

// A step of 1, 2 or 5 times a power of ten that divides `span` into at most `parts`.
function niceStep(span, parts) {
  const least = Math.max(span / Math.max(parts, 1), 1), power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}

// A time on the ruler: in one unit for all ticks, with the digits that the step needs.
function tickLabel(ns, step) {
  if (ns === 0) return "0";
  const [size, name] = UNITS.find(([unit]) => Math.abs(ns) >= unit) ?? UNITS[3];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  return `${(ns / size).toFixed(Math.min(digits, 9))} ${name}`;
}
