/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The command table, help, and nothing else. */
#include <stdio.h>
#include <string.h>

#include "calltap/version.h"
#include "command.h"
#include "message.h"
#include "nearest.h"

/* In the order of help. */
static const struct command *const commands[] = {
    &command_run,    &command_trace,  &command_record, &command_count,  &command_time,
    &command_stacks, &command_decode, &command_report, &command_tree,   &command_flame,
    &command_view,   &command_cut,    &command_list,   &command_check,  &command_ps,
    &command_info,   &command_stop,   &command_change, &command_toggle, &command_doctor,
};

enum { COMMANDS = sizeof commands / sizeof commands[0] }; // NOLINT(bugprone-sizeof-expression): of pointers

static const struct command *find(const char *name) {
  for (size_t i = 0; i < COMMANDS; i++) {
    if (strcmp(commands[i]->name, name) == 0)
      return commands[i];
  }
  return NULL;
}

static int help(void) {
  puts("calltap: dynamic tracing for native programs\n");
  for (size_t i = 0; i < COMMANDS; i++) {
    printf("  calltap %-8s %s\n", commands[i]->name, commands[i]->summary);
  }
  puts("\ncalltap help COMMAND says more. calltap --version says which version this is.\n\n"
       "trace, record, count, time, stacks, info, stop, change and toggle ask several processes at once: pids with\n"
       "commas, or a glob of program names. list, check --in and doctor take one pid.\n\n"
       "Exit status: 0 done, 1 the question was wrong, 2 a fault in the tool or a file, 3 the trace is\n"
       "incomplete, 4 nothing came.");
  return STATUS_DONE;
}

static void print_option(const struct option *option) {
  char left[64];
  char letter[] = {'-', option->letter, ',', ' ', '\0'};
  snprintf(left, sizeof left, "%s--%s%s%s", option->letter != 0 ? letter : "    ", option->name,
           option->argument != NULL ? " " : "", option->argument != NULL ? option->argument : "");
  printf("  %-24s %s\n", left, option->help);
}

static int help_command(const struct command *command) {
  printf("calltap %s %s\n\n%s.\n\n%s", command->name, command->usage, command->summary, command->text);
  if (command->options[0].name != NULL)
    puts("\nOptions, anywhere before `--`:");
  for (const struct option *option = command->options; option->name != NULL; option++)
    print_option(option);
  return STATUS_DONE;
}

static int unknown(const char *name) {
  struct nearest nearest;
  char hint[512];
  nearest_start(&nearest, name, strlen(name));
  for (size_t i = 0; i < COMMANDS; i++)
    nearest_offer(&nearest, commands[i]->name, commands[i]->name);
  nearest_say(&nearest, hint, sizeof hint);
  message("there is no command '%s'%s `calltap --help` lists them", name, hint[0] != '\0' ? hint : ";");
  return STATUS_QUESTION;
}

static bool asks_for_help(char **words) {
  for (; *words != NULL && strcmp(*words, "--") != 0; words++) {
    if (strcmp(*words, "--help") == 0 || strcmp(*words, "-h") == 0)
      return true;
  }
  return false;
}

static int run(const struct command *command, char **words) {
  struct options options;
  if (asks_for_help(words))
    return help_command(command);
  message_command(command->name);
  options_start(&options, command->options, words);
  return command->run(&options);
}

static int help_about(const char *name) {
  if (name == NULL)
    return help();
  const struct command *command = find(name);
  return command == NULL ? unknown(name) : help_command(command);
}

int main(int count, char **words) {
  if (count < 2) {
    message("no command was given; `calltap --help` lists them");
    return STATUS_QUESTION;
  }
  const char *name = words[1];
  if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
    return help();
  if (strcmp(name, "help") == 0)
    return help_about(words[2]);
  if (strcmp(name, "--version") == 0) {
    puts("calltap " CALLTAP_VERSION);
    return STATUS_DONE;
  }
  const struct command *command = find(name);
  return command == NULL ? unknown(name) : run(command, words + 2);
}
