/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "look.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "process.h"

long look_file(int at, const char *path, char *text, size_t size) {
  int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return -1;
  size_t got = 0;
  ssize_t more;
  while ((more = read(fd, text + got, size - 1 - got)) > 0)
    got += (size_t)more;
  int error = errno;
  close(fd);
  errno = error;
  text[got] = '\0';
  return more < 0 ? -1 : (long)got;
}

/* --- status --- */

/* The text of a key in a status file, NULL if it has none. */
static const char *line_of(const char *status, const char *key) {
  size_t size = strlen(key);
  for (const char *line = status; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
    line += *line == '\n';
    if (strncmp(line, key, size) == 0 && line[size] == ':')
      return line + size + 1 + strspn(line + size + 1, " \t");
  }
  return NULL;
}

/* The number at `index` in a line of several. */
static uint64_t number_of(const char *status, const char *key, unsigned index, int base) {
  const char *line = line_of(status, key);
  uint64_t number = 0;
  for (unsigned i = 0; line != NULL && i <= index; i++) {
    char *end;
    number = strtoull(line, &end, base);
    if (end == line)
      return 0;
    line = end;
  }
  return number;
}

static uint32_t words_of(const char *status, const char *key) {
  const char *line = line_of(status, key);
  uint32_t words = 0;
  while (line != NULL && *line != '\0' && *line != '\n') {
    size_t size = strcspn(line, " \t\n");
    words += size > 0;
    line += size;
    line += strspn(line, " \t");
  }
  return words;
}

void look_parse(struct look *look, const char *status) {
  const char *name = line_of(status, "Name");
  const char *state = line_of(status, "State");
  *look = (struct look){0};
  snprintf(look->name, sizeof look->name, "%.*s", name != NULL ? (int)strcspn(name, "\n") : 0,
           name != NULL ? name : "");
  look->state = state != NULL ? *state : '\0';
  look->pid = (uint32_t)number_of(status, "Pid", 0, 10);
  look->tgid = (uint32_t)number_of(status, "Tgid", 0, 10);
  look->tracer = (uint32_t)number_of(status, "TracerPid", 0, 10);
  look->real_user = (uint32_t)number_of(status, "Uid", 0, 10);
  look->user = (uint32_t)number_of(status, "Uid", 1, 10);
  look->group = (uint32_t)number_of(status, "Gid", 1, 10);
  look->threads = (uint32_t)number_of(status, "Threads", 0, 10);
  look->pid_namespaces = words_of(status, "NSpid");
  look->no_new_privileges = (uint32_t)number_of(status, "NoNewPrivs", 0, 10);
  look->seccomp = (uint32_t)number_of(status, "Seccomp", 0, 10);
  look->blocked = number_of(status, "SigBlk", 0, 16);
  look->ignored = number_of(status, "SigIgn", 0, 16);
  look->caught = number_of(status, "SigCgt", 0, 16);
}

int look_read(struct look *look, int at, const char *path) {
  char status[8192];
  if (look_file(at, path, status, sizeof status) < 0)
    return errno;
  look_parse(look, status);
  return look->state != '\0' ? 0 : ESRCH;
}

bool look_has_signal(uint64_t signals, int number) {
  return number >= 1 && number <= 64 && (signals >> (number - 1) & 1) != 0;
}

/* --- threads --- */

void look_parse_call(struct look_thread *thread, const char *text) {
  char *end;
  thread->call = -1;
  if (!isdigit((unsigned char)*text)) /* `running`, or -1 outside of a call */
    return;
  thread->call = strtoll(text, &end, 10);
  for (size_t i = 0; i < sizeof thread->argument / sizeof *thread->argument; i++)
    thread->argument[i] = strtoull(end, &end, 16);
}

/* System calls that threads wait in, and what becomes of them when a handler has run, whatever SA_RESTART says: signal(7). */
static const struct wait {
  int64_t call;
  bool is_interrupted; /* it returns EINTR */
  const char *name;
} waits[] = {
    {SYS_read, false, "read"},
    {SYS_write, false, "write"},
    {SYS_readv, false, "readv"},
    {SYS_writev, false, "writev"},
    {SYS_wait4, false, "wait4"},
    {SYS_waitid, false, "waitid"},
    {SYS_accept, false, "accept"},
    {SYS_accept4, false, "accept4"},
    {SYS_recvfrom, false, "recvfrom"},
    {SYS_sendto, false, "sendto"},
    {SYS_recvmsg, false, "recvmsg"},
    {SYS_sendmsg, false, "sendmsg"},
    {SYS_flock, false, "flock"},
    {SYS_futex, false, "futex"},
    {SYS_poll, true, "poll"},
    {SYS_ppoll, true, "ppoll"},
    {SYS_epoll_wait, true, "epoll_wait"},
    {SYS_epoll_pwait, true, "epoll_pwait"},
    {SYS_select, true, "select"},
    {SYS_pselect6, true, "pselect6"},
    {SYS_nanosleep, true, "nanosleep"},
    {SYS_clock_nanosleep, true, "clock_nanosleep"},
    {SYS_pause, true, "pause"},
    {SYS_rt_sigsuspend, true, "rt_sigsuspend"},
    {SYS_rt_sigtimedwait, true, "rt_sigtimedwait"},
    {SYS_io_getevents, true, "io_getevents"},
    {SYS_semop, true, "semop"},
    {SYS_semtimedop, true, "semtimedop"},
    {SYS_msgrcv, true, "msgrcv"},
    {SYS_msgsnd, true, "msgsnd"},
    {441, true, "epoll_pwait2"},
};

