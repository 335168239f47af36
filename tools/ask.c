/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "ask_directory.h"
#include "calltap/request.h"
#include "message.h"

/* --- looking at the process --- */

static void name_user(uint32_t user, char *name, size_t size) {
  struct passwd *known = getpwuid(user);
  if (known != NULL)
    snprintf(name, size, "%s", known->pw_name);
  else
    snprintf(name, size, "number %" PRIu32, user);
}

static bool refuse(char why[ASK_WHY], const char *text) {
  snprintf(why, ASK_WHY, "%s", text);
  return false;
}

static bool refuse_unreadable(const struct ask *ask, int error, char why[ASK_WHY]) {
  char user[64];
  name_user(ask->look.user, user, sizeof user);
  if (error == ENOENT || error == ESRCH)
    return refuse(why, "the process ended meanwhile");
  if (geteuid() != 0 && ask->look.user != geteuid())
    snprintf(why, ASK_WHY, "it belongs to user %s; ask as that user, or by sudo", user);
  else if (geteuid() != 0)
    snprintf(why, ASK_WHY,
             "it keeps its own user out, as programs that gained rights do (it is not dumpable); ask by sudo");
  else
    snprintf(why, ASK_WHY, "it cannot be looked at: %s; this root lacks the right to (CAP_SYS_PTRACE)",
             strerror(error));
  return false;
}

static bool open_process(struct ask *ask, char why[ASK_WHY]) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%" PRIu32, ask->pid);
  ask->proc = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (ask->proc < 0 || look_read(&ask->look, ask->proc, "status") != 0)
    return refuse(why, "there is no such process");
  if (ask->look.tgid != ask->look.pid) {
    snprintf(why, ASK_WHY, "this is a thread of process %" PRIu32 "; give that number", ask->look.tgid);
    return false;
  }
  if ((ask->look.state == 'Z' && ask->look.threads <= 1) || ask->look.state == 'X')
    return refuse(why, "it has ended, and its parent has not yet taken note of it (a zombie)");
  return true;
}

/* In another user namespace the process has another number for its user than we have. */
static uint32_t find_inner_user(const struct ask *ask) {
  struct stat ours, theirs;
  char map[4096];
  uint32_t inside, outside, count;
  int used;
  if (stat("/proc/self/ns/user", &ours) != 0 || fstatat(ask->proc, "ns/user", &theirs, 0) != 0 ||
      (ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev) ||
      look_file(ask->proc, "uid_map", map, sizeof map) <= 0)
    return ask->look.user;
  for (const char *at = map; sscanf(at, "%" SCNu32 " %" SCNu32 " %" SCNu32 "%n", &inside, &outside, &count, &used) == 3;
       at += used) {
    if (ask->look.user - outside < count)
      return inside + (ask->look.user - outside);
  }
  return ask->look.user;
}

static bool find_runtime(const struct ask *ask, enum look_carried *carried, char why[ASK_WHY]) {
  int error = look_carried(ask->pid, carried);
  if (error != 0)
    return refuse_unreadable(ask, error, why);
  if (*carried == LOOK_NOTHING)
    return refuse(why,
                  "it carries neither the runtime nor functions that can be traced; build it with -fplugin=calltap "
                  "and link it with -lcalltap");
  return true;
}

static bool find_signal(struct ask *ask, char why[ASK_WHY]) {
  ask->signal = look_signal(ask->proc);
  if (ask->signal == 0)
    return refuse(why, "it was started with CALLTAP_SIGNAL=none and cannot be asked; start it without");
  if (ask->signal < 0)
    return refuse(why, "its CALLTAP_SIGNAL is no signal that the runtime knows; start it with another");
  return true;
}

/* The signal is not caught. */
static bool refuse_uncaught(const struct ask *ask, enum look_carried carried, char why[ASK_WHY]) {
  const char *name = sigabbrev_np(ask->signal);
  if (ask->look.real_user != ask->look.user)
    return refuse(why, "it runs with more rights than its caller has (set-uid), where the runtime stays out");
  if (carried == LOOK_TABLES)
    return refuse(why, "it was built for tracing, and no runtime listens in it: link it with -lcalltap, or start it by "
                       "`calltap run` or with LD_PRELOAD=libcalltap.so");
  snprintf(why, ASK_WHY,
           "it carries the runtime and %s SIG%s: the program set that itself, gained rights at its start, or is just "
           "starting; choose another signal by CALLTAP_SIGNAL",
           look_has_signal(ask->look.ignored, ask->signal) ? "ignores" : "does not catch", name != NULL ? name : "?");
  return false;
}

