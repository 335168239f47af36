/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The records of one stream in order. Calls and exits, nearly all of a trace, are read directly from
 * their bytes; whatever deviates from their usual shape goes through the general parser, and the
 * unit tests hold the two to the same results. */
#include <string.h>

#include "internal.h"

/* --- the usual shape of calls and exits --- */

/* The usual event is an array of at most 23 elements: an id, a time of four bytes, values. Where as many bytes follow as
 * the longest can have, nothing need be checked one by one; the last events of a chunk go the general way. */
enum {
  USUAL_ARRAY = 0x82, /* first byte of an array of two elements */
  USUAL_VALUES = 21,
  USUAL_TIME = 0x1a, /* first byte of a number of four bytes */
  LONGEST_USUAL = 1 + 9 + 5 + 9 * USUAL_VALUES + 8,
};

/* How many bytes follow the head of an integer or a float, by its first byte; OTHER for all that is neither. */
enum { OTHER = 0x80, SIZE = 15, NOTHING = 0xf6 };
static const uint8_t follow[256] = {
    [0x18] = 1,
    [0x19] = 2,
    [0x1a] = 4,
    [0x1b] = 8,
    [0x1c ... 0x1f] = OTHER,
    [0x38] = 1,
    [0x39] = 2,
    [0x3a] = 4,
    [0x3b] = 8,
    [0x3c ... 0xf8] = OTHER,
    [0xf9] = 2,
    [0xfa] = 4,
    [0xfb] = 8,
    [0xfc ... 0xff] = OTHER,
};

/* The number of a head with `size` bytes after it. Which sizes follow each other is hard to guess for the processor, so
 * no jump depends on them, but for none, which writers of fixed widths do not use. Nine bytes must be readable. */
static inline uint64_t number_at(const uint8_t *at, unsigned size) {
  uint64_t number;
  if (size == 0)
    return *at & 31;
  memcpy(&number, at + 1, 8);
  return __builtin_bswap64(number) >> ((0U - 8 * size) & 63);
}

/* Reads `count` integers and floats. Returns their end, or NULL if one of them is neither, or one below the smallest
 * int64_t. */
static inline const uint8_t *read_values(struct calltap__stream *stream, const uint8_t *at, unsigned count) {
  uint64_t negatives = 0, floats = 0, too_small = 0;
  unsigned seen = 0;
  for (unsigned i = 0; i < count; i++) {
    unsigned entry = follow[*at], size = entry & SIZE;
    unsigned major = *at >> 5;
    uint64_t negative = major == CALLTAP__MAJOR_NEGINT;
    /* -1 - n is the complement of n, and its highest bit is set if it is in the range. */
    uint64_t value = number_at(at, size) ^ (0 - negative);
    too_small |= (0 - negative) & ~value;
    negatives |= negative << i;
    floats |= (uint64_t)(major >> 2) << i;
    stream->value[i] = value;
    stream->item[i] = at;
    seen |= entry;
    at += 1 + size;
  }
  if ((seen & OTHER) != 0 || too_small >> 63 != 0)
    return NULL;
  stream->item[count] = at;
  stream->event.values = (uint8_t)count;
  stream->event.negative = negatives;
  stream->event.floats = floats;
  stream->event.composite = 0;
  stream->event.unreadable = 0;
  return at;
}

/* --- the same with contents of memory among the values --- */

enum {
  LONGEST_HEAD = 9,
  MOST_ARRAYS = 31, /* in one item: so none nests deeper than the general way accepts */
};

/* Steps over a byte string, or an array of such, of numbers and of arrays, all of them with their lengths. NULL: it is
 * something else, or its end is not here. */
static const uint8_t *skip_memory(const uint8_t *at, const uint8_t *end) {
  unsigned arrays = 0;
  for (uint64_t left = 1; left > 0; left--) {
    if (end - at < LONGEST_HEAD)
      return NULL;
    unsigned major = *at >> 5, size = follow[*at & 31];
    uint64_t number = number_at(at, size & SIZE);
    if (major > 1 && major != CALLTAP__MAJOR_BYTES && major != CALLTAP__MAJOR_ARRAY && *at != NOTHING)
      return NULL;
    if ((size & OTHER) != 0)
      return NULL;
    at += 1 + size;
    if (major == CALLTAP__MAJOR_BYTES) {
      if (number > (uint64_t)(end - at))
        return NULL;
      at += number;
    } else if (major == CALLTAP__MAJOR_ARRAY) {
      if (++arrays > MOST_ARRAYS || number > (uint64_t)(end - at))
        return NULL;
      left += number;
    }
  }
  return at;
}

