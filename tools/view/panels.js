"use strict";
// What is said in words: the chosen call, the table of functions, the losses.

// An element with a class, texts and elements in it.
function make(tag, className, ...inside) {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...inside);
  return element;
}

function button(text, title, action) {
  const element = make("button", "", text);
  element.title = title;
  element.addEventListener("click", action);
  return element;
}

function swatch(app, fn) {
  const element = make("span", "swatch");
  element.style.background = app.palette.fills[fn];
  return element;
}

const momentText = ({kind, count: lost, text}) =>
  kind === "lost" ? `lost ${plural(lost, "event")} (${text})` : kind === "disarmed" ? `disarmed ${text}: over the budget` : kind === "mark" ? text : kind;

// --- the chosen call ---

class Details {
  constructor(app) {
    this.app = app;
    this.element = document.getElementById("details");
    this.hint = this.element.firstElementChild;
  }

  async show(call) {
    const {app} = this, {trace} = app;
    if (call === null) {
      this.element.replaceChildren(...(app.chosenFunction === null ? this.aboutTrace() : this.aboutFunction(app.chosenFunction)));
      return;
    }
    const texts = await trace.texts(call);
    if (app.chosen !== call) return; // another was chosen while this one was unpacked
    const fn = trace.functions[trace.functionOf[call]];
    this.element.replaceChildren(
      ...this.title(trace.functionOf[call]), this.times(call), this.moves(call),
      ...this.values(fn, call, texts), ...this.beside(texts), ...this.callers(call));
    this.element.scrollTop = 0;
  }

  title(index) {
    const fn = this.app.trace.functions[index], source = fn.file === "" ? "" : `${fn.file}:${fn.line}`;
    return [make("h2", "", swatch(this.app, index), fn.mfa), make("p", "source", source)];
  }

  aboutTrace() {
    const {app} = this, {trace} = app, list = make("dl", "pairs"), [first] = trace.files;
    const add = (name, value) => value !== "" && list.append(make("dt", "", name), make("dd", "", value));
    add(trace.files.length > 1 ? "Programs" : "Program", trace.files.map(({program, pid}) => `${program} ${pid}`).join(", "));
    add("Host", first.host);
    add("Rules", first.rules);
    add("Session", first.session);
    add("Began", clock(trace, 0));
    add("Length", duration(trace.spanNs));
    add("Calls", count(trace.calls));
    add("Threads", count(trace.rows.filter((rows) => rows.length > 0).length));
    add("Ended by", first.end);
    return [this.hint, make("h3", "", "The trace"), list, ...this.aboutNotes(), make("h3", "", "Most time in itself, in view"), this.busiest()];
  }

  aboutNotes() {
    const {notes} = this.app.trace;
    return notes.length === 0 ? [] : [make("h3", "", "Notes"), ...notes.map((note) => make("p", "hint", note))];
  }

  // The functions with the most time in themselves.
  busiest() {
    const {app} = this, {totals} = app, list = make("div", "busiest");
    const found = totals.functions.map((total, index) => ({index, self: total === null ? 0 : total.self})).filter(({self}) => self > 0);
    const sum = found.reduce((all, {self}) => all + self, 0);
    for (const {index, self} of found.sort((a, b) => b.self - a.self).slice(0, 12)) {
      const bar = make("span", "share"), line = make("button", "", bar, make("span", "name", label(app.trace.functions[index])), make("span", "dim", percent(self / sum)));
      bar.style.cssText = `width: ${self / found[0].self * 100}%; background: ${app.palette.fills[index]}`;
      line.title = app.trace.functions[index].mfa;
      line.addEventListener("click", () => app.chooseFunction(index));
      list.append(line);
    }
    return list;
  }

  aboutFunction(index) {
    const {app} = this, totals = app.totals.functions[index], list = make("dl", "pairs");
    const calls = totals === null || totals === undefined ? 0 : totals.calls;
    list.append(make("dt", "", "In view"), make("dd", "", plural(calls, "call")));
    if (calls > 0) {
      list.append(make("dt", "", "Total"), make("dd", "", duration(totals.total)));
      list.append(make("dt", "", "In itself"), make("dd", "", duration(Math.max(totals.self, 0))));
    }
    const moves = make("p", "moves", button("First call in view", "", () => app.chooseNext(new Set([index]), app.range.from)));
    return [...this.title(index), list, moves];
  }

  times(call) {
    const {trace} = this.app, list = make("dl", "pairs"), kind = trace.endKind[call];
    const add = (name, value) => list.append(make("dt", "", name), make("dd", "", value));
    if (kind !== MOMENT) add("Took", duration(trace.end[call] - trace.start[call]) + (kind === RETURNED ? "" : ` (${ENDS[kind]})`));
    if (kind !== MOMENT) add("In itself", duration(Math.max(trace.selfTime(call), 0)));
    add("Began", `${clock(trace, trace.start[call], 9)}`);
    add("", offset(trace.start[call]));
    add("Thread", `${trace.threadName(trace.threadOf[call])}, depth ${trace.depth[call]}`);
    if (kind === MOMENT) add("Exit", ENDS[kind]);
    return list;
  }

