/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The callers of a function, from its site up the stack: rows of the unwind tables say where each return address is. Runs inside the hook:
 * no lock, no allocation, no libc but for one function that may be called there (code.c), no vector register. What the stack
 * holds is not believed: it is read as memory that may be wild. */
#include "walk.h"
#include "internal.h"

/* -- rows that were looked up before ------------------------------------------------------------------------------------ */

/* A row stands where the hash of its address says, or beside it, where the one that stood there before goes. All threads and
 * signal handlers read and write as they like: the check holds both words together, so that halves of two entries are none. */
enum { ROW_BITS = 12 };
struct entry {
  _Atomic uint64_t row, check;
};
static struct entry cache[1 << ROW_BITS];
static _Atomic uint64_t era; /* part of every check */

#define MIX_ADDRESS UINT64_C(0x9E3779B97F4A7C15)
#define MIX_ROW UINT64_C(0xC2B2AE3D27D4EB4F)

void calltap__walk_forget(void) { atomic_fetch_add_explicit(&era, MIX_ADDRESS, memory_order_relaxed); }

static inline struct entry *entry_of(uintptr_t address) { return &cache[address * MIX_ADDRESS >> (64 - ROW_BITS)]; }

static inline uint64_t check_of(uintptr_t address, uint64_t row) {
  return address ^ row * MIX_ROW ^ atomic_load_explicit(&era, memory_order_relaxed);
}

/* -- a walk ----------------------------------------------------------------------------------------------------------------- */

struct walk {
  uintptr_t reg[ROW_BASES]; /* of the function the walk is at; 0: lost */
  uintptr_t pc;
  bool is_interrupted;          /* the function was interrupted there; else it made a call, and is behind that */
  uintptr_t direct, direct_end; /* words that begin there are read directly: the thread's stack above this function */
  struct window window;         /* for all others */
};

static void begin(struct walk *w, const struct walk_start *start, struct stream *s) {
  w->reg[ROW_RSP] = start->rsp;
  w->reg[ROW_RBP] = start->rbp;
  w->reg[ROW_RBX] = start->rbx;
  w->pc = start->pc;
  w->is_interrupted = false;
  w->direct = w->direct_end = 0;
  w->window.stream = s;
  w->window.count = 0;
}

/* The thread's own stack, once peek.c knows it. */
static void read_directly(struct walk *w, const struct stream *s) {
  uintptr_t here = cpu_stack();
  uintptr_t low = s->stack_low;
  compiler_barrier(); /* a handler that learns where the stack is sets it last */
  bool is_known = low && here >= low && here + 8 < s->stack_high;
  w->direct = here;
  w->direct_end = is_known ? s->stack_high - 7 : here;
}

static __attribute__((noinline)) bool read_elsewhere(struct walk *w, uintptr_t address, uintptr_t *to) {
  return calltap__window_read(&w->window, to, address, 8);
}

static inline bool read_word(struct walk *w, uintptr_t address, uintptr_t *to) {
  if (unlikely(address < w->direct || address >= w->direct_end))
    return read_elsewhere(w, address, to);
  /* The stack is not at 0. NOLINTNEXTLINE(clang-analyzer-unix.cstring.NullArg) */
  __builtin_memcpy(to, (const void *)address, 8);
  return true;
}

/* A return address is behind the call, where another function may begin. */
static inline uintptr_t place(const struct walk *w) { return w->pc - !w->is_interrupted; }

static inline bool is_entry(const struct entry *e, uintptr_t address, union cfi_row *row) {
  row->word = atomic_load_explicit(&e->row, memory_order_relaxed);
  return atomic_load_explicit(&e->check, memory_order_relaxed) == check_of(address, row->word);
}

static struct entry *neighbour(struct entry *e) { return &cache[(size_t)(e - cache) ^ 1]; }

static void keep(struct entry *e, uint64_t row, uint64_t check) {
  atomic_store_explicit(&e->row, row, memory_order_relaxed);
  atomic_store_explicit(&e->check, check, memory_order_relaxed);
}

