/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tables for people: one block for what several functions were asked alike, the largest row first.
 *
 *     time by name  (server 4711)
 *          count      total    average        min        max  function
 *             12    44.1 ms     3.7 ms    10.0 us    12.0 ms  server:process/2  name="SET"
 *              3     1.2 ms   400.0 us   100.0 us     1.0 ms  server:process/2  (other) */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "total.h"
#include "view.h"

enum { COUNT, TOTAL, AVERAGE, LEAST, MOST, COLUMNS };
enum { NARROWEST = 9, WIDEST = 48, BAR = 40, MOST_NEVER = 20, RANGE = 16, TIME_RANGE = 20 };

/* What all rows of a block share. */
struct block {
  struct calltap__writer *writer;
  struct calltap__decoder *decoder;
  const struct calltap__totals *totals;
  const struct calltap__total *total; /* the first */
  size_t count;
  bool is_time;
  bool has_column[COLUMNS];
  size_t width[COLUMNS];
  size_t function_width;
  bool colour;
};

static void put_terminated(struct calltap__out *out, const char *text) { calltap__out(out, text, strlen(text)); }

static void put_spaces(struct calltap__out *out, size_t count) {
  for (size_t i = 0; i < count; i++)
    CALLTAP__OUT(out, " ");
}

/* --- numbers --- */

static size_t format_integer(char *out, calltap__signed_wide value) {
  return calltap__format_wide(out, value < 0 ? (calltap__wide)-value : (calltap__wide)value, value < 0);
}

static size_t format_value(char *out, calltap__signed_wide value, bool is_time) {
  bool is_duration = is_time && value >= 0 && value <= (calltap__signed_wide)UINT64_MAX;
  return is_duration ? calltap__format_duration(out, (uint64_t)value) : format_integer(out, value);
}

/* Of numbers that are no times with one digit after the point. */
static size_t format_average(char *out, const struct calltap__total *total, bool is_time) {
  calltap__signed_wide count = (calltap__signed_wide)total->count, whole = total->sum / count;
  calltap__signed_wide tenth = total->sum % count * 10 / count;
  if (is_time)
    return format_value(out, whole, true);
  size_t size = 0;
  if (total->sum < 0 && whole == 0)
    out[size++] = '-';
  size += format_integer(out + size, whole);
  out[size++] = '.';
  out[size++] = (char)('0' + (tenth < 0 ? -tenth : tenth));
  return size;
}

/* Writes at most WIDEST bytes; none for what the row does not have. */
static size_t format_column(char *out, const struct calltap__total *total, int column, bool is_time) {
  switch (column) {
  case COUNT:
    return calltap__format_decimal(out, total->count);
  case TOTAL:
    return total->has_sum ? format_value(out, total->sum, is_time) : 0;
  case AVERAGE:
    return total->has_sum && total->count > 0 ? format_average(out, total, is_time) : 0;
  case LEAST:
    return total->has_bounds ? format_value(out, total->least, is_time) : 0;
  default:
    return total->has_bounds ? format_value(out, total->most, is_time) : 0;
  }
}

/* --- functions --- */

/* The name is left in the words of the writer. Its width is that of its characters. */
static size_t build_function(struct block *block, const struct calltap_trace_table *table) {
  struct calltap__builder *words = &block->writer->words, mfa = {0};
  const struct calltap__copy *copy = calltap__copy_of(&block->totals->copies, table);
  calltap__build_mfa(&mfa, table->function, table->function_number);
  calltap__build_plain(words, (struct calltap_text){mfa.bytes, mfa.size});
  words->failed |= mfa.failed;
  if (copy->shows_types || copy->shows_place)
    calltap__build(words, "  ");
  calltap__build_copy(words, copy);
  calltap__builder_free(&mfa);
  size_t width = 0;
  for (size_t i = 0; i < words->size; i++)
    width += ((unsigned char)words->bytes[i] & 0xc0) != 0x80;
  return width;
}

/* --- head --- */

static void measure(struct block *block) {
  for (int column = 0; column < COLUMNS; column++)
    block->width[column] = NARROWEST;
  for (size_t i = 0; i < block->count; i++) {
    for (int column = 0; column < COLUMNS; column++) {
      char text[WIDEST];
      size_t size = format_column(text, &block->total[i], column, block->is_time);
      block->has_column[column] |= size > 0;
      block->width[column] = size > block->width[column] ? size : block->width[column];
    }
    size_t width = build_function(block, block->total[i].row->table);
    block->writer->words.size = 0;
    block->function_width = width > block->function_width ? width : block->function_width;
  }
}

