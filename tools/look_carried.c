/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Whether a process carries the runtime: by the names and the notes of what it has mapped. Only the heads of files are read, as this is
 * asked of every process there is. */
#include <elf.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "calltap/abi.h"
#include "look.h"
#include "process.h"

enum { MOST_SEGMENTS = 64, MOST_NOTES = 4096 };

static bool is_note(const char *at, size_t size) {
  Elf64_Nhdr head;
  while (size >= sizeof head) {
    memcpy(&head, at, sizeof head);
    size_t name = ((size_t)head.n_namesz + 3) & ~(size_t)3;
    size_t whole = sizeof head + name + (((size_t)head.n_descsz + 3) & ~(size_t)3);
    if (whole > size)
      return false;
    if (head.n_namesz == sizeof CALLTAP_NOTE_OWNER && memcmp(at + sizeof head, CALLTAP_NOTE_OWNER, head.n_namesz) == 0)
      return true;
    at += whole;
    size -= whole;
  }
  return false;
}

static bool has_note(int fd) {
  Elf64_Ehdr head;
  Elf64_Phdr segment[MOST_SEGMENTS];
  char notes[MOST_NOTES];
  if (pread(fd, &head, sizeof head, 0) != sizeof head || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
      head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phentsize != sizeof *segment)
    return false;
  size_t count = head.e_phnum < MOST_SEGMENTS ? head.e_phnum : MOST_SEGMENTS;
  if (pread(fd, segment, count * sizeof *segment, (off_t)head.e_phoff) != (ssize_t)(count * sizeof *segment))
    return false;
  for (size_t i = 0; i < count; i++) {
    if (segment[i].p_type != PT_NOTE || segment[i].p_align > 4) /* 8 is another padding, and not ours */
      continue;
    size_t size = segment[i].p_filesz < sizeof notes ? segment[i].p_filesz : sizeof notes;
    ssize_t got = pread(fd, notes, size, (off_t)segment[i].p_offset);
    if (got > 0 && is_note(notes, (size_t)got))
      return true;
  }
  return false;
}

static void receive(void *context, const char *path, const char *name) {
  static const char library[] = "libcalltap.so";
  enum look_carried *carried = context;
  const char *slash = strrchr(name, '/');
  if (*carried == LOOK_RUNTIME)
    return;
  if (slash != NULL && strncmp(slash + 1, library, sizeof library - 1) == 0) {
    *carried = LOOK_RUNTIME;
    return;
  }
  struct stat status;
  if (*carried == LOOK_TABLES || stat(path, &status) != 0 || !S_ISREG(status.st_mode)) /* devices are mapped, too */
    return;
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return;
  if (has_note(fd))
    *carried = LOOK_TABLES;
  close(fd);
}

int look_carried(uint32_t pid, enum look_carried *carried) {
  *carried = LOOK_NOTHING;
  return process_files(pid, receive, carried);
}
