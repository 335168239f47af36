"use strict";
// The page as a whole: what is shown and chosen, and what the keys do.

class App {
  constructor(trace) {
    this.trace = trace;
    this.range = {from: 0, to: trace.spanNs};
    this.chosen = null;           // a call
    this.chosenFunction = null;
    this.found = null;            // functions that the search found; null: nothing is searched
    this.palette = new Palette(trace);
    this.totals = addUp(trace, 0, trace.spanNs);
    this.timeline = new Timeline(this);
    this.overview = new Overview(this);
    this.flame = new Flame(this);
    this.histogram = new Histogram(this);
    this.details = new Details(this);
    this.functions = functionTable(this);
    this.moments = momentTable(this);
    this.describe();
    this.listen();
    this.showTotals();
  }

  describe() {
    const {trace} = this, [first] = trace.files, more = trace.files.length - 1;
    const program = `${first.program} ${first.pid}`, title = more > 0 ? `${program} and ${more} more` : program;
    document.title = `${title} - calltap`;
    document.getElementById("title").textContent = title;
    document.getElementById("subtitle").textContent = `${first.rules.replace(/\s+/g, " ")}  ·  ${first.host}`;
    const alarm = document.getElementById("alarm");
    const notes = trace.notes.length, parts = [];
    if (trace.lost > 0) parts.push(`${plural(trace.lost, "event")} lost`);
    if (notes > 0 && trace.lost === 0) parts.push(plural(notes, "note"));
    alarm.hidden = parts.length === 0;
    alarm.textContent = parts.join(", ");
    alarm.title = trace.notes.join("\n");
    alarm.addEventListener("click", () => this.openTab("losses"));
    document.getElementById("tab-losses").textContent =
      trace.moments.length + notes > 0 ? `Losses and marks (${count(trace.moments.length + notes)})` : "Losses and marks";
    const told = trace.notes.map((text) => ({kind: "mark", at: 0, count: 0, text, thread: 0}));
    this.moments.show([...told, ...trace.moments], () => false);
  }

  // --- the range ---

