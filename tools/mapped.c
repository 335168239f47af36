/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "mapped.h"

#include <elfutils/libdwfl.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

struct mapped {
  struct calltap_trace_file file;
  struct calltap_trace_object *object;
  char root[32]; /* /proc/PID/root */
};

/* --- files --- */

/* The process may have another root than this one. The libraries' own search would look here. */
static int find_elf(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, char **path, Elf **elf) {
  void **user;
  (void)data, (void)base, (void)elf;
  dwfl_module_info(module, &user, NULL, NULL, NULL, NULL, NULL, NULL);
  const struct mapped *mapped = *user;
  if (mapped == NULL || name[0] != '/' || asprintf(path, "%s%s", mapped->root, name) < 0) {
    *path = NULL;
    return -1;
  }
  return open(*path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Lines are looked for later, and names need none. */
static int find_no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                             const char *link, GElf_Word crc, char **path) {
  (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)path;
  return -1;
}

static const Dwfl_Callbacks callbacks = {.find_elf = find_elf, .find_debuginfo = find_no_debuginfo};

/* --- objects --- */

static struct calltap_text copy_of(const void *bytes, size_t size) {
  char *copy = malloc(size + 1);
  if (copy == NULL)
    return (struct calltap_text){NULL, 0};
  memcpy(copy, bytes, size);
  copy[size] = '\0';
  return (struct calltap_text){copy, size};
}

static int prepare(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr start, void *context) {
  (void)module, (void)name, (void)start;
  *user = context;
  return DWARF_CB_OK;
}

static int add_object(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr start, void *context) {
  struct mapped *mapped = context;
  Dwarf_Addr end = 0, where;
  GElf_Addr bias = 0;
  const char *path = NULL;
  const unsigned char *id = NULL;
  (void)user, (void)name;
  if (dwfl_module_getelf(module, &bias) == NULL)
    return DWARF_CB_OK;
  int bytes = dwfl_module_build_id(module, &id, &where);
  dwfl_module_info(module, NULL, NULL, &end, NULL, NULL, &path, NULL);
  if (path == NULL || bytes <= 0)
    return DWARF_CB_OK;
  struct calltap_trace_object *grown = realloc(mapped->object, (mapped->file.objects + 1) * sizeof *grown);
  if (grown == NULL)
    return DWARF_CB_ABORT;
  mapped->object = grown;
  mapped->file.object = grown;
  grown[mapped->file.objects++] = (struct calltap_trace_object){.path = copy_of(path, strlen(path)),
                                                                .start = start,
                                                                .end = end,
                                                                .bias = bias,
                                                                .build_id = copy_of(id, (size_t)bytes)};
  return DWARF_CB_OK;
}

struct mapped *mapped_open(uint32_t pid) {
  struct mapped *mapped = calloc(1, sizeof *mapped);
  Dwfl *dwfl = mapped != NULL ? dwfl_begin(&callbacks) : NULL;
  if (dwfl == NULL) {
    message("this needs more memory than there is");
    free(mapped);
    return NULL;
  }
  snprintf(mapped->root, sizeof mapped->root, "/proc/%" PRIu32 "/root", pid);
  mapped->file.pid = pid;
  dwfl_report_begin(dwfl);
  int error = dwfl_linux_proc_report(dwfl, (pid_t)pid);
  dwfl_report_end(dwfl, NULL, NULL);
  if (error == 0)
    dwfl_getmodules(dwfl, prepare, mapped, 0);
  bool good = error == 0 && dwfl_getmodules(dwfl, add_object, mapped, 0) == 0;
  dwfl_end(dwfl);
  if (good)
    return mapped;
  message("%" PRIu32 ": its mapped files cannot be read: %s", pid,
          error > 0    ? strerror(error)
          : error == 0 ? "no memory"
                       : dwfl_errmsg(-1));
  mapped_free(mapped);
  return NULL;
}

const struct calltap_trace_file *mapped_file(const struct mapped *mapped) { return &mapped->file; }

void mapped_free(struct mapped *mapped) {
  if (mapped == NULL)
    return;
  for (size_t i = 0; i < mapped->file.objects; i++) {
    free((char *)(uintptr_t)mapped->object[i].path.bytes);
    free((char *)(uintptr_t)mapped->object[i].build_id.bytes);
  }
  free(mapped->object);
  free(mapped);
}