static void put_title(struct block *block, const struct calltap_trace_file *file) {
  static const char *const kinds[] = {
      [CALLTAP_TABLE_COUNT] = "count",
      [CALLTAP_TABLE_TIME] = "time",
      [CALLTAP_TABLE_SUM] = "sum of ",
      [CALLTAP_TABLE_HIST] = "histogram of ",
  };
  const struct calltap_trace_table *table = block->total->row->table;
  struct calltap__builder *words = &block->writer->words;
  calltap__build(words, block->colour ? "\n\033[1m" : "\n");
  calltap__build(words, kinds[table->kind]);
  if (table->kind == CALLTAP_TABLE_SUM || table->kind == CALLTAP_TABLE_HIST)
    calltap__build_plain(words, table->value.name);
  for (uint32_t i = 0; i < table->keys; i++) {
    calltap__build(words, i == 0 ? " by " : ", ");
    calltap__build_plain(words, table->key[i].name);
  }
  calltap__build(words, block->colour ? "\033[0m  (" : "  (");
  calltap__build_plain(words, file->program);
  calltap__build(words, " ");
  calltap__build_number(words, file->pid);
  calltap__build(words, ")\n");
  calltap__out_words(block->writer->out, words);
}

static void put_head(struct block *block) {
  static const char *const names[] = {"count", "total", "average", "min", "max"};
  struct calltap__out *out = block->writer->out;
  for (int column = 0; column < COLUMNS; column++) {
    if (!block->has_column[column])
      continue;
    put_spaces(out, 1 + block->width[column] - strlen(names[column]));
    put_terminated(out, names[column]);
  }
  CALLTAP__OUT(out, "  function\n");
}

/* --- rows --- */

static void put_numbers(struct block *block, const struct calltap__total *total) {
  struct calltap__out *out = block->writer->out;
  for (int column = 0; column < COLUMNS; column++) {
    char text[WIDEST];
    if (!block->has_column[column])
      continue;
    size_t size = format_column(text, total, column, block->is_time);
    put_spaces(out, 1 + block->width[column] - size);
    calltap__out(out, text, size);
  }
}

bool calltap__text_key_is_below(const struct calltap_trace_value *key, struct calltap_items item) {
  struct calltap_items stack;
  return calltap__is_stack(key) && calltap_trace_stack(item, &stack);
}

static void put_keys(struct block *block, const struct calltap__total *total, size_t function_width) {
  const struct calltap_trace_table *table = total->row->table;
  struct calltap__out *out = block->writer->out;
  struct calltap_items left = total->row->keys, one;
  const char *before = "  ";
  size_t missing = block->function_width - function_width;
  if (left.at == NULL) {
    put_spaces(out, missing);
    CALLTAP__OUT(out, "  (other)");
  }
  for (uint32_t i = 0; left.at != NULL && calltap_trace_take_item(&left, &one); i++) {
    if (calltap__text_key_is_below(&table->key[i], one))
      continue;
    put_spaces(out, missing);
    put_terminated(out, before);
    calltap__text_label(block->writer, block->decoder, table->function, &table->key[i], one);
    before = ", ";
    missing = 0;
  }
}

void calltap__text_keys_below(struct calltap__writer *writer, const struct calltap_trace_row *row) {
  const struct calltap_trace_table *table = row->table;
  struct calltap_items left = row->keys, one, stack;
  for (uint32_t i = 0; left.at != NULL && calltap_trace_take_item(&left, &one); i++) {
    if (!calltap__text_key_is_below(&table->key[i], one))
      continue;
    struct calltap__builder name = {0};
    calltap__build(&name, "    ");
    calltap__build_plain(&name, table->key[i].name);
    calltap__build_bytes(&name, "  ", 3);
    calltap_trace_stack(one, &stack);
    if (name.failed) {
      writer->out->error = ENOMEM;
    } else {
      calltap__text_frames(writer, stack, name.bytes, (unsigned)name.size - 1);
    }
    calltap__builder_free(&name);
  }
}

/* --- histograms --- */

/* Powers of two from 1024 on as 1K, 2K ... 16E. */
static int format_power(char *out, size_t room, calltap__signed_wide power) {
  static const char units[] = "\0KMGTPE";
  unsigned unit = 0;
  calltap__signed_wide size = power < 0 ? -power : power;
  for (; unit < 6 && size >= 1024; unit++)
    size /= 1024;
  return snprintf(out, room, "%s%d%.1s", power < 0 ? "-" : "", (int)size, &units[unit]);
}

