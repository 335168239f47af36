/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "inputs.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/text.h"
#include "message.h"
#include "progress.h"
#include "unfinished.h"

void inputs_worsen(struct inputs *inputs, enum status status) {
  static const int weight[] = {
      [STATUS_DONE] = 0, [STATUS_NOTHING] = 1, [STATUS_INCOMPLETE] = 2, [STATUS_FAULT] = 3, [STATUS_QUESTION] = 4};
  if (weight[status] > weight[inputs->status])
    inputs->status = status;
}

/* --- the command line --- */

bool inputs_command_line(struct inputs *inputs, struct options *options,
                         bool (*set)(void *data, int option, const char *value), void *data) {
  inputs->paths = options->next;
  for (;;) {
    int found = options_next(options);
    if (found == OPTIONS_END)
      break;
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTIONS_WORD)
      inputs->paths[inputs->count++] = (char *)(uintptr_t)options->value;
    if (found >= 0 && !set(data, found, options->value))
      return false;
  }
  if (inputs->count == 0)
    message("name a trace file, as `calltap run` wrote it");
  return inputs->count > 0;
}

/* --- opening --- */

/* Somebody may cut a file that is mapped here; then its pages are gone and touching them is SIGBUS. */
static void on_sigbus(int number) {
  static const char text[] = "calltap: the file was cut while it was read; read it again\n";
  ssize_t ignored = write(STDERR_FILENO, text, sizeof text - 1);
  (void)ignored, (void)number;
  unfinished_remove(); // NOLINT(bugprone-signal-handler): it only calls unlink
  _exit(STATUS_FAULT);
}

void inputs_say_unreadable(const char *path, const struct calltap_reader_error *error) {
  if (error->code == CALLTAP_READER_SYSTEM) {
    message_errno(error->system, "%s: %s", path, error->text);
  } else if (error->code == CALLTAP_READER_FORMAT) {
    message("%s: %s, at byte %" PRIu64, path, error->text, error->offset);
  } else {
    message("%s: %s", path, error->text);
  }
}

static void open_one(struct inputs *inputs, const char *path) {
  struct calltap_reader_error error;
  if (strcmp(path, "-") == 0) {
    message("-: a trace is read in place, so it cannot come through a pipe; name its file");
    inputs_worsen(inputs, STATUS_FAULT);
  } else if (calltap_reader_open(inputs->reader, path, &error) != CALLTAP_READER_OK) {
    inputs_say_unreadable(path, &error);
    inputs_worsen(inputs, STATUS_FAULT);
  }
}

void inputs_prepare(void) {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGBUS, on_sigbus);
}

/* --- files that take turns --- */

static bool is_text(struct calltap_text a, struct calltap_text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.bytes, b.bytes, a.size) == 0);
}

/* Whether there is a later part of the same session among the files. */
static bool has_later(const struct calltap_reader *reader, const struct calltap_trace_file *file) {
  for (size_t i = 0; file->part > 0 && i < calltap_reader_files(reader); i++) {
    const struct calltap_trace_file *other = calltap_reader_file(reader, i);
    if (other->part > file->part && other->pid == file->pid && is_text(other->host, file->host) &&
        is_text(other->session, file->session))
      return true;
  }
  return false;
}

/* What is counted counts on in the later ones. */
static void forget_old_rows(struct calltap_reader *reader) {
  for (size_t i = 0; i < calltap_reader_files(reader); i++)
    if (has_later(reader, calltap_reader_file(reader, i)))
      calltap_reader_forget_rows(reader, i);
}

/* --- opening and closing --- */

bool inputs_open(struct inputs *inputs) {
  inputs_prepare();
  inputs->reader = calltap_reader_new();
  if (inputs->reader == NULL) {
    message("this needs more memory than there is");
    inputs_worsen(inputs, STATUS_FAULT);
    return false;
  }
  for (size_t i = 0; i < inputs->count; i++)
    open_one(inputs, inputs->paths[i]);
  forget_old_rows(inputs->reader);
  return calltap_reader_files(inputs->reader) > 0;
}

bool inputs_have(const struct inputs *inputs, const char *path) {
  struct stat other;
  if (stat(path, &other) != 0)
    return false;
  for (size_t i = 0; i < inputs->count; i++) {
    struct stat input;
    if (stat(inputs->paths[i], &input) == 0 && input.st_dev == other.st_dev && input.st_ino == other.st_ino)
      return true;
  }
  return false;
}

void inputs_close(struct inputs *inputs) {
  calltap_reader_close(inputs->reader);
  inputs->reader = NULL;
}

/* --- what is said at the end --- */

static void say_damage(const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  if (counts->damaged > 1) {
    message("%s: damaged in %" PRIu64 " places, first at byte %" PRIu64
            ": %s; what follows them in their chunks is left out",
            file->path, counts->damaged, counts->damage_offset, counts->damage);
  } else {
    message("%s: damaged at byte %" PRIu64 ": %s; what follows in its chunk is left out", file->path,
            counts->damage_offset, counts->damage);
  }
}

static void say_unknown(const struct calltap_trace_file *file) {
  struct calltap__builder kind = {0};
  calltap__build_plain(&kind, file->counts.unknown_kind);
  message("%s: note: %" PRIu64 " records of a kind that this version does not know were left out, first '%.*s'",
          file->path, file->counts.unknown, (int)(kind.size < 60 ? kind.size : 60),
          kind.bytes != NULL ? kind.bytes : "");
  calltap__builder_free(&kind);
}

