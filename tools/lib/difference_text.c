/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Two traces side by side:
 *
 *                    self                            mean                             calls
 *      before     after    change      before     after    change        before         after  function
 *       2.2 s     1.8 s   -18.2 %     48.9 us   39.1 us   -20.0 %        46,912        46,912  lstrlib:singlematch/4
 *      1.2 ms    1.3 ms    +8.3 %      120 ns    130 ns    +8.3 % ~      10,000        10,000  ltable:luaH_get/2 */
#include <errno.h>
#include <stdio.h>

#include "difference.h"
#include "report.h"
#include "view.h"

enum { TIME = 8, CHANGE = 8, CALLS = 13 };

/* A dash for what is not there. */
static void put_time(struct calltap__out *out, const struct calltap__row *row, uint64_t ns, bool is_known) {
  char cell[CALLTAP__CELL] = "-";
  size_t size = row != NULL && is_known ? calltap__format_duration(cell, ns) : 1;
  calltap__out_right(out, cell, size, TIME);
  CALLTAP__OUT(out, "  ");
}

static void put_calls(struct calltap__out *out, const struct calltap__row *row) {
  char cell[CALLTAP__CELL] = "-";
  size_t size = row != NULL ? calltap__format_commas(cell, row->calls) : 1;
  calltap__out_right(out, cell, size, CALLS);
  CALLTAP__OUT(out, " ");
}

static void put_change(struct calltap__out *out, uint64_t before, uint64_t after, bool is_known) {
  char cell[CALLTAP__CELL] = "";
  double percent = before == 0 ? 0 : 100 * ((double)after - (double)before) / (double)before;
  if (is_known && before > 0 && percent < 1000) {
    snprintf(cell, sizeof cell, "%+.1f %%", percent);
  } else if (is_known && before > 0) {
    snprintf(cell, sizeof cell, "x %.3g", (double)after / (double)before);
  }
  calltap__out_right(out, cell, strlen(cell), CHANGE);
}

static const char *mark_of(const struct calltap__change *change) {
  if (change->before == NULL || change->after == NULL || change->p < 0)
    return " ? ";
  return change->is_significant ? "   " : " ~ ";
}

static const char *colour_of(const struct calltap__change *change) {
  if (!change->is_significant)
    return "\033[2m";
  return change->after->mean > change->before->mean ? "\033[31m" : "\033[32m";
}

static void put_row(const struct calltap__difference *difference, const struct calltap__change *change,
                    struct calltap__out *out) {
  static const struct calltap__row none = {0};
  const struct calltap__row *before = change->before, *after = change->after;
  const struct calltap__row *a = before != NULL ? before : &none, *b = after != NULL ? after : &none;
  bool both = before != NULL && after != NULL, timed = a->timed > 0 && b->timed > 0;
  struct calltap__builder name = {0}, plain = {0};
  put_time(out, before, a->self, true);
  put_time(out, after, b->self, true);
  put_change(out, a->self, b->self, both);
  CALLTAP__OUT(out, "    ");
  put_time(out, before, a->mean, a->timed > 0);
  put_time(out, after, b->mean, b->timed > 0);
  if (difference->colour)
    calltap__out(out, colour_of(change), strlen(colour_of(change)));
  put_change(out, a->mean, b->mean, both && timed);
  calltap__out(out, mark_of(change), 3);
  if (difference->colour)
    CALLTAP__OUT(out, "\033[0m");
  put_calls(out, before);
  put_calls(out, after);
  CALLTAP__OUT(out, " ");
  calltap__group_name(&name, after != NULL ? difference->after : difference->before,
                      after != NULL ? after->group : a->group);
  calltap__build_plain(&plain, (struct calltap_text){name.bytes, name.size});
  calltap__build(&plain, "\n");
  plain.failed |= name.failed;
  calltap__out_words(out, &plain);
  calltap__builder_free(&name);
  calltap__builder_free(&plain);
}

static void put_head(const struct calltap__difference *difference, struct calltap__out *out) {
  static const char heads[] =
      "        self                              mean                                   calls\n"
      "  before     after    change      before     after    change          before         after  ";
  const char *kind = calltap__report_kinds[difference->after->options.by];
  if (difference->colour)
    CALLTAP__OUT(out, "\033[1m");
  calltap__out(out, heads, strlen(heads));
  calltap__out(out, kind, strlen(kind));
  if (difference->colour)
    CALLTAP__OUT(out, "\033[0m");
  CALLTAP__OUT(out, "\n");
}

static void put_legend(const struct calltap__difference *difference, struct calltap__out *out) {
  struct calltap__builder line = {0};
  uint64_t significant = 0;
  char number[CALLTAP__CELL];
  for (size_t i = 0; i < difference->changes->changes; i++)
    significant += difference->changes->change[i].is_significant;
  calltap__build(&line, difference->colour ? "\033[2m" : "");
  calltap__build(&line, "before: ");
  calltap__build_plain(&line, calltap__text(difference->before_name));
  calltap__build(&line, ". ");
  calltap__build_bytes(&line, number, calltap__format_commas(number, significant));
  calltap__build(&line, significant == 1 ? " mean differs" : " means differ");
  calltap__build(&line, "; ~ not more than they vary by themselves, ? too few calls to say");
  if (difference->after->options.batches == CALLTAP__BATCHES_BY_TIME)
    calltap__build(&line, "\nWhat differs from run to run cannot be told from one of each: give three traces and more, "
                          "and as many --diff");
  calltap__build(&line, difference->colour ? "\033[0m\n" : "\n");
  calltap__out_words(out, &line);
  calltap__builder_free(&line);
}

void calltap__difference_text(const struct calltap__difference *difference, struct calltap__out *out) {
  const struct calltap__changes *changes = difference->changes;
  put_head(difference, out);
  for (size_t i = 0; i < changes->changes && i < difference->most && out->error == 0; i++)
    put_row(difference, &changes->change[i], out);
  CALLTAP__OUT(out, "\n");
  put_legend(difference, out);
}
