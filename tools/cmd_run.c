/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap run: starts a program with rules armed before main. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "lib/text.h"
#include "limit_options.h"
#include "message.h"
#include "question.h"
#include "runtime.h"
#include "traces.h"

enum { OPTION_CALLS, OPTION_LIMIT, OPTION_ROTATE, OPTION_STR, OPTION_EXPAND, OPTION_OUTPUT, OPTION_QUIET };

/* Linux has no room for a longer variable. */
enum { MOST_RULES = 127 * 1024 };

static const struct option table[] = {
    [OPTION_CALLS] = {'n', "calls", "N", "stop after N calls; their exits still arrive"},
    [OPTION_LIMIT] = {0, "limit", "LIST", "limits as in CALLTAP_LIMIT: calls=N, bytes=SIZE, ring=SIZE, ..."},
    [OPTION_ROTATE] = {0, "rotate", "SIZE*N",
                       "write files of this size that take turns: the newest N stay, as in 64M*8"},
    [OPTION_STR] = {0, "str", "BYTES", "record up to so many bytes of each string and sequence, 0 to 4096 (64)"},
    [OPTION_EXPAND] = {0, "expand", "LEVELS", "record what pointers lead to, so many levels deep, 0 to 4 (0)"},
    [OPTION_OUTPUT] = {'o', "output", "FILE",
                       "write the trace to FILE; {pid} and {name} stand for those of the program"},
    [OPTION_QUIET] = {'q', "quiet", NULL, "do not say where the traces are"},
    {0},
};

struct run {
  struct question question;
  struct calltap__builder limits; /* joined by commas, terminated */
  const char *output;             /* NULL: calltap.{name}.{pid}.cbor in the working directory */
  bool quiet;
  char **program; /* its words, ended by NULL */
};

/* What the child tells through a pipe that closes by itself when the program starts. */
struct failure {
  int error; /* errno of exec */
};

/* --- the command line --- */

static bool set_option(struct run *run, int option, const char *value) {
  switch (option) {
  case OPTION_CALLS:
    return limits_add_number(&run->limits, "-n", "calls=", value, UINT64_MAX);
  case OPTION_LIMIT:
    return limits_add_list(&run->limits, "--limit", value);
  case OPTION_ROTATE:
    limits_add(&run->limits, "rotate=", value);
    return true;
  case OPTION_STR:
    return limits_add_number(&run->limits, "--str", "str=", value, LIMITS_MOST_TEXT);
  case OPTION_EXPAND:
    return limits_add_number(&run->limits, "--expand", "expand=", value, LIMITS_MOST_LEVELS);
  case OPTION_OUTPUT:
    run->output = value;
    return true;
  default:
    run->quiet = true;
    return true;
  }
}

/* A path to a program is no rule. */
static bool is_program(const char *word) {
  struct stat status;
  return strchr(word, '/') != NULL && stat(word, &status) == 0 && S_ISREG(status.st_mode) && access(word, X_OK) == 0;
}

static bool add_rule(struct run *run, const char *word) {
  if (!is_program(word))
    return question_add(&run->question, word);
  message("'%s' is a program, and stands where rules do: put `--` before it, as in: calltap run -- %s", word, word);
  return false;
}

static bool read_command_line(struct run *run, struct options *options) {
  int found;
  while ((found = options_next(options)) != OPTIONS_DASHES && found != OPTIONS_END) {
    if (found == OPTIONS_WRONG)
      return false;
    if (found == OPTIONS_WORD && !add_rule(run, options->value))
      return false;
    if (found >= 0 && !set_option(run, found, options->value))
      return false;
  }
  run->program = options->next;
  if (found == OPTIONS_DASHES && *run->program != NULL)
    return true;
  message("give the program after `--`, as in: calltap run 'main:*' -- ./program its arguments");
  return false;
}

/* --- the environment of the program --- */

static bool set(const char *name, const char *value) {
  if (setenv(name, value, 1) == 0)
    return true;
  message_errno(errno, "%s cannot be set", name);
  return false;
}

static bool set_preload(const char *runtime) {
  const char *before = getenv("LD_PRELOAD");
  struct calltap__builder list = {0};
  calltap__build(&list, runtime);
  if (before != NULL && before[0] != '\0') {
    calltap__build(&list, ":");
    calltap__build(&list, before);
  }
  calltap__build_bytes(&list, "", 1);
  bool good = !list.failed && set("LD_PRELOAD", list.bytes);
  calltap__builder_free(&list);
  return good;
}

static bool has_rules(const struct run *run) { return run->question.words.size > 0; }

