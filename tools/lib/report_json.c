/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdio.h>

#include "difference.h"
#include "report.h"
#include "view.h"

struct key {
  const char *name; /* with what stands before its value */
  uint64_t value;
};

static void build_keys(struct calltap__builder *out, const struct key *keys, size_t count) {
  char text[CALLTAP__CELL * 2];
  for (size_t i = 0; i < count; i++) {
    calltap__build(out, keys[i].name);
    calltap__build_bytes(out, text, calltap__format_json_integer(text, keys[i].value, false));
  }
}

static void build_string(struct calltap__builder *out, const char *key, struct calltap_text text) {
  calltap__build(out, key);
  calltap__build_json(out, text);
}

/* What a group is, by the keys that `decode` uses for the same things. */
static void build_group(struct calltap__builder *out, const struct calltap__profile *profile,
                        const struct calltap__profile_group *group) {
  const struct calltap__profile_thread *thread = &profile->thread[group->thread];
  const struct calltap_trace_function *first = profile->function[group->module].function;
  switch (profile->options.by) {
  case CALLTAP__BY_MODULE:
    build_string(out, ",\"module\":", first != NULL ? first->module : profile->function[group->module].mfa);
    return;
  case CALLTAP__BY_THREAD:
    if (group->thread == 0)
      return;
    calltap__build(out, ",\"pid\":");
    calltap__build_number(out, thread->file->pid);
    calltap__build(out, ",\"tid\":");
    calltap__build_number(out, thread->thread->tid);
    build_string(out, ",\"thread\":", thread->thread->name);
    return;
  case CALLTAP__BY_CALLER:
    build_string(out, ",\"mfa\":", profile->function[group->function].mfa);
    if (group->caller != CALLTAP__FUNCTION_NONE)
      build_string(out, ",\"caller\":", profile->function[group->caller].mfa);
    return;
  default:
    build_string(out, ",\"mfa\":", profile->function[group->function].mfa);
    return;
  }
}

static void build_row(struct calltap__builder *out, const struct calltap__row *row) {
  const struct key sums[] = {
      {",\"calls\":", row->calls},     {",\"total_ns\":", row->total},      {",\"self_ns\":", row->self},
      {",\"threads\":", row->threads}, {",\"errors\":", row->errors},       {",\"tails\":", row->tails},
      {",\"open\":", row->open},       {",\"unmatched\":", row->unmatched},
  };
  const struct key times[] = {
      {",\"timed\":", row->timed}, {",\"mean_ns\":", row->mean}, {",\"min_ns\":", row->least},
      {",\"p50_ns\":", row->p50},  {",\"p90_ns\":", row->p90},   {",\"p99_ns\":", row->p99},
      {",\"max_ns\":", row->most},
  };
  build_keys(out, sums, sizeof sums / sizeof *sums);
  build_keys(out, times, row->timed > 0 ? sizeof times / sizeof *times : 1);
}

static void build_part(struct calltap__builder *out, const struct calltap__profile *profile,
                       const struct calltap__profile_group *group) {
  calltap__build(out, calltap__group_is_part(profile, group) ? ",\"partial\":true" : "");
}

void calltap__report_json_end(const struct calltap__report *report, struct calltap__out *out) {
  const struct calltap__profile *profile = report->profile;
  struct calltap__builder line = {0};
  const struct key keys[] = {
      {"{\"event\":\"summary\",\"calls\":", profile->calls},
      {",\"exits\":", profile->exits},
      {",\"functions\":", profile->functions - CALLTAP__FUNCTIONS},
      {",\"threads\":", profile->threads - 1},
      {",\"open\":", profile->open},
      {",\"skipped\":", profile->skipped},
      {",\"untimed\":", profile->untimed},
      {",\"unmatched\":", profile->unmatched},
      {",\"beyond\":", profile->beyond},
      {",\"between\":", profile->between},
      {",\"lost\":", report->lost},
  };
  build_keys(&line, keys, sizeof keys / sizeof *keys);
  calltap__build(&line, "}\n");
  calltap__out_words(out, &line);
  calltap__builder_free(&line);
}

void calltap__report_json(const struct calltap__report *report, struct calltap__out *out) {
  const char *kind = calltap__report_kinds[report->profile->options.by];
  struct calltap__builder line = {0};
  for (size_t i = 0; i < report->rows->rows && i < report->most && out->error == 0; i++) {
    calltap__build(&line, "{\"event\":\"");
    calltap__build(&line, kind);
    calltap__build(&line, "\"");
    build_group(&line, report->profile, report->rows->row[i].group);
    build_row(&line, &report->rows->row[i]);
    build_part(&line, report->profile, report->rows->row[i].group);
    calltap__build(&line, "}\n");
    calltap__out_words(out, &line);
  }
  calltap__builder_free(&line);
  calltap__report_json_end(report, out);
}

/* An object of its own: the keys of the row without the first comma. */
static void build_side(struct calltap__builder *out, const char *name, const struct calltap__row *row) {
  struct calltap__builder keys = {0};
  if (row == NULL)
    return;
  build_row(&keys, row);
  calltap__build(out, ",\"");
  calltap__build(out, name);
  calltap__build(out, "\":{");
  if (keys.size > 0)
    calltap__build_bytes(out, keys.bytes + 1, keys.size - 1);
  calltap__build(out, "}");
  out->failed |= keys.failed;
  calltap__builder_free(&keys);
}

static void build_p(struct calltap__builder *out, const struct calltap__change *change) {
  char text[CALLTAP__CELL];
  if (change->p < 0)
    return;
  snprintf(text, sizeof text, ",\"p\":%.3g", change->p);
  calltap__build(out, text);
  calltap__build(out, change->is_significant ? ",\"significant\":true" : ",\"significant\":false");
}

void calltap__difference_json(const struct calltap__difference *difference, struct calltap__out *out) {
  const char *kind = calltap__report_kinds[difference->after->options.by];
  struct calltap__builder line = {0};
  for (size_t i = 0; i < difference->changes->changes && i < difference->most && out->error == 0; i++) {
    const struct calltap__change *change = &difference->changes->change[i];
    calltap__build(&line, "{\"event\":\"");
    calltap__build(&line, kind);
    calltap__build(&line, "\"");
    if (change->after != NULL) {
      build_group(&line, difference->after, change->after->group);
    } else {
      build_group(&line, difference->before, change->before->group);
    }
    build_side(&line, "before", change->before);
    build_side(&line, "after", change->after);
    build_p(&line, change);
    calltap__build(&line, "}\n");
    calltap__out_words(out, &line);
  }
  calltap__builder_free(&line);
}
