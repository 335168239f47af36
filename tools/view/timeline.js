"use strict";
// The timeline: a lane for each thread, in it a row for each depth of calls.

const GUTTER = 168, RULER = 25, LANE_HEAD = 6, ROW = 17, LEAST_VISIBLE_NS = 20;

class Timeline {
  constructor(app) {
    this.app = app;
    this.drawing = new Drawing("timeline", (context, width, height) => this.draw(context, width, height));
    this.labels = new Labels(this.drawing.context);
    this.scroll = 0;
    this.collapsed = new Set();
    this.hover = null;
    this.layOut();
    this.listen();
  }

  // --- where things are ---

  layOut() {
    const {trace} = this.app;
    this.lanes = [];
    let top = 0;
    trace.rows.forEach((rows, thread) => {
      const depths = rows.map((row, depth) => row === null || row === undefined ? -1 : depth).filter((depth) => depth >= 0);
      if (depths.length === 0) return;
      const shown = this.collapsed.has(thread) ? depths.slice(0, 1) : depths;
      const height = LANE_HEAD + shown.length * ROW + 6;
      this.lanes.push({thread, depths: shown, all: depths.length, top, height});
      top += height;
    });
    this.totalHeight = top;
  }

  x(ns) {
    const {from, to} = this.app.range;
    return GUTTER + (ns - from) / (to - from) * (this.drawing.width - GUTTER);
  }

  time(x) {
    const {from, to} = this.app.range;
    return from + (x - GUTTER) / (this.drawing.width - GUTTER) * (to - from);
  }

  laneAt(y) {
    const at = y - RULER + this.scroll;
    return y < RULER ? undefined : this.lanes.find(({top, height}) => at >= top && at < top + height);
  }

  // The call under a place, or -1. One that is narrower than a pixel is found up to two pixels beside it.
  callAt(x, y) {
    const {trace} = this.app, lane = x < GUTTER ? undefined : this.laneAt(y);
    if (lane === undefined) return -1;
    const depth = lane.depths[Math.floor((y - RULER + this.scroll - lane.top - LANE_HEAD) / ROW)];
    const row = trace.rows[lane.thread][depth];
    if (row === undefined || row === null) return -1;
    const ns = this.time(x), exact = trace.callAt(row, ns);
    if (exact >= 0) return exact;
    const near = trace.firstFrom(row, this.time(x - 2)), call = row.calls[near];
    return call !== undefined && trace.start[call] <= this.time(x + 2) ? call : -1;
  }

  clampScroll() {
    const most = Math.max(0, this.totalHeight - (this.drawing.height - RULER));
    this.scroll = Math.max(0, Math.min(most, this.scroll));
  }

  // Scrolls so that a call's row can be seen.
  reveal(call) {
    const {trace} = this.app;
    if (this.collapsed.delete(trace.threadOf[call])) this.layOut();
    const lane = this.lanes.find(({thread}) => thread === trace.threadOf[call]);
    const top = lane.top + LANE_HEAD + lane.depths.indexOf(trace.depth[call]) * ROW, room = this.drawing.height - RULER;
    if (top < this.scroll) this.scroll = top - LANE_HEAD;
    if (top + ROW > this.scroll + room) this.scroll = top + ROW + 6 - room;
    this.clampScroll();
  }

  // --- drawing ---

  draw(context, width, height) {
    const {palette} = this.app;
    this.clampScroll();
    this.drawn = 0;
    this.drawGrid(context, width, height);
    context.save();
    context.beginPath();
    context.rect(0, RULER, width, height - RULER);
    context.clip();
    for (const lane of this.lanes) {
      const y = RULER + lane.top - this.scroll;
      if (y + lane.height > RULER && y < height) this.drawLane(context, lane, y, width, height);
    }
    this.drawMoments(context, width, height);
    this.drawLeftOut(context, width, height);
    if (this.hover !== null && this.hover.x > GUTTER) {
      context.fillStyle = palette.pale;
      context.fillRect(Math.round(this.hover.x), RULER, 0.5, height);
    }
    context.restore();
    this.drawScrollBar(context, width, height);
    document.documentElement.dataset.drawn = this.drawn;
  }