/* In the child. The runtime reads these before main; children of the program inherit them. */
static bool set_environment(const struct run *run, const char *runtime, const char *output) {
  char pid[16];
  snprintf(pid, sizeof pid, "%ld", (long)getpid());
  const char *rules = has_rules(run) ? run->question.text.text : "*:* -> return";
  if (!set("CALLTAP", rules) || !set("CALLTAP_OUT", output) || !set("CALLTAP_RUN", pid))
    return false;
  if (run->limits.size > 1 && !set("CALLTAP_LIMIT", run->limits.bytes))
    return false;
  return set_preload(runtime);
}

/* --- the child --- */

static void reset_signals(const sigset_t *before) {
  signal(SIGINT, SIG_DFL);
  signal(SIGQUIT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  signal(SIGHUP, SIG_DFL);
  sigprocmask(SIG_SETMASK, before, NULL);
}

static _Noreturn void become_program(const struct run *run, const char *runtime, const char *output, int report,
                                     const sigset_t *mask) {
  if (!set_environment(run, runtime, output))
    _exit(STATUS_RUN_SETUP);
  reset_signals(mask);
  execvp(run->program[0], run->program);
  struct failure failure = {errno};
  ssize_t ignored = write(report, &failure, sizeof failure);
  (void)ignored;
  _exit(errno == ENOENT ? STATUS_RUN_NOT_FOUND : STATUS_RUN_NOT_EXECUTABLE);
}

/* --- the parent --- */

static volatile sig_atomic_t child;

static void forward(int number) {
  if (child > 0)
    kill((pid_t)child, number);
}

/* A terminal sends SIGINT and SIGQUIT to the program as well; it decides what they mean. SIGTERM and SIGHUP come to us
 * alone. */
static void share_signals(void) {
  struct sigaction action = {.sa_handler = forward, .sa_flags = SA_RESTART};
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
}

static int wait_for(pid_t pid) {
  int status;
  while (waitpid(pid, &status, 0) < 0) {
    if (errno != EINTR)
      return STATUS_RUN_SETUP << 8;
  }
  return status;
}

/* Ends as the program did. Its core file, if it left one, is not written over by ours. */
static int end_like(int status) {
  if (!WIFSIGNALED(status))
    return WEXITSTATUS(status);
  int number = WTERMSIG(status);
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  signal(number, SIG_DFL);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, number);
  sigprocmask(SIG_UNBLOCK, &only, NULL);
  raise(number);
  return 128 + number;
}

static int say_not_started(const char *program, int error) {
  if (error == ENOENT) {
    message("%s: there is no such program", program);
    return STATUS_RUN_NOT_FOUND;
  }
  message_errno(error, "%s: cannot be started", program);
  return STATUS_RUN_NOT_EXECUTABLE;
}

static int start_and_wait(const struct run *run, const char *runtime, const char *output) {
  int report[2];
  sigset_t handled, before;
  struct failure failure;
  int64_t started = traces_now();
  if (pipe2(report, O_CLOEXEC) != 0) {
    message_errno(errno, "no pipe");
    return STATUS_RUN_SETUP;
  }
  /* Signals that come before `child` is known wait. */
  sigemptyset(&handled);
  sigaddset(&handled, SIGTERM);
  sigaddset(&handled, SIGHUP);
  sigprocmask(SIG_BLOCK, &handled, &before);
  pid_t pid = fork();
  if (pid == 0)
    become_program(run, runtime, output, report[1], &before);
  child = (sig_atomic_t)pid;
  share_signals();
  sigprocmask(SIG_SETMASK, &before, NULL);
  close(report[1]);
  if (pid < 0) {
    message_errno(errno, "no new process");
    return STATUS_RUN_SETUP;
  }
  ssize_t failed;
  while ((failed = read(report[0], &failure, sizeof failure)) < 0 && errno == EINTR) {
  }
  close(report[0]);
  int status = wait_for(pid);
  child = 0;
  if (failed == (ssize_t)sizeof failure)
    return say_not_started(run->program[0], failure.error);
  if (!run->quiet)
    traces_say(output, (long)pid, run->output != NULL, started);
  return end_like(status);
}

/* --- the command --- */

/* The program may change its directory, and its children may be elsewhere: the path is absolute. */
static char *output_path(const struct run *run) {
  const char *output = run->output != NULL ? run->output : "calltap.{name}.{pid}.cbor";
  char *directory = output[0] == '/' ? NULL : getcwd(NULL, 0);
  struct calltap__builder path = {0};
  if (directory != NULL) {
    calltap__build(&path, directory);
    calltap__build(&path, "/");
  }
  calltap__build(&path, output);
  calltap__build_bytes(&path, "", 1);
  free(directory);
  return path.bytes;
}

/* --- what can be known before the program starts --- */