/* Reads one integer or float into place `i`. NULL: it is below the smallest int64_t. */
static const uint8_t *mixed_number(struct calltap__stream *stream, const uint8_t *at, unsigned i) {
  unsigned major = *at >> 5, size = follow[*at];
  uint64_t negative = major == CALLTAP__MAJOR_NEGINT, value = number_at(at, size);
  if (negative != 0 && value > INT64_MAX)
    return NULL;
  stream->value[i] = value ^ (0 - negative);
  stream->event.negative |= negative << i;
  stream->event.floats |= (uint64_t)(major >> 2) << i;
  return at + 1 + size;
}

/* As read_values, with byte strings and arrays, which may be longer than what the caller knows to be here. */
static const uint8_t *mixed_values(struct calltap__stream *stream, const uint8_t *at, unsigned count) {
  struct calltap_event *event = &stream->event;
  event->values = (uint8_t)count;
  event->negative = event->floats = event->composite = event->unreadable = 0;
  for (unsigned i = 0; i < count && at != NULL; i++) {
    if (stream->end - at < LONGEST_HEAD)
      return NULL;
    unsigned major = *at >> 5;
    stream->item[i] = at;
    if (major == CALLTAP__MAJOR_BYTES || major == CALLTAP__MAJOR_ARRAY) {
      stream->value[i] = 0;
      event->composite |= (uint64_t)1 << i;
      at = skip_memory(at, stream->end);
    } else {
      at = (follow[*at] & OTHER) == 0 ? mixed_number(stream, at, i) : NULL;
    }
  }
  stream->item[count] = at;
  return at;
}

/* --- the same if nobody wants to see them --- */

/* From the first one on that is no number. */
static __attribute__((noinline)) const uint8_t *skip_mixed(const uint8_t *at, const uint8_t *end, unsigned count) {
  for (; count > 0 && at != NULL; count--) {
    if (end - at < LONGEST_HEAD)
      return NULL;
    unsigned entry = follow[*at], major = *at >> 5;
    if ((entry & OTHER) == 0) {
      at += 1 + (entry & SIZE);
    } else {
      at = major == CALLTAP__MAJOR_BYTES || major == CALLTAP__MAJOR_ARRAY ? skip_memory(at, end) : NULL;
    }
  }
  return at;
}

/* Steps over `count` values. NULL: they are to be read the general way. */
static inline const uint8_t *skip_values(struct calltap__stream *stream, const uint8_t *at, unsigned count) {
  stream->event.values = 0;
  for (; count > 0; count--) {
    unsigned entry = follow[*at];
    if (__builtin_expect((entry & OTHER) != 0, false))
      return skip_mixed(at, stream->end, count);
    at += 1 + (entry & SIZE);
  }
  return at;
}

/* --- both --- */

static inline void set_time(struct calltap__stream *stream, uint64_t ticks) {
  const struct calltap__clock *clock = &stream->file->clock;
  stream->ticks = ticks;
  stream->event.t_ns = calltap__clock_ns(clock, ticks);
  stream->event.real_ns = calltap__add(clock->base_real_ns, stream->event.t_ns);
}

static inline void set_event(struct calltap__stream *stream, uint64_t id, uint64_t time) {
  stream->record = id & ((1U << CALLTAP_WIRE_EVENT_BITS) - 1);
  stream->event.number = (uint32_t)(id >> CALLTAP_WIRE_EVENT_BITS);
  set_time(stream, stream->upper | (uint32_t)time);
}

