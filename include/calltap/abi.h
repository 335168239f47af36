/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The contract between the compiler plugin and the runtime.
 *
 * The plugin writes these structures into the object files, the runtime reads them where the
 * loader has put them, and `calltap list` reads them from the file. A change of any layout here is
 * a new CALLTAP_ABI: it is part of the name of every symbol and group below, so that objects of two
 * versions can live in one process without mixing.
 *
 * Glossary
 *   site        five bytes of code. Off: `test eax, imm32`. On: `call trampoline`. The immediate is
 *               the distance to the trampoline, so the first byte alone switches it.
 *   trampoline  one indirect jump per linked object, through that object's slot.
 *   slot        the writable words through which the runtime reaches one linked object.
 *   descriptor  what the compiler knew of one function.
 *
 * A "distance" is the address of the thing minus the address of the field that holds the distance.
 * No structure holds an address, so no start-up relocation is needed for any of them. */
#ifndef CALLTAP_ABI_H
#define CALLTAP_ABI_H

#include <stdint.h>

#define CALLTAP_ABI 3

/* The names both sides use. The same text goes into assembler, so they are spelled out. */
#define CALLTAP_SECTION_SITES "calltap_sites"
#define CALLTAP_SECTION_FUNCTIONS "calltap_functions"
#define CALLTAP_SECTION_STRINGS "calltap_strings"
#define CALLTAP_SECTION_INLINED "calltap_inlined"
#define CALLTAP_GROUP "calltap_object_v3"
#define CALLTAP_SYMBOL_TRAMPOLINE "__calltap_trampoline_v3"
#define CALLTAP_SYMBOL_SLOT "__calltap_slot_v3"
#define CALLTAP_SYMBOL_NOTE "__calltap_note_v3"
#define CALLTAP_SYMBOL_ENTER "__calltap_object_enter_v3"
#define CALLTAP_SYMBOL_LEAVE "__calltap_object_leave_v3"

/* First byte of a site. */
enum {
  CALLTAP_SITE_OFF = 0xA9, /* test eax, imm32 */
  CALLTAP_SITE_ON = 0xE8,  /* call rel32 */
  CALLTAP_SITE_BYTES = 5,
};

/* What a site marks. Stored in the low three bits of the descriptor address of its entry. */
enum calltap_site_kind {
  CALLTAP_SITE_ENTRY = 0,
  CALLTAP_SITE_RETURN = 1,  /* stands before a return; the result is in rax where the type says so */
  CALLTAP_SITE_TAIL = 2,    /* stands before a call in tail position */
  CALLTAP_SITE_LANDING = 3, /* stands where unwinding arrives in the function, to clean up or to catch; rax has the
                               address of the _Unwind_Exception */
  CALLTAP_SITE_UNWIND = 4,  /* stands where the function is left again by unwinding; so has rdi */
  CALLTAP_SITE_ENTRY_FRAME =
      5, /* an entry, but the next eight bytes of the table are none: they are the code of a `lea` that would load the
            address of the return address, with zeros behind it. Never executed. */
  CALLTAP_SITE_CALLEE =
      6, /* no site of its own: the tail call of the site at this address, whose entry comes next, is one of this function,
            and of no other. Where there is no such entry, it is not known which function is called */
  CALLTAP_SITE_KIND_MASK = 7,
};

/* One entry of the site table, section calltap_sites, 8 bytes. An entry of two zeros is padding. */
struct calltap_site {
  int32_t site;     /* distance to the site's first byte */
  int32_t function; /* distance to the descriptor, plus the kind (descriptors are 8-byte aligned):
                       (address of this field + value) is descriptor | kind */
};

