/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The tables that the plugin leaves in executables and shared objects. */
#ifndef CALLTAP_OBJECT_H
#define CALLTAP_OBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "calltap/abi.h"
#include "calltap/type.h"
#include "calltap/wire.h"

/* A parameter or result as the compiler knew it. Strings point into the mapped object. */
struct object_value {
  const char *name; /* "": none */
  const char *type; /* as calltap/type.h describes, not checked */
  uint8_t presence; /* enum calltap_wire_presence: whether a trace would have it */
  uint8_t place[2]; /* enum calltap_place */
  uint16_t slot;
};

struct object_site {
  uint64_t descriptor; /* these are addresses in the object */
  uint64_t address;
  uint8_t kind; /* enum calltap_site_kind */
};

/* A function with sites, or one that was inlined away and has none. */
struct object_function {
  const char *module;
  const char *name;
  const char *file;
  uint32_t line; /* 0: unknown */
  uint32_t arity;
  uint8_t flags; /* enum calltap_function_flag */
  bool inlined;  /* away: no sites, no parameters, no result */
  uint32_t entries;
  uint32_t returns;
  uint32_t tails;
  uint32_t unwinds;
  const struct object_site *site; /* all of them: first the entries, by their addresses */
  struct calltap_scope scope;     /* finds the definitions of its types; valid as long as the function */
  struct object_value result;
  uint32_t parameters;
  struct object_value parameter[CALLTAP_MAX_PARAMETERS];
};

/* Receives one function; valid during the call. Returns false to stop for want of memory. */
typedef bool object_receiver(void *context, const struct object_function *function);

enum object_result {
  OBJECT_GOOD,
  OBJECT_PLAIN,       /* an ELF file without the note: not built with the plugin */
  OBJECT_UNOPENED,    /* errno is in object_error.system */
  OBJECT_NOT_ELF,     /* no ELF file */
  OBJECT_RELOCATABLE, /* a .o: its distances are not known before it is linked */
  OBJECT_FOREIGN,     /* another kind of ELF file or of note than this version reads */
  OBJECT_DAMAGED,     /* a table points outside the file */
  OBJECT_MEMORY,
};

struct object_error {
  int system;
  uint64_t offset;  /* DAMAGED: address in the object where the trouble is */
  const char *what; /* DAMAGED and FOREIGN: static text */
};

/* Reads the tables of the file at `path`; `table_bytes` receives their size. Functions come in no particular order; those that were inlined away may have
 * sites elsewhere in the same object. Functions that came before an error are good. */
enum object_result object_read(const char *path, object_receiver *receive, void *context, uint64_t *table_bytes,
                               struct object_error *error);

/* "module:function/arity", to be freed; NULL without memory. */
char *object_mfa(const struct object_function *function);

#endif