/* may_pass: what is wrong may be so for a moment only. */
static bool check_threads(const struct ask *ask, bool *may_pass, char why[ASK_WHY]) {
  size_t count, waiting = 0, stopped = 0;
  struct look_thread *threads = look_threads(ask->proc, ask->signal, &count);
  bool good = count > 0 && look_rank(&threads[0], ask->signal) > 0;
  for (size_t i = 0; i < count; i++) {
    waiting += threads[i].call == SYS_rt_sigtimedwait;
    stopped += threads[i].state == 'T' || threads[i].state == 't';
  }
  free(threads);
  *may_pass = stopped == 0;
  if (good)
    return true;
  if (stopped > 0 && ask->look.tracer != 0) {
    snprintf(why, ASK_WHY, "process %" PRIu32 " debugs it and holds it; let it go on there", ask->look.tracer);
    return false;
  }
  if (stopped > 0) {
    snprintf(why, ASK_WHY, "it is stopped; let it go on: kill -CONT %" PRIu32, ask->pid);
    return false;
  }
  snprintf(why, ASK_WHY, "all its threads block SIG%s%s; choose another signal by CALLTAP_SIGNAL",
           sigabbrev_np(ask->signal) != NULL ? sigabbrev_np(ask->signal) : "?",
           waiting > 0 ? ", and one waits for signals by sigwait, which would take it" : "");
  return false;
}

enum { BLOCKED_TRIES = 40, BLOCKED_US = 25000 };

bool ask_look(struct ask *ask, uint32_t pid, char why[ASK_WHY]) {
  enum look_carried carried;
  *ask = (struct ask){.pid = pid, .proc = -1};
  if (!open_process(ask, why) || !find_runtime(ask, &carried, why) || !find_signal(ask, why))
    return false;
  ask->inner_user = find_inner_user(ask);
  if (!look_has_signal(ask->look.caught, ask->signal))
    return refuse_uncaught(ask, carried, why);
  /* Where many sessions end at once, all threads may be in the runtime for a moment, with all signals blocked. */
  bool may_pass, good = check_threads(ask, &may_pass, why);
  for (int i = 1; !good && may_pass && i < BLOCKED_TRIES; i++) {
    usleep(BLOCKED_US);
    good = check_threads(ask, &may_pass, why);
  }
  return good;
}

bool ask_open(struct ask *ask, uint32_t pid) {
  char why[ASK_WHY];
  if (ask_look(ask, pid, why))
    return true;
  message("%" PRIu32 ": %s", pid, why);
  ask_close(ask);
  return false;
}

void ask_close(struct ask *ask) {
  if (ask->proc >= 0)
    close(ask->proc);
  free(ask->said);
  ask->proc = -1;
  ask->said = NULL;
}

/* --- a request --- */

enum {
  PATIENCE_MS = 5000,
  SHORT_PATIENCE_MS = 1000, /* with one of many threads */
  AGAIN_MS = 300,           /* a request that nobody took goes to another thread: the first may have ended */
  QUIET_TURNS = 6,
  SHORTEST_US = 50,
  LONGEST_US = 2000,
};

struct request {
  struct ask *ask;
  int directory;
  unsigned number; /* of the directory */
  uint32_t nonce;
  char file[16]; /* NONCE.ask */
  char said[16];
  uint64_t start; /* ms */
  unsigned sent;
  uint32_t tid; /* the thread that is to answer; 0: any. What goes wrong with one is not said: threads end */
};

static uint64_t now_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* In the first directory that takes it. */
static bool leave(struct request *request, const char *text, size_t bytes) {
  char first[ASK_WHY] = "", why[ASK_WHY];
  for (request->number = 0; request->number < CALLTAP_REQUEST_DIRECTORIES; request->number++) {
    request->directory = ask_directory_open(request->ask, request->number, why);
    int error =
        request->directory < 0 ? 0 : ask_file_write(request->ask, request->directory, request->file, text, bytes);
    if (request->directory >= 0 && error == 0)
      return true;
    if (request->directory >= 0) {
      snprintf(why, sizeof why, "the request cannot be left in %s: %s",
               request->number == 0 ? CALLTAP_REQUEST_DIRECTORY_0 "*" : CALLTAP_REQUEST_DIRECTORY_1 "*",
               strerror(error));
      close(request->directory);
    }
    if (first[0] == '\0')
      snprintf(first, sizeof first, "%s", why);
    if (strstr(why, "remove it") != NULL) /* somebody else's: nothing to go around */
      break;
  }
  message("%" PRIu32 ": %s", request->ask->pid, first);
  return false;
}

