/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "trace_info.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "asked.h"
#include "inputs.h"
#include "lib/view.h"
#include "message.h"
#include "unended.h"

void trace_info_build_time(struct calltap__builder *text, int64_t ns) {
  char shown[64];
  struct tm when;
  time_t seconds = (time_t)(ns / 1000000000);
  gmtime_r(&seconds, &when);
  strftime(shown, sizeof shown, "%Y-%m-%d %H:%M:%S UTC", &when);
  calltap__build(text, shown);
}

/* What is said line by line, or member by member. */
struct lines {
  struct calltap__builder text;
  bool json;
};

static void put_key(struct lines *lines, const char *key) {
  calltap__build(&lines->text, lines->json ? ",\"" : "  ");
  calltap__build(&lines->text, key);
  calltap__build(&lines->text, lines->json ? "\":" : ": ");
}

static void put_text(struct lines *lines, const char *key, struct calltap_text value) {
  if (value.size == 0)
    return;
  put_key(lines, key);
  if (lines->json)
    calltap__build_json(&lines->text, value);
  else
    calltap__build_plain(&lines->text, value);
  calltap__build(&lines->text, lines->json ? "" : "\n");
}

static void put_number(struct lines *lines, const char *key, uint64_t value) {
  put_key(lines, key);
  calltap__build_number(&lines->text, value);
  calltap__build(&lines->text, lines->json ? "" : "\n");
}

static void put_time(struct lines *lines, const char *key, int64_t ns) {
  struct calltap__builder shown = {0};
  trace_info_build_time(&shown, ns);
  put_text(lines, key, (struct calltap_text){shown.bytes, shown.size});
  calltap__builder_free(&shown);
}

/* One a line, or as they are. */
static void put_rules(struct lines *lines, struct calltap_text rules) {
  if (lines->json) {
    put_text(lines, "rules", rules);
    return;
  }
  for (const char *at = rules.bytes, *end = at + rules.size; at < end;) {
    const char *stop = memchr(at, '\n', (size_t)(end - at));
    stop = stop != NULL ? stop : end;
    put_text(lines, "rule", (struct calltap_text){at, (size_t)(stop - at)});
    at = stop + 1;
  }
}

enum { MOST_OPEN = 20 }; /* in text */

static void put_open_call(struct lines *lines, const struct calltap_event *event) {
  struct calltap__builder *text = &lines->text, mfa = {0};
  char cell[32];
  calltap__build_mfa(&mfa, event->function, event->number);
  struct calltap_text name = {mfa.bytes, mfa.size};
  if (lines->json) {
    calltap__build(text, "{\"tid\":");
    calltap__build_number(text, event->thread->tid);
    put_text(lines, "thread", event->thread->name);
    put_number(lines, "call", event->call);
    put_text(lines, "mfa", name);
    put_number(lines, "depth", event->depth);
    put_number(lines, "open_ns", event->open_ns);
    calltap__build(text, "}");
  } else {
    calltap__build(text, "    ");
    calltap__build_plain(text, event->thread->name);
    calltap__build(text, "/");
    calltap__build_number(text, event->thread->tid);
    calltap__build(text, " #");
    calltap__build_number(text, event->call);
    calltap__build(text, " ");
    calltap__build_plain(text, name);
    calltap__build(text, "  (");
    calltap__build_bytes(text, cell, calltap__format_duration(cell, event->open_ns));
    calltap__build(text, ")\n");
  }
  calltap__builder_free(&mfa);
}

/* What the threads were in at the end. */
static void put_open(struct lines *lines, const struct unended *unended) {
  put_number(lines, lines->json ? "open_at_end" : "open at the end", unended->count);
  calltap__build(&lines->text, lines->json ? ",\"open_calls\":[" : "");
  for (size_t i = 0; i < unended->count && (lines->json || i < MOST_OPEN); i++) {
    calltap__build(&lines->text, lines->json && i > 0 ? "," : "");
    put_open_call(lines, unended->call[i]);
  }
  if (!lines->json && unended->count > MOST_OPEN) {
    calltap__build(&lines->text, "    ... and ");
    calltap__build_number(&lines->text, unended->count - MOST_OPEN);
    calltap__build(&lines->text, " more; `calltap decode --open` shows all\n");
  }
  calltap__build(&lines->text, lines->json ? "]" : "");
}

