"use strict";
// Canvases and colours.

const FONT = '11px system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';

// A canvas that is as sharp as the screen is. `draw` is called before the next frame, once, however often it is asked for.
class Drawing {
  constructor(id, draw) {
    this.canvas = document.getElementById(id);
    this.context = this.canvas.getContext("2d");
    this.draw = draw;
    this.asked = false;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    new ResizeObserver(() => this.ask()).observe(this.canvas);
  }

  ask() {
    if (this.asked) return;
    this.asked = true;
    requestAnimationFrame(() => {
      this.asked = false;
      this.now();
    });
  }

  now() {
    const {canvas, context} = this, ratio = window.devicePixelRatio || 1;
    this.width = canvas.clientWidth;
    this.height = canvas.clientHeight;
    if (this.width === 0 || this.height === 0) return;
    const width = Math.round(this.width * ratio), height = Math.round(this.height * ratio);
    if (canvas.width !== width || canvas.height !== height) {
      canvas.width = width;
      canvas.height = height;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.font = FONT;
    context.textBaseline = "middle";
    this.draw(context, this.width, this.height);
  }
}

// Colours of the style sheet, by name.
class Palette {
  constructor(trace) {
    this.trace = trace;
    this.orderModules();
    this.read();
  }

  // The module with the most calls gets the first hue.
  orderModules() {
    const {functions, functionOf, calls} = this.trace, sizes = new Map();
    for (const {module} of functions) sizes.set(module, 0);
    for (let i = 0; i < calls; i++) {
      const {module} = functions[functionOf[i]];
      sizes.set(module, sizes.get(module) + 1);
    }
    const sorted = Array.from(sizes).sort((a, b) => b[1] - a[1]);
    this.modules = new Map(sorted.map(([module], index) => [module, index]));
  }

  read() {
    const style = getComputedStyle(document.documentElement);
    for (const name of ["ground", "panel", "line", "faint", "text", "dim", "pale", "accent", "alarm", "mark"])
      this[name] = style.getPropertyValue(`--${name}`).trim();
    this.isDark = document.documentElement.dataset.theme === "dark";
    this.fills = this.trace.functions.map((fn, index) => this.makeFill(fn, index));
    this.ink = this.isDark ? "#f2f3f5" : "#22242a";
    this.quiet = this.isDark ? "#2a2d35" : "#e9e9e6";
    this.quietInk = this.isDark ? "#80838d" : "#8d8f96";
  }

  // Functions of one module have much the same hue; which of them it is shows in small differences. Hues of modules are far
  // from those of their neighbours in the list; in OKLCH all of them look equally light.
  makeFill({module, name}, index) {
    let hash = 0;
    for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)) >>> 0;
    const shade = (hash % 5 - 2) * 0.014, turn = (hash >>> 8) % 41 - 20, hue = (255 + this.modules.get(module) * 99.5 + turn + 360) % 360;
    if (index === 0) return this.isDark ? "#4a4d57" : "#cfd0d4";
    return this.isDark ? `oklch(${0.45 + shade} 0.068 ${hue})` : `oklch(${0.86 + shade} 0.062 ${hue})`;
  }
}

// Texts that fit into a width. Measuring is slow, so each name is measured once.
class Labels {
  constructor(context) {
    this.context = context;
    this.widths = new Map();
  }

  width(text) {
    let width = this.widths.get(text);
    if (width === undefined) this.widths.set(text, width = this.context.measureText(text).width);
    return width;
  }

  // As much as fits: all, the name without the module, or its start. "" if that is too little to read.
  fit(full, short, room) {
    if (room < 14) return "";
    if (this.width(full) <= room) return full;
    const width = this.width(short);
    if (width <= room) return short;
    const letters = Math.floor(short.length * (room - 7) / width);
    return letters >= 2 ? `${short.slice(0, letters)}…` : "";
  }
}

const label = (fn) => `${fn.module}:${fn.name}`;

// Diagonal lines: here something is missing.
function hatch(context, x, y, width, height, colour) {
  context.save();
  context.beginPath();
  context.rect(x, y, width, height);
  context.clip();
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.beginPath();
  for (let at = x - height; at < x + width; at += 6) {
    context.moveTo(at, y + height);
    context.lineTo(at + height, y);
  }
  context.stroke();
  context.restore();
}
