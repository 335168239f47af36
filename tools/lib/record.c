/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* The self-described CBOR tag, as its only encoding that is not wasteful. */
static const uint8_t tag[] = {0xd9, 0xd9, 0xf7};

static enum calltap_reader_code fail(struct calltap_reader_error *error, enum calltap_reader_code code, uint64_t offset,
                                     const char *text) {
  *error = (struct calltap_reader_error){.code = code, .offset = offset};
  snprintf(error->text, sizeof error->text, "%s", text);
  return code;
}

/* --- header --- */

static bool take_any_uint(struct calltap__bytes *bytes, uint64_t *number) {
  struct calltap__list one = {1};
  return calltap__take_uint(bytes, &one, number);
}

static bool take_any_text(struct calltap__bytes *bytes, struct calltap_text *text) {
  struct calltap__list one = {1};
  return calltap__take_text(bytes, &one, text);
}

/* Reads the value of a key into whichever of the two is not null; a value of another type is
 * stepped over. */
static bool value_of(struct calltap__bytes *bytes, struct calltap_text *text, uint64_t *number) {
  struct calltap__bytes start = *bytes;
  if (text != NULL && take_any_text(bytes, text))
    return true;
  *bytes = start;
  if (number != NULL && take_any_uint(bytes, number))
    return true;
  *bytes = start;
  return calltap__skip(bytes) == CALLTAP__GOOD;
}

/* One key of a map and where its value belongs. */
struct key {
  const char *name;
  struct calltap_text *text;
  uint64_t *number;
};

/* Reads a map of text keys; keys that are not in the table are stepped over. */
static bool read_map(struct calltap__bytes *bytes, const struct key *keys, size_t count) {
  struct calltap__list map;
  if (!calltap__list(bytes, CALLTAP__MAP, &map))
    return false;
  while (calltap__more(bytes, &map)) {
    struct calltap_text name;
    if (!take_any_text(bytes, &name))
      return false;
    const struct key *key = keys;
    while (key < keys + count && !calltap__text_is(name, key->name))
      key++;
    bool known = key < keys + count;
    if (!value_of(bytes, known ? key->text : NULL, known ? key->number : NULL))
      return false;
  }
  return true;
}

static bool read_clock(struct calltap__clock *clock, struct calltap__bytes bytes) {
  struct calltap__pair pair = {0};
  struct calltap_text kind = {0};
  uint64_t real_ns = 0;
  const struct key keys[] = {
      {"kind", &kind, NULL},        {"hz", NULL, &clock->hz},
      {"ticks", NULL, &pair.ticks}, {"mono_ns", NULL, &pair.mono_ns},
      {"real_ns", NULL, &real_ns},
  };
  if (!read_map(&bytes, keys, sizeof keys / sizeof *keys))
    return false;
  if (calltap__text_is(kind, "monotonic"))
    clock->hz = 1000000000;
  clock->base_ticks = pair.ticks;
  clock->base_real_ns = (int64_t)real_ns;
  calltap__clock_pair(clock, pair);
  return true;
}

/* Looks for the clock in the header's map, which is known to be whole. */
static void find_clock(struct calltap__file *file, struct calltap__bytes bytes) {
  struct calltap__list map;
  struct calltap_text name;
  if (!calltap__list(&bytes, CALLTAP__MAP, &map))
    return;
  while (calltap__more(&bytes, &map) && take_any_text(&bytes, &name)) {
    if (calltap__text_is(name, "clock") && read_clock(&file->clock, bytes))
      return;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      return;
  }
}

static enum calltap_reader_code read_header(struct calltap__file *file, struct calltap__bytes bytes,
                                            struct calltap_reader_error *error) {
  struct calltap_trace_file *open = &file->open;
  struct calltap__list list;
  struct calltap_text magic;
  uint64_t version = 0;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list) || !calltap__take_text(&bytes, &list, &magic) ||
      !calltap__text_is(magic, CALLTAP_WIRE_HEADER) || !calltap__take_uint(&bytes, &list, &version)) {
    return fail(error, CALLTAP_READER_FORMAT, sizeof tag, "is CBOR, but not a Calltap trace");
  }
  if (version != CALLTAP_FORMAT_VERSION) {
    fail(error, CALLTAP_READER_VERSION, sizeof tag, "");
    snprintf(error->text, sizeof error->text, "has format version %" PRIu64 ", and this calltap reads version %d",
             version, CALLTAP_FORMAT_VERSION);
    return error->code;
  }
  if (!calltap__more(&bytes, &list))
    return CALLTAP_READER_OK;
  const struct key keys[] = {
      {"runtime", &open->runtime, NULL}, {"program", &open->program, NULL},
      {"host", &open->host, NULL},       {"rules", &open->rules, NULL},
      {"session", &open->session, NULL}, {"who", &open->who, NULL},
      {"pid", NULL, &open->pid},         {"limit_calls", NULL, &open->limit_calls},
      {"ring", NULL, &open->ring},       {"rotate", NULL, &open->rotate},
      {"part", NULL, &open->part},
  };
  find_clock(file, bytes);
  open->began_ns = file->clock.base_real_ns;
  if (!read_map(&bytes, keys, sizeof keys / sizeof *keys)) {
    return fail(error, CALLTAP_READER_FORMAT, sizeof tag, "has a damaged header");
  }
  return CALLTAP_READER_OK;
}