static void say_misshapen(const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  message("%s: incomplete: %" PRIu64 " record%s not hold what %s should, first at byte %" PRIu64
          "; that part is left out",
          file->path, counts->misshapen, counts->misshapen == 1 ? " does" : "s do",
          counts->misshapen == 1 ? "it" : "they", counts->misshapen_offset);
}

static const char *plural(uint64_t count) { return count == 1 ? "" : "s"; }

/* The losses that the end of the session tells of may have had no room for records of their own. */
uint64_t inputs_lost(const struct calltap_trace_file *file) {
  return file->ended && file->end_lost > file->counts.lost ? file->end_lost : file->counts.lost;
}

uint64_t inputs_overwritten(const struct calltap_trace_file *file) {
  return file->end_overwritten > file->counts.overwritten ? file->end_overwritten : file->counts.overwritten;
}

/* A ring does what it is for: nothing is incomplete. */
static void say_ring(const struct calltap_trace_file *file) {
  uint64_t overwritten = inputs_overwritten(file);
  if (overwritten > 0)
    message("%s: note: %" PRIu64 " older event%s overwritten: the trace keeps the newest (ring)", file->path,
            overwritten, overwritten == 1 ? " was" : "s were");
  if (file->counts.missing > 0)
    message("%s: note: in %" PRIu64
            " place%s events of a thread are missing between others: they were overwritten while "
            "the file was read, or lost",
            file->path, file->counts.missing, plural(file->counts.missing));
}

uint64_t inputs_gone(const struct calltap_reader *reader, const struct calltap_trace_file *file) {
  return has_later(reader, file) ? 0 : file->gone;
}

/* A process that is killed in the middle of a turn has not said any more that it goes on. */
bool inputs_is_whole(const struct calltap_reader *reader, const struct calltap_trace_file *file) {
  return file->ended || file->goes_on || has_later(reader, file);
}

/* Files that take turns do what they are for, too. */
static void say_gone(const struct inputs *inputs, const struct calltap_trace_file *file) {
  uint64_t gone = inputs_gone(inputs->reader, file);
  if (gone > 0)
    message("%s: note: %" PRIu64 " older event%s gone: of the files that took turns the newest %" PRIu64
            " are kept (rotate)",
            file->path, gone, gone == 1 ? " is" : "s are", file->rotate);
}

/* Nothing is lost, but counts and sums do not mean what they seem to. */
static void say_disarmed(const struct calltap_trace_file *file) {
  struct calltap__builder names = {0};
  uint64_t count = file->end_disarmed > file->disarmed_count ? file->end_disarmed : file->disarmed_count;
  if (count == 0)
    return;
  calltap__build_disarmed(&names, file);
  message("%s: note: the budget of CPU time disarmed %" PRIu64
          " function%s, and what is shown of %s is only a part%.*s",
          file->path, count, plural(count), count == 1 ? "it" : "them", (int)names.size,
          names.bytes != NULL ? names.bytes : "");
  calltap__builder_free(&names);
}

static void say_file(struct inputs *inputs, const struct calltap_trace_file *file) {
  const struct calltap_trace_counts *counts = &file->counts;
  if (counts->unknown > 0)
    say_unknown(file);
  if (file->clock_guessed)
    message("%s: note: its clock makes no sense; times are ticks taken for nanoseconds", file->path);
  if (!inputs_is_whole(inputs->reader, file)) {
    message("%s: note: the trace has no end: the program was killed, replaced itself by exec, or still runs",
            file->path);
  }
  if (file->end_rejected > 0)
    message("%s: note: the rules rejected %" PRIu64 " call%s", file->path, file->end_rejected,
            plural(file->end_rejected));
  if (file->end_faults > 0) {
    message("%s: note: %" PRIu64
            " time%s a rule met memory that cannot be read, or divided by zero: such a call does not match",
            file->path, file->end_faults, plural(file->end_faults));
  }
  say_disarmed(file);
  say_ring(file);
  say_gone(inputs, file);
  if (inputs_lost(file) > 0)
    message("%s: incomplete: %" PRIu64 " event%s lost", file->path, inputs_lost(file), plural(inputs_lost(file)));
  if (counts->torn > 0) {
    message("%s: incomplete: %" PRIu64 " unfinished record%s, whose writer was killed", file->path, counts->torn,
            plural(counts->torn));
  }
  if (counts->cut)
    message("%s: incomplete: the file was cut, at byte %" PRIu64, file->path, counts->cut_offset);
  if (counts->misshapen > 0)
    say_misshapen(file);
  if (counts->damaged > 0)
    say_damage(file);
  if (counts->damaged > 0)
    inputs_worsen(inputs, STATUS_FAULT);
  if (inputs_lost(file) > 0 || counts->torn > 0 || counts->cut || counts->misshapen > 0)
    inputs_worsen(inputs, STATUS_INCOMPLETE);
}

void inputs_say(struct inputs *inputs) {
  progress_end();
  for (size_t i = 0; i < calltap_reader_files(inputs->reader); i++)
    say_file(inputs, calltap_reader_file(inputs->reader, i));
}

void inputs_say_stacks(uint64_t between) {
  if (between > 0)
    message("note: %" PRIu64
            " call%s ended while later ones of the thread stayed open: it runs on several stacks (fibers, "
            "coroutines), and callers, own times and sums are right only as far as it does not change between them",
            between, between == 1 ? "" : "s");
}
