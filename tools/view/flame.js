"use strict";
// The flame graph: what is visible above, added up by call path. Callers stand above what they call.

const FLAME_ROW = 18;

class Flame {
  constructor(app) {
    this.app = app;
    this.drawing = new Drawing("flame", (context, width, height) => this.draw(context, width, height));
    this.labels = new Labels(this.drawing.context);
    this.boxes = [];
    this.focus = [];   // the path of functions to the one that fills the width
    this.scroll = 0;
    const {canvas} = this.drawing;
    canvas.addEventListener("click", (event) => this.onClick(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerleave", () => app.tip(null));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.scroll += event.deltaY;
      this.drawing.ask();
    }, {passive: false});
  }

  // The node in focus, or as far as its path is there now.
  focused(root) {
    let node = root;
    for (const fn of this.focus) {
      const next = node.children.get(fn);
      if (next === undefined) break;
      node = next;
    }
    return node;
  }

  draw(context, width, height) {
    const {root} = this.app.totals, node = this.focused(root);
    this.boxes = [];
    this.deepest = 0;
    if (root.total <= 0) {
      context.fillStyle = this.app.palette.dim;
      context.fillText("No call is visible.", 16, 22);
      return;
    }
    for (let above = node; above !== null; above = above.parent) this.box(context, above, 0, width, above.depth, true);
    this.drawChildren(context, node, 0, width / node.total, width, height);
    const most = Math.max(0, (this.deepest + 1) * FLAME_ROW + 8 - height);
    if (this.scroll < 0 || this.scroll > most) {
      this.scroll = Math.max(0, Math.min(most, this.scroll));
      this.drawing.ask();
    }
  }

  // Goes down with a list of its own: paths may be deeper than the stack of the browser is.
  drawChildren(context, node, left, scale, width, height) {
    const work = [[node, left]];
    while (work.length > 0) {
      const [above, start] = work.pop();
      let x = start;
      for (const child of above.sorted()) {
        const size = child.total * scale;
        if (size < 0.5) break;
        this.box(context, child, x, size, child.depth, false);
        if ((child.depth + 1) * FLAME_ROW - this.scroll < height + FLAME_ROW || child.depth > this.deepest) work.push([child, x]);
        x += size;
      }
    }
  }

  box(context, node, x, size, depth, isAbove) {
    const {app} = this, {palette, trace, found} = app, y = 4 + depth * FLAME_ROW - this.scroll;
    this.deepest = Math.max(this.deepest, depth);
    if (y < -FLAME_ROW || y > this.drawing.height) return;
    const fn = node.fn < 0 ? null : trace.functions[node.fn], isFound = found === null || found.has(node.fn);
    context.globalAlpha = isAbove && node !== this.focused(app.totals.root) ? 0.55 : 1;
    context.fillStyle = fn === null ? palette.quiet : isFound ? palette.fills[node.fn] : palette.quiet;
    context.fillRect(x, y, Math.max(size - 0.75, 0.5), FLAME_ROW - 1);
    if (node.fn >= 0 && node.fn === app.chosenFunction) {
      context.fillStyle = palette.accent;
      context.fillRect(x, y + FLAME_ROW - 3, Math.max(size - 0.75, 0.5), 2);
    }
    const all = `all threads, ${duration(node.total)}`;
    const text = fn === null ? this.labels.fit(all, "all", size - 10) : this.labels.fit(label(fn), fn.name, size - 10);
    context.fillStyle = fn === null || !isFound ? palette.dim : palette.ink;
    if (text !== "") context.fillText(text, x + 5, y + FLAME_ROW / 2);
    context.globalAlpha = 1;
    this.boxes.push({node, x, y, size});
  }

  at(event) {
    const {offsetX: x, offsetY: y} = event;
    return this.boxes.findLast((box) => x >= box.x && x < box.x + box.size && y >= box.y && y < box.y + FLAME_ROW)?.node;
  }

  onClick(event) {
    const node = this.at(event);
    if (node === undefined) return;
    this.focus = [];
    for (let above = node; above.parent !== null; above = above.parent) this.focus.unshift(above.fn);
    if (node.fn >= 0) this.app.chooseFunction(node.fn);
    this.drawing.ask();
  }

  onMove(event) {
    const {app} = this, node = this.at(event), {root} = app.totals;
    if (node === undefined) {
      app.tip(null);
      return;
    }
    const name = node.fn < 0 ? "all threads" : app.trace.functions[node.fn].mfa;
    const what = `${duration(node.total)} (${percent(node.total / root.total)}), ${duration(Math.max(node.self, 0))} in itself, `;
    app.tip(name, node.fn < 0 ? duration(node.total) : what + plural(node.calls, "call"), event);
  }

  reset() {
    this.focus = [];
    this.scroll = 0;
    this.drawing.ask();
  }
}
