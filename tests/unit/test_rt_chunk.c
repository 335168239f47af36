/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A signal handler that writes events in the middle of one that takes a chunk: the processor's trap flag stops the process behind each of its
 * instructions, and a child that is made there writes, goes on, and reads what there is then. No chunk has anything of another, and no event
 * is lost. */
#include "rt/internal.h"
#include "suite.h"
#include <cbor.h>
#include <check.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { CHUNK = 8192, CHUNKS = 16, TRAP_FLAG = 256, FIRST = 1, SECOND = 2 };

static struct session session;
static struct stream stream;
static struct thread thread;
static struct ring_slot slot[CHUNKS];
static struct shape shape, shape_in_handler;
static uint8_t *file;

static long steps, last, at_once; /* last: step of the event, 0: not known; at_once: events of the handler */
static long children;
static bool is_child;

static void write_event(const struct shape *written) {
  static const struct registers r;
  uint32_t outer = thread_enter(&thread, 0);
  stream.calls++;
  calltap__event_write(written, &stream, &r);
  thread_leave(&thread, 0, outer);
}

static void reap(int options) {
  int status = 0;
  while (children && waitpid(-1, &status, options) > 0) {
    children--;
    ck_assert_int_eq(status, 0); /* it has said what is wrong */
  }
}

/* Without the handlers of fork: those of the runtime would give the child another thread. */
static bool fork_here(void) {
  long child = syscall(SYS_fork);
  ck_assert_int_ge(child, 0);
  children += child != 0;
  reap(WNOHANG);
  return !child;
}

/* The first instructions look for space: there the handler makes one event. The last ones begin to use the chunk that was taken: there it makes
 * more than a chunk has room for, which is in front of the other only in a ring. */
static void on_trap(int number, siginfo_t *info, void *context) {
  enum { FROM_START = 60, FROM_END = 250 };
  bool is_start = ++steps <= FROM_START, is_end = session.ring.slots && steps > last - FROM_END;
  (void)number, (void)info;
  at_once = is_start ? 1 : CHUNK / shape.length + 50;
  is_child = last && (is_start || is_end) && fork_here();
  if (!is_child)
    return;
  for (long i = 0; i < at_once; i++)
    write_event(&shape_in_handler);
  ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void trap(long flag) {
  __asm__ volatile("pushfq; andq $-257, (%%rsp); orq %0, (%%rsp); popfq" ::"r"(flag) : "memory", "cc");
}

static void prepare(void) {
  static const struct calltap_function none;
  const struct limits limits = {0};
  struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
  sigaction(SIGTRAP, &action, NULL);
  file = mmap(NULL, CHUNKS * CHUNK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ck_assert_ptr_ne(file, MAP_FAILED);
  ck_assert(calltap__shape_init(&shape, &none, FIRST, CALLTAP_SITE_ENTRY, &limits));
  ck_assert(calltap__shape_init(&shape_in_handler, &none, SECOND, CALLTAP_SITE_ENTRY, &limits));
  calltap__self = &thread;
}

/* All is new, and the chunk that the stream has is full. The chunks of a ring are taken from the front on, so with one at the end of
 * the file the next is in front of it; others follow each other. Returns how many events were written. */
static long begin(bool is_ring) {
  long events = 0;
  memset(file, 0, CHUNKS * CHUNK);
  memset(slot, 0, sizeof slot);
  session = (struct session){.trace = {.base = file, .limit = CHUNKS * CHUNK}};
  stream = (struct stream){.session = &session, .number = 1, .next_chunk = OS_PAGE};
  thread = (struct thread){0};
  if (is_ring) {
    session.ring = (struct ring){.bytes = CHUNK, .slots = CHUNKS, .slot = slot};
    for (unsigned i = 0; i < CHUNKS - 1; i++)
      atomic_store(&slot[i].word, 1); /* taken, but for the last */
  }
  do {
    write_event(&shape);
    events++;
  } while (stream.cursor + shape.length <= stream.end);
  stream.next_chunk = OS_PAGE;
  for (unsigned i = 0; is_ring && i < CHUNKS - 1; i++)
    atomic_store(&slot[i].word, 0);
  return events;
}

/* The number of the function of an event; 0: it is none. */
static uint64_t function_of(const cbor_item_t *item) {
  if (!cbor_isa_array(item) || !cbor_isa_uint(cbor_array_handle(item)[0]))
    return 0;
  return cbor_get_int(cbor_array_handle(item)[0]) >> CALLTAP_WIRE_EVENT_BITS;
}

/* Counts the events of both functions in a chunk, all of whose items are whole. Returns its length; 0: none starts here, nor anything else. */
static size_t read_chunk(const uint8_t *at, long found[3]) {
  size_t size = 0;
  for (const uint8_t *start = at, *end = at + OS_PAGE; at < end;) {
    struct cbor_load_result result;
    if (!*at) {
      at++;
      continue;
    }
    cbor_item_t *item = cbor_load(at, (size_t)(end - at), &result);
    ck_assert_msg(item != NULL, "step %ld: no item at %zd", steps, at - file);
    ck_assert_msg(!cbor_isa_bytestring(item), "step %ld: unfinished at %zd", steps, at - file);
    if (at == start && cbor_isa_array(item) && !function_of(item)) {
      size = cbor_get_int(cbor_array_handle(item)[1]);
      end = start + size;
    }
    ck_assert_msg(size || at > start, "step %ld: something that is no chunk at %zd", steps, at - file);
    ck_assert_msg(size <= (size_t)(file + CHUNKS * CHUNK - start), "step %ld: a chunk of %zu bytes", steps, size);
    uint64_t function = function_of(item);
    ck_assert_uint_le(function, SECOND);
    found[function]++;
    at += result.read;
    cbor_decref(&item);
  }
  return size;
}

static void interrupt(bool is_ring) {
  long events = begin(is_ring), found[3] = {0};
  steps = 0;
  trap(TRAP_FLAG);
  write_event(&shape);
  trap(0);
  for (size_t at = 0, size; at < CHUNKS * CHUNK; at += size ? size : OS_PAGE)
    size = read_chunk(file + at, found);
  long made = is_child ? at_once : 0;
  ck_assert_msg(found[FIRST] == events + 1 && found[SECOND] == made,
                "%ld of %ld events, %ld of %ld of the handler, at step %ld of %ld", found[FIRST], events + 1,
                found[SECOND], made, steps, last);
  if (is_child)
    _exit(0);
  reap(0);
}

/* The first time only to count the steps. */
static void interrupt_all(bool is_ring) {
  prepare();
  interrupt(is_ring);
  last = steps;
  interrupt(is_ring);
}

START_TEST(in_chunks_that_follow_each_other) { interrupt_all(false); }
END_TEST

START_TEST(in_chunks_of_a_ring) { interrupt_all(true); }
END_TEST

int main(void) { return RUN_SUITE("rt_chunk", in_chunks_that_follow_each_other, in_chunks_of_a_ring); }
