/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#define _GNU_SOURCE
#include "cpu_x86_64.h"
#include "os.h"
#include "text.h"
#include <asm/prctl.h>
#include <asm/unistd.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define CALL(number, ...) CALL_(__NR_##number, __VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...)                                                                           \
  cpu_syscall6(number, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

static bool failed(long result) { return (unsigned long)result > -4096UL; }

void *calltap__os_map(size_t bytes) {
  long at = CALL(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  return failed(at) ? NULL : (void *)at;
}

void *calltap__os_map_whole(size_t bytes) {
  long at = CALL(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1);
  return failed(at) ? NULL : (void *)at;
}

void calltap__os_unmap(void *memory, size_t bytes) { (void)CALL(munmap, memory, bytes); }

bool calltap__os_wipe_on_fork(void *pages, size_t bytes) {
  return !failed(CALL(madvise, pages, bytes, MADV_WIPEONFORK));
}

int calltap__os_create(const char *path) {
  return (int)CALL(open, path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int calltap__os_open(const char *path, bool write) {
  return (int)CALL(open, path, (write ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
}

int calltap__os_open_text(const char *path) {
  struct stat st;
  int fd = (int)CALL(open, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (fd < 0)
    return fd;
  long result = CALL(fstat, fd, &st);
  if (!failed(result) && S_ISREG(st.st_mode)) // NOLINT(clang-analyzer-core.*): the kernel filled it
    return fd;
  calltap__os_close(fd);
  return failed(result) ? (int)result : -22; /* EINVAL */
}

void calltap__os_close(int fd) { (void)CALL(close, fd); }

int calltap__os_rename(const char *from, const char *to) { return (int)CALL(rename, from, to); }

int calltap__os_unlink_regular(const char *path) {
  struct stat st;
  long result = CALL(lstat, path, &st);
  if (failed(result))
    return (int)result;
  if (!S_ISREG(st.st_mode) || // NOLINT(clang-analyzer-core.*): the kernel filled it
      st.st_uid != (uid_t)CALL(geteuid, 0))
    return -22; /* EINVAL */
  return (int)CALL(unlink, path);
}

int calltap__os_identify(int fd, struct os_identity *id) {
  struct stat st;
  long result = CALL(fstat, fd, &st);
  if (failed(result))
    return (int)result;
  id->device = st.st_dev; // NOLINT(clang-analyzer-core.*): the kernel filled it
  id->inode = st.st_ino;
  return 0;
}

int calltap__os_resize(int fd, uint64_t bytes) { return (int)CALL(ftruncate, fd, bytes); }

int calltap__os_reserve(int fd, uint64_t offset, uint64_t bytes) { return (int)CALL(fallocate, fd, 0, offset, bytes); }

void *calltap__os_map_file(int fd, size_t bytes) {
  long at = CALL(mmap, 0, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd);
  return failed(at) ? NULL : (void *)at;
}

int calltap__os_populate(void *memory, size_t bytes) { return (int)CALL(madvise, memory, bytes, MADV_POPULATE_WRITE); }

static bool is_private(const struct stat *st) {
  unsigned user = calltap__os_euid();
  return st->st_uid == user && !(st->st_mode & 077); // NOLINT(clang-analyzer-core.*): the kernel filled it
}

int calltap__os_private_directory(const char *path, bool make) {
  struct stat st;
  if (make)
    (void)CALL(mkdir, path, 0700);
  int fd = (int)CALL(open, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fd;
  if (!failed(CALL(fstat, fd, &st)) && is_private(&st)) // NOLINT(clang-analyzer-core.*): the kernel filled it
    return fd;
  calltap__os_close(fd);
  return -1; /* EPERM */
}

int calltap__os_take_private(int directory, const char *name, size_t most) {
  struct stat st;
  int fd = (int)CALL(openat, directory, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fd;
  bool good = !failed(CALL(fstat, fd, &st)) && S_ISREG(st.st_mode) && // NOLINT(clang-analyzer-core.*): as above
              is_private(&st) && st.st_nlink == 1 && (uint64_t)st.st_size <= most;
  if (good && !failed(CALL(unlinkat, directory, name, 0)))
    return fd;
  calltap__os_close(fd);
  return -1;
}

int calltap__os_create_at(int directory, const char *name) {
  return (int)CALL(openat, directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int calltap__os_rename_at(int directory, const char *from, const char *to) {
  return (int)CALL(renameat, directory, from, directory, to);
}

void calltap__os_unlink_at(int directory, const char *name) { (void)CALL(unlinkat, directory, name, 0); }

long calltap__os_read(int fd, void *buffer, size_t size) { return CALL(read, fd, buffer, size); }
long calltap__os_write(int fd, const void *buffer, size_t size) { return CALL(write, fd, buffer, size); }

long calltap__os_write_at(int fd, const void *buffer, size_t size, uint64_t offset) {
  return CALL(pwrite64, fd, buffer, size, offset);
}

long calltap__os_readlink(const char *path, char *buffer, size_t size) { return CALL(readlink, path, buffer, size); }

long calltap__os_getcwd(char *buffer, size_t size) { return CALL(getcwd, buffer, size); }

void calltap__os_hostname(char buffer[65]) {
  struct utsname names;
  buffer[0] = 0;
  if (!failed(CALL(uname, &names)))
    calltap__text_copy(buffer, 65, names.nodename);
}

static uint64_t resource_limit(int resource) {
  struct rlimit limit;
  if (failed(CALL(prlimit64, 0, resource, 0, &limit)))
    return UINT64_MAX;
  return limit.rlim_cur; // NOLINT(clang-analyzer-core.*): the kernel filled it
}

uint64_t calltap__os_file_limit(void) { return resource_limit(RLIMIT_FSIZE); }
uint64_t calltap__os_memory_limit(void) { return resource_limit(RLIMIT_AS); }

int calltap__os_pid(void) { return (int)CALL(getpid, 0); }
int calltap__os_tid(void) { return (int)CALL(gettid, 0); }

unsigned calltap__os_euid(void) { return (unsigned)CALL(geteuid, 0); }

bool calltap__os_thread_exists(int pid, int tid) { return CALL(tgkill, pid, tid, 0) != -3; /* ESRCH */ }

/* /proc says it as a directory's links: one each, and two. */
size_t calltap__os_count_threads(void) {
  struct stat st;
  if (failed(CALL(stat, "/proc/self/task", &st)) ||
      st.st_nlink < 3) // NOLINT(clang-analyzer-core.*): the kernel filled it
    return 1;
  return st.st_nlink - 2;
}

struct entry {
  uint64_t inode, offset;
  uint16_t bytes;
  uint8_t type;
  char name[];
};

static size_t take_tids(const char *entries, long size, int32_t *tid, size_t most) {
  size_t count = 0;
  for (long at = 0; at < size && count < most;) {
    const struct entry *e = (const struct entry *)(entries + at);
    uint64_t number;
    if (calltap__text_number(e->name, &number))
      tid[count++] = (int32_t)number;
    at += e->bytes; // NOLINT(clang-analyzer-core.*): the kernel filled it
  }
  return count;
}

size_t calltap__os_list_threads(int32_t *tid, size_t most) {
  _Alignas(8) char entries[2048];
  size_t count = 0;
  long size;
  int fd = (int)CALL(open, "/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  while (fd >= 0 && (size = CALL(getdents64, fd, entries, sizeof entries)) > 0)
    count += take_tids(entries, size, tid + count, most - count);
  if (fd >= 0)
    calltap__os_close(fd);
  return count;
}

bool calltap__os_process_exists(int pid) { return CALL(kill, pid, 0) != -3; /* ESRCH */ }

void calltap__os_thread_name(char buffer[16]) {
  if (failed(CALL(prctl, PR_GET_NAME, buffer)))
    buffer[0] = 0;
}

static uint64_t clock_ns(int clock) {
  struct timespec now = {0, 0};
  (void)CALL(clock_gettime, clock, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t calltap__os_monotonic_ns(void) { return clock_ns(CLOCK_MONOTONIC); }
uint64_t calltap__os_realtime_ns(void) { return clock_ns(CLOCK_REALTIME); }

void calltap__os_usage(uint64_t usage[5]) {
  struct rusage used = {0};
  (void)CALL(getrusage, RUSAGE_THREAD, &used);
  usage[0] = clock_ns(CLOCK_THREAD_CPUTIME_ID);
  usage[1] = (uint64_t)used.ru_minflt;
  usage[2] = (uint64_t)used.ru_majflt;
  usage[3] = (uint64_t)used.ru_nvcsw;
  usage[4] = (uint64_t)used.ru_nivcsw;
}

bool calltap__os_ticks_allowed(void) {
  int mode = 0;
  return failed(CALL(prctl, PR_GET_TSC, &mode)) || mode != PR_TSC_SIGSEGV;
}

void calltap__os_pause(void) {
  struct timespec some = {0, 20000};
  (void)CALL(nanosleep, &some, 0);
}

int calltap__os_protect(void *page, size_t bytes, const struct mapping *like) {
  int flags = (like->readable ? PROT_READ : 0) | (like->writable ? PROT_WRITE : 0) | (like->executable ? PROT_EXEC : 0);
  return (int)CALL(mprotect, page, bytes, flags);
}

int calltap__os_barrier_register(void) {
  return (int)CALL(membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE);
}

int calltap__os_barrier(void) { return (int)CALL(membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE); }

int calltap__os_timer_create(int tid, int signal, uint64_t value) {
  int timer;
  struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = signal};
  event._sigev_un._tid = tid;
  event.sigev_value.sival_ptr = (void *)value; // NOLINT(performance-no-int-to-ptr)
  long result = CALL(timer_create, CLOCK_MONOTONIC, &event, &timer);
  return failed(result) ? (int)result : timer; // NOLINT(clang-analyzer-core.*): the kernel filled it
}

void calltap__os_timer_set(int timer, uint64_t ns) {
  const struct itimerspec once = {.it_value = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)}};
  (void)CALL(timer_settime, timer, 0, &once, 0);
}

void calltap__os_timer_delete(int timer) { (void)CALL(timer_delete, timer); }

bool calltap__os_on_signal_stack(void) {
  stack_t now = {0};
  return !failed(CALL(sigaltstack, 0, &now)) && now.ss_flags & SS_ONSTACK;
}

bool calltap__os_off_signal_stack(uintptr_t address) {
  stack_t now = {0};
  return !failed(CALL(sigaltstack, 0, &now)) && !(now.ss_flags & (SS_ONSTACK | SS_DISABLE)) &&
         address - (uintptr_t)now.ss_sp < now.ss_size;
}

void calltap__os_block_signals(uint64_t *saved) {
  uint64_t all = ~UINT64_C(0);
  (void)CALL(rt_sigprocmask, 0 /* SIG_BLOCK */, &all, saved, sizeof all);
}

void calltap__os_restore_signals(const uint64_t *saved) {
  (void)CALL(rt_sigprocmask, 2 /* SIG_SETMASK */, saved, 0, sizeof *saved);
}

size_t calltap__os_peek(int pid, void *to, uintptr_t address, size_t bytes) {
  /* The kernel may stop at any boundary of the pieces: they are the pages. */
  struct iovec local = {to, bytes}, remote[2];
  size_t first = OS_PAGE - address % OS_PAGE;
  if (first > bytes)
    first = bytes;
  size_t second = bytes - first < OS_PAGE ? bytes - first : OS_PAGE;
  remote[0] = (struct iovec){(void *)address, first};
  remote[1] = (struct iovec){(void *)(address + first), second};
  local.iov_len = first + second;
  long taken = CALL(process_vm_readv, pid, &local, 1, remote, second ? 2 : 1, 0);
  return failed(taken) ? 0 : (size_t)taken;
}

bool calltap__os_readable(int pid, uintptr_t start, uintptr_t end) {
  enum { PAGES = 16 };
  char bytes[PAGES];
  struct iovec remote[PAGES];
  while (start < end) {
    unsigned long count = 0;
    for (; count < PAGES && start < end; start += OS_PAGE)
      remote[count++] = (struct iovec){(void *)start, 1};
    struct iovec local = {bytes, count};
    if (CALL(process_vm_readv, pid, &local, 1, remote, count, 0) != (long)count)
      return false;
  }
  return true;
}
