// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reads a trace as a plain CBOR sequence with the cbor-x library and checks it against docs/format.md. Prints the number
// of calls and of exits.
const { Decoder } = require('cbor-x');
const { readFileSync } = require('fs');

const fail = (why) => { console.error(why); process.exit(1); };
const kinds = new Set(['calltap', 'chunk', 'clock', 'thread', 'object', 'type', 'unit', 'function', 'session', 'size', 'lost']);
const decoder = new Decoder({ mapsAsObjects: true, useRecords: false });
const functions = new Map();
const seen = {};
let calls = 0, exits = 0, items = 0;

decoder.decodeMultiple(readFileSync(process.argv[2]), (item) => {
  if (item && item.value) item = item.value; // the self-described tag
  if (items++ === 0 && item[0] !== 'calltap') fail('the first item is no header');
  if (item === 0) return; // padding
  if (!Array.isArray(item)) fail(`item ${items} is ${JSON.stringify(item)}`);
  if (typeof item[0] === 'string') {
    if (!kinds.has(item[0])) fail(`kind ${item[0]}`);
    seen[item[0]] = (seen[item[0]] || 0) + 1;
    if (item[0] === 'function') functions.set(item[1], item);
    return;
  }
  const f = functions.get(Math.floor(item[0] / 4));
  if (!f) fail(`item ${items}: no function ${item[0]}`);
  if (typeof item[1] !== 'number' || item[1] > 0xFFFFFFFF) fail('a time');
  if (item[0] % 4 === 0) {
    if (item.length !== 2 + f[10].filter((p) => p[2] === 1).length) fail('values of a call');
    calls++;
  } else {
    exits++;
  }
});
for (const kind of ['calltap', 'chunk', 'thread', 'object', 'function', 'session'])
  if (!seen[kind]) fail(`no ${kind} record`);
console.log(calls, exits);