static const struct wait *wait_of(const struct look_thread *thread) {
  for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
    if (waits[i].call == thread->call)
      return &waits[i];
  }
  return NULL;
}

const char *look_call_name(const struct look_thread *thread) {
  const struct wait *wait = wait_of(thread);
  return wait != NULL ? wait->name : NULL;
}

/* Of those that are as good, the first was made first, and is the one to live longest. */
enum { RANK_NONE, RANK_INTERRUPTED, RANK_UNINTERRUPTIBLE, RANK_UNKNOWN, RANK_RESTARTED, RANK_RUNNING, RANK_PARKED };

/* One in sigwait and its like takes the signal itself, as a value: what it waits for, the kernel does not show as blocked. */
static bool is_sigwait(const struct look_thread *thread) { return thread->call == SYS_rt_sigtimedwait; }

unsigned look_rank(const struct look_thread *thread, int signal) {
  if (look_has_signal(thread->blocked, signal) || is_sigwait(thread) || strchr("RSDI", thread->state) == NULL ||
      thread->state == '\0')
    return RANK_NONE;
  if (thread->state == 'R')
    return RANK_RUNNING;
  if (thread->state == 'D')
    return RANK_UNINTERRUPTIBLE;
  const struct wait *wait = wait_of(thread);
  if (wait == NULL)
    return RANK_UNKNOWN;
  /* As in pthread_join and in pools that have nothing to do. What runs now may be in nanosleep when the signal comes. */
  if (wait->call == SYS_futex)
    return thread->argument[3] != 0 ? RANK_INTERRUPTED : RANK_PARKED;
  return wait->is_interrupted ? RANK_INTERRUPTED : RANK_RESTARTED;
}

bool look_is_quiet(const struct look_thread *thread, int signal) { return look_rank(thread, signal) >= RANK_RESTARTED; }

bool look_thread(int proc, uint32_t tid, struct look_thread *thread) {
  char path[64], text[256];
  struct look look = {0};
  snprintf(path, sizeof path, "task/%" PRIu32 "/status", tid);
  if (tid == 0 || look_read(&look, proc, path) != 0)
    return false;
  *thread = (struct look_thread){.tid = tid, .state = look.state, .blocked = look.blocked, .call = -1};
  snprintf(path, sizeof path, "task/%" PRIu32 "/syscall", tid);
  if (look.state == 'S' && look_file(proc, path, text, sizeof text) > 0)
    look_parse_call(thread, text);
  return true;
}

/* Puts it behind those that are as good. */
static bool insert(struct look_thread **threads, size_t *count, const struct look_thread *thread, int signal) {
  struct look_thread *grown = realloc(*threads, (*count + 1) * sizeof *grown);
  if (grown == NULL)
    return false;
  size_t at = *count;
  unsigned rank = look_rank(thread, signal);
  for (; at > 0 && look_rank(&grown[at - 1], signal) < rank; at--)
    grown[at] = grown[at - 1];
  grown[at] = *thread;
  *threads = grown;
  ++*count;
  return true;
}

struct look_thread *look_threads(int proc, int signal, size_t *count) {
  struct look_thread *threads = NULL, thread;
  int fd = openat(proc, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *directory = fd >= 0 ? fdopendir(fd) : NULL;
  struct dirent *entry;
  *count = 0;
  if (directory == NULL) {
    if (fd >= 0)
      close(fd);
    return NULL;
  }
  while ((entry = readdir(directory)) != NULL) {
    if (look_thread(proc, process_number(entry->d_name), &thread) && !insert(&threads, count, &thread, signal))
      break;
  }
  closedir(directory);
  return threads;
}

/* --- the control signal --- */

/* The names that the runtime knows: rt/init.c. */
static const struct {
  const char *name;
  int number;
} signals[] = {{"URG", SIGURG},     {"USR1", SIGUSR1}, {"USR2", SIGUSR2}, {"HUP", SIGHUP},
               {"WINCH", SIGWINCH}, {"IO", SIGIO},     {"PWR", SIGPWR},   {"CONT", SIGCONT}};

int look_signal_number(const char *name) {
  if (name == NULL)
    return SIGURG;
  if (strcmp(name, "none") == 0)
    return 0;
  if (isdigit((unsigned char)*name)) {
    char *end;
    unsigned long number = strtoul(name, &end, 10);
    return *end == '\0' && number >= 1 && number <= 64 ? (int)number : -1;
  }
  name += strncmp(name, "SIG", 3) == 0 ? 3 : 0;
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
    if (strcmp(signals[i].name, name) == 0)
      return signals[i].number;
  }
  return -1;
}

int look_signal(int proc) {
  static const char key[] = "CALLTAP_SIGNAL=";
  int fd = openat(proc, "environ", O_RDONLY | O_CLOEXEC);
  FILE *environment = fd >= 0 ? fdopen(fd, "r") : NULL;
  char *text = NULL;
  size_t room = 0;
  int number = SIGURG;
  if (environment == NULL) {
    if (fd >= 0)
      close(fd);
    return number;
  }
  while (getdelim(&text, &room, '\0', environment) > 0) {
    if (strncmp(text, key, sizeof key - 1) == 0) {
      number = look_signal_number(text + sizeof key - 1);
      break;
    }
  }
  free(text);
  fclose(environment);
  return number;
}
