/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The table of a report:
 *
 *         self  self %     total      calls      mean       min       p50       p90       p99       max  function
 *       2.1 s   31.40     6.7 s    112,403   59.6 us    120 ns    1.2 us   44.0 us    1.1 ms     6.7 s  lvm:luaV_execute/2 */
#include <errno.h>

#include "report.h"
#include "view.h"

enum { SELF, PERCENT, TOTAL, CALLS, MEAN, MIN, P50, P90, P99, MAX, THREADS, ERRORS, OPEN, COLUMNS };
enum { NARROWEST = 8 };

const char *const calltap__report_kinds[] = {
    [CALLTAP__BY_FUNCTION] = "function",
    [CALLTAP__BY_MODULE] = "module",
    [CALLTAP__BY_THREAD] = "thread",
    [CALLTAP__BY_CALLER] = "caller",
};

/* --- cells --- */

size_t calltap__format_commas(char *out, uint64_t number) {
  char digits[20];
  size_t count = calltap__format_decimal(digits, number), size = 0;
  for (size_t i = 0; i < count; i++) {
    if (i > 0 && (count - i) % 3 == 0)
      out[size++] = ',';
    out[size++] = digits[i];
  }
  return size;
}

size_t calltap__format_percent(char *out, uint64_t part, uint64_t whole) {
  double percent = whole == 0 ? 0 : 100.0 * (double)part / (double)whole;
  uint64_t hundredths = (uint64_t)(percent * 100 + 0.5);
  size_t size = calltap__format_decimal(out, hundredths / 100);
  out[size++] = '.';
  calltap__format_padded(out + size, (uint32_t)(hundredths % 100), 2);
  return size + 2;
}

void calltap__out_spaces(struct calltap__out *out, size_t count) {
  for (size_t i = 0; i < count; i++)
    CALLTAP__OUT(out, " ");
}

void calltap__out_right(struct calltap__out *out, const char *text, size_t size, size_t width) {
  calltap__out_spaces(out, size < width ? width - size : 0);
  calltap__out(out, text, size);
}

/* --- rows --- */

struct table {
  const struct calltap__report *report;
  struct calltap__out *out;
  size_t shown;
  size_t width[COLUMNS];
  bool has[COLUMNS];
};

static const char *const heads[] = {
    [SELF] = "self",       [PERCENT] = "self %", [TOTAL] = "total", [CALLS] = "calls", [MEAN] = "mean",
    [MIN] = "min",         [P50] = "p50",        [P90] = "p90",     [P99] = "p99",     [MAX] = "max",
    [THREADS] = "threads", [ERRORS] = "errors",  [OPEN] = "open",
};

static uint64_t time_of(const struct calltap__row *row, int column) {
  const uint64_t times[] = {
      [SELF] = row->self, [TOTAL] = row->total, [MEAN] = row->mean, [MIN] = row->least,
      [P50] = row->p50,   [P90] = row->p90,     [P99] = row->p99,   [MAX] = row->most,
  };
  return times[column];
}

/* A time that is not known is a dash. */
static size_t format_cell(const struct table *table, char *out, const struct calltap__row *row, int column) {
  bool is_vague = (column == SELF || column == TOTAL) && row->timed + row->open + row->errors > 0;
  switch (column) {
  case CALLS:
    return calltap__format_commas(out, row->calls);
  case THREADS:
    return calltap__format_commas(out, row->threads);
  case ERRORS:
    return calltap__format_commas(out, row->errors);
  case OPEN:
    return calltap__format_commas(out, row->open);
  case PERCENT:
    return calltap__format_percent(out, row->self, table->report->rows->total);
  default:
    if (row->timed > 0 || is_vague)
      return calltap__format_duration(out, time_of(row, column));
    out[0] = '-';
    return 1;
  }
}

/* Columns are as wide as all rows need, not those that are shown only, and no narrower than most reports need: they stay where they are. */
static void measure(struct table *table) {
  const struct calltap__rows *rows = table->report->rows;
  for (int column = 0; column < COLUMNS; column++) {
    table->has[column] = column < THREADS;
    table->width[column] = column == PERCENT ? 6 : NARROWEST;
  }
  table->has[THREADS] = table->report->profile->threads > 2;
  for (size_t i = 0; i < rows->rows; i++) {
    table->has[ERRORS] |= rows->row[i].errors > 0;
    table->has[OPEN] |= rows->row[i].open > 0;
    for (int column = 0; column < COLUMNS; column++) {
      char cell[CALLTAP__CELL];
      size_t size = format_cell(table, cell, &rows->row[i], column);
      table->width[column] = size > table->width[column] ? size : table->width[column];
    }
  }
}

