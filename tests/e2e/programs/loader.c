// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads and unloads libraries, calling into them: loader LIBRARY...
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv) {
  for (int round = 0; round < 50; round++)
    for (int i = 1; i < argc; i++) {
      void *library = dlopen(argv[i], RTLD_NOW | RTLD_LOCAL);
      if (!library)
        return fprintf(stderr, "%s\n", dlerror()), 1;
      int (*plug)(int) = (int (*)(int))dlsym(library, "plug");
      if (plug(round + 10) != 2 * round + 20)
        return 1;
      dlclose(library);
    }
  return 0;
}