static int send_to(const struct request *request, uint32_t tid) {
  siginfo_t info = {.si_code = SI_QUEUE};
  uint64_t cookie = CALLTAP_REQUEST_COOKIE | (uint64_t)request->number << 32 | request->nonce;
  info.si_signo = request->ask->signal;
  info.si_pid = getpid();
  info.si_uid = getuid();
  info.si_value.sival_ptr = (void *)(uintptr_t)cookie; // NOLINT(performance-no-int-to-ptr)
  long result = syscall(SYS_rt_tgsigqueueinfo, request->ask->pid, tid, request->ask->signal, &info);
  return result == 0 ? 0 : errno;
}

/* The thread whose turn it is, of those that take the signal; 0: there is none. One in which it makes a call return early has no turn as long
 * as there are others and these may only be slow. */
static uint32_t turn(const struct request *request, const struct look_thread *threads, size_t count) {
  int signal = request->ask->signal;
  size_t good = 0, quiet = 0;
  while (good < count && look_rank(&threads[good], signal) > 0)
    quiet += look_is_quiet(&threads[good++], signal);
  if (quiet > 0 && request->sent < QUIET_TURNS)
    good = quiet;
  return good > 0 ? threads[request->sent % good].tid : 0;
}

/* One attempt. False: the process cannot be asked any more, and why has been said. A process that called
 * exec meanwhile has other handlers, and could die of the signal. */
static bool send_signal(struct request *request) {
  struct ask *ask = request->ask;
  struct look look;
  if (request->tid != 0)
    return send_to(request, request->tid) == 0;
  if (look_read(&look, ask->proc, "status") != 0) {
    message("%" PRIu32 ": the process ended before it answered", ask->pid);
    return false;
  }
  if (!look_has_signal(look.caught, ask->signal)) {
    message("%" PRIu32 ": it does not catch the control signal any more: it became another program, or set a handler",
            ask->pid);
    return false;
  }
  size_t count;
  struct look_thread *threads = look_threads(ask->proc, ask->signal, &count);
  uint32_t tid = turn(request, threads, count);
  int error = tid != 0 ? send_to(request, tid) : 0;
  request->sent++;
  free(threads);
  if (error != 0 && error != ESRCH && error != EAGAIN) {
    message_errno(error, "%" PRIu32 ": the control signal cannot be sent", ask->pid);
    return false;
  }
  return true;
}

