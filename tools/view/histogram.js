"use strict";
// How long the calls of one function took, those that are visible: bars by powers of two, four to each.

class Histogram {
  constructor(app) {
    this.app = app;
    this.drawing = new Drawing("histogram", (context, width, height) => this.draw(context, width, height));
    this.labels = new Labels(this.drawing.context);
    this.drawing.canvas.addEventListener("pointermove", (event) => this.onMove(event));
    this.drawing.canvas.addEventListener("pointerleave", () => app.tip(null));
  }

  totals() {
    const {totals, chosenFunction} = this.app;
    return chosenFunction === null ? null : totals.functions[chosenFunction];
  }

  // Two fine buckets are one bar: [from, to, calls].
  bars(totals) {
    const bars = [];
    let first = -1, last = -1;
    for (let bucket = 0; bucket < BUCKETS; bucket += 2) {
      const calls = totals.buckets[bucket] + totals.buckets[bucket + 1];
      bars.push([bucketStart(bucket), bucketStart(bucket + 2), calls]);
      if (calls === 0) continue;
      if (first < 0) first = bars.length - 1;
      last = bars.length - 1;
    }
    return first < 0 ? [] : bars.slice(Math.max(0, first - 2), last + 3);
  }

  draw(context, width, height) {
    const {palette} = this.app, totals = this.totals();
    const bars = totals === null ? [] : this.bars(totals), bottom = height - 17;
    this.shown = bars;
    context.fillStyle = palette.line;
    context.fillRect(0, bottom, width, 1);
    if (bars.length === 0) {
      context.fillStyle = palette.dim;
      context.fillText("No call of it that ended is visible.", 0, 20);
      return;
    }
    const most = Math.max(...bars.map(([, , calls]) => calls)), size = Math.min(26, width / bars.length);
    this.size = size;
    let labelEnd = -Infinity;
    bars.forEach(([from, , calls], i) => {
      const tall = calls === 0 ? 0 : Math.max(2, calls / most * (bottom - 14));
      context.fillStyle = palette.accent;
      context.globalAlpha = 0.75;
      context.fillRect(i * size, bottom - tall, Math.max(size - 1, 1), tall);
      context.globalAlpha = 1;
      const text = duration(from);
      if (i % 4 !== 0 || i * size < labelEnd + 10) return;
      context.fillStyle = palette.pale;
      context.fillRect(i * size, bottom, 1, 4);
      context.fillStyle = palette.dim;
      context.fillText(text, i * size + 3, bottom + 10);
      labelEnd = i * size + this.labels.width(text);
    });
    context.fillStyle = palette.pale;
    context.fillText(count(most), 0, 6);
  }

  onMove(event) {
    const bar = this.shown?.[Math.floor(event.offsetX / this.size)];
    if (bar === undefined || bar[2] === 0) this.app.tip(null);
    else this.app.tip(plural(bar[2], "call"), `${duration(bar[0])} to ${duration(bar[1])}`, event);
  }

  // The numbers below it.
  describe() {
    const totals = this.totals(), list = document.getElementById("percentiles"), title = document.getElementById("latency-title");
    const timed = totals?.timed ?? 0;
    title.textContent = timed === 0 ? "" : `${plural(timed, "call")} in view`;
    list.replaceChildren();
    if (timed === 0) return;
    const parts = [["p50", 0.5], ["p90", 0.9], ["p99", 0.99]].map(([name, part]) => [name, totals.percentile(part)]);
    for (const [name, ns] of [...parts, ["max", totals.max]])
      list.append(make("div", "", make("dt", "", name), make("dd", "", duration(ns))));
  }
}
