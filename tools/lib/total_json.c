/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Tables as docs/json.md has them: one object a row. */
#include <errno.h>

#include "total.h"
#include "view.h"

static void put_json(struct calltap__writer *w, struct calltap_text text) {
  calltap__build_json(&w->words, text);
  calltap__out_words(w->out, &w->words);
}

static void put_integer(struct calltap__out *out, calltap__signed_wide value) {
  calltap__wide magnitude = value < 0 ? (calltap__wide)-value : (calltap__wide)value;
  out->at += calltap__format_json_integer(calltap__out_room(out, 42), magnitude, value < 0);
}

static void put_start(struct calltap__writer *w, const struct calltap_trace_file *file) {
  CALLTAP__OUT(w->out, "{\"host\":");
  put_json(w, file->host);
  CALLTAP__OUT(w->out, ",\"program\":");
  put_json(w, file->program);
  CALLTAP__OUT(w->out, ",\"pid\":");
  calltap__out_decimal(w->out, file->pid);
  CALLTAP__OUT(w->out, ",\"session\":");
  put_json(w, file->session);
  CALLTAP__OUT(w->out, ",\"event\":\"row\"");
}

static void put_copy(struct calltap__writer *w, const struct calltap__copy *copy) {
  struct calltap__builder which = {0};
  calltap__build_copy(&which, copy);
  if (which.size > 0) {
    CALLTAP__OUT(w->out, ",\"which\":");
    put_json(w, (struct calltap_text){which.bytes, which.size});
  }
  if (which.failed)
    w->out->error = ENOMEM;
  calltap__builder_free(&which);
}

static void put_table(struct calltap__writer *w, const struct calltap_trace_table *table,
                      const struct calltap__copy *copy) {
  static const char *const kinds[] = {
      [CALLTAP_TABLE_COUNT] = "count",
      [CALLTAP_TABLE_TIME] = "time",
      [CALLTAP_TABLE_SUM] = "sum",
      [CALLTAP_TABLE_HIST] = "hist",
  };
  struct calltap__builder mfa = {0};
  calltap__build_mfa(&mfa, table->function, table->function_number);
  CALLTAP__OUT(w->out, ",\"kind\":\"");
  calltap__out(w->out, kinds[table->kind], strlen(kinds[table->kind]));
  CALLTAP__OUT(w->out, "\",\"mfa\":");
  put_json(w, (struct calltap_text){mfa.bytes, mfa.size});
  if (mfa.failed)
    w->out->error = ENOMEM;
  calltap__builder_free(&mfa);
  put_copy(w, copy);
  if (table->value.name.size > 0) {
    CALLTAP__OUT(w->out, ",\"of\":");
    put_json(w, table->value.name);
  }
}

static void put_keys(struct calltap__writer *w, struct calltap__decoder *decoder, const struct calltap_trace_row *row) {
  struct calltap_items left = row->keys, one;
  CALLTAP__OUT(w->out, ",\"keys\":");
  if (left.at == NULL) {
    CALLTAP__OUT(w->out, "null");
    return;
  }
  CALLTAP__OUT(w->out, "[");
  for (uint32_t i = 0; calltap_trace_take_item(&left, &one); i++) {
    if (i > 0)
      CALLTAP__OUT(w->out, ",");
    calltap__json_label(w, decoder, row->table->function, &row->table->key[i], one);
  }
  CALLTAP__OUT(w->out, "]");
}

static void put_numbers(struct calltap__out *out, const struct calltap__total *total) {
  CALLTAP__OUT(out, ",\"count\":");
  put_integer(out, (calltap__signed_wide)total->count);
  if (total->has_sum) {
    CALLTAP__OUT(out, ",\"sum\":");
    put_integer(out, total->sum);
  }
  if (total->has_bounds) {
    CALLTAP__OUT(out, ",\"min\":");
    put_integer(out, total->least);
    CALLTAP__OUT(out, ",\"max\":");
    put_integer(out, total->most);
  }
}

static void put_buckets(struct calltap__out *out, const struct calltap__totals *totals,
                        const struct calltap__total *total) {
  struct calltap__histogram histogram;
  calltap__histogram(totals, total, &histogram);
  const char *before = ",\"buckets\":[";
  for (int i = histogram.first; i <= histogram.last; i++) {
    uint64_t count = histogram.count[i + CALLTAP__BUCKET_ZERO];
    calltap__signed_wide least, most;
    if (count == 0)
      continue;
    calltap__bucket_bounds(i, &least, &most);
    calltap__out(out, before, strlen(before));
    CALLTAP__OUT(out, "{\"from\":");
    put_integer(out, least);
    CALLTAP__OUT(out, ",\"to\":");
    put_integer(out, most);
    CALLTAP__OUT(out, ",\"count\":");
    put_integer(out, (calltap__signed_wide)count);
    CALLTAP__OUT(out, "}");
    before = ",";
  }
  if (before[1] == '\0')
    CALLTAP__OUT(out, "]");
}

void calltap__json_tables(struct calltap__writer *w, struct calltap__decoder *decoder,
                          const struct calltap_trace_file *file) {
  struct calltap__totals totals;
  if (!calltap__totals_make(&totals, file)) {
    w->out->error = ENOMEM;
    return;
  }
  w->file = file;
  for (size_t i = 0; i < totals.totals; i++) {
    put_start(w, file);
    put_table(w, totals.total[i].row->table, calltap__copy_of(&totals.copies, totals.total[i].row->table));
    put_keys(w, decoder, totals.total[i].row);
    put_numbers(w->out, &totals.total[i]);
    if (totals.total[i].row->table->function->disarmed)
      CALLTAP__OUT(w->out, ",\"partial\":true");
    put_buckets(w->out, &totals, &totals.total[i]);
    CALLTAP__OUT(w->out, "}\n");
  }
  calltap__totals_free(&totals);
}