static bool is_taken(const struct request *request) {
  struct stat status;
  return fstatat(request->directory, request->file, &status, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT;
}

static void say_silence(const struct request *request) {
  struct look look;
  uint32_t pid = request->ask->pid;
  bool taken = is_taken(request);
  if (look_read(&look, request->ask->proc, "status") != 0 || look.state == 'Z')
    message("%" PRIu32 ": the process ended before it answered", pid);
  else if (taken)
    message("%" PRIu32 ": the request was taken and not answered in %d s; `calltap info %" PRIu32
            "` says what became of it",
            pid, PATIENCE_MS / 1000, pid);
  else if (look.seccomp != 0)
    message("%" PRIu32 ": no answer in %d s; its seccomp filter may forbid what the runtime needs", pid,
            PATIENCE_MS / 1000);
  else if (look.state == 'D')
    message("%" PRIu32 ": no answer in %d s: it waits in the kernel (state D) and takes no signals", pid,
            PATIENCE_MS / 1000);
  else
    message("%" PRIu32
            ": no answer in %d s: it sleeps where it takes no signals, or its runtime is an older one or one "
            "that keeps quiet; `calltap doctor %" PRIu32 "` looks closer",
            pid, PATIENCE_MS / 1000, pid);
}

/* Returns the size of the reply, -1: none, and said. */
static long wait_for(struct request *request) {
  unsigned pause = SHORTEST_US;
  uint64_t next = request->start + (request->tid == 0 ? AGAIN_MS : 2 * AGAIN_MS);
  for (;;) {
    long got =
        ask_file_read(request->ask, request->directory, request->said, request->ask->said, CALLTAP_REPLY_BYTES + 1);
    if (got < 0 && errno != ENOENT) {
      message_errno(errno, "%" PRIu32 ": its reply cannot be read", request->ask->pid);
      return -1;
    }
    uint64_t now = now_ms();
    if (got >= 0)
      return got;
    if (request->tid != 0 && now - request->start >= SHORT_PATIENCE_MS)
      return -1;
    if (now - request->start >= PATIENCE_MS) {
      say_silence(request);
      return -1;
    }
    if (now >= next && !is_taken(request) && !send_signal(request))
      return -1;
    if (now >= next)
      next = now + AGAIN_MS;
    usleep(pause);
    pause = pause * 2 < LONGEST_US ? pause * 2 : LONGEST_US;
  }
}

static bool is_reply(const char *text) {
  return strncmp(text, "ok\n", 3) == 0 || strcmp(text, "ok") == 0 || strncmp(text, "wrong ", 6) == 0 ||
         strncmp(text, "fault ", 6) == 0;
}

static bool prepare(struct request *request, size_t bytes) {
  struct ask *ask = request->ask;
  if (ask->said == NULL)
    ask->said = malloc(CALLTAP_REPLY_BYTES + 1);
  if (ask->said == NULL) {
    message("this needs more memory than there is");
    return false;
  }
  if (bytes > CALLTAP_REQUEST_BYTES) {
    message("%" PRIu32 ": the request has %zu bytes and may have %d; shorten the rules", ask->pid, bytes,
            CALLTAP_REQUEST_BYTES);
    return false;
  }
  if (getrandom(&request->nonce, sizeof request->nonce, 0) != sizeof request->nonce) {
    message_errno(errno, "there are no random numbers");
    return false;
  }
  snprintf(request->file, sizeof request->file, "%08" PRIx32 CALLTAP_REQUEST_ASK, request->nonce);
  snprintf(request->said, sizeof request->said, "%08" PRIx32 CALLTAP_REQUEST_SAID, request->nonce);
  return true;
}

static const char *put(struct ask *ask, uint32_t tid, const char *text, size_t bytes) {
  struct request request = {.ask = ask, .tid = tid};
  if (!prepare(&request, bytes) || !leave(&request, text, bytes))
    return NULL;
  request.start = now_ms();
  long got = send_signal(&request) ? wait_for(&request) : -1;
  ask_file_remove(ask, request.directory, request.file);
  ask_file_remove(ask, request.directory, request.said);
  close(request.directory);
  if (got >= 0 && !is_reply(ask->said)) {
    message("%" PRIu32 ": its runtime answers in a way that this version does not know; use the calltap of its version",
            ask->pid);
    return NULL;
  }
  return got >= 0 ? ask->said : NULL;
}

const char *ask_request(struct ask *ask, const char *text, size_t bytes) { return put(ask, 0, text, bytes); }

const char *ask_thread(struct ask *ask, uint32_t tid, const char *text, size_t bytes) {
  return put(ask, tid, text, bytes);
}

/* --- replies --- */

bool ask_value(const char *reply, const char *key, char *value, size_t size) {
  size_t length = strlen(key);
  for (const char *line = reply; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
    line += *line == '\n';
    size_t bytes = strcspn(line, "\n");
    if (strncmp(line, "session ", 8) == 0)
      return false;
    if (bytes >= length && strncmp(line, key, length) == 0 && (line[length] == ' ' || bytes == length)) {
      const char *from = line + length + (line[length] == ' ');
      snprintf(value, size, "%.*s", (int)(line + bytes - from), from);
      return true;
    }
  }
  return false;
}

enum status ask_say(struct ask *ask, const char *reply) {
  char text[1024], column[32];
  bool is_wrong = ask_value(reply, "wrong", text, sizeof text);
  if (!is_wrong && !ask_value(reply, "fault", text, sizeof text))
    return STATUS_DONE;
  if (ask_value(reply, "column", column, sizeof column))
    message("%" PRIu32 ": column %s: %s", ask->pid, column, text);
  else
    message("%" PRIu32 ": %s", ask->pid, text);
  return is_wrong ? STATUS_QUESTION : STATUS_FAULT;
}
