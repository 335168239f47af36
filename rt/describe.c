/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The records that make a trace readable by itself: docs/format.md. */
#include "calltap/version.h"
#include "internal.h"

enum { ARGUMENT_BYTES = 1024, RULES_BYTES = 4096, NAME_BYTES = 4096 };

static void put_pair_text(struct cbor *c, const char *key, const char *value) {
  calltap__cbor_text(c, key);
  calltap__cbor_text(c, value);
}

static void put_pair_uint(struct cbor *c, const char *key, uint64_t value) {
  calltap__cbor_text(c, key);
  calltap__cbor_uint(c, value);
}

/* The program's arguments, as /proc/self/cmdline has them: each ends with a NUL. */
static void put_arguments(struct cbor *c) {
  char text[ARGUMENT_BYTES + 1];
  int fd = calltap__os_open("/proc/self/cmdline", false);
  long size = fd < 0 ? 0 : calltap__os_read(fd, text, ARGUMENT_BYTES);
  if (fd >= 0)
    calltap__os_close(fd);
  size = size < 0 ? 0 : size;
  text[size] = 0;
  size_t count = 0;
  for (long i = 0; i < size; i++)
    count += !text[i] || i + 1 == size;
  calltap__cbor_text(c, "argv");
  calltap__cbor_array(c, count);
  const char *at = text;
  for (size_t i = 0; i < count; i++) {
    calltap__cbor_text(c, at);
    at += calltap__text_length(at) + 1;
  }
}

static void put_clock(struct cbor *c) {
  uint64_t rate = calltap__tick_rate();
  const struct moment now = calltap__moment();
  calltap__cbor_text(c, "clock");
  calltap__cbor_map(c, 5);
  put_pair_text(c, "kind", calltap__process.ticks_are_ns ? "monotonic" : "tsc");
  put_pair_uint(c, "hz", rate);
  put_pair_uint(c, "ticks", now.ticks);
  put_pair_uint(c, "mono_ns", now.mono_ns);
  put_pair_uint(c, "real_ns", now.real_ns);
}

void calltap__describe_header(struct cbor *c, const struct session *session, uint64_t part) {
  const struct session_request *request = &session->request;
  char host[65];
  calltap__os_hostname(host);
  bool has_calls = request->limits.calls != 0, has_ring = request->limits.ring != 0;
  calltap__cbor_head(c, CBOR_TAG, CALLTAP_WIRE_TAG);
  calltap__cbor_array(c, 3);
  calltap__cbor_text(c, CALLTAP_WIRE_HEADER);
  calltap__cbor_uint(c, CALLTAP_FORMAT_VERSION);
  calltap__cbor_map(c, 9 + has_calls + has_ring + 2 * (part != 0) + (request->who != NULL));
  put_pair_text(c, "runtime", CALLTAP_VERSION);
  put_pair_text(c, "program", calltap__text_base(calltap__program_path()));
  put_arguments(c);
  put_pair_uint(c, "pid", (uint64_t)calltap__process.pid); /* a child of vfork may be writing this */
  put_pair_text(c, "host", host);
  size_t rules = calltap__text_length(request->rules);
  calltap__cbor_text(c, "rules");
  calltap__cbor_text_span(c, request->rules, rules < RULES_BYTES ? rules : RULES_BYTES);
  put_pair_text(c, "session", request->name);
  if (request->who)
    put_pair_text(c, "who", request->who);
  put_pair_uint(c, "limit_bytes", part ? request->limits.rotate : session->trace.limit);
  if (has_calls)
    put_pair_uint(c, "limit_calls", request->limits.calls);
  if (has_ring)
    put_pair_uint(c, "ring", request->limits.ring);
  if (part) {
    put_pair_uint(c, "rotate", request->limits.files);
    put_pair_uint(c, "part", part);
  }
  put_clock(c);
}

bool calltap__describe_objects(struct stream *session, record_writer *write) {
  static uint8_t record[8192];
  size_t count;
  const struct loaded *loaded = calltap__objects_loaded(&count);
  for (size_t i = 0; i < count; i++) {
    const struct loaded *o = &loaded[i];
    struct cbor c = calltap__cbor(record, sizeof record);
    calltap__cbor_array(&c, 6);
    calltap__cbor_text(&c, CALLTAP_WIRE_OBJECT);
    calltap__cbor_text(&c, calltap__object_name(o->path));
    calltap__cbor_uint(&c, o->start);
    calltap__cbor_uint(&c, o->end);
    calltap__cbor_uint(&c, o->bias);
    calltap__cbor_bytes(&c, o->build_id, o->build_id_bytes);
    if (!c.full && !write(session, &c))
      return false;
  }
  return true;
}