  drawGrid(context, width, height) {
    const {palette, range, trace} = this.app, step = niceStep(range.to - range.from, (width - GUTTER) / 110);
    context.fillStyle = palette.dim;
    context.fillText(clock(trace, range.from), 14, RULER / 2);
    for (let ns = Math.ceil(range.from / step) * step; ns <= range.to; ns += step) {
      const x = Math.round(this.x(ns)) + 0.5;
      context.fillStyle = palette.faint;
      context.fillRect(x, RULER, 1, height);
      context.fillStyle = palette.line;
      context.fillRect(x, RULER - 6, 1, 6);
      context.fillStyle = palette.dim;
      const text = `+${tickLabel(ns, step)}`;
      if (x + 5 + this.labels.width(text) < width) context.fillText(text, x + 5, RULER / 2);
    }
    context.fillStyle = palette.line;
    context.fillRect(0, RULER - 1, width, 1);
    context.fillRect(GUTTER - 1, RULER, 1, height);
  }

  drawLane(context, lane, y, width, height) {
    const {palette, trace} = this.app;
    context.fillStyle = palette.line;
    context.fillRect(0, y + lane.height - 1, width, 1);
    lane.depths.forEach((depth, index) => {
      const top = y + LANE_HEAD + index * ROW;
      if (top + ROW > RULER && top < height) this.drawRow(context, trace.rows[lane.thread][depth], top);
    });
    this.drawName(context, lane, y);
  }

  drawName(context, lane, y) {
    const {palette, trace} = this.app, {name, tid, file} = trace.threads[lane.thread];
    const top = Math.max(y, Math.min(RULER, y + lane.height - 40)) + LANE_HEAD + ROW / 2;
    const isCollapsed = this.collapsed.has(lane.thread);
    context.fillStyle = palette.panel;
    context.fillRect(0, y, GUTTER - 1, lane.height - 1);
    context.fillStyle = palette.line;
    context.fillRect(GUTTER - 1, y, 1, lane.height);
    context.fillStyle = palette.pale;
    if (lane.all > 1) context.fillText(isCollapsed ? "▸" : "▾", 13, top);
    context.fillStyle = palette.text;
    const shown = this.labels.fit(name === "" ? String(tid) : name, name, GUTTER - 90);
    context.fillText(shown, 28, top);
    context.fillStyle = palette.pale;
    if (name !== "") context.fillText(tid, 34 + this.labels.width(shown), top);
    if (trace.files.length > 1 && lane.height > 2 * ROW)
      context.fillText(this.labels.fit(`${trace.files[file].program} ${trace.files[file].pid}`, trace.files[file].program, GUTTER - 40), 28, top + 14);
  }

  // Calls that are wider than a pixel are drawn; all those that begin in one column of pixels are one line there, the fainter the less of
  // it they fill. So the work grows with the width of the row, and with the logarithm of the number of calls.
  drawRow(context, row, y) {
    const {app} = this, {trace, palette} = app, {calls, busy} = row, {start, end} = trace, {from, to} = app.range;
    const scale = (this.drawing.width - GUTTER) / (to - from), pixel = 1 / scale;
    for (let i = trace.firstEndingAfter(row, from); i < calls.length && start[calls[i]] < to;) {
      const call = calls[i], left = (start[call] - from) * scale, right = (end[call] - from) * scale;
      if (right - left >= 1) {
        this.drawCall(context, call, Math.max(left, 0) + GUTTER, Math.min(right, this.drawing.width) + GUTTER, y);
        this.drawn++;
        i++;
        continue;
      }
      // Only the last of them can reach further.
      const column = Math.floor(left);
      let next = trace.firstFrom(row, from + (column + 1) * pixel, i + 1);
      if (next > i + 1 && (end[calls[next - 1]] - start[calls[next - 1]]) * scale >= 1) next--;
      const part = Math.min(1, (busy[next] - busy[i]) * scale);
      context.globalAlpha = 0.35 + 0.65 * part;
      context.fillStyle = this.fillOf(call, row, i, next);
      context.fillRect(GUTTER + Math.max(column, 0), y, 1, ROW - 1);
      this.drawn += next - i;
      i = next;
    }
    context.globalAlpha = 1;
  }