static void put_head(const struct table *table) {
  struct calltap__out *out = table->out;
  const char *kind = calltap__report_kinds[table->report->profile->options.by];
  if (table->report->colour)
    CALLTAP__OUT(out, "\033[1m");
  for (int column = 0; column < COLUMNS; column++) {
    if (!table->has[column])
      continue;
    calltap__out_right(out, heads[column], strlen(heads[column]), table->width[column]);
    CALLTAP__OUT(out, "  ");
  }
  if (table->report->profile->options.by == CALLTAP__BY_CALLER)
    CALLTAP__OUT(out, "function <- ");
  calltap__out(out, kind, strlen(kind));
  if (table->report->colour)
    CALLTAP__OUT(out, "\033[0m");
  CALLTAP__OUT(out, "\n");
}

static void put_row(const struct table *table, const struct calltap__row *row) {
  struct calltap__builder name = {0}, plain = {0};
  for (int column = 0; column < COLUMNS; column++) {
    char cell[CALLTAP__CELL];
    if (!table->has[column])
      continue;
    size_t size = format_cell(table, cell, row, column);
    bool is_red = column == ERRORS && row->errors > 0 && table->report->colour;
    if (is_red)
      CALLTAP__OUT(table->out, "\033[31m");
    calltap__out_right(table->out, cell, size, table->width[column]);
    if (is_red)
      CALLTAP__OUT(table->out, "\033[0m");
    CALLTAP__OUT(table->out, "  ");
  }
  calltap__group_name(&name, table->report->profile, row->group);
  calltap__build_plain(&plain, (struct calltap_text){name.bytes, name.size});
  calltap__build(&plain, calltap__group_is_part(table->report->profile, row->group) ? "  (a part)\n" : "\n");
  calltap__out_words(table->out, &plain);
  table->out->error = name.failed ? ENOMEM : table->out->error;
  calltap__builder_free(&name);
  calltap__builder_free(&plain);
}

/* --- the last line --- */

static void add_count(struct calltap__builder *line, const char *before, uint64_t count, const char *one,
                      const char *several) {
  char text[CALLTAP__CELL];
  size_t size = calltap__format_commas(text, count);
  calltap__build(line, before);
  calltap__build_bytes(line, text, size);
  calltap__build(line, count == 1 ? one : several);
}

static void add_some(struct calltap__builder *line, uint64_t count, const char *one, const char *several) {
  if (count > 0)
    add_count(line, "; ", count, one, several);
}

static void add_span(struct calltap__builder *line, const struct calltap__profile *profile) {
  char text[CALLTAP__CELL];
  if (profile->last_ns <= profile->first_ns)
    return;
  size_t size = calltap__format_duration(text, (uint64_t)profile->last_ns - (uint64_t)profile->first_ns);
  calltap__build(line, " in ");
  calltap__build_bytes(line, text, size);
}

void calltap__report_end(const struct calltap__report *report, struct calltap__out *out) {
  const struct calltap__profile *profile = report->profile;
  struct calltap__builder line = {0};
  calltap__build(&line, report->colour ? "\033[2m" : "");
  add_count(&line, "", profile->calls, " call", " calls");
  add_count(&line, " of ", profile->functions - CALLTAP__FUNCTIONS, " function", " functions");
  add_count(&line, " in ", profile->threads - 1, " thread", " threads");
  add_span(&line, profile);
  size_t start = line.size;
  add_some(&line, profile->open, " call open at the end", " calls open at the end");
  add_some(&line, profile->skipped, " call left without an exit", " calls left without an exit");
  add_some(&line, profile->untimed, " call without a time", " calls without a time");
  add_some(&line, profile->unmatched, " exit without its call", " exits without their calls");
  add_some(&line, profile->beyond, " call on a path beyond the limit", " calls on paths beyond the limit");
  add_some(&line, profile->between, " call ended while later ones stayed open",
           " calls ended while later ones stayed open");
  add_some(&line, report->lost, " event lost", " events lost");
  if (line.size == start)
    calltap__build(&line, "; nothing lost, no call open");
  calltap__build(&line, report->colour ? "\033[0m\n" : "\n");
  calltap__out_words(out, &line);
  calltap__builder_free(&line);
}

void calltap__report_text(const struct calltap__report *report, struct calltap__out *out) {
  struct table table = {.report = report, .out = out};
  table.shown = report->rows->rows < report->most ? report->rows->rows : report->most;
  measure(&table);
  put_head(&table);
  for (size_t i = 0; i < table.shown && out->error == 0; i++)
    put_row(&table, &report->rows->row[i]);
  if (table.shown < report->rows->rows) {
    struct calltap__builder line = {0};
    add_count(&line, "... and ", report->rows->rows - table.shown, " more row\n", " more rows\n");
    calltap__out_words(out, &line);
    calltap__builder_free(&line);
  }
  CALLTAP__OUT(out, "\n");
  calltap__report_end(report, out);
}
