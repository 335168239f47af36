/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "ask_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "calltap/request.h"

static const char *const directories[CALLTAP_REQUEST_DIRECTORIES] = {CALLTAP_REQUEST_DIRECTORY_0,
                                                                     CALLTAP_REQUEST_DIRECTORY_1};

/* --- root makes files as the user of the process, so that they are that user's and nothing of root's can be reached --- */

static bool is_other(const struct ask *ask) { return getuid() == 0 && ask->look.user != 0; }

static bool become(const struct ask *ask) {
  gid_t group = ask->look.group;
  return !is_other(ask) || (setgroups(1, &group) == 0 && setegid(group) == 0 && seteuid(ask->look.user) == 0);
}

static void come_back(const struct ask *ask) {
  int error = errno;
  gid_t group = getgid();
  /* Without this it would go on as somebody else. */
  if (is_other(ask) && (seteuid(0) != 0 || setegid(group) != 0 || setgroups(1, &group) != 0))
    _exit(STATUS_FAULT);
  errno = error;
}

/* --- the directory --- */

/* Links on the way are followed as the process would follow them, inside its own root. */
static int open_inside(int root, const char *path) {
  struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  int fd = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
  if (fd >= 0 || (errno != ENOSYS && errno != EPERM)) /* before Linux 5.6, or a filter that does not know it */
    return fd;
  return openat(root, path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

/* Only its owner may have put anything there. */
static bool is_safe(const struct ask *ask, int fd, const char *path, char why[ASK_WHY]) {
  struct stat status;
  const char *problem = NULL;
  if (fstat(fd, &status) != 0)
    problem = "cannot be looked at";
  else if (status.st_uid != ask->look.user)
    problem = "belongs to another user than the process does";
  else if ((status.st_mode & 077) != 0)
    problem = "is open to others: its mode must be 0700";
  if (problem != NULL)
    snprintf(why, ASK_WHY, "%s, where requests are left, %s; remove it and ask again", path, problem);
  return problem == NULL;
}

static int enter(const struct ask *ask, int parent, const char *name, const char *path, char why[ASK_WHY]) {
  if (mkdirat(parent, name, 0700) != 0 && errno != EEXIST) {
    snprintf(why, ASK_WHY, "%s, where requests are left, cannot be made: %s", path, strerror(errno));
    return -1;
  }
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
    snprintf(why, ASK_WHY, "%s, where requests are left, is a link or a file and no directory; remove it and ask again",
             path);
  else if (fd < 0)
    snprintf(why, ASK_WHY, "%s, where requests are left, cannot be opened: %s", path, strerror(errno));
  if (fd >= 0 && !is_safe(ask, fd, path, why)) {
    close(fd);
    fd = -1;
  }
  return fd;
}

/* The parent in the root of the process; a root that cannot be entered is an errno. */
static int open_parent(const struct ask *ask, char *path) {
  int root = openat(ask->proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0)
    return -1;
  char *slash = strrchr(path, '/');
  *slash = '\0';
  int parent = become(ask) ? open_inside(root, path + 1) : -1;
  come_back(ask);
  *slash = '/';
  int error = errno;
  close(root);
  errno = error;
  return parent;
}

int ask_directory_open(const struct ask *ask, unsigned number, char why[ASK_WHY]) {
  char path[64];
  snprintf(path, sizeof path, "%s%" PRIu32, directories[number], ask->inner_user);
  int parent = open_parent(ask, path);
  if (parent < 0) {
    snprintf(why, ASK_WHY, "the place of %s, where requests are left, cannot be reached: %s", path, strerror(errno));
    return -1;
  }
  int fd = -1;
  if (become(ask))
    fd = enter(ask, parent, strrchr(path, '/') + 1, path, why);
  else
    snprintf(why, ASK_WHY, "this command cannot become user %" PRIu32 ": %s", ask->look.user, strerror(errno));
  come_back(ask);
  close(parent);
  return fd;
}

/* --- files --- */

static int write_whole(int fd, const char *text, size_t bytes) {
  while (bytes > 0) {
    ssize_t wrote = write(fd, text, bytes);
    if (wrote < 0 && errno != EINTR)
      return errno;
    text += wrote > 0 ? wrote : 0;
    bytes -= wrote > 0 ? (size_t)wrote : 0;
  }
  return 0;
}

int ask_file_write(const struct ask *ask, int directory, const char *name, const char *text, size_t bytes) {
  int error = 0, fd = -1;
  if (!become(ask) || (fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
    error = errno;
  if (fd >= 0) {
    error = write_whole(fd, text, bytes);
    if (close(fd) != 0 && error == 0)
      error = errno;
    if (error != 0)
      unlinkat(directory, name, 0);
  }
  come_back(ask);
  return error;
}

long ask_file_read(const struct ask *ask, int directory, const char *name, char *text, size_t size) {
  struct stat status;
  long got = -1;
  int fd = become(ask) ? openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC) : -1;
  come_back(ask);
  if (fd < 0)
    return -1;
  errno = EINVAL;
  if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ask->look.user)
    got = read(fd, text, size - 1);
  if (got >= 0)
    text[got] = '\0';
  int error = errno;
  close(fd);
  errno = error;
  return got;
}

void ask_file_remove(const struct ask *ask, int directory, const char *name) {
  if (become(ask))
    unlinkat(directory, name, 0);
  come_back(ask);
}

void ask_trace_remove(const struct ask *ask, const char *path) {
  int root = openat(ask->proc, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root >= 0 && path[0] == '/' && become(ask))
    unlinkat(root, path + 1, 0);
  come_back(ask);
  if (root >= 0)
    close(root);
}