  // Something that is found shows, also among others.
  fillOf(call, row, from, to) {
    const {app} = this, {trace, palette} = app;
    if (app.found === null) return palette.fills[trace.functionOf[call]];
    for (let i = from; i < Math.min(to, from + 64); i++)
      if (app.found.has(trace.functionOf[row.calls[i]])) return palette.accent;
    return palette.quiet;
  }

  drawCall(context, call, left, right, y) {
    const {app} = this, {trace, palette} = app, index = trace.functionOf[call], fn = trace.functions[index];
    const isFound = app.found === null || app.found.has(index), end = trace.endKind[call], gap = right - left > 4 ? 0.75 : 0;
    context.globalAlpha = 1;
    context.fillStyle = isFound ? palette.fills[index] : palette.quiet;
    context.fillRect(left, y, right - left - gap, ROW - 1);
    if (end === SKIPPED || end === OPEN) hatch(context, Math.max(left, right - 24), y, Math.min(24, right - left - gap), ROW - 1, palette.panel);
    if (index === app.chosenFunction && call !== app.chosen) {
      context.fillStyle = palette.accent;
      context.fillRect(left, y + ROW - 3, right - left - gap, 2);
    }
    const text = this.labels.fit(label(fn), fn.name, right - left - 9);
    if (text !== "") {
      context.fillStyle = isFound ? palette.ink : palette.quietInk;
      context.fillText(text, left + 5, y + ROW / 2);
    }
    if (call !== app.chosen) return;
    context.strokeStyle = palette.accent;
    context.lineWidth = 2;
    context.strokeRect(left + 1, y + 1, Math.max(right - left - 2, 1), ROW - 3);
  }

  // --- losses, pauses, marks ---

  // The lanes that a moment is about: those of its thread, or of all threads of its file.
  lanesOf(moment) {
    const {trace} = this.app, {stream, file} = trace.threads[moment.thread];
    const own = this.lanes.filter(({thread}) => thread === moment.thread);
    return stream !== 0 && own.length > 0 ? own : this.lanes.filter(({thread}) => trace.threads[thread].file === file);
  }

  drawMoments(context, width, height) {
    const {app} = this, {trace, palette, range} = app;
    const lastLine = new Map(), lastLabel = new Map();
    let pause = null;
    for (const moment of trace.moments) {
      if (moment.kind === "pause") pause = moment;
      if (moment.kind === "resume" && pause !== null) {
        this.drawPause(context, pause, moment, width);
        pause = null;
      }
      if (moment.at < range.from || moment.at > range.to) continue;
      const x = Math.round(this.x(moment.at)), colour = moment.kind === "lost" ? palette.alarm : palette.mark;
      for (const lane of this.lanesOf(moment)) {
        const y = RULER + lane.top - this.scroll;
        if (lastLine.get(lane) === x || y > height || y + lane.height < RULER) continue;
        lastLine.set(lane, x);
        context.fillStyle = colour;
        context.fillRect(x - 1, y, 2, lane.height - 1);
        context.beginPath();
        context.moveTo(x - 5, y);
        context.lineTo(x + 5, y);
        context.lineTo(x, y + 6);
        context.fill();
        if (x - (lastLabel.get(lane) ?? -Infinity) > 12) lastLabel.set(lane, x + this.drawMomentLabel(context, moment, x, y + lane.height - 9, colour));
      }
    }
    if (pause !== null) this.drawPause(context, pause, {at: trace.spanNs}, width);
  }

  drawMomentLabel(context, moment, x, y, colour) {
    const {palette} = this.app, text = momentText(moment).slice(0, 40), wide = this.labels.width(text);
    context.fillStyle = palette.panel;
    context.fillRect(x + 3, y - 7, wide + 6, 14);
    context.fillStyle = colour;
    context.fillText(text, x + 6, y);
    return wide + 10;
  }

  drawPause(context, from, to, width) {
    const left = Math.max(GUTTER, this.x(from.at)), right = Math.min(width, this.x(to.at));
    if (right <= left) return;
    for (const lane of this.lanesOf(from))
      hatch(context, left, RULER + lane.top - this.scroll, right - left, lane.height - 1, this.app.palette.line);
  }