/* Where execvp finds the program; false: nowhere. */
static bool find_program(const char *name, char *path, size_t size) {
  const char *list = getenv("PATH");
  if (strchr(name, '/') != NULL)
    return snprintf(path, size, "%s", name) < (int)size;
  while (list != NULL && *list != '\0') {
    int length = (int)strcspn(list, ":");
    int written = snprintf(path, size, "%.*s/%s", length, length > 0 ? list : ".", name);
    if (written < (int)size && access(path, X_OK) == 0)
      return true;
    list += length + (list[length] == ':');
  }
  return false;
}

/* No function that it names can be asked. */
static bool is_refused(const struct answer *answer) { return answer->asked.count == 0 && answer->refused.count > 0; }

/* False if the rules cannot be asked of any function that they name in the program. What they name elsewhere, as in libraries, is not
 * known yet, and a program without tables may load some. */
static bool check_types(const struct run *run) {
  char path[4096];
  struct answers answers = {.question = &run->question, .quiet = true};
  size_t asked = 0, refused = SIZE_MAX;
  if (!find_program(run->program[0], path, sizeof path) || answers_gather(&answers, path) != STATUS_DONE) {
    answers_free(&answers);
    return true;
  }
  for (size_t i = 0; i < run->question.rules->count; i++) {
    const struct answer *scope = answers_scope(&answers, i);
    bool is_lost = scope != NULL && is_refused(scope);
    asked += is_lost ? 0 : answers.answer[i].asked.count;
    if ((is_lost || answers.answer[i].refused.count > 0) && refused == SIZE_MAX)
      refused = i;
  }
  bool wrong = asked == 0 && refused != SIZE_MAX;
  if (wrong)
    answers_say_nothing(&answers, refused, path);
  answers_free(&answers);
  return !wrong;
}

static bool check_rules(struct run *run) {
  if (!has_rules(run))
    return true;
  if (!question_end(&run->question))
    return false;
  if (strlen(run->question.text.text) < MOST_RULES)
    return check_types(run);
  message("the rules are longer than the %d kB that a variable of the environment can have; set CALLTAP=@FILE yourself",
          MOST_RULES / 1024);
  return false;
}

static void end_text(struct calltap__builder *builder) { calltap__build_bytes(builder, "", 1); }

/* A directory that is not there is known before the program runs; one whose name has {pid} or {name} is not. */
static bool check_output(const struct run *run) {
  const char *slash = run->output != NULL ? strrchr(run->output, '/') : NULL;
  struct stat status;
  if (run->output != NULL && (run->output[0] == '\0' || (slash != NULL && slash[1] == '\0'))) {
    message("-o takes the name of a file, not '%s'", run->output);
    return false;
  }
  if (slash == NULL || slash == run->output || memchr(run->output, '{', (size_t)(slash - run->output)) != NULL)
    return true;
  char *directory = strndup(run->output, (size_t)(slash - run->output));
  bool good = directory == NULL || (stat(directory, &status) == 0 && S_ISDIR(status.st_mode));
  if (!good)
    message("-o %s: there is no directory '%s'", run->output, directory);
  free(directory);
  return good;
}

static int run_program(struct run *run) {
  char runtime[4096];
  if (!runtime_find(runtime, sizeof runtime))
    return STATUS_RUN_SETUP;
  end_text(&run->limits);
  char *output = output_path(run);
  int status = STATUS_RUN_SETUP;
  if (run->limits.failed || output == NULL) {
    message("this needs more memory than there is");
  } else {
    status = start_and_wait(run, runtime, output);
  }
  free(output);
  return status;
}

static int run(struct options *options) {
  struct run run = {0};
  bool good = read_command_line(&run, options) && check_output(&run) && check_rules(&run);
  int status = good ? run_program(&run) : STATUS_RUN_SETUP;
  question_free(&run.question);
  calltap__builder_free(&run.limits);
  return status;
}

const struct command command_run = {
    .name = "run",
    .usage = "[OPTIONS] [RULE...] -- PROGRAM [ARGUMENT...]",
    .summary = "Starts a program with rules armed before main, and says where its traces are",
    .text =
        "RULE is `[module:]function[/arity]`, a glob, with what the arguments must be, and `-> return` for the\n"
        "exits too: `process(c, n) when n > 4096 -> return`. Quote it: the shell takes `>` and `*` for itself.\n"
        "docs/rules.md is the language, `calltap check` tries a rule, and @FILE stands for the rules in a file. "
        "Without\n"
        "a rule all calls and exits of all functions are traced. Processes that the program starts are traced too.\n"
        "\n"
        "  calltap run 'server:process -> return' 'db:*' -- ./server -p 8080\n"
        "\n"
        "Ends with the program's own status, or by the same signal; 125 if calltap itself failed, 126 if\n"
        "the program cannot be started, 127 if there is no such program.\n",
    .options = table,
    .run = run,
};