/* Reads a call or exit of the usual shape. Returns its end, or NULL for anything else. */
static inline __attribute__((always_inline)) const uint8_t *usual_event(struct calltap__stream *stream) {
  const uint8_t *at = stream->at;
  unsigned count = *at - (unsigned)USUAL_ARRAY;
  if (stream->end - at < LONGEST_USUAL || count > USUAL_VALUES)
    return NULL;
  const uint8_t *head = at + 1;
  unsigned size = follow[*head] & SIZE;
  const uint8_t *time = head + 1 + size;
  uint64_t id = number_at(head, size);
  uint32_t low;
  bool is_way = (id & ((1U << CALLTAP_WIRE_EVENT_BITS) - 1)) == CALLTAP_WIRE_OTHER_EXIT; /* its value counts */
  if (*head > 0x1a || *time != USUAL_TIME || is_way)
    return NULL;
  memcpy(&low, time + 1, 4);
  bool has_way = (id & ((1U << CALLTAP_WIRE_EVENT_BITS) - 1)) == CALLTAP_WIRE_OTHER_EXIT; /* it may be among them */
  bool skips = stream->skips_values && !has_way;
  at = skips ? skip_values(stream, time + 5, count) : read_values(stream, time + 5, count);
  if (at == NULL && !skips)
    at = mixed_values(stream, time + 5, count);
  if (at == NULL)
    return NULL;
  set_event(stream, id, __builtin_bswap32(low));
  stream->event.extra = NULL;
  return at;
}

/* --- everything else --- */

static void note_damage(struct calltap__stream *stream, const char *what) {
  struct calltap_trace_counts *counts = stream->counts;
  if (counts->damaged++ > 0)
    return;
  counts->damage = what;
  counts->damage_offset = (uint64_t)(stream->at - stream->file->input.bytes);
}

/* Notes that a part of the record was left out. */
static void note_misshapen(struct calltap__stream *stream, const uint8_t *at) {
  calltap__misshapen(stream->counts, (uint64_t)(at - stream->file->input.bytes));
}

static void note_unknown(struct calltap__stream *stream, struct calltap_text kind) {
  struct calltap_trace_counts *counts = stream->counts;
  if (counts->unknown++ == 0)
    counts->unknown_kind = kind;
}

/* A negative CBOR integer is -1 - n; one that does not fit in 64 bits becomes the smallest that does. */
static void put_value(struct calltap__stream *stream, unsigned index, bool negative, uint64_t number) {
  uint64_t below = number > INT64_MAX ? (uint64_t)INT64_MIN : ~number;
  stream->event.negative |= (uint64_t)negative << index;
  stream->value[index] = negative ? below : number;
}

/* A float's bits, however many it has. */
static uint64_t float_bits(const uint8_t *at) {
  uint64_t bits = 0;
  for (unsigned i = 1; i <= (follow[*at] & SIZE); i++)
    bits = bits << 8 | at[i];
  return bits;
}

static bool is_float(const uint8_t *at) { return *at >= 0xf9 && *at <= 0xfb; }

/* Notes what the whole item at `at`, whose head is `item`, is. */
static void note_value(struct calltap__stream *stream, unsigned index, const uint8_t *at,
                       const struct calltap__item *item) {
  struct calltap_event *event = &stream->event;
  uint64_t bit = (uint64_t)1 << index;
  stream->value[index] = 0;
  if (item->type == CALLTAP__UINT || item->type == CALLTAP__NEGINT) {
    put_value(stream, index, item->type == CALLTAP__NEGINT, item->number);
  } else if (is_float(at)) {
    stream->value[index] = float_bits(at);
    event->floats |= bit;
  } else if (item->type == CALLTAP__BYTES || item->type == CALLTAP__ARRAY) {
    event->composite |= bit;
  } else {
    event->unreadable |= bit;
  }
}

static bool is_last(struct calltap__bytes bytes, struct calltap__list list) { return !calltap__more(&bytes, &list); }

static void take_extra(struct calltap__stream *stream, struct calltap__bytes bytes) {
  if (!calltap__extra(&stream->extra, bytes))
    note_misshapen(stream, bytes.at);
  stream->event.extra = &stream->extra;
}

/* Reads the values of an event, whatever they are, and the map behind them. Only the first 64 can belong to parameters. */
static void any_values(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_event *event = &stream->event;
  event->negative = event->floats = event->composite = event->unreadable = 0;
  event->values = 0;
  stream->item[0] = bytes.at;
  while (calltap__more(&bytes, &list)) {
    struct calltap__bytes head = bytes, whole = bytes;
    struct calltap__item item = {0};
    if (calltap__item(&head, &item) != CALLTAP__GOOD)
      return;
    /* The record as a whole was stepped over before: this cannot fail. */
    if (calltap__skip(&bytes) != CALLTAP__GOOD)
      bytes.at = bytes.end;
    if (item.type == CALLTAP__MAP && is_last(bytes, list)) {
      take_extra(stream, (struct calltap__bytes){whole.at, bytes.at});
    } else if (event->values < CALLTAP_MAX_PARAMETERS) {
      note_value(stream, event->values, whole.at, &item);
      stream->item[++event->values] = bytes.at;
    }
  }
}

