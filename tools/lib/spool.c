/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 16 * 1024 };

/* A buffer that was full, in the file. */
struct piece {
  uint64_t offset;
  uint32_t size;
};

struct lane {
  char *buffer; /* BUFFER bytes; NULL: nothing was written */
  size_t used;
  struct piece *piece;
  size_t pieces;
  size_t piece_room;
};

struct calltap__spool {
  struct lane *lane;
  size_t lanes;
  int fd; /* -1: nothing was full yet */
  uint64_t end;
  int error;
};

struct calltap__spool *calltap__spool_new(void) {
  struct calltap__spool *spool = calloc(1, sizeof *spool);
  if (spool != NULL)
    spool->fd = -1;
  return spool;
}

static bool make_file(struct calltap__spool *spool) {
  const char *directory = getenv("TMPDIR");
  char path[4096];
  if (spool->fd >= 0)
    return true;
  size_t size = directory == NULL ? 0 : strlen(directory);
  bool fits = size > 0 && size + sizeof "/calltap-XXXXXX" <= sizeof path;
  memcpy(path, fits ? directory : "/tmp", fits ? size : 4);
  memcpy(path + (fits ? size : 4), "/calltap-XXXXXX", sizeof "/calltap-XXXXXX");
  spool->fd = mkostemp(path, O_CLOEXEC);
  if (spool->fd < 0) {
    spool->error = errno;
    return false;
  }
  unlink(path);
  return true;
}

static bool write_at(int fd, const char *bytes, size_t size, uint64_t offset) {
  while (size > 0) {
    ssize_t written = pwrite(fd, bytes, size, (off_t)offset);
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    bytes += written;
    offset += (uint64_t)written;
    size -= (size_t)written;
  }
  return true;
}

static bool empty(struct calltap__spool *spool, struct lane *lane) {
  if (lane->pieces == lane->piece_room) {
    size_t room = lane->piece_room * 2 + 16;
    struct piece *grown = realloc(lane->piece, room * sizeof *grown);
    if (grown == NULL) {
      spool->error = ENOMEM;
      return false;
    }
    lane->piece = grown;
    lane->piece_room = room;
  }
  if (!make_file(spool))
    return false;
  if (!write_at(spool->fd, lane->buffer, lane->used, spool->end)) {
    spool->error = errno;
    return false;
  }
  lane->piece[lane->pieces++] = (struct piece){spool->end, (uint32_t)lane->used};
  spool->end += lane->used;
  lane->used = 0;
  return true;
}

static struct lane *lane_at(struct calltap__spool *spool, size_t at) {
  if (at >= spool->lanes) {
    size_t wanted = at + at / 2 + 16;
    struct lane *grown = realloc(spool->lane, wanted * sizeof *grown);
    if (grown == NULL)
      return NULL;
    memset(grown + spool->lanes, 0, (wanted - spool->lanes) * sizeof *grown);
    spool->lane = grown;
    spool->lanes = wanted;
  }
  struct lane *lane = &spool->lane[at];
  if (lane->buffer == NULL)
    lane->buffer = malloc(BUFFER);
  return lane->buffer == NULL ? NULL : lane;
}

char *calltap__spool_room(struct calltap__spool *spool, size_t at, size_t size) {
  struct lane *lane = at < spool->lanes && spool->lane[at].buffer != NULL ? &spool->lane[at] : lane_at(spool, at);
  if (lane == NULL) {
    spool->error = ENOMEM;
    return NULL;
  }
  if (BUFFER - lane->used < size && !empty(spool, lane))
    return NULL;
  return lane->buffer + lane->used;
}

void calltap__spool_wrote(struct calltap__spool *spool, size_t lane, size_t size) { spool->lane[lane].used += size; }

static void put_piece(struct calltap__spool *spool, const struct piece *piece, char *buffer, struct calltap__out *out) {
  size_t have = 0;
  while (have < piece->size) {
    ssize_t got = pread(spool->fd, buffer + have, piece->size - have, (off_t)(piece->offset + have));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0) {
      out->error = got < 0 ? errno : EIO;
      return;
    }
    have += (size_t)got;
  }
  calltap__out(out, buffer, piece->size);
}

void calltap__spool_put(struct calltap__spool *spool, size_t at, struct calltap__out *out) {
  if (at >= spool->lanes || spool->lane[at].buffer == NULL)
    return;
  struct lane *lane = &spool->lane[at];
  char *buffer = malloc(BUFFER);
  if (buffer == NULL) {
    out->error = ENOMEM;
    return;
  }
  for (size_t i = 0; i < lane->pieces && out->error == 0; i++)
    put_piece(spool, &lane->piece[i], buffer, out);
  calltap__out(out, lane->buffer, lane->used);
  free(buffer);
}

int calltap__spool_error(const struct calltap__spool *spool) { return spool->error; }

void calltap__spool_free(struct calltap__spool *spool) {
  if (spool == NULL)
    return;
  for (size_t i = 0; i < spool->lanes; i++) {
    free(spool->lane[i].buffer);
    free(spool->lane[i].piece);
  }
  if (spool->fd >= 0)
    close(spool->fd);
  free(spool->lane);
  free(spool);
}