/* Of times with their unit, as elsewhere in the table. */
static void format_bound(char *out, size_t room, calltap__signed_wide bound, bool is_time) {
  char text[WIDEST];
  if (is_time && bound >= 0)
    snprintf(out, room, "%.*s", (int)format_value(text, bound, true), text);
  else
    format_power(out, room, bound);
}

/* [0], [1], [2, 4), (-4, -2]; [512 ns, 1.0 us). */
static void format_range(char *out, size_t room, int bucket, bool is_time) {
  calltap__signed_wide least, most;
  char low[16], high[16];
  calltap__bucket_bounds(bucket, &least, &most);
  bool is_one = least == most;
  format_bound(low, sizeof low, bucket < 0 && !is_one ? least - 1 : least, is_time);
  format_bound(high, sizeof high, bucket > 0 ? most + 1 : most, is_time);
  if (is_one) {
    snprintf(out, room, "[%s]", low);
  } else {
    snprintf(out, room, bucket < 0 ? "(%s, %s]" : "[%s, %s)", low, high);
  }
}

static void put_bucket(struct calltap__out *out, int bucket, uint64_t count, uint64_t most, bool is_time) {
  static const char bar[] = "@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@";
  char range[40], line[160];
  int size = (int)((calltap__wide)count * BAR / most);
  format_range(range, sizeof range, bucket, is_time);
  snprintf(line, sizeof line, "    %-*s %10" PRIu64 " |%-*.*s|\n", is_time ? TIME_RANGE : RANGE, range, count, BAR,
           size, bar);
  put_terminated(out, line);
}

static void put_histogram(struct block *block, const struct calltap__total *total) {
  struct calltap__histogram histogram;
  uint64_t most = 1;
  calltap__histogram(block->totals, total, &histogram);
  for (int i = histogram.first; i <= histogram.last; i++) {
    uint64_t count = histogram.count[i + CALLTAP__BUCKET_ZERO];
    most = count > most ? count : most;
  }
  for (int i = histogram.first; i <= histogram.last; i++)
    put_bucket(block->writer->out, i, histogram.count[i + CALLTAP__BUCKET_ZERO], most, block->is_time);
}

/* --- blocks --- */

static void put_total(struct block *block, const struct calltap__total *total) {
  struct calltap__out *out = block->writer->out;
  put_numbers(block, total);
  CALLTAP__OUT(out, "  ");
  size_t width = build_function(block, total->row->table);
  calltap__out_words(out, &block->writer->words);
  put_keys(block, total, width);
  put_terminated(out, total->row->table->function->disarmed ? "  (a part)\n" : "\n");
  calltap__text_keys_below(block->writer, total->row);
  put_histogram(block, total);
}

/* All rows but most of those that nobody called, which come last. */
static size_t count_shown(const struct block *block) {
  size_t called = 0;
  while (called < block->count && block->total[called].count > 0)
    called++;
  return block->count - called > MOST_NEVER ? called + MOST_NEVER : block->count;
}

static void put_block(struct block *block, const struct calltap_trace_file *file) {
  size_t all = block->count, shown = count_shown(block);
  block->count = shown;
  block->is_time = calltap__sums_time(block->total->row->table);
  measure(block);
  put_title(block, file);
  put_head(block);
  for (size_t i = 0; i < shown; i++)
    put_total(block, &block->total[i]);
  if (shown == all)
    return;
  char line[96];
  snprintf(line, sizeof line, "  ... and %zu more function%s that nobody called\n", all - shown,
           all - shown == 1 ? "" : "s");
  put_terminated(block->writer->out, line);
}

void calltap__text_tables(struct calltap__writer *writer, struct calltap__decoder *decoder,
                          const struct calltap_trace_file *file, bool colour) {
  struct calltap__totals totals;
  if (!calltap__totals_make(&totals, file)) {
    writer->out->error = ENOMEM;
    return;
  }
  writer->file = file;
  for (size_t i = 0; i < totals.totals;) {
    struct block block = {.writer = writer, .decoder = decoder, .totals = &totals, .colour = colour};
    block.total = &totals.total[i];
    block.count = calltap__totals_of_block(&totals, i);
    i += block.count; /* all of it, though not all may be shown */
    put_block(&block, file);
  }
  calltap__totals_free(&totals);
}