/* An event with more elements, other values or another encoding than usual. */
static bool unusual_event(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list,
                          uint64_t id) {
  uint64_t time;
  if (id > UINT32_MAX || !calltap__take_uint(&bytes, &list, &time))
    return false;
  any_values(stream, bytes, list);
  set_event(stream, id, time);
  return true;
}

static bool lost(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_event *event = &stream->event;
  uint64_t from;
  if (!calltap__lost_record(bytes, list, &event->cause, &event->count, &from))
    return false;
  stream->record = CALLTAP__RECORD_LOST;
  set_time(stream, from);
  return true;
}

static bool mark(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_event *event = &stream->event;
  uint64_t ticks;
  if (!calltap__take_uint(&bytes, &list, &ticks) || !calltap__take_text(&bytes, &list, &event->cause) ||
      !calltap__take_text(&bytes, &list, &event->text))
    return false;
  stream->record = CALLTAP__RECORD_MARK;
  set_time(stream, ticks);
  return true;
}

/* A map of two texts, in this order. */
static bool disarmed(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list,
                     uint64_t ticks) {
  struct calltap_event *event = &stream->event;
  struct calltap__list map;
  struct calltap_text key;
  uint64_t mono_ns;
  if (!calltap__take_uint(&bytes, &list, &mono_ns) || !calltap__list(&bytes, CALLTAP__MAP, &map))
    return false;
  map.left *= 2;
  if (!calltap__take_text(&bytes, &map, &key) || !calltap__take_text(&bytes, &map, &event->cause) ||
      !calltap__take_text(&bytes, &map, &key) || !calltap__take_text(&bytes, &map, &event->text))
    return false;
  stream->record = CALLTAP__RECORD_DISARMED;
  set_time(stream, ticks);
  return true;
}

static bool session(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap_text what;
  uint64_t ticks;
  if (!calltap__take_text(&bytes, &list, &what) || !calltap__take_uint(&bytes, &list, &ticks)) {
    return false;
  }
  if (calltap__text_is(what, "disarmed"))
    return disarmed(stream, bytes, list, ticks);
  bool pause = calltap__text_is(what, "pause");
  if (!pause && !calltap__text_is(what, "resume"))
    return false;
  stream->record = pause ? CALLTAP__RECORD_PAUSE : CALLTAP__RECORD_RESUME;
  set_time(stream, ticks);
  return true;
}

static void set_upper(struct calltap__stream *stream, uint64_t ticks) { stream->upper = ticks & ~(uint64_t)UINT32_MAX; }

/* The events from here on have another tag. A null takes it away, and so does what can be none. */
static void tag(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  struct calltap__bytes whole = bytes;
  struct calltap__item item = {0};
  stream->event.tag = (struct calltap_items){0};
  bool some = calltap__more(&bytes, &list) && calltap__item(&bytes, &item) == CALLTAP__GOOD;
  if (some && (item.type == CALLTAP__UINT || item.type == CALLTAP__NEGINT || item.type == CALLTAP__BYTES)) {
    stream->event.tag = (struct calltap_items){whole.at, bytes.at};
  } else if (!some || *whole.at != NOTHING) {
    note_misshapen(stream, whole.at);
  }
}

/* What was read when the file was opened. */
static bool is_declaration(struct calltap_text kind) {
  static const char *const kinds[] = {CALLTAP_WIRE_FUNCTION, CALLTAP_WIRE_TYPE,  CALLTAP_WIRE_UNIT, CALLTAP_WIRE_OBJECT,
                                      CALLTAP_WIRE_MESSAGE,  CALLTAP_WIRE_TABLE, CALLTAP_WIRE_ROW,  CALLTAP_WIRE_SIZE};
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    if (calltap__text_is(kind, kinds[i]))
      return true;
  }
  return false;
}

