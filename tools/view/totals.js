"use strict";
// What is visible, added up: by call path for the flame graph, by function for the table and the histogram.

// Durations fall into buckets, eight for each power of two: a percentile is right to a twelfth.
const BUCKETS = 8 * 52;
const bucketOf = (ns) => ns < 1 ? 0 : Math.min(BUCKETS - 1, Math.floor(Math.log2(ns) * 8) + 1);
const bucketStart = (bucket) => bucket === 0 ? 0 : 2 ** ((bucket - 1) / 8);

class FunctionTotals {
  constructor() {
    this.calls = this.total = this.self = this.max = this.timed = 0;
    this.min = Infinity;
    this.buckets = new Uint32Array(BUCKETS);
  }

  percentile(part) {
    let left = Math.ceil(this.timed * part);
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      left -= this.buckets[bucket];
      if (left <= 0) return Math.max(this.min, Math.min(this.max, (bucketStart(bucket) + bucketStart(bucket + 1)) / 2));
    }
    return this.max;
  }
}

// A call path. The root is nobody's.
class Node {
  constructor(fn, parent) {
    this.fn = fn;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
    this.total = this.self = this.calls = 0;
    this.children = new Map();
    this.isRecursive = false;
    for (let above = parent; above !== null; above = above.parent) this.isRecursive ||= above.fn === fn;
  }

  child(fn) {
    let found = this.children.get(fn);
    if (found === undefined) this.children.set(fn, found = new Node(fn, this));
    return found;
  }

  // By their time, the longest first.
  sorted() {
    return this.order ??= Array.from(this.children.values()).sort((a, b) => b.total - a.total);
  }
}

// Adds up the calls that lie between two moments, or the parts of them that do. Histograms and the counts of calls are of those that
// touch it. Calls come in order of their starts, so the callers of a call have been seen before it.
function addUp(trace, from, to) {
  const root = new Node(-1, null), functions = trace.functions.map(() => null);
  const open = trace.rows.map((rows) => ({nodes: new Array(rows.length).fill(null), ends: new Float64Array(rows.length)}));
  const {start, end, functionOf, threadOf, depth, endKind} = trace;
  for (let i = 0; i < trace.calls && start[i] < to; i++) {
    if (end[i] < from) continue;
    const {nodes, ends} = open[threadOf[i]], d = depth[i];
    let above = d - 1;
    while (above > 0 && (nodes[above] === null || ends[above] < end[i] || ends[above] < start[i])) above--;
    const parent = above > 0 ? nodes[above] : root, node = parent.child(functionOf[i]);
    nodes[d] = node;
    ends[d] = end[i];
    const within = Math.min(end[i], to) - Math.max(start[i], from);
    const totals = functions[functionOf[i]] ??= new FunctionTotals();
    node.calls++;
    node.total += within;
    node.self += within;
    totals.calls++;
    totals.self += within;
    if (!node.isRecursive) totals.total += within;
    if (parent === root) {
      root.total += within;
    } else {
      parent.self -= within;
      functions[parent.fn].self -= within;
    }
    if (endKind[i] >= SKIPPED) continue;
    const elapsed = end[i] - start[i];
    totals.timed++;
    totals.buckets[bucketOf(elapsed)]++;
    if (elapsed > totals.max) totals.max = elapsed;
    if (elapsed < totals.min) totals.min = elapsed;
  }
  return {root, functions, from, to};
}
