/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* slowest FILE...: the slowest call of traces, as text and as JSON, and what the integers add up to that `twice` was called with. */
#include <calltap/reader.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_twice(struct calltap_text name) { return name.size == 5 && memcmp(name.bytes, "twice", 5) == 0; }

int main(int count, char **words) {
  struct calltap_reader *reader = calltap_reader_new();
  struct calltap_reader_error error;
  const struct calltap_event *event;
  uint64_t sum = 0, most = 0;
  char *text = NULL, *json = NULL;
  for (int i = 1; i < count; i++)
    if (calltap_reader_open(reader, words[i], &error) != CALLTAP_READER_OK) {
      fprintf(stderr, "slowest: %s: %s (byte %" PRIu64 ")\n", words[i], error.text, error.offset);
      return 1;
    }
  while ((event = calltap_reader_next(reader)) != NULL) {
    if (event->kind == CALLTAP_EVENT_CALL && is_twice(event->function->name) && event->values == 1)
      sum += event->value[0];
    if (event->kind != CALLTAP_EVENT_EXIT || !calltap_event_has_elapsed(event) || event->elapsed_ns < most)
      continue;
    most = event->elapsed_ns;
    free(text);
    free(json);
    text = strdup(calltap_reader_text(reader, event));
    json = strdup(calltap_reader_json(reader, event));
  }
  for (size_t i = 0; i < calltap_reader_files(reader); i++)
    printf("%s: %" PRIu64 " calls\n", calltap_reader_file(reader, i)->path,
           calltap_reader_file(reader, i)->counts.calls);
  printf("sum %" PRIu64 "\n%s\n%s\n", sum, text ? text : "", json ? json : "");
  free(text);
  free(json);
  calltap_reader_close(reader);
  return 0;
}
