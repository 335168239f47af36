/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The operating system, as the runtime needs it. Contract of every function: signal-safe; leaves errno alone;
 * returns 0 or a value, or -errno; takes no lock of the program or of its libraries. */
#ifndef CALLTAP_OS_H
#define CALLTAP_OS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { OS_PAGE = 4096 };

/* What a file is, whatever it is called. */
struct os_identity {
  uint64_t device, inode;
};

/* Private zeroed memory, or null. */
void *calltap__os_map(size_t bytes);
void *calltap__os_map_whole(
    size_t bytes); /* all of it will be used: its pages come at once, which is cheaper than one by one */
void calltap__os_unmap(void *memory, size_t bytes);

/* Whole pages of private memory then read as zeros in every child process that has its own memory. False: the kernel does not know how. */
bool calltap__os_wipe_on_fork(void *pages, size_t bytes);

/* Creates a file for reading and writing, mode 0600, following no link and replacing nothing. Returns its descriptor. */
int calltap__os_create(const char *path);
int calltap__os_open(const char *path, bool write);
int calltap__os_open_text(const char *path); /* of a regular file, to be read; -EINVAL if it is none. Never waits */
void calltap__os_close(int fd);
int calltap__os_rename(const char *from, const char *to); /* what has that name goes */
int calltap__os_unlink_regular(const char *path);         /* -EINVAL if it is no regular file of ours */
int calltap__os_identify(int fd, struct os_identity *id);
int calltap__os_resize(int fd, uint64_t bytes);
int calltap__os_reserve(int fd, uint64_t offset, uint64_t bytes); /* takes the disk blocks */
void *calltap__os_map_file(int fd, size_t bytes);
/* Takes the memory and the disk blocks of a range of a mapped file. -EFAULT where there is no space, -EINVAL
 * where the kernel does not know how. */
int calltap__os_populate(void *memory, size_t bytes);
/* Opens a directory that is this user's and nobody else's, and follows no link. make: if it is not there. Returns its descriptor. */
int calltap__os_private_directory(const char *path, bool make);
/* Opens a regular file of at most so many bytes that is this user's and nobody else's, by its only name, and takes the name away. */
int calltap__os_take_private(int directory, const char *name, size_t most);
int calltap__os_create_at(int directory, const char *name);
int calltap__os_rename_at(int directory, const char *from, const char *to);
void calltap__os_unlink_at(int directory, const char *name);
long calltap__os_read(int fd, void *buffer, size_t size);
long calltap__os_write(int fd, const void *buffer, size_t size);
long calltap__os_write_at(int fd, const void *buffer, size_t size, uint64_t offset);
long calltap__os_readlink(const char *path, char *buffer, size_t size);
long calltap__os_getcwd(char *buffer, size_t size);
void calltap__os_hostname(char buffer[65]);
uint64_t calltap__os_file_limit(void);   /* RLIMIT_FSIZE in bytes */
uint64_t calltap__os_memory_limit(void); /* RLIMIT_AS in bytes */

/* Copies bytes of this process's memory, wherever they are, and stops where they cannot be read. Returns how many it copied. */
size_t calltap__os_peek(int pid, void *to, uintptr_t address, size_t bytes);

/* Whether every page of this process's memory from `start`, the start of one, to `end` can be read, just now. */
bool calltap__os_readable(int pid, uintptr_t start, uintptr_t end);

int calltap__os_pid(void);
int calltap__os_tid(void);
unsigned calltap__os_euid(void);
bool calltap__os_thread_exists(int pid, int tid);
size_t calltap__os_count_threads(void);
size_t calltap__os_list_threads(int32_t *tid, size_t most); /* returns how many it wrote */
bool calltap__os_process_exists(int pid);
void calltap__os_thread_name(char buffer[16]);
/* Of this thread so far: CPU time in nanoseconds, minor and major page faults, voluntary and involuntary context switches. */
void calltap__os_usage(uint64_t usage[5]);

uint64_t calltap__os_monotonic_ns(void);
uint64_t calltap__os_realtime_ns(void);
bool calltap__os_ticks_allowed(void); /* prctl(PR_SET_TSC) can forbid rdtsc */
void calltap__os_pause(void);         /* gives way to other threads for some microseconds */

/* Pages with one protection. */
struct mapping {
  uintptr_t start, end;
  bool readable, writable, executable;
};
/* Gives the pages the protection of `like`. */
int calltap__os_protect(void *page, size_t bytes, const struct mapping *like);
int calltap__os_barrier_register(void);
/* Every core that runs this process has executed a serialising instruction since. */
int calltap__os_barrier(void);

/* A timer that sends a signal with a value to a thread once. Its number, or -errno. */
int calltap__os_timer_create(int tid, int signal, uint64_t value);
void calltap__os_timer_set(int timer, uint64_t ns);
void calltap__os_timer_delete(int timer);

/* Whether this thread is in a signal handler that runs on a stack of its own. */
bool calltap__os_on_signal_stack(void);
/* Whether an address is on that stack, and the thread is not. */
bool calltap__os_off_signal_stack(uintptr_t address);

/* Blocks all signals of this thread; restore gives them back. */
void calltap__os_block_signals(uint64_t *saved);
void calltap__os_restore_signals(const uint64_t *saved);

#endif
