/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "profiled.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lib/text.h"
#include "message.h"
#include "progress.h"

static void say(struct inputs *inputs, const struct calltap__profile *profile) {
  inputs_say(inputs);
  inputs_say_stacks(profile->between);
  if (profile->beyond > 0) {
    message("note: there are more than %d call paths; %" PRIu64
            " calls on further ones are shown without their callers",
            CALLTAP__MOST_NODES, profile->beyond);
  }
  if (profile->failed) {
    message("this needs more memory than there is; what is shown is only a part");
    inputs_worsen(inputs, STATUS_FAULT);
  }
}

static uint64_t rows(const struct inputs *inputs) {
  uint64_t count = 0;
  for (size_t i = 0; i < calltap_reader_files(inputs->reader); i++)
    count += calltap_reader_file(inputs->reader, i)->rows;
  return count;
}

static bool has_something(struct inputs *inputs, const struct calltap__profile *profile, const struct filter *filter) {
  if (profile->calls + profile->exits > 0)
    return true;
  if (!filter_is_open(filter)) {
    filter_say_nothing(filter, inputs->reader);
  } else if (rows(inputs) > 0) {
    message("no call to show: the rules counted calls instead of recording them; `calltap decode` shows the counts");
  } else {
    message("no call to show");
  }
  inputs_worsen(inputs, STATUS_NOTHING);
  return false;
}

static void read_events(struct inputs *inputs, struct filter *filter, struct calltap__profile *profile) {
  const struct calltap_event *event;
  bool is_open = filter_is_open(filter);
  calltap_reader_skip_values(inputs->reader);
  progress_start(false);
  while ((event = progress_next(inputs->reader)) != NULL) {
    if (is_open || filter_wants(filter, event))
      calltap__profile_event(profile, event);
  }
  progress_end();
  calltap__profile_finish(profile);
}

/* NULL, and said, if there is nothing to show. */
static struct calltap__profile *read_profile(struct inputs *inputs, struct calltap__profile_options options,
                                             struct filter *filter) {
  options.is_part = !filter_is_open(filter);
  struct calltap__profile *profile = calltap__profile_new(options);
  if (profile == NULL) {
    message("this needs more memory than there is");
    inputs_worsen(inputs, STATUS_FAULT);
    return NULL;
  }
  read_events(inputs, filter, profile);
  say(inputs, profile);
  filter_say(filter);
  if (has_something(inputs, profile, filter))
    return profile;
  calltap__profile_free(profile);
  return NULL;
}

struct calltap__profile *profiled(struct inputs *inputs, struct calltap__profile_options options,
                                  const struct filter_question *question) {
  if (!inputs_open(inputs))
    return NULL;
  struct filter *filter = filter_make(inputs->reader, question);
  if (filter == NULL) {
    inputs->status = STATUS_QUESTION;
    return NULL;
  }
  struct calltap__profile *profile = read_profile(inputs, options, filter);
  filter_free(filter);
  return profile;
}

uint64_t profiled_lost(const struct inputs *inputs) {
  uint64_t lost = 0;
  for (size_t i = 0; i < calltap_reader_files(inputs->reader); i++)
    lost += inputs_lost(calltap_reader_file(inputs->reader, i));
  return lost;
}

bool profiled_percent(const char *word, const char *name, double *percent) {
  char *end;
  *percent = strtod(word, &end);
  if (end != word && *end == '\0' && *percent >= 0 && *percent <= 100)
    return true;
  message("%s takes a number of percent from 0 to 100, not '%s'", name, word);
  return false;
}

int profiled_choice(const char *word, const char *name, const char *const *list, size_t count) {
  struct calltap__builder all = {0};
  for (size_t i = 0; i < count; i++) {
    if (strcmp(list[i], word) == 0) {
      calltap__builder_free(&all);
      return (int)i;
    }
    calltap__build(&all, i == 0 ? "" : i + 1 == count ? " or " : ", ");
    calltap__build(&all, list[i]);
  }
  calltap__build_bytes(&all, "", 1);
  message("%s takes %s, not '%s'", name, all.failed ? "another word" : all.bytes, word);
  calltap__builder_free(&all);
  return -1;
}