  setRange(from, to) {
    const {spanNs} = this.trace, size = Math.min(Math.max(to - from, LEAST_VISIBLE_NS), spanNs);
    const start = Math.max(0, Math.min(spanNs - size, from));
    this.range = {from: start, to: start + size};
    this.timeline.drawing.ask();
    this.overview.drawing.ask();
    document.getElementById("range").textContent = `${duration(size)} in view`;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.addUp(), 120);
  }

  addUp() {
    this.totals = addUp(this.trace, this.range.from, this.range.to);
    this.showTotals();
    this.keepInAddress();
  }

  showTotals() {
    document.getElementById("range").textContent = `${duration(this.range.to - this.range.from)} in view`;
    this.flame.drawing.ask();
    this.histogram.drawing.ask();
    this.histogram.describe();
    if (this.chosen === null) this.details.show(null);
    const rows = this.totals.functions.map((totals, index) => ({totals, index})).filter(({totals}) => totals !== null);
    if (!document.getElementById("panel-functions").hidden)
      this.functions.show(rows, ({index}) => index === this.chosenFunction);
  }

  zoom(factor, around = (this.range.from + this.range.to) / 2) {
    const {from, to} = this.range, size = Math.min(Math.max((to - from) * factor, LEAST_VISIBLE_NS), this.trace.spanNs);
    const start = around - (around - from) / (to - from) * size;
    this.setRange(start, start + size);
  }

  move(part) {
    const {from, to} = this.range, by = (to - from) * part;
    this.setRange(from + by, to + by);
  }

  showAll() {
    this.setRange(0, this.trace.spanNs);
  }

  showCall(call) {
    const {start, end} = this.trace, size = Math.max(end[call] - start[call], 50);
    this.choose(call);
    this.setRange(start[call] - size * 0.06, start[call] + size * 1.06);
  }

  lookAt(ns) {
    const half = (this.range.to - this.range.from) / 2;
    if (ns < this.range.from || ns > this.range.to) this.setRange(ns - half, ns + half);
  }

  // --- what is chosen ---

  choose(call, reveal = false) {
    const {trace} = this;
    this.chosen = call;
    if (call !== null) {
      this.chosenFunction = trace.functionOf[call];
      if (reveal) this.bringIntoView(call);
    }
    this.showChosen();
  }

  chooseFunction(index) {
    this.chosen = null;
    this.chosenFunction = index;
    this.showChosen();
  }

  showChosen() {
    document.getElementById("latency").hidden = this.chosenFunction === null;
    document.documentElement.dataset.chosen = this.chosen ?? "";
    if (this.chosen !== null) this.details.show(this.chosen);
    this.timeline.drawing.ask();
    this.showTotals();
    this.keepInAddress();
  }

  // Moves as little as it takes; a call that would be too narrow to see is zoomed to.
  bringIntoView(call) {
    const {start, end} = this.trace, {from, to} = this.range, size = end[call] - start[call];
    this.timeline.reveal(call);
    if (size < (to - from) / 200) {
      const wide = Math.min(to - from, Math.max(size * 60, 2000));
      this.setRange(start[call] + size / 2 - wide / 2, start[call] + size / 2 + wide / 2);
    } else if (start[call] >= to || end[call] <= from) {
      const half = Math.max(to - from, size * 1.2) / 2;
      this.setRange(start[call] + size / 2 - half, start[call] + size / 2 + half);
    }
  }

  // The next call of some functions behind a call, or from a moment on.
  chooseNext(functions, ns, call = null) {
    const {start, functionOf, calls} = this.trace;
    let i = call === null ? 0 : call + 1;
    while (i < calls && ((ns !== null && start[i] < ns) || !functions.has(functionOf[i]))) i++;
    if (i < calls) this.choose(i, true);
  }

  choosePrevious(functions, call) {
    let i = call - 1;
    while (i >= 0 && !functions.has(this.trace.functionOf[i])) i--;
    if (i >= 0) this.choose(i, true);
  }

  // From the chosen call to one near it.
  step(key) {
    const {trace, chosen} = this;
    if (chosen === null) return;
    const row = trace.rows[trace.threadOf[chosen]][trace.depth[chosen]], place = trace.placeOf(chosen);
    const [below, first, last] = trace.children(chosen);
    const next = {ArrowUp: trace.parent(chosen), ArrowDown: below !== null && first < last ? below.calls[first] : -1,
                  ArrowLeft: row.calls[place - 1] ?? -1, ArrowRight: row.calls[place + 1] ?? -1}[key];
    if (next >= 0) this.choose(next, true);
  }

  // --- searching ---

  search(text) {
    const {trace} = this, wanted = text.trim().toLowerCase(), found = document.getElementById("found");
    this.found = null;
    if (wanted !== "") {
      const indexes = trace.functions.map((fn, index) => fn.mfa.toLowerCase().includes(wanted) ? index : -1);
      this.found = new Set(indexes.filter((index) => index > 0));
    }
    this.foundCalls = this.found === null ? 0 : trace.functionOf.reduce((sum, fn) => sum + this.found.has(fn), 0);
    found.textContent = this.found === null ? "" : this.foundCalls === 0 ? "nothing found" : plural(this.foundCalls, "call");
    for (const id of ["next", "previous"]) document.getElementById(id).disabled = this.foundCalls === 0;
    document.documentElement.dataset.found = this.found === null ? "" : this.foundCalls;
    this.timeline.drawing.ask();
    this.flame.drawing.ask();
    this.keepInAddress();
  }

  next() {
    if (this.foundCalls > 0) this.chooseNext(this.found, this.chosen === null ? this.range.from : null, this.chosen);
  }

  previous() {
    if (this.foundCalls > 0 && this.chosen !== null) this.choosePrevious(this.found, this.chosen);
  }

  // --- the rest of the page ---

  openTab(name) {
    for (const tab of document.querySelectorAll("[role=tab]")) {
      const isOpen = tab.id === `tab-${name}`;
      tab.setAttribute("aria-selected", isOpen);
      document.getElementById(tab.id.replace("tab", "panel")).hidden = !isOpen;
    }
    this.tab = name;
    this.showTotals();
    this.keepInAddress();
  }

  setTheme(name) {
    document.documentElement.dataset.theme = name;
    this.palette.read();
    for (const part of [this.timeline, this.overview, this.flame, this.histogram]) part.drawing.ask();
    if (this.chosen !== null) this.details.show(this.chosen);
    this.showTotals();
  }

  tip(title, text, at) {
    const element = document.getElementById("tip");
    element.hidden = title === null;
    if (title === null) return;
    element.replaceChildren(make("b", "", title), make("div", "", text));
    const {width, height} = element.getBoundingClientRect();
    element.style.left = `${Math.max(4, Math.min(at.clientX + 14, innerWidth - width - 8))}px`;
    element.style.top = `${at.clientY + 18 + height > innerHeight ? at.clientY - height - 10 : at.clientY + 18}px`;
  }

  forget() {
    const search = document.getElementById("search");
    search.value = "";
    search.blur();
    this.search("");
    this.flame.reset();
    this.chosenFunction = null;
    this.choose(null);
  }

  // The address says what is shown: it can be kept, and a page be opened with it.
  keepInAddress() {
    const words = new URLSearchParams(), {range, trace} = this, search = document.getElementById("search").value;
    if (range.from > 0 || range.to < trace.spanNs) {
      words.set("from", Math.round(range.from));
      words.set("to", Math.round(range.to));
    }
    if (search !== "") words.set("search", search);
    if (this.chosen !== null) words.set("call", this.chosen);
    if (this.tab !== undefined && this.tab !== "flame") words.set("tab", this.tab);
    if (this.isThemeChosen) words.set("theme", document.documentElement.dataset.theme);
    history.replaceState(null, "", `#${words}`);
  }

  readAddress(words) {
    const number = (name) => words.has(name) ? Number(words.get(name)) : NaN;
    const from = number("from"), to = number("to"), call = number("call");
    if (from < to) this.setRange(from, to);
    if (words.has("search")) {
      document.getElementById("search").value = words.get("search");
      this.search(words.get("search"));
    } else {
      this.search("");
    }
    if (document.getElementById(`tab-${words.get("tab")}`) !== null) this.openTab(words.get("tab"));
    if (Number.isInteger(call) && call >= 0 && call < this.trace.calls) this.choose(call, true);
  }

  // --- keys and buttons ---

  listen() {
    const on = (id, action) => document.getElementById(id).addEventListener("click", action), search = document.getElementById("search");
    on("whole", () => this.showAll());
    on("next", () => this.next());
    on("previous", () => this.previous());
    on("theme", () => this.switchTheme());
    on("help", () => document.getElementById("keys").showModal());
    for (const name of ["flame", "functions", "losses"]) on(`tab-${name}`, () => this.openTab(name));
    search.addEventListener("input", () => this.search(search.value));
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.shiftKey ? this.previous() : this.next();
    });
    document.addEventListener("keydown", (event) => this.onKey(event));
    this.listenToDivider();
  }

  listenToDivider() {
    const divider = document.getElementById("divider"), lower = document.getElementById("lower");
    divider.addEventListener("pointerdown", (event) => divider.setPointerCapture(event.pointerId));
    divider.addEventListener("pointermove", (event) => {
      if (divider.hasPointerCapture(event.pointerId))
        lower.style.height = `${Math.max(70, Math.min(innerHeight - 180, innerHeight - event.clientY - 3))}px`;
    });
  }

  switchTheme() {
    this.isThemeChosen = true;
    this.setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
    this.keepInAddress();
  }

  onKey(event) {
    const isTyping = event.target.tagName === "INPUT";
    if (event.key === "Escape") this.forget();
    if (isTyping || event.ctrlKey || event.metaKey || document.getElementById("keys").open) return;
    if (event.altKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      this.step(event.key);
      return;
    }
    const scroll = (by) => {
      this.timeline.scroll += by;
      this.timeline.drawing.ask();
    };
    const actions = {
      "ArrowLeft": () => this.move(-0.12), "ArrowRight": () => this.move(0.12), "a": () => this.move(-0.12), "d": () => this.move(0.12),
      "ArrowUp": () => scroll(-3 * ROW), "ArrowDown": () => scroll(3 * ROW),
      "+": () => this.zoom(0.7), "=": () => this.zoom(0.7), "w": () => this.zoom(0.7), "-": () => this.zoom(1 / 0.7), "s": () => this.zoom(1 / 0.7),
      "0": () => this.showAll(), "f": () => this.chosen !== null && this.showCall(this.chosen),
      "/": () => document.getElementById("search").focus(), "n": () => this.next(), "N": () => this.previous(),
      "1": () => this.openTab("flame"), "2": () => this.openTab("functions"), "3": () => this.openTab("losses"),
      "t": () => this.switchTheme(), "?": () => document.getElementById("keys").showModal(),
    };
    if (actions[event.key] === undefined) return;
    event.preventDefault();
    actions[event.key]();
  }
}

function say(problem) {
  const alarm = document.getElementById("alarm");
  alarm.hidden = false;
  alarm.textContent = `This page does not work here: ${problem}`;
  document.documentElement.dataset.problem = problem;
}

async function start() {
  const words = new URLSearchParams(location.hash.slice(1)), dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = ["light", "dark"].find((name) => name === words.get("theme"));
  document.documentElement.dataset.theme = chosen ?? (dark.matches ? "dark" : "light");
  const trace = await Trace.load(), app = new App(trace);
  app.isThemeChosen = chosen !== undefined;
  dark.addEventListener("change", () => app.isThemeChosen || app.setTheme(dark.matches ? "dark" : "light"));
  app.readAddress(words);
  document.documentElement.dataset.calls = trace.calls;
  document.documentElement.dataset.ready = "true";
}

addEventListener("error", (event) => say(event.message));
start().catch((error) => say(error.message));
