/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The data of a page is one zlib stream in base64: a JSON text behind its length (4 bytes, the lowest first), and behind that a
 * column for each property of a call, each behind its length as well. Texts stand in streams of their own, for TEXT_BLOCK calls
 * each, which the page only unpacks when one of these calls is looked at. trace.js reads both. */
#include "page.h"

#include <errno.h>
#include <string.h>

#include "calltap/version.h"
#include "inputs.h"
#include "lib/text.h"
#include "pack.h"

extern const char calltap__page_html[], calltap__page_css[], calltap__page_js[];

enum { TEXT_BLOCK = 4096 };

/* --- the JSON text --- */

static void add_text(struct calltap__builder *json, const char *key, struct calltap_text text) {
  calltap__build(json, key);
  calltap__build_json(json, text);
}

static void add_number(struct calltap__builder *json, const char *key, uint64_t number) {
  calltap__build(json, key);
  calltap__build_number(json, number);
}

static void add_built(struct calltap__builder *json, const char *key, struct calltap__builder *text) {
  add_text(json, key, (struct calltap_text){text->bytes, text->size});
  json->failed |= text->failed;
  calltap__builder_free(text);
}

static void add_value(struct calltap__builder *json, const struct calltap_trace_value *value) {
  struct calltap__builder type = {0};
  calltap__build_type(&type, value->type);
  add_text(json, "{\"name\":", value->name);
  add_built(json, ",\"type\":", &type);
  if (value->presence != CALLTAP_WIRE_PRESENT)
    add_text(json, ",\"absent\":", calltap__text(calltap__text_unknown[calltap__absent(value->presence)]));
  calltap__build(json, "}");
}

static void add_function(struct calltap__builder *json, const struct calltap_trace_function *function) {
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, function, 0);
  add_built(json, "{\"mfa\":", &mfa);
  add_text(json, ",\"module\":", function->module);
  add_text(json, ",\"name\":", function->name);
  add_text(json, ",\"file\":", function->file);
  add_number(json, ",\"line\":", function->line);
  calltap__build(json, ",\"parameters\":[");
  for (uint32_t i = 0; i < function->parameters; i++) {
    calltap__build(json, i > 0 ? "," : "");
    add_value(json, &function->parameter[i]);
  }
  calltap__build(json, "],\"result\":");
  add_value(json, &function->result);
  calltap__build(json, "}");
}

static void add_functions(struct calltap__builder *json, const struct calltap_reader *reader) {
  calltap__build(json, ",\"functions\":[{\"mfa\":\"?\",\"module\":\"?\",\"name\":\"?\",\"file\":\"\",\"line\":0,"
                       "\"parameters\":[],\"result\":{\"name\":\"\",\"type\":\"?\"}}");
  for (size_t i = 1; i <= calltap_reader_functions(reader); i++) {
    calltap__build(json, ",");
    add_function(json, calltap_reader_function(reader, i));
  }
}

static size_t file_of(const struct calltap_reader *reader, const struct calltap_trace_file *file) {
  size_t at = 0;
  while (at < calltap_reader_files(reader) && calltap_reader_file(reader, at) != file)
    at++;
  return at;
}

/* Streams are numbered file by file. */
static void add_threads(struct calltap__builder *json, const struct calltap_reader *reader) {
  size_t file = 0;
  calltap__build(json, "],\"threads\":[");
  for (size_t i = 0; i < calltap_reader_threads(reader); i++) {
    const struct calltap_trace_thread *thread = calltap_reader_thread(reader, i);
    file = file_of(reader, calltap_reader_thread_file(reader, i));
    add_text(json, i > 0 ? ",{\"name\":" : "{\"name\":", thread->name);
    add_number(json, ",\"tid\":", thread->tid);
    add_number(json, ",\"stream\":", thread->stream);
    add_number(json, ",\"file\":", file);
    calltap__build(json, "}");
  }
}

static void add_files(struct calltap__builder *json, const struct calltap_reader *reader) {
  calltap__build(json, "],\"files\":[");
  for (size_t i = 0; i < calltap_reader_files(reader); i++) {
    const struct calltap_trace_file *file = calltap_reader_file(reader, i);
    add_text(json, i > 0 ? ",{\"program\":" : "{\"program\":", file->program);
    add_number(json, ",\"pid\":", file->pid);
    add_text(json, ",\"host\":", file->host);
    add_text(json, ",\"rules\":", file->rules);
    add_text(json, ",\"session\":", file->session);
    add_number(json, ",\"lost\":", inputs_lost(file));
    add_text(json, ",\"end\":", file->ended ? file->reason : calltap__text(""));
    calltap__build(json, "}");
  }
}

static void add_moments(struct calltap__builder *json, const struct spans *spans) {
  static const char *const kinds[] = {[CALLTAP_EVENT_LOST] = "lost",
                                      [CALLTAP_EVENT_PAUSE] = "pause",
                                      [CALLTAP_EVENT_RESUME] = "resume",
                                      [CALLTAP_EVENT_DISARMED] = "disarmed",
                                      [CALLTAP_EVENT_MARK] = "mark"};
  calltap__build(json, "],\"moments\":[");
  for (size_t i = 0; i < spans->moments; i++) {
    const struct span_moment *moment = &spans->moment[i];
    add_number(json, i > 0 ? ",{\"at\":" : "{\"at\":", (uint64_t)moment->real_ns - (uint64_t)spans->first_ns);
    add_number(json, ",\"thread\":", moment->thread);
    add_text(json, ",\"kind\":", calltap__text(kinds[moment->kind]));
    add_number(json, ",\"count\":", moment->count);
    add_text(json, ",\"text\":", (struct calltap_text){spans->text.bytes + moment->text.at, moment->text.size});
    calltap__build(json, "}");
  }
}

