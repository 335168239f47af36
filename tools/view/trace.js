"use strict";
// The trace as the page holds it: columns by call, in order of their starts, and rows of calls by thread and depth.
//
// `calltap view` (tools/page.c) writes one packed stream with a JSON text and the columns, and for each `block` calls one with
// their texts.

const ENDS = ["returned", "tail call", "skipped", "left in an unknown way", "still open", "no exits recorded", "unwound by an exception",
  "its thread ended"];
const RETURNED = 0, TAIL = 1, SKIPPED = 2, OPEN = 4, MOMENT = 5;
const SEPARATOR = "\x1f";

function fromBase64(text) {
  const binary = atob(text), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function unpack(element) {
  const stream = new Blob([fromBase64(element.textContent)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Numbers of seven bits a byte, the lowest first. Times beyond 2^53 ns are not exact, and 104 days long.
function* numbers(bytes, at = 0) {
  while (at < bytes.length) {
    let value = 0, factor = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    yield value;
  }
}

function fill(column, bytes) {
  let at = 0;
  for (let i = 0; i < column.length; i++) {
    let value = 0, factor = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    column[i] = value;
  }
  return column;
}

// The calls of one thread at one depth, one behind the other.
class Row {
  constructor(calls) {
    this.calls = calls;     // numbers of calls
    this.busy = null;       // busy[i]: how long those before i took in all
  }
}

class Trace {
  static async load() {
    const packed = await unpack(document.getElementById("trace"));
    const view = new DataView(packed.buffer);
    let at = 0;
    const take = () => {
      const size = view.getUint32(at, true);
      at += 4 + size;
      return packed.subarray(at - size, at);
    };
    const about = JSON.parse(new TextDecoder().decode(take()));
    const trace = new Trace(about);
    trace.readColumns(take);
    trace.makeRows();
    return trace;
  }

  constructor(about) {
    Object.assign(this, {functions: about.functions, threads: about.threads, files: about.files, moments: about.moments});
    this.calls = about.calls;
    this.spanNs = Math.max(about.span_ns, 1);
    this.wholeNs = about.whole_ns ?? this.spanNs; // calls that began later were left out
    this.startNs = BigInt(about.start_ns);
    this.notes = about.notes.split("\n").filter((line) => line !== "");
    this.block = about.block;
    this.blocks = new Map();
    this.textElements = document.getElementsByClassName("texts");
    this.lost = this.files.reduce((sum, {lost}) => sum + lost, 0);
  }

  readColumns(take) {
    const n = this.calls;
    this.start = fill(new Float64Array(n), take());
    for (let i = 1; i < n; i++) this.start[i] += this.start[i - 1];
    this.end = fill(new Float64Array(n), take());
    for (let i = 0; i < n; i++) this.end[i] += this.start[i];
    this.functionOf = fill(new Uint32Array(n), take());
    this.threadOf = fill(new Uint32Array(n), take());
    this.depth = fill(new Uint32Array(n), take());
    this.endKind = fill(new Uint8Array(n), take());
  }

  // Two passes: how many calls a row has, then which.
  makeRows() {
    const sizes = this.threads.map(() => []);
    for (let i = 0; i < this.calls; i++) {
      const depths = sizes[this.threadOf[i]];
      depths[this.depth[i]] = (depths[this.depth[i]] ?? 0) + 1;
    }
    this.rows = sizes.map((depths) => Array.from(depths, (size) => size === undefined ? null : new Row(new Uint32Array(size))));
    const used = sizes.map((depths) => new Uint32Array(depths.length));
    for (let i = 0; i < this.calls; i++) {
      const thread = this.threadOf[i], depth = this.depth[i];
      this.rows[thread][depth].calls[used[thread][depth]++] = i;
    }
    for (const rows of this.rows) for (const row of rows) if (row !== null) this.addUp(row);
  }

  // Calls of one row follow each other: a call that reaches into the next, by a clock that is not exact, ends there.
  addUp(row) {
    const {calls} = row, {start, end} = this;
    row.busy = new Float64Array(calls.length + 1);
    for (let i = 0; i < calls.length; i++) {
      const next = i + 1 < calls.length ? start[calls[i + 1]] : Infinity;
      if (end[calls[i]] > next) end[calls[i]] = next;
      row.busy[i + 1] = row.busy[i] + end[calls[i]] - start[calls[i]];
    }
  }

  // The first place in a row whose call starts at `ns` or later.
  firstFrom(row, ns, from = 0) {
    const {calls} = row;
    let low = from, high = calls.length, step = 1;
    while (low + step < high && this.start[calls[low + step]] < ns) {
      low += step;
      step *= 2;
    }
    high = Math.min(high, low + step + 1);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.start[calls[middle]] < ns) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  // The first place in a row whose call ends behind `ns`.
  firstEndingAfter(row, ns) {
    const at = this.firstFrom(row, ns);
    return at > 0 && this.end[row.calls[at - 1]] > ns ? at - 1 : at;
  }

  // The call of a row at a moment, or -1.
  callAt(row, ns) {
    const at = row === null || row === undefined ? 0 : this.firstFrom(row, ns + 1);
    if (at === 0) return -1;
    const call = row.calls[at - 1];
    return this.end[call] >= ns ? call : -1;
  }

  // Who called it: the innermost open call of the thread above it, or -1. Depths may be missing where a trace is filtered.
  parent(call) {
    const rows = this.rows[this.threadOf[call]];
    for (let depth = this.depth[call] - 1; depth > 0; depth--) {
      const found = this.callAt(rows[depth], this.start[call]);
      if (found >= 0 && this.end[found] >= this.end[call]) return found;
    }
    return -1;
  }

  // The calls it made itself: [row, first place, place behind the last].
  children(call) {
    const row = this.rows[this.threadOf[call]][this.depth[call] + 1];
    if (row === undefined || row === null) return [null, 0, 0];
    const from = this.firstFrom(row, this.start[call]);
    return [row, from, this.firstFrom(row, this.end[call], from)];
  }

  selfTime(call) {
    const [row, from, to] = this.children(call);
    return this.end[call] - this.start[call] - (row === null ? 0 : row.busy[to] - row.busy[from]);
  }

  // Its place in its row.
  placeOf(call) {
    const {calls} = this.rows[this.threadOf[call]][this.depth[call]];
    let low = 0, high = calls.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (calls[middle] < call) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  threadName(index) {
    const {name, tid} = this.threads[index];
    return name === "" ? String(tid) : `${name}/${tid}`;
  }

  // The texts of a call: what its parameters and its result were, and lines of what was said beside them.
  async texts(call) {
    const number = Math.floor(call / this.block);
    if (!this.blocks.has(number)) this.blocks.set(number, this.readBlock(number));
    const {entered, left} = (await this.blocks.get(number))[call % this.block];
    const {parameters, result} = this.functions[this.functionOf[call]];
    const values = entered.split(SEPARATOR), given = parameters.filter((parameter) => parameter.absent === undefined).length;
    const results = left.split(SEPARATOR), hasResult = result.absent === undefined && this.endKind[call] === RETURNED;
    return {
      values: values.length > given ? values.slice(0, given) : [],
      beside: (values[given] ?? "") + (hasResult ? results[1] ?? "" : results[0] ?? ""),
      result: hasResult && results.length > 1 ? results[0] : null,
    };
  }

  async readBlock(number) {
    const bytes = await unpack(this.textElements[number]), decoder = new TextDecoder();
    const calls = Math.min(this.block, this.calls - number * this.block), texts = [];
    let at = 0;
    const sizes = numbers(bytes);
    const lengths = [];
    for (let i = 0; i < 2 * calls; i++) lengths.push(sizes.next().value);
    for (const length of lengths) at += length < 128 ? 1 : Math.floor(Math.log2(length) / 7) + 1;
    for (let i = 0; i < calls; i++) {
      const entered = decoder.decode(bytes.subarray(at, at += lengths[2 * i]));
      const left = decoder.decode(bytes.subarray(at, at += lengths[2 * i + 1]));
      texts.push({entered, left});
    }
    return texts;
  }
}