/* The first pass, for events that came late, leaves the stack as it is. */
static void place(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  const uint8_t *start = bytes.at;
  if (stream->counts != &stream->file->open.counts)
    return;
  stream->has_place = calltap__stack_place(&stream->stack, bytes, list, &stream->place);
  if (!stream->has_place)
    note_misshapen(stream, start);
}

static bool skipped(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list) {
  uint64_t ticks;
  if (!calltap__take_uint(&bytes, &list, &ticks))
    return false;
  stream->record = CALLTAP__RECORD_SKIPPED;
  set_time(stream, ticks);
  return true;
}

/* A record whose kind is a text. True if it is an event for the caller. */
static bool named_record(struct calltap__stream *stream, struct calltap__bytes bytes, struct calltap__list list,
                         struct calltap_text kind) {
  uint64_t ticks;
  if (calltap__text_is(kind, CALLTAP_WIRE_CLOCK)) {
    if (calltap__take_uint(&bytes, &list, &ticks))
      set_upper(stream, ticks);
    return false;
  }
  if (calltap__text_is(kind, CALLTAP_WIRE_LOST))
    return lost(stream, bytes, list);
  if (calltap__text_is(kind, CALLTAP_WIRE_SESSION))
    return session(stream, bytes, list);
  if (calltap__text_is(kind, CALLTAP_WIRE_MARK))
    return mark(stream, bytes, list);
  if (calltap__text_is(kind, CALLTAP_WIRE_SKIPPED))
    return skipped(stream, bytes, list);
  if (calltap__text_is(kind, CALLTAP_WIRE_PLACE)) {
    place(stream, bytes, list);
    return false;
  }
  if (calltap__text_is(kind, CALLTAP_WIRE_THREAD)) {
    calltap__thread_record(bytes, list, &stream->thread);
    return false;
  }
  if (calltap__text_is(kind, CALLTAP_WIRE_EVENT_TAG)) {
    tag(stream, bytes, list);
    return false;
  }
  if (!is_declaration(kind))
    note_unknown(stream, kind);
  return false;
}

/* A whole item that is not an event of the usual shape. */
static bool unusual(struct calltap__stream *stream, struct calltap__bytes bytes) {
  struct calltap__list list;
  struct calltap__item first = {0};
  stream->event.extra = NULL;
  if (*bytes.at >> 5 == CALLTAP__MAJOR_BYTES) {
    stream->counts->torn++;
    calltap__tail_miss(&stream->stack);
    return false;
  }
  if (calltap__list(&bytes, CALLTAP__ARRAY, &list) && calltap__more(&bytes, &list) &&
      calltap__item(&bytes, &first) == CALLTAP__GOOD) {
    if (first.type == CALLTAP__UINT && unusual_event(stream, bytes, list, first.number)) {
      return true;
    }
    if (first.type == CALLTAP__TEXT)
      return named_record(stream, bytes, list, first.text);
  }
  note_unknown(stream, (struct calltap_text){0});
  return false;
}

/* Says why the item at stream->at cannot be read and gives the rest of the chunk up. */
static void give_up(struct calltap__stream *stream, enum calltap__found found) {
  struct calltap_trace_counts *counts = stream->counts;
  calltap__tail_miss(&stream->stack);
  if (found == CALLTAP__SHORT && stream->cut) {
    counts->cut = true;
    counts->cut_offset = (uint64_t)(stream->at - stream->file->input.bytes);
  } else if (found == CALLTAP__SHORT) {
    note_damage(stream, "a record crosses the end of its chunk");
  } else {
    note_damage(stream, "these bytes are not CBOR");
  }
  stream->at = stream->end;
}

/* Takes any item at stream->at. True if it is an event for the caller. */
static bool take_any(struct calltap__stream *stream) {
  struct calltap__bytes bytes = {stream->at, stream->end};
  enum calltap__found found = calltap__skip(&bytes);
  if (found != CALLTAP__GOOD) {
    give_up(stream, found);
    return false;
  }
  struct calltap__bytes record = {stream->at, bytes.at};
  stream->at = bytes.at;
  return unusual(stream, record);
}

/* --- chunks --- */

static bool has_next_chunk(const struct calltap__stream *stream) {
  return stream->first_chunk + stream->begun < stream->last_chunk;
}

