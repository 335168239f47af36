/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads memory of the program through pointers of the program, which may be wild. Two kinds of memory cannot disappear while
 * a hook runs, and are read directly: the running thread's stack above the hook, and what objects that were loaded at start
 * may only read. Everything else is asked of the kernel, which says EFAULT where a load would be a signal. */
#include "internal.h"

enum { MAX_RANGES = 128, LONGEST_TEXT = 4096 };

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

/* The pages from the stack pointer to the top of the stack hold the frames that are open: they stay as they are while this function
 * runs, if the stack pointer is on the stack that the thread was made with. It may be on that of signal handlers or of a coroutine,
 * with memory in between that other threads unmap. Which it is the kernel says of the first thread, and the C library of others. */
enum {
  STEP = 1 << 20,        /* as far below what is known as pages are tried at a time */
  FIRST_BYTES = 1 << 27, /* below the top of the first thread's stack the kernel puts nothing else */
  STACK_BYTES = 1 << 23,
  LARGEST_STACK = 1 << 30, /* of a thread: far less than any pointer to it */
  BLOCK_BYTES = 2560,
  BEHIND_BLOCK = 1 << 13, /* what of it stands behind its address, at most */
  MISSES_BEFORE_LOOKING = 8,
  MOST_FAILURES = 7,
};

uintptr_t calltap__peek_stack_top;

static int own_pid(void) {
  int pid = calltap__process.pid; /* one system call less */
  return pid ? pid : calltap__os_pid();
}

/* Whether two words are the start and the size of a stack with an address on it and the thread's block at its top. */
static bool is_stack(const uintptr_t word[2], uintptr_t here, uintptr_t block) {
  uintptr_t end = word[0] + word[1];
  return word[0] <= here && word[1] <= LARGEST_STACK && end > block && end - block < BEHIND_BLOCK;
}

/* Where the stack starts that the C library gave the thread, or was given for it: its block of the thread, at the top of the stack, says
 * where it starts and how large it is, at a place of its own. 0: not with this address on it. */
static uintptr_t start_in_block(uintptr_t here, uintptr_t block) {
  uintptr_t words[32];
  for (size_t at = 0; at < BLOCK_BYTES; at += sizeof words - sizeof words[0]) {
    size_t count = calltap__os_peek(own_pid(), words, block + at, sizeof words) / sizeof words[0];
    for (size_t i = 0; i + 1 < count; i++)
      if (words[i] && is_stack(words + i, here, block))
        return words[i];
    if (count < sizeof words / sizeof words[0])
      break;
  }
  return 0;
}

static bool is_first_stack(uintptr_t here) {
  return here < calltap__peek_stack_top && calltap__peek_stack_top - here < FIRST_BYTES;
}

/* The top of the thread's own stack if an address is on it, else 0. At the top of the first thread's stand the arguments. */
static uintptr_t find_top(uintptr_t here) {
  uintptr_t block = cpu_thread_block();
  if (is_first_stack(here))
    return calltap__peek_stack_top;
  return here < block && start_in_block(here, block) ? block : 0;
}

/* Of a thread other than the first: the block itself is on its stack. */
bool calltap__peek_own_stack(struct stream *s, uintptr_t address) {
  if (is_first_stack(address))
    return true;
  if (!s->own_high) {
    uintptr_t block = cpu_thread_block();
    s->own_low = start_in_block(block - 1, block); /* what is right below it is on it, too */
    compiler_barrier();
    s->own_high = s->own_low ? block : 1;
  }
  return s->own_low && address >= s->own_low && address < s->own_high;
}

/* Learns that the stack reaches down to here. A signal handler may do the same in between. */
static bool learn_stack(struct stream *s, uintptr_t here) {
  uintptr_t page = here & ~(uintptr_t)(OS_PAGE - 1);
  uintptr_t high = find_top(here);
  uintptr_t known = s->stack_high ? s->stack_low : high;
  if (!high || known - page > STEP || !calltap__os_readable(own_pid(), page, known))
    return false;
  s->stack_low = page;
  compiler_barrier();
  s->stack_high = high;
  return true;
}

/* The first look pays only for threads that come back; after those in vain, the next is the further away the more there were. */
static bool is_worth_a_look(struct stream *s) {
  uint32_t wait = (s->stack_high ? 1u : MISSES_BEFORE_LOOKING) << s->stack_failures;
  if (++s->stack_misses < wait)
    return false;
  s->stack_misses = 0;
  return true;
}

/* The end of the stack around an address, or 0. */
static uintptr_t stack_end(struct stream *s, uintptr_t address) {
  uintptr_t here = cpu_stack();
  if (address - here >= STACK_BYTES) /* or it stands below */
    return 0;
  if (here < s->stack_low || !s->stack_high) {
    if (!is_worth_a_look(s))
      return 0;
    bool is_learned = learn_stack(s, here);
    s->stack_failures = is_learned ? 0 : s->stack_failures + (s->stack_failures < MOST_FAILURES);
    if (!is_learned)
      return 0;
  }
  return address < s->stack_high ? s->stack_high : 0;
}

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
  return calltap__os_peek(own_pid(), to, address, bytes);
}

/* Piece by piece over the stack: what stands behind a text may be anything, and belongs in no trace. Behind the limit it is read on, for the
 * length, only where that takes no further question to the kernel. */
size_t calltap__peek_text(void *to, uintptr_t address, size_t limit, struct stream *s, struct text_peek *out) {
  enum { PIECE = 256 };
  char piece[PIECE + 1]; /* a text may end right behind the limit */
  size_t seen = 0, taken = 0, wanted = 0;
  bool ended = false;
  do {
    size_t rest = LONGEST_TEXT - seen, n = 0;
    wanted = rest < PIECE ? rest : PIECE;
    wanted += seen + wanted == limit;
    taken = calltap__peek(piece, address + seen, wanted, s);
    out->faulted = !seen && !taken;
    while (n < taken && piece[n])
      n++;
    if (seen < limit)
      calltap__bytes_copy((char *)to + seen, piece, n < limit - seen ? n : limit - seen);
    ended = n < taken;
    seen += n;
  } while (!ended && taken == wanted && seen < LONGEST_TEXT && (seen < limit || safe_bytes(address + seen, s)));
  out->ended = ended && seen <= limit;
  out->length = ended ? seen : 0;
  return seen < limit ? seen : limit;
}
