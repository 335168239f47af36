/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the files that walk up the stack say to each other: from an address in the code to its object (code.c), from there
 * to the row of the object's tables that says where the caller is (cfi.c), and from row to row to the callers (walk.c). All
 * signal-safe and wait-free but for the system calls of peek.c. */
#ifndef CALLTAP_WALK_H
#define CALLTAP_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream;

/* -- window.c: memory that may be wild, one piece at a time, so that neighbours cost one system call -------------- */
enum { WINDOW_BYTES = 512 };
struct window {
  struct stream *stream;
  uintptr_t start;
  size_t count; /* of bytes it holds */
  uint8_t byte[WINDOW_BYTES];
};
/* At most 8 bytes. False: not all of them can be read. */
bool calltap__window_read(struct window *w, void *to, uintptr_t address, size_t bytes);

/* -- code.c: which object an address in the code belongs to --------------------------------------------------------- */
/* Where an object says how to get from its functions to their callers. */
struct unwind_tables {
  uintptr_t start, end;  /* no table is read outside */
  uintptr_t header;      /* .eh_frame_hdr; 0: the object has no tables */
  struct window *window; /* null: all of it is mapped as long as the process lives, and read directly */
};
/* The C library's _dl_find_object, or null. The first counts. Before main. */
typedef int code_finder(void *, void *);
void calltap__code_finder(code_finder *finder);
/* False: the address is in no object that is known. The window is for objects that may go away. */
bool calltap__code_tables(uintptr_t address, struct window *w, struct unwind_tables *tables);

/* -- cfi.c: the tables (DWARF call frame information) ------------------------------------------------------------------ */
enum row_kind {
  ROW_UNKNOWN, /* no code of a known object */
  ROW_BARE,    /* code without an entry in the tables */
  ROW_FRAME,   /* it says how to reach the caller */
  ROW_LAST,    /* there is no caller, or it is said in a way that is not understood */
};
enum row_base { ROW_RSP, ROW_RBP, ROW_RBX, ROW_BASES };
enum row_saved {
  ROW_SAME,
  ROW_AT_FRAME, /* saved so many words from the frame's address */
  ROW_AT_BASE,  /* the same, from the base register */
  ROW_LOST,
};
/* How to get from one place in the code to the caller, in one word. The frame's address is what the stack pointer was before
 * the call. All distances are in words of 8 bytes. */
union cfi_row {
  uint64_t word;
  struct {
    uint64_t kind : 2;
    uint64_t base : 2;         /* enum row_base */
    uint64_t is_indirect : 1;  /* the frame's address stands in memory at base + frame, else it is base + frame */
    uint64_t is_interrupt : 1; /* the caller was interrupted, it made no call */
    uint64_t is_context : 1;   /* the return address stands behind the frame's address, else below the frame */
    uint64_t rbp_saved : 2;    /* enum row_saved */
    uint64_t rbx_saved : 2;
    int64_t frame : 26;
    int64_t rbp : 12;
    int64_t rbx : 12;
    uint64_t
        rest : 3; /* bytes beyond the words of `frame`: a leaf function may have a stack pointer that is not aligned */
  };
};
_Static_assert(sizeof(union cfi_row) == 8, "a row is one word");

union cfi_row calltap__cfi_row(const struct unwind_tables *tables, uintptr_t address);

/* -- keep_x86_64.S ----------------------------------------------------------------------------------------------------- */
/* Calls a function of the C library, which may use vector registers: they come back as they were. */
int calltap__keep_call(code_finder *function, void *a, void *b);
extern _Atomic uint32_t calltap__keep_mask;  /* what XSAVE saves; 0: FXSAVE it is */
extern _Atomic uint64_t calltap__keep_bytes; /* what that takes, a multiple of 64 */

/* -- walk.c ---------------------------------------------------------------------------------------------------------------- */
/* Forgets every row. */
void calltap__walk_forget(void);

#endif
