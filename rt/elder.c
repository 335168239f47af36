/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Two runtimes in one process: one in the program, another that was preloaded, or that dlmopen brought into a namespace of its own. They
 * know nothing of each other's symbols, but there is one control signal. So who finds a runtime's handler there, by the mark before it,
 * stands down, and tells the elder one of the objects that announce themselves to it. */
#include "calltap/version.h"
#include "internal.h"

/* Stands before calltap__elder_handler, in elder_x86_64.S. Its last letter is the version of all that is here. */
struct elder_mark {
  char name[8];
  int32_t face; /* a distance */
  int32_t unused;
};

struct elder_face {
  char version[32]; /* others are not called */
  void (*loaded)(const struct calltap_note *note, const char *path);
  void (*unloaded)(const struct calltap_note *note);
};

const struct elder_face calltap__elder_face = {CALLTAP_VERSION, calltap__session_object_loaded,
                                               calltap__session_object_unloaded};

static const struct elder_face *elder; /* null: there is none, or one of another version */

bool calltap__elder_find(uintptr_t handler) {
  static const char name[8] = {'c', 'a', 'l', 'l', 't', 'a', 'p', '1'};
  struct elder_mark mark = {{0}, 0, 0};
  uintptr_t at = handler - sizeof mark;
  bool is_ours = handler >= OS_PAGE && calltap__os_peek(calltap__os_pid(), &mark, at, sizeof mark) == sizeof mark;
  for (size_t i = 0; i < sizeof name - 1; i++)
    is_ours = is_ours && mark.name[i] == name[i];
  if (!is_ours)
    return false;
  bool is_same = mark.name[sizeof name - 1] == name[sizeof name - 1];
  const struct elder_face *face =
      (const struct elder_face *)(at + offsetof(struct elder_mark, face) + (uintptr_t)(intptr_t)mark.face);
  if (is_same && calltap__text_equal(face->version, CALLTAP_VERSION))
    elder = face;
  return true;
}

bool calltap__elder_loaded(const struct calltap_note *note) {
  if (elder)
    elder->loaded(note, calltap__object_path(note));
  return elder;
}

bool calltap__elder_unloaded(const struct calltap_note *note) {
  if (elder)
    elder->unloaded(note);
  return elder;
}
