/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "message.h"
#include "unfinished.h"

/* Returns a descriptor, or -1 and has said why. */
static int create(const char *path, const struct inputs *inputs) {
  if (path == NULL)
    return STDOUT_FILENO;
  if (inputs_have(inputs, path)) {
    message("-o %s: is one of the traces; it would be overwritten while it is read", path);
    return -1;
  }
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0)
    message_errno(errno, "-o %s: cannot be written", path);
  return fd;
}

static void close_file(const struct output *output, int *error) {
  int fd = output->out.fd;
  if (fd != STDOUT_FILENO && close(fd) != 0 && *error == 0)
    *error = errno;
}

/* Opens PATH.XXXXXX, with the rights that a new file would have. */
static int create_whole(struct output *output, const char *path, const struct inputs *inputs) {
  struct stat status;
  if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
    return create(path, inputs);
  if (inputs_have(inputs, path)) {
    message("-o %s: is one of the traces; it would be gone when it is replaced", path);
    return -1;
  }
  if (asprintf(&output->whole, "%s.XXXXXX", path) < 0)
    output->whole = NULL;
  if (output->whole == NULL || !unfinished_note(output->whole)) {
    message("this needs more memory than there is");
    return -1;
  }
  mode_t mask = umask(0);
  umask(mask);
  int fd = mkostemp(output->whole, O_CLOEXEC);
  if (fd < 0)
    message_errno(errno, "-o %s: cannot be written", path);
  else if (fchmod(fd, 0666 & ~mask) != 0)
    message_errno(errno, "-o %s: cannot be made readable for others", path);
  return fd;
}

static void forget_whole(struct output *output) {
  if (output->whole != NULL)
    unfinished_forget(output->whole);
  free(output->whole);
  output->whole = NULL;
}

/* Gives the file its own name, or leaves none. */
static void finish_whole(struct output *output, int *error) {
  if (output->whole == NULL)
    return;
  if (*error == 0 && rename(output->whole, output->path) != 0)
    *error = errno;
  if (*error != 0)
    unlink(output->whole);
  forget_whole(output);
}

static bool start(struct output *output, int fd, struct inputs *inputs) {
  int error = ECANCELED;
  if (fd >= 0 && calltap__out_open(&output->out, fd))
    return true;
  inputs_worsen(inputs, STATUS_FAULT);
  if (fd < 0) {
    forget_whole(output);
    return false;
  }
  message("this needs more memory than there is");
  output->out.fd = fd;
  close_file(output, &error);
  finish_whole(output, &error);
  return false;
}

bool output_open(struct output *output, const char *path, struct inputs *inputs) {
  *output = (struct output){.path = path};
  return start(output, create(path, inputs), inputs);
}

bool output_open_paged(struct output *output, struct inputs *inputs) {
  *output = (struct output){0};
  return start(output, isatty(STDOUT_FILENO) ? pager_start(&output->pager) : STDOUT_FILENO, inputs);
}

bool output_open_whole(struct output *output, const char *path, struct inputs *inputs) {
  *output = (struct output){.path = path};
  return start(output, path == NULL ? STDOUT_FILENO : create_whole(output, path, inputs), inputs);
}

void output_spoil(struct output *output) { output->out.error = ECANCELED; }

bool output_close(struct output *output, struct inputs *inputs) {
  int error = calltap__out_close(&output->out);
  close_file(output, &error);
  pager_wait(&output->pager);
  finish_whole(output, &error);
  if (error == EPIPE) {
    inputs->status = STATUS_DONE;
  } else if (error != 0 && error != ECANCELED) {
    message_errno(error, "%s: cannot be written", output->path != NULL ? output->path : "standard output");
    inputs_worsen(inputs, STATUS_FAULT);
  }
  return error != EPIPE;
}

bool output_is_coloured(const struct output *output) {
  const char *no_colour = getenv("NO_COLOR"), *terminal = getenv("TERM");
  if (no_colour != NULL && *no_colour != '\0')
    return false;
  return terminal != NULL && strcmp(terminal, "dumb") != 0 && (output->pager.pid != 0 || isatty(output->out.fd));
}