  // From here on the page has no calls.
  drawLeftOut(context, width, height) {
    const {trace, palette} = this.app, left = Math.max(GUTTER, this.x(trace.wholeNs)), text = "Calls that began here are left out";
    if (trace.wholeNs >= trace.spanNs || left >= width) return;
    const bottom = Math.min(height, RULER + this.totalHeight - this.scroll);
    hatch(context, left, RULER, width - left, bottom - RULER, palette.line);
    const size = this.labels.width(text);
    if (size + 24 > width - left || bottom < RULER + 120) return;
    context.fillStyle = palette.panel;
    context.fillRect(left + 8, RULER + 92, size + 14, 20);
    context.fillStyle = palette.dim;
    context.fillText(text, left + 15, RULER + 102);
  }

  drawScrollBar(context, width, height) {
    const room = height - RULER;
    if (this.totalHeight <= room) return;
    const size = Math.max(24, room * room / this.totalHeight), at = (room - size) * this.scroll / (this.totalHeight - room);
    context.fillStyle = this.app.palette.pale;
    context.globalAlpha = 0.5;
    context.fillRect(width - 6, RULER + at + 2, 4, size - 4);
    context.globalAlpha = 1;
  }

  // --- the mouse ---

  listen() {
    const {canvas} = this.drawing;
    canvas.addEventListener("wheel", (event) => this.onWheel(event), {passive: false});
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", (event) => this.onUp(event));
    canvas.addEventListener("pointercancel", () => { this.drag = null; });
    canvas.addEventListener("pointerleave", () => this.setHover(null));
    canvas.addEventListener("dblclick", (event) => {
      const call = this.callAt(event.offsetX, event.offsetY);
      if (call >= 0) this.app.showCall(call);
    });
  }

  onWheel(event) {
    event.preventDefault();
    const {app} = this, unit = event.deltaMode === 1 ? 16 : 1, dy = event.deltaY * unit, dx = event.deltaX * unit;
    if (event.offsetX < GUTTER) {
      this.scroll += dy;
      this.drawing.ask();
    } else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
      app.move((dx !== 0 ? dx : dy) / (this.drawing.width - GUTTER));
    } else {
      app.zoom(Math.exp(dy * 0.0018), this.time(event.offsetX));
    }
  }

  onDown(event) {
    if (event.button !== 0) return;
    this.drag = {x: event.offsetX, y: event.offsetY, range: this.app.range, scroll: this.scroll, moved: false};
    this.drawing.canvas.setPointerCapture(event.pointerId);
  }

  onMove(event) {
    const {drag} = this, x = event.offsetX, y = event.offsetY;
    if (drag === undefined || drag === null) {
      this.setHover({x, y, clientX: event.clientX, clientY: event.clientY});
      return;
    }
    drag.moved ||= Math.hypot(x - drag.x, y - drag.y) > 3;
    if (!drag.moved) return;
    this.drawing.canvas.classList.add("dragging");
    this.setHover(null);
    this.scroll = drag.scroll + drag.y - y;
    const by = (drag.x - x) / (this.drawing.width - GUTTER) * (drag.range.to - drag.range.from);
    this.app.setRange(drag.range.from + by, drag.range.to + by);
  }

  onUp(event) {
    const {drag} = this;
    this.drag = null;
    this.drawing.canvas.classList.remove("dragging");
    if (drag === undefined || drag === null || drag.moved) return;
    const lane = this.laneAt(event.offsetY);
    if (event.offsetX < GUTTER) {
      if (lane !== undefined) this.toggle(lane.thread);
      return;
    }
    const call = this.callAt(event.offsetX, event.offsetY);
    this.app.choose(call >= 0 ? call : null);
  }

  toggle(thread) {
    if (!this.collapsed.delete(thread)) this.collapsed.add(thread);
    this.layOut();
    this.drawing.ask();
  }

  setHover(hover) {
    const {app} = this, {trace} = app, call = hover === null ? -1 : this.callAt(hover.x, hover.y);
    this.hover = hover;
    this.drawing.ask();
    if (call < 0) {
      app.tip(null);
      return;
    }
    const took = trace.endKind[call] === MOMENT ? "no exits recorded" : duration(trace.end[call] - trace.start[call]);
    const how = trace.endKind[call] === RETURNED || trace.endKind[call] === MOMENT ? "" : `, ${ENDS[trace.endKind[call]]}`;
    app.tip(trace.functions[trace.functionOf[call]].mfa, `${took}${how}, at ${offset(trace.start[call])}`, hover);
  }
}

