// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Loads a library into a namespace of its own, with a C library of its own, calls into it and unloads it: apart LIBRARY, three times;
// apart LIBRARY stay: once, calling on until SIGUSR1 comes, and without the library until SIGTERM comes.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t unload, over;
__attribute__((no_instrument_function)) static void on_signal(int number) {
  *(number == SIGUSR1 ? &unload : &over) = 1;
}

__attribute__((noinline)) int mine(int n) {
  __asm__ volatile("" : "+r"(n));
  return n + 1;
}

static int round_of(const char *name, int stays) {
  void *library = dlmopen(LM_ID_NEWLM, name, RTLD_NOW);
  if (!library)
    return fprintf(stderr, "%s\n", dlerror()), 0;
  int (*plug)(int) = (int (*)(int))dlsym(library, "plug");
  int right = 1;
  for (int i = 10; right && (stays ? !unload && !over : i < 15); i++) {
    right = mine(plug(i)) == 2 * i + 1;
    if (stays)
      usleep(1000);
  }
  dlclose(library);
  return right;
}

int main(int argc, char **argv) {
  int stays = argc > 2, right = argc > 1;
  signal(SIGUSR1, on_signal);
  signal(SIGTERM, on_signal);
  for (int round = 0; right && round < (stays ? 1 : 3); round++)
    right = round_of(argv[1], stays);
  for (int i = 0; right && stays && !over; i++) {
    right = mine(i) == i + 1;
    usleep(1000);
  }
  puts(right ? "right" : "wrong");
  return !right;
}
