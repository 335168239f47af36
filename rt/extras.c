/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What an event has beside its values, because rules ask for it: who called, messages, what the call used. */
#include "internal.h"

enum { WORD = 9, MAP_HEADS = 16 };

bool calltap__extras_any(const struct extras *e) {
  return e->caller || e->frames || e->messages || e->usage || e->above || (e->way && (e->way->bytes || e->way->gone));
}

size_t calltap__extras_most(const struct extras *e) {
  size_t most = MAP_HEADS + WORD + (size_t)e->frames * WORD + 5 * WORD + (e->way ? EXTRAS_OF_WAY : WORD);
  for (unsigned i = 0; i < e->messages; i++) {
    most += 2 + WORD;
    for (unsigned k = 0; k < e->message[i]->values; k++)
      most += e->message[i]->value[k].most;
  }
  return most;
}

static uint8_t *put_word(uint8_t *at, uint64_t v) {
  *at = CBOR_UINT | 27;
  uint64_t big = __builtin_bswap64(v);
  __builtin_memcpy(at + 1, &big, 8);
  return at + WORD;
}

static uint8_t *put_head(uint8_t *at, enum cbor_major major, unsigned count) {
  if (count < 24) {
    *at = (uint8_t)(major | count);
    return at + 1;
  }
  at[0] = (uint8_t)(major | 24);
  at[1] = (uint8_t)count;
  return at + 2;
}

static uint8_t *put_frames(uint8_t *at, const uintptr_t *pc, size_t count) {
  at = put_head(at, CBOR_ARRAY, (unsigned)count);
  for (size_t i = 0; i < count; i++)
    at = put_word(at, pc[i]);
  return at;
}

static uint8_t *put_above(uint8_t *at, uint32_t above) {
  if (above != CALL_UNKNOWN)
    return put_word(at, above);
  *at = CBOR_NULL;
  return at + 1;
}

static const struct registers *here(const struct match_input *in) { return in->exit ? in->exit : in->entry; }

/* A value that cannot be computed is null. */
uint8_t *calltap__given_put(uint8_t *at, const struct given_value *v, const struct match_input *in) {
  uintptr_t pc[CALLTAP_FRAMES];
  int64_t words[2] = {0};
  if (!v->program)
    return put_frames(at, pc, calltap__walk(pc, v->frames, here(in), in->stream));
  if (calltap__match(v->program, in, words) == MATCH_YES)
    return calltap__given_write(at, v->capture, (const uint64_t *)words, in->stream);
  in->stream->faults++;
  *at = CBOR_NULL;
  return at + 1;
}

static uint8_t *put_messages(uint8_t *at, const struct extras *e, const struct match_input *in) {
  at = put_head(at, CBOR_ARRAY, e->messages);
  for (unsigned i = 0; i < e->messages; i++) {
    const struct action *a = e->message[i];
    at = put_head(at, CBOR_ARRAY, 1u + a->values);
    at = put_word(at, a->number);
    for (unsigned k = 0; k < a->values; k++)
      at = calltap__given_put(at, &a->value[k], in);
  }
  return at;
}

uint8_t *calltap__extras_put(uint8_t *at, const struct extras *e, const struct match_input *in, const uint64_t *usage) {
  uintptr_t pc[CALLTAP_FRAMES];
  size_t wanted = e->frames ? e->frames : e->caller, frames = 0;
  uint8_t *head = at++;
  unsigned pairs = 0;
  if (wanted)
    frames = calltap__walk(pc, wanted, here(in), in->stream);
  if (e->caller && frames) {
    *at++ = CALLTAP_WIRE_EXTRA_CALLER;
    at = put_word(at, pc[0]);
    pairs++;
  }
  if (e->frames) {
    *at++ = CALLTAP_WIRE_EXTRA_STACK;
    at = put_frames(at, pc, frames);
    pairs++;
  }
  if (e->messages) {
    *at++ = CALLTAP_WIRE_EXTRA_MESSAGES;
    at = put_messages(at, e, in);
    pairs++;
  }
  if (e->usage && usage) {
    *at++ = CALLTAP_WIRE_EXTRA_USAGE;
    at = put_head(at, CBOR_ARRAY, 5);
    for (unsigned i = 0; i < 5; i++)
      at = put_word(at, usage[i]);
    pairs++;
  }
  if (e->above) {
    *at++ = CALLTAP_WIRE_EXTRA_ABOVE;
    at = put_above(at, e->above);
    pairs++;
  }
  if (e->way && e->way->bytes) {
    *at++ = CALLTAP_WIRE_EXTRA_EXCEPTION;
    at = put_head(at, CBOR_BYTES, (unsigned)e->way->bytes);
    calltap__bytes_copy(at, e->way->type, e->way->bytes);
    at += e->way->bytes;
    pairs++;
  }
  if (e->way && e->way->gone) {
    *at++ = CALLTAP_WIRE_EXTRA_GONE;
    at = put_word(at, e->way->gone);
    pairs++;
  }
  *head = (uint8_t)(CBOR_MAP | pairs);
  return at;
}