  values(fn, call, {values, result}) {
    const list = make("dl", "arguments mono"), parts = [];
    let next = 0;
    for (const {name, type, absent} of fn.parameters) {
      const term = make("dt", "", name === "" ? "(no name)" : name);
      term.title = type;
      list.append(term);
      if (absent !== undefined) list.append(make("dd", "absent", absent));
      else if (next < values.length) list.append(make("dd", "", values[next++]));
      else list.append(make("dd", "absent", "not in this page"));
    }
    if (fn.parameters.length > 0) parts.push(make("h3", "", "Arguments"), list);
    const isVoid = fn.result.type === "void", kind = this.app.trace.endKind[call];
    if (kind !== RETURNED || isVoid) return parts;
    const shown = fn.result.absent ?? result;
    const value = shown === null ? make("p", "hint", "not in this page") : make("div", fn.result.absent ? "mono dim" : "mono", shown);
    value.title = fn.result.type;
    return [...parts, make("h3", "", "Result"), value];
  }

  // The callers that the trace has, the nearest first.
  callers(call) {
    const {app} = this, {trace} = app, list = make("ul", "path");
    for (let above = trace.parent(call), left = 30; above >= 0 && left > 0; above = trace.parent(above), left--) {
      const target = above, fn = trace.functions[trace.functionOf[above]];
      list.append(make("li", "", button(fn.mfa, "Choose this call", () => app.choose(target, true))));
    }
    return list.children.length > 0 ? [make("h3", "", "Called by"), list] : [];
  }

  beside({beside}) {
    return beside === "" ? [] : [make("h3", "", "Recorded with it"), make("pre", "", beside.replace(/^ {2}/gm, "").trimEnd())];
  }

  moves(call) {
    const {app} = this, only = new Set([app.trace.functionOf[call]]);
    return make("p", "moves",
      button("Show all of it", "Zoom to this call (F)", () => app.showCall(call)),
      button("Previous", "The call of this function before this one", () => app.choosePrevious(only, call)),
      button("Next", "The call of this function behind this one", () => app.chooseNext(only, null, call)));
  }
}

// --- tables ---

// Columns: [title, value of a row, its text, class]. Rows that are too many to look at are counted.
class Table {
  constructor(id, columns, sortedBy, onRow) {
    const table = document.querySelector(`#${id} table`);
    Object.assign(this, {columns, onRow, body: table.tBodies[0], rows: [], by: sortedBy, isDown: true});
    this.heads = columns.map(([title, , , className], index) => {
      const head = make("th", className ?? "", title);
      head.addEventListener("click", () => {
        this.isDown = this.by === index ? !this.isDown : index > 0;
        this.by = index;
        this.write();
      });
      return head;
    });
    table.tHead.append(make("tr", "", ...this.heads));
  }

  show(rows, isChosen) {
    this.rows = rows;
    this.isChosen = isChosen;
    this.write();
  }

  write() {
    const MOST = 400, value = this.columns[this.by][1], sign = this.isDown ? -1 : 1;
    const sorted = [...this.rows].sort((a, b) => {
      const left = value(a), right = value(b);
      return sign * (typeof left === "string" ? left.localeCompare(right) : left - right);
    });
    this.heads.forEach((head, index) => {
      if (index === this.by) head.setAttribute("aria-sort", this.isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...sorted.slice(0, MOST).map((row) => {
      const line = make("tr", this.isChosen(row) ? "chosen" : "");
      for (const [, , text, className] of this.columns) line.append(make("td", className ?? "", ...[text(row)].flat()));
      line.addEventListener("click", () => this.onRow(row));
      return line;
    }));
    if (sorted.length > MOST) this.body.append(make("tr", "", make("td", "dim", `and ${count(sorted.length - MOST)} more`)));
  }
}

function functionTable(app) {
  const {trace} = app, time = (get) => (row) => duration(Math.max(get(row.totals), 0));
  const bar = ({totals}) => {
    const element = make("span", "bar");
    element.style.width = `${Math.max(0, totals.self) / Math.max(app.totals.root.total, 1) * 90}px`;
    return element;
  };
  return new Table("panel-functions", [
    ["Function", ({index}) => trace.functions[index].mfa, ({index}) => [swatch(app, index), trace.functions[index].mfa]],
    ["Calls", ({totals}) => totals.calls, ({totals}) => count(totals.calls)],
    ["Total", ({totals}) => totals.total, time((totals) => totals.total)],
    ["Self", ({totals}) => totals.self, (row) => [bar(row), time((totals) => totals.self)(row)]],
    ["Mean", ({totals}) => totals.total / totals.calls, time((totals) => totals.total / totals.calls)],
    ["p50", ({totals}) => totals.percentile(0.5), time((totals) => totals.percentile(0.5))],
    ["p99", ({totals}) => totals.percentile(0.99), time((totals) => totals.percentile(0.99))],
    ["Max", ({totals}) => totals.max, time((totals) => totals.max)],
  ], 3, ({index}) => app.chooseFunction(index));
}

function momentTable(app) {
  const {trace} = app;
  return new Table("panel-losses", [
    ["What", ({kind}) => kind, (moment) => momentText(moment)],
    ["When", ({at}) => at, ({at}) => offset(at)],
    ["Time of day", ({at}) => at, ({at}) => clock(trace, at)],
    ["Thread", ({thread}) => thread, ({thread}) => trace.threads[thread].stream === 0 ? "the session" : trace.threadName(thread)],
  ], 1, (moment) => moment.kind !== "note" && app.lookAt(moment.at));
}
