/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Names of C++ types. The C++ library knows how to read them; it is loaded when the first is shown, and not missed where it is not. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

typedef char *demangler(const char *mangled, char *room, size_t *size, int *status);

static demangler *find_demangler(void) {
  static demangler *found;
  static bool looked;
  if (looked)
    return found;
  looked = true;
  void *library = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);
  if (library != NULL)
    *(void **)&found = dlsym(library, "__cxa_demangle");
  return found;
}

char *calltap__demangle(struct calltap_text mangled) {
  /* A name that no other file may know begins with a star. */
  if (mangled.size > 0 && mangled.bytes[0] == '*')
    mangled = (struct calltap_text){mangled.bytes + 1, mangled.size - 1};
  char *name = strndup(mangled.bytes, mangled.size);
  demangler *demangle = find_demangler();
  int status = 0;
  if (name == NULL || demangle == NULL)
    return name;
  char *readable = demangle(name, NULL, NULL, &status);
  if (readable == NULL)
    return name;
  free(name);
  return readable;
}