/* Two chunks that a signal handler took one in the other may have the same ordinal. */
static void note_ordinal(struct calltap__stream *stream, uint64_t ordinal) {
  bool is_missing = stream->ordinal != 0 && ordinal > stream->ordinal;
  stream->ordinal = stream->ordinal == 0 || is_missing ? ordinal + 1 : stream->ordinal + 1;
  if (!is_missing)
    return;
  stream->counts->missing++;
  if (stream->counts == &stream->file->open.counts)
    calltap__stack_clear(&stream->stack); /* who of them has come back is not known */
}

static void release_last(const struct calltap__stream *stream) {
  struct calltap__file *file = stream->file;
  const struct calltap__chunk *last = &file->chunk[stream->first_chunk + stream->begun - 1];
  calltap__input_release(&file->input, last->start, last->end);
}

static bool next_chunk(struct calltap__stream *stream) {
  if (!has_next_chunk(stream))
    return false;
  if (stream->begun > 0)
    release_last(stream);
  struct calltap__chunk *chunk = &stream->file->chunk[stream->first_chunk + stream->begun++];
  if (chunk->ordinal != 0)
    note_ordinal(stream, chunk->ordinal);
  if (chunk->broken)
    stream->ordinal = 1; /* whatever follows, something is missing before it */
  chunk->turn = (uint32_t)stream->begun;
  stream->at = stream->file->input.bytes + chunk->start;
  stream->end = stream->file->input.bytes + chunk->end;
  stream->cut = chunk->cut;
  set_upper(stream, chunk->ticks);
  return true;
}

/* No event is so long, and none that was interrupted leaves more zeros before those that came in between. */
enum { LONGEST_GAP = 32 * 1024 };

/* In a file that grows zeros may become an event. With others behind them they have had their time if they were there at the
 * last refresh already: their writer was interrupted between taking and stamping them. */
static bool are_padding(struct calltap__stream *stream) {
  const uint8_t *end = stream->end - stream->at > LONGEST_GAP ? stream->at + LONGEST_GAP : stream->end;
  bool stood_here = stream->zeros == stream->at && stream->zeros_look != stream->file->look;
  if (!stood_here) {
    stream->zeros = stream->at;
    stream->zeros_look = stream->file->look;
  }
  return stood_here && (calltap__skip_zeros(stream->at, end) < end || has_next_chunk(stream));
}

static bool pass_zeros(struct calltap__stream *stream) {
  if (stream->file->follows && !are_padding(stream))
    return false;
  stream->at = calltap__first_written(stream->at, stream->end);
  return true;
}

/* Whether the head there may be seen by half. Where there is a next chunk this one has been left. */
static inline bool is_half_seen(const struct calltap__stream *stream) {
  return calltap__is_split(stream->at, stream->end) && stream->file->follows && !has_next_chunk(stream) &&
         !calltap__is_finished(stream->at, stream->end);
}

/* Whether the record there is still being written. */
static bool is_unfinished(const struct calltap__stream *stream) {
  return *stream->at >> 5 == CALLTAP__MAJOR_BYTES && stream->file->follows;
}

/* Whether it was, and is no more. */
static bool is_just_finished(const struct calltap__stream *stream) {
  return *stream->at >> 5 == CALLTAP__MAJOR_BYTES && stream->file->awaits_ns > 0 &&
         calltap__await(stream->file, stream->at);
}

void calltap__stream_start(struct calltap__stream *stream) {
  stream->begun = 0;
  stream->ordinal = 0;
  stream->tells_overwritten = stream->thread.stream == 0 && stream->file->overwritten.events > 0;
  stream->zeros = NULL;
  stream->at = stream->end = NULL;
  stream->calls = 0;
  stream->has_place = false;
  stream->first = stream;
  calltap__stack_clear(&stream->stack);
  stream->results = 0;
  stream->thread.tid = 0;
  stream->thread.name = (struct calltap_text){0};
  stream->counts = &stream->file->open.counts;
  stream->event.tag = (struct calltap_items){0};
  stream->late.next = 0;
  stream->late.latest = 0;
  stream->late.is_away = false;
}

