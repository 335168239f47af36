/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads memory of the program through pointers of the program, which may be wild. Two kinds of memory cannot disappear while
 * a hook runs, and are read directly: the running thread's stack above the hook, and what objects that were loaded at start
 * may only read. Everything else is asked of the kernel, which says EFAULT where a load would be a signal. */
#include "internal.h"

enum { MAX_RANGES = 128, LONGEST_TEXT = 4096, MISSES_BEFORE_LOOKING = 8 };

struct range {
  uintptr_t start, end;
};

static struct range constant[MAX_RANGES]; /* sorted */
static size_t constants;

void calltap__peek_constant(uintptr_t start, uintptr_t end) {
  if (constants == MAX_RANGES)
    return;
  size_t at = constants++;
  for (; at && constant[at - 1].start > start; at--)
    constant[at] = constant[at - 1];
  constant[at] = (struct range){start, end};
}

/* The end of the read-only memory around an address, or 0. */
static uintptr_t constant_end(uintptr_t address) {
  size_t low = 0, high = constants;
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (address < constant[middle].start)
      high = middle;
    else if (address >= constant[middle].end)
      low = middle + 1;
    else
      return constant[middle].end;
  }
  return 0;
}

/* -- the thread's own stack ------------------------------------------------------------------------------------------- */

/* Everything between the stack pointer and the top of the stack is mapped, and stays so while this function runs: if they are
 * in one mapping. The top is known to be the stack's: on the first thread the arguments stand there, on others the C
 * library's block of the thread. */
static void learn_stack(struct stream *s) {
  uintptr_t here = cpu_stack();
  struct mapping m;
  if (!calltap__mapping_find(here, &m))
    return;
  bool is_first = calltap__os_tid() == calltap__os_pid();
  uintptr_t top = is_first ? calltap__peek_stack_top : cpu_thread_block();
  if (top <= here || top > m.end)
    return;
  s->stack_high = top;
  compiler_barrier();
  s->stack_low = is_first ? m.end - ((uintptr_t)1 << 27) : m.start; /* the first thread's grows */
}

/* The end of the stack around an address, or 0. */
static uintptr_t stack_end(struct stream *s, uintptr_t address) {
  uintptr_t here = cpu_stack();
  if (s->stack_low)
    return here >= s->stack_low && address >= here && address < s->stack_high ? s->stack_high : 0;
  uintptr_t distance = address - here; /* worth a look only if it may be the stack */
  if (distance < ((uintptr_t)1 << 23) && ++s->stack_misses == MISSES_BEFORE_LOOKING)
    learn_stack(s);
  return 0;
}

uintptr_t calltap__peek_stack_top;

/* How many bytes from an address on can be read directly. */
static size_t safe_bytes(uintptr_t address, struct stream *s) {
  uintptr_t end = constant_end(address);
  if (!end)
    end = stack_end(s, address);
  return end ? end - address : 0;
}

/* -- reading -------------------------------------------------------------------------------------------------------------- */

size_t calltap__peek(void *to, uintptr_t address, size_t bytes, struct stream *s) {
  if (safe_bytes(address, s) >= bytes) {
    calltap__bytes_copy(to, (const void *)address, bytes);
    return bytes;
  }
  int pid = calltap__live.pid; /* one system call less */
  return calltap__os_peek(pid ? pid : calltap__os_pid(), to, address, bytes);
}

/* Piece by piece over the stack: what stands behind a text may be anything, and belongs in no trace. */
size_t calltap__peek_text(void *to, uintptr_t address, size_t limit, struct stream *s, struct text_peek *out) {
  char piece[256];
  size_t seen = 0, taken = 0, wanted = 0;
  bool ended = false;
  do {
    size_t rest = (seen < limit ? limit : LONGEST_TEXT) - seen, n = 0;
    wanted = rest < sizeof piece ? rest : sizeof piece;
    taken = calltap__peek(piece, address + seen, wanted, s);
    out->faulted = !seen && !taken;
    while (n < taken && piece[n])
      n++;
    if (seen < limit)
      calltap__bytes_copy((char *)to + seen, piece, n);
    ended = n < taken;
    seen += n;
  } while (!ended && taken == wanted && seen < LONGEST_TEXT);
  out->ended = ended && seen <= limit;
  out->length = ended ? seen : 0;
  return seen < limit ? seen : limit;
}