// The whole trace in one strip: how deep the calls are, and what part of it is shown.
class Overview {
  constructor(app) {
    this.app = app;
    this.drawing = new Drawing("overview", (context, width, height) => this.draw(context, width, height));
    const {canvas} = this.drawing;
    canvas.addEventListener("pointerdown", (event) => this.onDown(event));
    canvas.addEventListener("pointermove", (event) => this.onMove(event));
    canvas.addEventListener("pointerup", () => this.onUp());
    canvas.addEventListener("dblclick", () => app.showAll());
  }

  x(ns) {
    return GUTTER + ns / this.app.trace.spanNs * (this.drawing.width - GUTTER);
  }

  time(x) {
    const {spanNs} = this.app.trace;
    return Math.max(0, Math.min(spanNs, (x - GUTTER) / (this.drawing.width - GUTTER) * spanNs));
  }

  // How many calls are open at once, on average, for each column of pixels.
  profile(width) {
    if (this.columns?.length === width) return this.columns;
    const {trace} = this.app, columns = new Float64Array(width), pixel = trace.spanNs / width;
    for (const rows of trace.rows) {
      for (const row of rows) {
        if (row === null || row === undefined) continue;
        let before = 0, place = 0;
        for (let column = 0; column < width; column++) {
          const until = (column + 1) * pixel;
          place = trace.firstFrom(row, until, place);
          const last = place > 0 ? row.calls[place - 1] : -1;
          const beyond = last >= 0 ? Math.max(0, trace.end[last] - until) : 0;
          const sum = row.busy[place] - beyond;
          columns[column] += (sum - before) / pixel;
          before = sum;
        }
      }
    }
    this.columns = columns;
    return columns;
  }

  draw(context, width, height) {
    const {app} = this, {palette, range, trace} = app, columns = this.profile(Math.max(1, Math.round(width - GUTTER)));
    const most = columns.reduce((a, b) => Math.max(a, b), 1e-9);
    context.fillStyle = palette.accent;
    context.globalAlpha = palette.isDark ? 0.5 : 0.38;
    columns.forEach((value, column) => {
      const size = value / most * (height - 9);
      if (size > 0) context.fillRect(GUTTER + column, height - Math.max(size, 1), 1, size + 1);
    });
    context.globalAlpha = 1;
    context.fillStyle = palette.alarm;
    for (const moment of trace.moments) if (moment.kind === "lost") context.fillRect(Math.round(this.x(moment.at)) - 1, 0, 2, height);
    const left = this.x(range.from), right = Math.max(this.x(range.to), left + 2);
    context.fillStyle = palette.ground;
    context.globalAlpha = 0.72;
    context.fillRect(GUTTER, 0, left - GUTTER, height);
    context.fillRect(right, 0, width - right, height);
    context.globalAlpha = 1;
    context.fillStyle = palette.accent;
    if (right - left < width - GUTTER - 1) {
      context.fillRect(left, 0, 1.5, height);
      context.fillRect(right - 1.5, 0, 1.5, height);
    }
    context.fillStyle = palette.dim;
    context.fillText(`${duration(trace.spanNs)} in all`, 14, 15);
    context.fillStyle = palette.pale;
    context.fillText(plural(trace.calls, "call"), 14, 30);
  }

  onDown(event) {
    const ns = this.time(event.offsetX), {range, trace} = this.app;
    const isInside = ns >= range.from && ns <= range.to && range.to - range.from < trace.spanNs * 0.98;
    this.drag = isInside ? {offset: ns - range.from, size: range.to - range.from} : {start: ns};
    this.drawing.canvas.setPointerCapture(event.pointerId);
  }

  onMove(event) {
    const {drag, app} = this, ns = this.time(event.offsetX);
    if (drag === undefined || drag === null) return;
    if (drag.start === undefined) app.setRange(ns - drag.offset, ns - drag.offset + drag.size);
    else if (Math.abs(this.x(ns) - this.x(drag.start)) > 3) app.setRange(Math.min(ns, drag.start), Math.max(ns, drag.start));
  }

  onUp() {
    this.drag = null;
  }
}