/* Reads on to the next event as they stand in the stream; `from` receives its first byte. */
static inline __attribute__((always_inline)) bool next_here(struct calltap__stream *stream, const uint8_t **from) {
  for (;;) {
    *from = stream->at;
    if (stream->at == stream->end) {
      if (!next_chunk(stream))
        return false;
    } else if (*stream->at == 0) {
      if (!pass_zeros(stream))
        return false;
    } else if (is_half_seen(stream)) {
      return false;
    } else {
      const uint8_t *after = usual_event(stream);
      if (after != NULL) {
        stream->at = after;
        return true;
      }
      if (is_unfinished(stream))
        return false;
      if (is_just_finished(stream))
        continue;
      if (take_any(stream))
        return true;
    }
  }
}

/* --- events that came late --- */

/* Apart from the other use, which is the hot one. */
static __attribute__((noinline)) bool next(struct calltap__stream *stream, const uint8_t **from) {
  return next_here(stream, from);
}

bool calltap__stream_find_late(struct calltap__stream *stream) {
  struct calltap_trace_counts ignored = {0};
  const uint8_t *from;
  uint64_t latest = 0;
  calltap__stream_start(stream);
  stream->counts = &ignored;
  while (next(stream, &from)) {
    struct calltap__late_event event = {stream->ticks, from, stream->event.tag};
    if (stream->ticks >= latest) {
      latest = stream->ticks;
    } else if (!calltap__late_add(&stream->late, event)) {
      return false;
    }
  }
  return true;
}

/* Reads the event that came late, wherever it stands. False: it is not there any more. */
static bool read_late(struct calltap__stream *stream, const struct calltap__late_event *event) {
  struct calltap_trace_counts ignored = {0};
  const struct calltap__input *input = &stream->file->input;
  stream->at = event->at;
  stream->end = input->bytes + input->size;
  stream->event.tag = event->tag;
  set_upper(stream, event->ticks);
  stream->counts = &ignored;
  bool found = take_any(stream);
  stream->counts = &stream->file->open.counts;
  return found;
}

/* Before the event of the stream's own order that starts at `from`. */
static void go_away(struct calltap__stream *stream, const uint8_t *from) {
  struct calltap__late *late = &stream->late;
  late->is_away = true;
  late->at = from;
  late->end = stream->end;
  late->upper = stream->upper;
  late->tag = stream->event.tag;
}

static void come_back(struct calltap__stream *stream) {
  struct calltap__late *late = &stream->late;
  late->is_away = false;
  stream->at = late->at;
  stream->end = late->end;
  stream->upper = late->upper;
  stream->event.tag = late->tag;
}

/* The events that did not come late are in order. In between go those that did, each before the first one that is newer. */
static __attribute__((noinline)) bool next_by_time(struct calltap__stream *stream) {
  struct calltap__late *late = &stream->late;
  const uint8_t *from;
  for (;;) {
    bool more;
    if (late->is_away)
      come_back(stream);
    do {
      more = next(stream, &from);
    } while (more && stream->ticks < late->latest);
    bool is_late = late->next < late->count && (!more || late->event[late->next].ticks < stream->ticks);
    if (!is_late) {
      late->latest = stream->ticks;
      stream->from = from;
      return more;
    }
    go_away(stream, from);
    stream->from = late->event[late->next].at;
    if (read_late(stream, &late->event[late->next++]))
      return true;
  }
}

void calltap__stream_retime(struct calltap__stream *stream) { set_time(stream, stream->ticks); }

/* An event that no record stands for: what a ring has overwritten. From its time on nothing is; of threads that do little there are
 * older events before it. */
static __attribute__((noinline)) bool tell_overwritten(struct calltap__stream *stream) {
  static const char cause[] = CALLTAP_WIRE_LOST_OVERWRITTEN;
  const struct calltap__file *file = stream->file;
  stream->tells_overwritten = false;
  stream->from = stream->at;
  stream->record = CALLTAP__RECORD_LOST;
  stream->event.cause = (struct calltap_text){cause, sizeof cause - 1};
  stream->event.count = file->overwritten.events;
  set_time(stream, file->overwritten.to != 0 ? file->overwritten.to : file->clock.base_ticks);
  return true;
}

bool calltap__stream_advance(struct calltap__stream *stream) {
  if (__builtin_expect(stream->tells_overwritten, false))
    return tell_overwritten(stream);
  return stream->late.count == 0 ? next_here(stream, &stream->from) : next_by_time(stream);
}
