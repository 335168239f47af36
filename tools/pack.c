/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "pack.h"

#include <errno.h>

static void put_group(struct calltap__out *out, const uint8_t bytes[3], unsigned count) {
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  uint32_t group = (uint32_t)bytes[0] << 16 | (uint32_t)bytes[1] << 8 | bytes[2];
  char *at = calltap__out_room(out, 4);
  at[0] = letters[group >> 18];
  at[1] = letters[group >> 12 & 63];
  at[2] = count > 1 ? letters[group >> 6 & 63] : '=';
  at[3] = count > 2 ? letters[group & 63] : '=';
  out->at += 4;
}

static void put_base64(struct pack *pack, const uint8_t *bytes, size_t size) {
  for (size_t i = 0; i < size; i++) {
    pack->left[pack->lefts++] = bytes[i];
    if (pack->lefts < 3)
      continue;
    put_group(pack->out, pack->left, 3);
    pack->lefts = 0;
  }
}

static void run(struct pack *pack, int flush) {
  uint8_t packed[16384];
  int code;
  do {
    pack->zlib.next_out = packed;
    pack->zlib.avail_out = sizeof packed;
    code = deflate(&pack->zlib, flush);
    put_base64(pack, packed, sizeof packed - pack->zlib.avail_out);
  } while (code == Z_OK && (pack->zlib.avail_out == 0 || flush == Z_FINISH));
  if (code == Z_STREAM_ERROR)
    pack->out->error = ENOMEM;
}

void pack_start(struct pack *pack, struct calltap__out *out) {
  *pack = (struct pack){.out = out};
  if (deflateInit(&pack->zlib, Z_DEFAULT_COMPRESSION) != Z_OK)
    out->error = ENOMEM;
}

static void feed(struct pack *pack, const void *bytes, size_t size) {
  const uint8_t *at = bytes;
  while (size > 0 && pack->out->error == 0) {
    unsigned piece = size < 1 << 20 ? (unsigned)size : 1 << 20;
    pack->zlib.next_in = (uint8_t *)(uintptr_t)at;
    pack->zlib.avail_in = piece;
    run(pack, Z_NO_FLUSH);
    at += piece;
    size -= piece;
  }
}

static void feed_small(struct pack *pack) {
  feed(pack, pack->small, pack->smalls);
  pack->smalls = 0;
}

void pack_bytes(struct pack *pack, const void *bytes, size_t size) {
  feed_small(pack);
  feed(pack, bytes, size);
}

void pack_number(struct pack *pack, uint64_t number) {
  if (pack->smalls + 10 > sizeof pack->small)
    feed_small(pack);
  for (; number > 127; number >>= 7)
    pack->small[pack->smalls++] = (uint8_t)(number | 128);
  pack->small[pack->smalls++] = (uint8_t)number;
}

void pack_end(struct pack *pack) {
  feed_small(pack);
  if (pack->out->error == 0)
    run(pack, Z_FINISH);
  deflateEnd(&pack->zlib);
  for (unsigned i = pack->lefts; i < 3; i++)
    pack->left[i] = 0;
  if (pack->lefts > 0)
    put_group(pack->out, pack->left, pack->lefts);
}