enum calltap_reader_code calltap__header(struct calltap__file *file, struct calltap_reader_error *error) {
  const struct calltap__input *input = &file->input;
  if (input->size >= 1 && input->bytes[0] == 0) {
    return fail(error, CALLTAP_READER_EMPTY, 0,
                "starts with zeros: its writer was stopped before the header was written");
  }
  size_t compared = input->size < sizeof tag ? input->size : sizeof tag;
  if (memcmp(input->bytes, tag, compared) != 0) {
    return fail(error, CALLTAP_READER_FORMAT, 0, "is not a Calltap trace");
  }
  struct calltap__bytes whole = {input->bytes + compared, input->bytes + input->size};
  struct calltap__bytes after = whole;
  enum calltap__found found = calltap__skip(&after);
  if (found == CALLTAP__SHORT) {
    return fail(error, CALLTAP_READER_FORMAT, input->size, "ends inside its header");
  }
  if (found != CALLTAP__GOOD) {
    return fail(error, CALLTAP_READER_FORMAT, sizeof tag, "has a damaged header");
  }
  file->header_end = (size_t)(after.at - input->bytes);
  return read_header(file, (struct calltap__bytes){whole.at, after.at}, error);
}

/* --- chunk, thread, lost --- */

bool calltap__chunk_record(struct calltap__bytes bytes, struct calltap__chunk_head *head, const uint8_t **after) {
  struct calltap__bytes whole = bytes;
  struct calltap__list list;
  struct calltap_text kind;
  if (bytes.at >= bytes.end || *bytes.at >> 5 != 4)
    return false;
  if (!calltap__list(&bytes, CALLTAP__ARRAY, &list) || !calltap__take_text(&bytes, &list, &kind) ||
      !calltap__text_is(kind, CALLTAP_WIRE_CHUNK) || calltap__skip(&whole) != CALLTAP__GOOD) {
    return false;
  }
  *after = whole.at;
  *head = (struct calltap__chunk_head){0};
  if (!calltap__take_uint(&bytes, &list, &head->size) || !calltap__take_uint(&bytes, &list, &head->stream) ||
      !calltap__take_uint(&bytes, &list, &head->pair.ticks) || !calltap__take_uint(&bytes, &list, &head->pair.mono_ns))
    return false;
  if (!calltap__take_uint(&bytes, &list, &head->ordinal) || !calltap__take_uint(&bytes, &list, &head->overwritten) ||
      !calltap__take_uint(&bytes, &list, &head->overwritten_to))
    head->ordinal = head->overwritten = head->overwritten_to = 0;
  return true;
}

bool calltap__thread_record(struct calltap__bytes bytes, struct calltap__list list,
                            struct calltap_trace_thread *thread) {
  uint64_t stream, tid;
  struct calltap_text name;
  if (!calltap__take_uint(&bytes, &list, &stream) || !calltap__take_uint(&bytes, &list, &tid) ||
      !calltap__take_text(&bytes, &list, &name) || stream != thread->stream) {
    return false;
  }
  thread->tid = tid;
  thread->name = name;
  return true;
}

bool calltap__lost_record(struct calltap__bytes bytes, struct calltap__list list, struct calltap_text *cause,
                          uint64_t *count, uint64_t *from) {
  return calltap__take_text(&bytes, &list, cause) && calltap__take_uint(&bytes, &list, count) &&
         calltap__take_uint(&bytes, &list, from);
}

/* --- sessions --- */

