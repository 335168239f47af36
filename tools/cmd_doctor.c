/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap doctor: what stands in the way of tracing a process. */
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "asked.h"
#include "calltap/request.h"
#include "calltap/version.h"
#include "message.h"
#include "process.h"

static const struct option table[] = {{0}};

static void say(const char *how, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void say(const char *how, const char *format, ...) {
  va_list arguments;
  printf("%-5s", how);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

/* --- the system --- */

static bool check_kernel(void) {
  struct utsname name;
  unsigned major = 0, minor = 0;
  if (uname(&name) != 0 || sscanf(name.release, "%u.%u", &major, &minor) != 2) {
    say("note", "the version of the kernel is not known; 4.14 is the oldest that will do");
    return true;
  }
  bool good = major > 4 || (major == 4 && minor >= 14);
  if (!good)
    say("bad", "Linux %s: 4.14 is the oldest that will do", name.release);
  else if (major == 4 && minor < 16)
    say("note", "Linux %s: before 4.16 threads cannot be told all at once that code changed; arming takes longer",
        name.release);
  else
    say("ok", "Linux %s", name.release);
  return good;
}

static void check_selinux(void) {
  char text[8];
  if (look_file(AT_FDCWD, "/sys/fs/selinux/enforce", text, sizeof text) > 0)
    say("note", "SELinux %s; where it denies execmem or execmod, functions cannot be armed",
        text[0] == '1' ? "is enforced" : "is present and only warns");
}

/* --- the process --- */

static void check_rights(const struct look *look) {
  if (look->no_new_privileges != 0)
    say("note", "it runs without new privileges (NoNewPrivs), which does no harm here");
  if (look->seccomp == 2)
    say("note", "it has a seccomp filter; one that forbids mprotect, memfd or timers also forbids arming");
  if (look->seccomp == 1)
    say("bad", "it runs under strict seccomp, where all but read, write and exit ends it");
  if (look->real_user != look->user)
    say("note", "it runs as user %" PRIu32 " for user %" PRIu32 ": started so (set-uid), the runtime stays out",
        look->user, look->real_user);
}

static void check_debugger(const struct look *look) {
  if (look->tracer != 0)
    say("note",
        "process %" PRIu32 " debugs it, and sees the control signal first: let it pass (gdb: handle SIGURG nostop "
        "noprint pass)",
        look->tracer);
}

static void check_dumpable(const struct ask *ask) {
  struct stat status;
  if (fstatat(ask->proc, "mem", &status, 0) == 0 && status.st_uid != ask->look.user)
    say("note", "it is not dumpable, so only root may look at it (prctl(2), PR_SET_DUMPABLE)");
}

static bool is_same(const struct ask *ask, const char *ours, const char *theirs) {
  struct stat left, right;
  return stat(ours, &left) != 0 || fstatat(ask->proc, theirs, &right, 0) != 0 ||
         (left.st_ino == right.st_ino && left.st_dev == right.st_dev);
}

static void check_namespaces(const struct ask *ask) {
  if (ask->look.pid_namespaces > 1)
    say("note", "it has a pid namespace of its own, as in a container; traces name the number that it has there");
  if (!is_same(ask, "/proc/self/ns/mnt", "ns/mnt"))
    say("note",
        "it has a mount namespace of its own (a container, or PrivateTmp): its files are under /proc/%" PRIu32 "/root",
        ask->pid);
  if (!is_same(ask, "/proc/self/ns/user", "ns/user"))
    say("note", "it has a user namespace of its own, and is user %" PRIu32 " there", ask->inner_user);
}

/* --- places to write to --- */

/* As far as mode and mount tell. */
static bool is_writable(const struct ask *ask, const char *path) {
  struct statvfs system;
  struct stat status;
  int fd = openat(ask->proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool good = fd >= 0 && fstatvfs(fd, &system) == 0 && (system.f_flag & ST_RDONLY) == 0 && system.f_bavail > 0 &&
              fstat(fd, &status) == 0 && ((status.st_mode & 02) != 0 || status.st_uid == ask->look.user);
  if (fd >= 0)
    close(fd);
  return good;
}

static bool check_places(const struct ask *ask) {
  struct statvfs system;
  bool tmp = is_writable(ask, "root/tmp"), memory = is_writable(ask, "root/dev/shm");
  char root[64];
  snprintf(root, sizeof root, "/proc/%" PRIu32 "/root", ask->pid);
  if (statvfs(root, &system) == 0 && (system.f_flag & ST_RDONLY) != 0)
    say("note", "its root is read-only: traces go where it may write");
  say(memory ? "ok" : "note", "/dev/shm %s",
      memory ? "can be written" : "cannot be written, or is full: live traces go to /tmp");
  say(tmp      ? "ok"
      : memory ? "note"
               : "bad",
      "/tmp %s",
      tmp      ? "can be written"
      : memory ? "cannot be written, or is full: requests go by /dev/shm"
               : "cannot be written either, so no request reaches it");
  return tmp || memory;
}

/* --- the proof --- */

/* What its owner lets anybody ask. */
static bool check_ceiling(const char *reply) {
  char allow[32];
  if (!ask_value(reply, "allow", allow, sizeof allow))
    return true;
  bool is_off = strcmp(allow, "off") == 0;
  if (is_off)
    say("bad", "its owner allows no tracing: it was started with CALLTAP_ALLOW=off");
  else
    say("note", "its owner allows %s: it was started with CALLTAP_ALLOW=%s",
        strcmp(allow, "count") == 0 ? "counters only" : "no contents of memory", allow);
  return !is_off;
}

static bool check_answer(struct ask *ask) {
  static const char text[] = CALLTAP_REQUEST_FIRST "info\n";
  char version[64];
  const char *reply = ask_request(ask, text, sizeof text - 1);
  if (reply == NULL) {
    say("bad", "it did not answer");
    return false;
  }
  if (ask_say(ask, reply) != STATUS_DONE) {
    say("bad", "it answered, and refused");
    return false;
  }
  if (!ask_value(reply, "version", version, sizeof version))
    snprintf(version, sizeof version, "of a version that it does not tell");
  say("ok", "it answers: runtime %s", version);
  bool is_allowed = check_ceiling(reply);
  if (strcmp(version, CALLTAP_VERSION) != 0)
    say("note", "this command is %s", CALLTAP_VERSION);
  return is_allowed;
}

static bool examine(uint32_t pid) {
  struct ask ask;
  char why[ASK_WHY];
  bool good = check_kernel();
  check_selinux();
  bool can = ask_look(&ask, pid, why);
  if (ask.proc >= 0 && ask.look.pid == pid) {
    check_rights(&ask.look);
    check_debugger(&ask.look);
    check_dumpable(&ask);
    check_namespaces(&ask);
  }
  if (can) {
    say("ok", "it carries the runtime, which listens to SIG%s",
        sigabbrev_np(ask.signal) != NULL ? sigabbrev_np(ask.signal) : "RT");
    good = check_places(&ask) && good;
    good = check_answer(&ask) && good;
  } else {
    say("bad", "%s", why);
  }
  ask_close(&ask);
  return can && good;
}

static int run(struct options *options) {
  const char *word = NULL;
  int found;
  while ((found = options_next(options)) != OPTIONS_END) {
    if (found == OPTIONS_WRONG)
      return STATUS_QUESTION;
    if (word != NULL || found != OPTIONS_WORD) {
      message("'%s' is one word too many; give one pid", options->value);
      return STATUS_QUESTION;
    }
    word = options->value;
  }
  uint32_t pid = word != NULL ? process_number(word) : 0;
  if (pid == 0) {
    message("%s%sgive a pid, as in: calltap doctor 4711", word != NULL ? word : "",
            word != NULL ? ": is no pid; " : "");
    return STATUS_QUESTION;
  }
  return asked_flush(examine(pid) ? STATUS_DONE : STATUS_QUESTION);
}

const struct command command_doctor = {
    .name = "doctor",
    .usage = "PID",
    .summary = "Says what stands in the way of tracing a process",
    .text =
        "One finding a line: `ok`, `note` for what is worth knowing, `bad` for what must change first. At the end\n"
        "the process is asked a question that changes nothing, which proves that it can be asked. It takes one pid.\n"
        "\n"
        "Exit status: 0 it can be traced, 1 something is bad.\n",
    .options = table,
    .run = run,
};