static void build_json(struct calltap__builder *json, const struct calltap_reader *reader, const struct spans *spans,
                       const struct calltap__builder *notes) {
  bool some = spans->first_ns <= spans->last_ns;
  add_text(json, "{\"version\":", calltap__text(CALLTAP_VERSION));
  /* Nanoseconds since 1970 are more than a number of JavaScript holds. */
  calltap__build(json, ",\"start_ns\":\"");
  calltap__build_number(json, some && spans->first_ns > 0 ? (uint64_t)spans->first_ns : 0);
  add_number(json, "\",\"span_ns\":", some ? (uint64_t)spans->last_ns - (uint64_t)spans->first_ns : 0);
  if (spans->dropped > 0)
    add_number(json, ",\"whole_ns\":", (uint64_t)spans->dropped_ns - (uint64_t)spans->first_ns);
  add_number(json, ",\"calls\":", spans->count);
  add_number(json, ",\"block\":", TEXT_BLOCK);
  add_text(json, ",\"notes\":", (struct calltap_text){notes->bytes, notes->size});
  add_functions(json, reader);
  add_threads(json, reader);
  add_files(json, reader);
  add_moments(json, spans);
  calltap__build(json, "]}");
}

/* --- the columns --- */

enum column { COLUMN_START, COLUMN_ELAPSED, COLUMN_FUNCTION, COLUMN_THREAD, COLUMN_DEPTH, COLUMN_END, COLUMNS };

/* Starts are told from one call to the next. */
static uint64_t number(const struct spans *spans, size_t at, enum column column) {
  const struct span *span = &spans->span[at];
  int64_t before = at > 0 ? spans->span[at - 1].start_ns : spans->first_ns;
  switch (column) {
  case COLUMN_START:
    return (uint64_t)span->start_ns - (uint64_t)before;
  case COLUMN_ELAPSED:
    return span->elapsed_ns;
  case COLUMN_FUNCTION:
    return span->function;
  case COLUMN_THREAD:
    return span->thread;
  case COLUMN_DEPTH:
    return span->depth;
  default:
    return span->end;
  }
}

static void pack_size(struct pack *pack, size_t size) {
  uint8_t bytes[4] = {(uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16), (uint8_t)(size >> 24)};
  pack_bytes(pack, bytes, sizeof bytes);
}

static size_t number_bytes(uint64_t number) {
  size_t bytes = 1;
  for (; number > 127; number >>= 7)
    bytes++;
  return bytes;
}

static void pack_column(struct pack *pack, const struct spans *spans, enum column column) {
  size_t size = 0;
  for (size_t i = 0; i < spans->count; i++)
    size += number_bytes(number(spans, i, column));
  pack_size(pack, size);
  for (size_t i = 0; i < spans->count; i++)
    pack_number(pack, number(spans, i, column));
}

static void write_data(struct calltap__out *out, const struct spans *spans, const struct calltap__builder *json) {
  struct pack pack;
  CALLTAP__OUT(out, "<script type=\"text/plain\" id=\"trace\">");
  pack_start(&pack, out);
  pack_size(&pack, json->size);
  pack_bytes(&pack, json->bytes, json->size);
  for (enum column column = COLUMN_START; column < COLUMNS; column++)
    pack_column(&pack, spans, column);
  pack_end(&pack);
  CALLTAP__OUT(out, "</script>\n");
}

/* --- the texts --- */

/* Of each call: what it entered with, what it left with. The page takes them apart by the lengths in front. */
static void write_texts(struct calltap__out *out, const struct spans *spans) {
  for (size_t start = 0; start < spans->count; start += TEXT_BLOCK) {
    size_t end = spans->count - start > TEXT_BLOCK ? start + TEXT_BLOCK : spans->count;
    struct pack pack;
    CALLTAP__OUT(out, "<script type=\"text/plain\" class=\"texts\">");
    pack_start(&pack, out);
    for (size_t i = start; i < end; i++) {
      pack_number(&pack, spans->span[i].entered.size);
      pack_number(&pack, spans->span[i].left.size);
    }
    for (size_t i = start; i < end; i++) {
      const struct span *span = &spans->span[i];
      pack_bytes(&pack, spans->text.bytes + span->entered.at, span->entered.size);
      pack_bytes(&pack, spans->text.bytes + span->left.at, span->left.size);
    }
    pack_end(&pack);
    CALLTAP__OUT(out, "</script>\n");
  }
}

/* --- the page --- */

/* Writes the page up to a mark, and returns what stands behind it. */
static const char *write_to(struct calltap__out *out, const char *html, const char *mark) {
  const char *at = strstr(html, mark);
  if (at == NULL) {
    out->error = EINVAL; /* tools/view/page.html lost it */
    return html;
  }
  calltap__out(out, html, (size_t)(at - html));
  return at + strlen(mark);
}

static void write_text(struct calltap__out *out, const char *text) { calltap__out(out, text, strlen(text)); }

void page_write(struct calltap__out *out, const struct calltap_reader *reader, const struct spans *spans,
                const struct calltap__builder *notes) {
  struct calltap__builder json = {0};
  build_json(&json, reader, spans, notes);
  if (json.failed) {
    out->error = ENOMEM;
  } else {
    const char *html = write_to(out, calltap__page_html, "/*STYLE*/");
    write_text(out, calltap__page_css);
    html = write_to(out, html, "<!--DATA-->");
    write_data(out, spans, &json);
    write_texts(out, spans);
    html = write_to(out, html, "/*SCRIPT*/");
    write_text(out, calltap__page_js);
    write_text(out, html);
  }
  calltap__builder_free(&json);
}