/* Where eight bytes of a value, or all of it, stand when the site is reached. */
enum calltap_place {
  CALLTAP_PLACE_RDI = 0, /* the six integer argument registers, in order */
  CALLTAP_PLACE_RSI = 1,
  CALLTAP_PLACE_RDX = 2, /* also the second register of results */
  CALLTAP_PLACE_RCX = 3,
  CALLTAP_PLACE_R8 = 4,
  CALLTAP_PLACE_R9 = 5,
  CALLTAP_PLACE_RAX = 6,  /* results */
  CALLTAP_PLACE_XMM0 = 8, /* to xmm7 = 15: eight bytes, or sixteen where the type is one vector or __float128 */
  CALLTAP_PLACE_XMM7 = 15,
  CALLTAP_PLACE_ST0 = 16,            /* x87: results of type long double */
  CALLTAP_PLACE_ST1 = 17,            /* the imaginary part of a complex one */
  CALLTAP_PLACE_STACK = 18,          /* in memory, `slot` eight-byte slots above the return address; all of the value */
  CALLTAP_PLACE_INDIRECT = 64,       /* a flag: the place holds the address of the value */
  CALLTAP_PLACE_NONE = 128,          /* no second eight bytes; as the first place: the value has no bytes */
  CALLTAP_PLACE_OPTIMIZED_OUT = 129, /* the optimiser removed it: nothing holds it */
  CALLTAP_PLACE_NOT_CAPTURED = 130,  /* it exists, but this version does not capture it */
  CALLTAP_PLACE_SENSITIVE = 131,     /* CALLTAP_SENSITIVE: it may exist, and is never captured */
  CALLTAP_PLACE_BARE =
      132, /* as the second place of a pointer: no second eight bytes, and nothing may be said of what it
                               points to: the function does not read it, so callers need not have written it */
};

/* A parameter or a result, 12 bytes. */
struct calltap_value {
  int32_t name; /* distance to a NUL-terminated string, 0: no name */
  int32_t type; /* distance to the text of its type (type.h) */
  uint8_t place
      [2]; /* enum calltap_place: of bytes 0 to 7, of bytes 8 to 15. The second counts where the first is a register
                       that does not hold all of the value */
  uint16_t slot; /* where a place is CALLTAP_PLACE_STACK; 0 is right behind the return address */
};

/* What the functions of one compilation have in common, section calltap_functions, 4-byte aligned. */
struct calltap_unit {
  uint32_t types;       /* entries that follow */
  int32_t definition[]; /* distances to definitions (type.h), sorted by their names as bytes */
};

/* A function descriptor, section calltap_functions, 8-byte aligned. Strings are NUL-terminated
 * UTF-8 in section calltap_strings, as the texts of types are. */
struct calltap_function {
  uint16_t bytes; /* of this descriptor, parameters included */
  uint8_t flags;  /* enum calltap_function_flag */
  uint8_t reserved;
  uint16_t arity;      /* declared parameters, `this` not counted */
  uint16_t parameters; /* entries that follow; at most CALLTAP_MAX_PARAMETERS, else fewer than arity */
  int32_t line;        /* of the definition, 1-based; 0 unknown */
  int32_t module;      /* distances to strings */
  int32_t name;
  int32_t file; /* as the compiler was given it, with -ffile-prefix-map applied */
  int32_t unit; /* distance to its struct calltap_unit */
  struct calltap_value result;
  struct calltap_value parameter[];
};

enum { CALLTAP_MAX_PARAMETERS = 64 };

enum calltap_function_flag {
  CALLTAP_FUNCTION_METHOD = 1,   /* has `this`, which is the first of the parameters below */
  CALLTAP_FUNCTION_VARIADIC = 2, /* the declared parameters are described, the rest is not */
  CALLTAP_FUNCTION_SHARED = 8,   /* its sites may have been inlined into the frames of other functions */
};

/* The writable words of a linked object, 16 bytes, zero at start. */
struct calltap_slot {
  void *target;      /* where the trampoline jumps; never null once a site of the object was on */
  const void *owner; /* the runtime that claimed the object: two runtimes never share one */
};

/* The descriptor of the ELF note that every linked object carries (owner "Calltap", type
 * CALLTAP_ABI). All fields but the first are distances. */
struct calltap_note {
  uint32_t abi;
  int32_t sites_start;
  int32_t sites_stop;
  int32_t trampoline;
  int32_t slot;
};

#define CALLTAP_NOTE_OWNER "Calltap" /* 8 bytes with its NUL */

/* The whole note. Objects pass its address to CALLTAP_SYMBOL_ENTER when they were loaded, and to
 * CALLTAP_SYMBOL_LEAVE when they are about to go. */
struct calltap_elf_note {
  uint32_t owner_bytes, note_bytes, type;
  char owner[8];
  struct calltap_note note;
};

#endif
