/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "line.h"

#include <elfutils/libdwfl.h>
#include <stdlib.h>

struct lines {
  Dwfl *dwfl;
  Dwfl_Module *module;
};

static char *debug_path;

/* Debugging information in a file of its own is looked for where the system keeps it. */
static const Dwfl_Callbacks callbacks = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = dwfl_standard_find_debuginfo,
    .section_address = dwfl_offline_section_address,
    .debuginfo_path = &debug_path,
};

struct lines *lines_open(const char *path) {
  struct lines *lines = calloc(1, sizeof *lines);
  if (lines == NULL)
    return NULL;
  lines->dwfl = dwfl_begin(&callbacks);
  if (lines->dwfl != NULL) {
    dwfl_report_begin(lines->dwfl);
    /* At base 0 addresses are those in the file. */
    lines->module = dwfl_report_elf(lines->dwfl, path, path, -1, 0, true);
    dwfl_report_end(lines->dwfl, NULL, NULL);
  }
  if (lines->module != NULL)
    return lines;
  lines_close(lines);
  return NULL;
}

bool lines_find(struct lines *lines, uint64_t address, struct calltap__builder *file, uint32_t *line) {
  int number = 0;
  Dwfl_Line *found = dwfl_module_getsrc(lines->module, address);
  const char *name = found != NULL ? dwfl_lineinfo(found, NULL, &number, NULL, NULL, NULL) : NULL;
  if (name == NULL || number <= 0)
    return false;
  calltap__build(file, name);
  *line = (uint32_t)number;
  return !file->failed;
}

void lines_close(struct lines *lines) {
  if (lines == NULL)
    return;
  dwfl_end(lines->dwfl);
  free(lines);
}