static void add_session(struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_trace_file *open = &file->open;
  struct calltap_text what;
  struct calltap__pair pair;
  if (!calltap__take_text(&bytes, &list, &what) || !calltap__take_uint(&bytes, &list, &pair.ticks) ||
      !calltap__take_uint(&bytes, &list, &pair.mono_ns)) {
    return;
  }
  calltap__clock_pair(&file->clock, pair);
  if (calltap__text_is(what, "tables") && !calltap__forget_rows(file)) /* all rows follow once more */
    return;
  if (calltap__text_is(what, "disarmed"))
    calltap__add_disarmed(file, bytes, list);
  if (calltap__text_is(what, "next"))
    open->goes_on = true;
  bool starts = calltap__text_is(what, "start");
  if (!starts && !calltap__text_is(what, "end"))
    return;
  open->ended = open->ended || !starts;
  const struct key keys[] = {
      {"reason", &open->reason, NULL},       {"calls", NULL, &open->end_calls},
      {"exits", NULL, &open->end_exits},     {"lost", NULL, &open->end_lost},
      {"open", NULL, &open->end_open},       {"rejected", NULL, &open->end_rejected},
      {"faults", NULL, &open->end_faults},   {"disarmed", NULL, &open->end_disarmed},
      {"cost_ns", NULL, &open->end_cost_ns}, {"overwritten", NULL, &open->end_overwritten},
      {"gone", NULL, &open->gone},
  };
  if (calltap__more(&bytes, &list))
    read_map(&bytes, keys, sizeof keys / sizeof *keys);
}

/* What a session's trace was long when it ended. Where chunks were lost behind this, nothing else would tell. */
static void add_size(struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_trace_counts *counts = &file->indexed;
  uint64_t size;
  if (file->follows || counts->cut || !calltap__take_uint(&bytes, &list, &size) || size <= file->input.size)
    return;
  counts->cut = true;
  counts->cut_offset = file->input.size;
}

/* --- stream 0 --- */

static enum calltap__added declaration(struct calltap__file *file, struct calltap__bytes record) {
  static const struct {
    const char *kind;
    enum calltap__added (*add)(struct calltap__file *file, struct calltap__bytes bytes, struct calltap__list list);
  } kinds[] = {
      {CALLTAP_WIRE_FUNCTION, calltap__add_function}, {CALLTAP_WIRE_TYPE, calltap__add_definition},
      {CALLTAP_WIRE_UNIT, calltap__add_unit},         {CALLTAP_WIRE_OBJECT, calltap__add_object},
      {CALLTAP_WIRE_MESSAGE, calltap__add_message},   {CALLTAP_WIRE_TABLE, calltap__add_table},
      {CALLTAP_WIRE_ROW, calltap__add_row},
  };
  struct calltap__list list;
  struct calltap_text kind;
  if (!calltap__list(&record, CALLTAP__ARRAY, &list))
    return CALLTAP__ADDED;
  if (!calltap__take_text(&record, &list, &kind))
    return CALLTAP__ADDED;
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (calltap__text_is(kind, kinds[i].kind))
      return kinds[i].add(file, record, list);
  }
  if (calltap__text_is(kind, CALLTAP_WIRE_SESSION))
    add_session(file, record, list);
  else if (calltap__text_is(kind, CALLTAP_WIRE_SIZE))
    add_size(file, record, list);
  return CALLTAP__ADDED;
}

/* Reads on in a chunk; `at` moves up to what is not written yet, or to the end. */
static bool declarations_of_chunk(struct calltap__file *file, struct calltap__bytes bytes, const uint8_t **at) {
  for (*at = bytes.at; bytes.at < bytes.end; *at = bytes.at) {
    bytes.at = calltap__first_written(bytes.at, bytes.end);
    struct calltap__bytes record = bytes;
    if (bytes.at == bytes.end || (file->follows && !calltap__is_finished(bytes.at, bytes.end)))
      return true;
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      break;
    record.end = bytes.at;
    enum calltap__added added = declaration(file, record);
    if (added == CALLTAP__NO_MEMORY)
      return false;
    if (added == CALLTAP__MISSHAPEN)
      calltap__misshapen(&file->indexed, (uint64_t)(record.at - file->input.bytes));
  }
  *at = bytes.end;
  return true;
}

static bool has_own_chunk(const struct calltap__file *file, size_t at) {
  return at < file->chunks && file->chunk[at].stream == 0;
}

/* Only one thread at a time writes this stream: where there is a next chunk, the one before it is finished. */
bool calltap__declarations(struct calltap__file *file) {
  while (has_own_chunk(file, file->declared_chunk)) {
    const struct calltap__chunk *chunk = &file->chunk[file->declared_chunk];
    bool has_next = has_own_chunk(file, file->declared_chunk + 1);
    size_t from = file->declared != 0 ? file->declared : chunk->start;
    const uint8_t *at;
    if (!declarations_of_chunk(file, (struct calltap__bytes){file->input.bytes + from, file->input.bytes + chunk->end},
                               &at))
      return false;
    file->declared = (size_t)(at - file->input.bytes);
    if (file->follows && !has_next)
      return true;
    file->declared_chunk++;
    file->declared = 0;
  }
  return true;
}