static __attribute__((noinline)) union cfi_row look_up(struct walk *w) {
  struct unwind_tables tables;
  union cfi_row row;
  uintptr_t address = place(w);
  struct entry *e = entry_of(address);
  if (is_entry(neighbour(e), address, &row))
    return row;
  if (!w->pc || !calltap__code_tables(address, &w->window, &tables))
    return (union cfi_row){.kind = ROW_UNKNOWN};
  row = calltap__cfi_row(&tables, address);
  keep(neighbour(e), atomic_load_explicit(&e->row, memory_order_relaxed),
       atomic_load_explicit(&e->check, memory_order_relaxed));
  keep(e, row.word, check_of(address, row.word));
  return row;
}

static inline union cfi_row find_row(struct walk *w) {
  union cfi_row row;
  uintptr_t address = place(w);
  return likely(is_entry(entry_of(address), address, &row)) ? row : look_up(w);
}

/* -- from a function to its caller ---------------------------------------------------------------------------------------- */

enum { MOST_CHAINED = 1 << 20 }; /* bytes from one frame to the next that is believed */

/* Code without tables may have kept the frame pointer. */
static __attribute__((noinline)) bool follow_frame_pointer(struct walk *w) {
  uintptr_t at = w->reg[ROW_RBP];
  if (at % 8 || at < w->reg[ROW_RSP] || at - w->reg[ROW_RSP] > MOST_CHAINED || !read_word(w, at + 8, &w->pc) ||
      !read_word(w, at, &w->reg[ROW_RBP]))
    return false;
  w->reg[ROW_RSP] = at + 16;
  w->is_interrupted = false;
  return true;
}

/* Where a register was saved, it is read back. What cannot be read is lost, and ends the walk where it is needed. */
static inline uintptr_t restored(struct walk *w, uintptr_t value, unsigned saved, int64_t words, uintptr_t frame,
                                 uintptr_t base) {
  if (saved == ROW_SAME)
    return value;
  uintptr_t at = (saved == ROW_AT_FRAME ? frame : base) + (uintptr_t)(words * 8);
  return saved != ROW_LOST && read_word(w, at, &value) ? value : 0;
}

/* False: there is no caller, or it cannot be found. */
static inline bool follow_row(struct walk *w, union cfi_row row) {
  uintptr_t base = w->reg[row.base], frame = base + (uintptr_t)(row.frame * 8 + row.rest), context = frame;
  if (row.is_indirect && !read_word(w, frame, &frame))
    return false;
  bool is_above = frame > w->reg[ROW_RSP] || row.is_interrupt; /* a handler may have a stack of its own */
  if (frame % 8 || !is_above || !read_word(w, row.is_context ? context + 8 : frame - 8, &w->pc))
    return false;
  w->reg[ROW_RBP] = restored(w, w->reg[ROW_RBP], row.rbp_saved, row.rbp, frame, base);
  w->reg[ROW_RBX] = restored(w, w->reg[ROW_RBX], row.rbx_saved, row.rbx, frame, base);
  w->reg[ROW_RSP] = frame;
  w->is_interrupted = row.is_interrupt;
  return true;
}

/* From the function that the row is of. */
static size_t callers(struct walk *w, union cfi_row row, uintptr_t *pc, size_t most) {
  size_t count = 0;
  while (count < most) {
    bool has_caller = row.kind == ROW_BARE ? follow_frame_pointer(w) : row.kind == ROW_FRAME && follow_row(w, row);
    if (!has_caller)
      break;
    row = find_row(w);
    if (row.kind == ROW_UNKNOWN)
      break;
    pc[count++] = w->pc;
  }
  return count;
}

size_t calltap__walk(uintptr_t *pc, size_t most, const struct registers *r, struct stream *s) {
  struct walk w; /* its window is not set: that would take longer than the walk */
  const struct walk_start start = {r->return_address, (uintptr_t)(r + 1), r->rbp, r->rbx};
  begin(&w, &start, s);
  read_directly(&w, s);
  return callers(&w, find_row(&w), pc, most);
}

size_t calltap__walk_interrupted(uintptr_t *pc, size_t most, const struct walk_start *start, struct stream *s) {
  struct walk w;
  if (!most)
    return 0;
  begin(&w, start, s);
  w.is_interrupted = true;
  pc[0] = start->pc;
  return 1 + callers(&w, find_row(&w), pc + 1, most - 1);
}