/* Threads that events came from: stream 0 is the session's own. */
static size_t count_threads(const struct calltap_reader *reader) {
  size_t count = 0;
  for (size_t i = 0; i < calltap_reader_threads(reader); i++)
    count += calltap_reader_thread(reader, i)->stream != 0;
  return count;
}

static void put_cost(struct lines *lines, uint64_t ns) {
  char shown[48];
  if (lines->json)
    put_number(lines, "cost_ns", ns);
  else
    put_text(lines, "cost", (struct calltap_text){shown, calltap__format_duration(shown, ns)});
}

static void put_all(struct lines *lines, const struct calltap_reader *reader, uint64_t events,
                    const struct unended *unended) {
  const struct calltap_trace_file *file = calltap_reader_file(reader, 0);
  put_text(lines, "program", file->program);
  put_number(lines, "pid", file->pid);
  put_text(lines, "host", file->host);
  put_text(lines, "runtime", file->runtime);
  put_time(lines, "began", file->began_ns);
  put_text(lines, "session", file->session);
  put_text(lines, "who", file->who);
  put_rules(lines, file->rules);
  put_number(lines, "functions", calltap_reader_functions(reader));
  put_number(lines, "threads", count_threads(reader));
  put_number(lines, "events", events);
  put_number(lines, "calls", file->counts.calls);
  put_number(lines, "exits", file->counts.exits);
  put_number(lines, "rows", file->counted_rows);
  put_number(lines, "lost", inputs_lost(file));
  if (file->ring > 0) {
    put_number(lines, "ring", file->ring);
    put_number(lines, "overwritten", inputs_overwritten(file));
  }
  if (file->part > 0) {
    put_number(lines, "rotate", file->rotate);
    put_number(lines, "part", file->part);
    put_number(lines, "gone", file->gone);
  }
  put_open(lines, unended);
  if (!file->ended && file->goes_on) {
    put_text(lines, "end", calltap__text("goes on in the next file"));
    return;
  }
  if (!file->ended) {
    put_text(lines, "end", calltap__text("not there: the process was killed, or still writes"));
    return;
  }
  put_text(lines, "end", file->reason);
  put_number(lines, "rejected", file->end_rejected);
  put_number(lines, "faults", file->end_faults);
  put_number(lines, "open", file->end_open);
  put_number(lines, "disarmed", file->end_disarmed);
  if (file->end_cost_ns > 0)
    put_cost(lines, file->end_cost_ns);
}

enum status trace_info(const char *path, bool json) {
  char *paths[] = {(char *)(uintptr_t)path};
  struct inputs inputs = {.paths = paths, .count = 1};
  struct lines lines = {.json = json};
  struct unended *unended = inputs_open(&inputs) ? unended_new(inputs.reader, false) : NULL;
  uint64_t events = 0;
  if (unended != NULL) {
    for (const struct calltap_event *event; (event = calltap_reader_next(inputs.reader)) != NULL; events++)
      unended_take(unended, event, true);
    unended_end(unended, 0);
    calltap__build(&lines.text, json ? "{\"file\":" : "");
    if (json)
      calltap__build_json(&lines.text, calltap__text(path));
    else
      calltap__build_plain(&lines.text, calltap__text(path));
    calltap__build(&lines.text, json ? "" : "\n");
    put_all(&lines, inputs.reader, events, unended);
    calltap__build(&lines.text, json ? "}\n" : "");
    fwrite(lines.text.bytes, 1, lines.text.size, stdout);
    inputs_say(&inputs);
  }
  if (inputs.status == STATUS_DONE && (unended == NULL || unended->failed || lines.text.failed)) {
    message("this needs more memory than there is");
    inputs_worsen(&inputs, STATUS_FAULT);
  }
  unended_free(unended);
  enum status status = inputs.status;
  calltap__builder_free(&lines.text);
  inputs_close(&inputs);
  return asked_flush(status);
}
