/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the command makes of /proc and of replies. */
#include <check.h>
#include <signal.h>
#include <stdlib.h>

#include "ask.h"
#include "asked.h"
#include "suite.h"

START_TEST(status_files_are_read) {
  struct look look;
  look_parse(&look, "Name:\ta b\nState:\tS (sleeping)\nTgid:\t12\nPid:\t12\nTracerPid:\t7\nUid:\t1\t2\t3\t4\n"
                    "Gid:\t5\t6\t7\t8\nNSpid:\t12\t1\nThreads:\t9\nSigBlk:\t0000000000400000\n"
                    "SigIgn:\t0000000000000001\nSigCgt:\t8000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  ck_assert_str_eq(look.name, "a b");
  ck_assert_int_eq(look.state, 'S');
  ck_assert_uint_eq(look.tgid, 12);
  ck_assert_uint_eq(look.tracer, 7);
  ck_assert_uint_eq(look.real_user, 1);
  ck_assert_uint_eq(look.user, 2);
  ck_assert_uint_eq(look.group, 6);
  ck_assert_uint_eq(look.threads, 9);
  ck_assert_uint_eq(look.pid_namespaces, 2);
  ck_assert_uint_eq(look.seccomp, 2);
  ck_assert(look_has_signal(look.blocked, SIGURG) && !look_has_signal(look.blocked, SIGUSR1));
  ck_assert(look_has_signal(look.ignored, 1) && look_has_signal(look.caught, 64));
}
END_TEST

START_TEST(status_files_may_say_little) {
  struct look look;
  look_parse(&look, "");
  ck_assert_int_eq(look.state, '\0');
  look_parse(&look, "State");
  ck_assert_int_eq(look.state, '\0');
  look_parse(&look, "State:\tR\nUid:\t1\nNSpid:");
  ck_assert_int_eq(look.state, 'R');
  ck_assert_uint_eq(look.user, 0);
  ck_assert_uint_eq(look.pid_namespaces, 0);
  ck_assert(!look_has_signal(~UINT64_C(0), 0) && !look_has_signal(~UINT64_C(0), 65));
}
END_TEST

static unsigned rank(char state, const char *call, uint64_t blocked) {
  struct look_thread thread = {.state = state, .blocked = blocked, .call = -1};
  look_parse_call(&thread, call);
  return look_rank(&thread, SIGURG);
}

START_TEST(threads_that_do_not_notice_come_first) {
  unsigned running = rank('R', "running\n", 0);
  unsigned restarted = rank('S', "0 0x3 0x7f 0x10 0x0 0x0 0x0 0x7f 0x7f\n", 0);
  unsigned futex = rank('S', "202 0x7f 0x80 0x0 0x0 0x0 0x0 0x7f 0x7f\n", 0);
  unsigned unknown = rank('S', "", 0);
  unsigned timed = rank('S', "202 0x7f 0x80 0x0 0x7ffe 0x0 0x0 0x7f 0x7f\n", 0);
  unsigned polls = rank('S', "7 0x7f 0x1 0xffffffff 0x0 0x0 0x0 0x7f 0x7f\n", 0);
  ck_assert(futex > running && running > restarted && restarted > unknown && unknown >= timed && unknown > polls);
  ck_assert_uint_gt(polls, 0);
}
END_TEST

START_TEST(some_threads_take_no_signal) {
  ck_assert_uint_eq(rank('R', "running\n", UINT64_C(1) << (SIGURG - 1)), 0);
  ck_assert_uint_gt(rank('R', "running\n", UINT64_C(1) << (SIGUSR1 - 1)), 0);
  ck_assert_uint_eq(rank('T', "", 0), 0);
  ck_assert_uint_eq(rank('t', "", 0), 0);
  ck_assert_uint_eq(rank('Z', "", 0), 0);
  ck_assert_uint_eq(rank('\0', "", 0), 0);
  ck_assert_uint_eq(rank('S', "128 0x7f 0x0 0x0 0x8 0x0 0x0 0x7f 0x7f\n", 0), 0); /* rt_sigtimedwait */
}
END_TEST

START_TEST(signals_have_names) {
  ck_assert_int_eq(look_signal_number(NULL), SIGURG);
  ck_assert_int_eq(look_signal_number("none"), 0);
  ck_assert_int_eq(look_signal_number("USR1"), SIGUSR1);
  ck_assert_int_eq(look_signal_number("SIGUSR2"), SIGUSR2);
  ck_assert_int_eq(look_signal_number("40"), 40);
  ck_assert_int_eq(look_signal_number("0"), -1);
  ck_assert_int_eq(look_signal_number("65"), -1);
  ck_assert_int_eq(look_signal_number("10x"), -1);
  ck_assert_int_eq(look_signal_number(""), -1);
}
END_TEST

START_TEST(values_stand_before_the_first_session) {
  static const char reply[] = "ok\nversion 1.2\nempty\nname with words\nsession a\nstate on\n";
  char value[32];
  ck_assert(ask_value(reply, "version", value, sizeof value));
  ck_assert_str_eq(value, "1.2");
  ck_assert(ask_value(reply, "empty", value, sizeof value));
  ck_assert_str_eq(value, "");
  ck_assert(ask_value(reply, "name", value, sizeof value));
  ck_assert_str_eq(value, "with words");
  ck_assert(ask_value(reply, "name", value, 5));
  ck_assert_str_eq(value, "with");
  ck_assert(!ask_value(reply, "vers", value, sizeof value));
  ck_assert(!ask_value(reply, "state", value, sizeof value));
  ck_assert(!ask_value("", "state", value, sizeof value));
}
END_TEST

START_TEST(replies_say_how_to_end) {
  struct ask ask = {.pid = 1};
  ck_assert_int_eq(ask_say(&ask, "ok\n"), STATUS_DONE);
  ck_assert_int_eq(ask_say(&ask, "wrong here\ncolumn 3\n"), STATUS_QUESTION);
  ck_assert_int_eq(ask_say(&ask, "fault there\n"), STATUS_FAULT);
}
END_TEST

START_TEST(replies_are_read_line_by_line) {
  const char *at = "ok\nrules a\\nb\\\\c\nlast";
  struct asked_line line;
  struct calltap__builder text = {0};
  ck_assert(asked_next(&at, &line) && asked_is(&line, "ok") && line.value.size == 0);
  ck_assert(asked_next(&at, &line) && asked_is(&line, "rules"));
  asked_unescape(&text, line.value, "; ");
  ck_assert_uint_eq(text.size, 6);
  ck_assert_mem_eq(text.bytes, "a; b\\c", 6);
  ck_assert(asked_next(&at, &line) && asked_is(&line, "last"));
  ck_assert(!asked_next(&at, &line));
  calltap__builder_free(&text);
}
END_TEST

START_TEST(targets_are_numbers_or_names) {
  uint32_t *pids = NULL;
  ck_assert_uint_eq(ask_targets("7,8,7", &pids), 2);
  ck_assert_uint_eq(pids[0], 7);
  ck_assert_uint_eq(pids[1], 8);
  free(pids);
  ck_assert_uint_eq(ask_targets("no-such-program-*", &pids), 0);
  free(pids);
  ck_assert_uint_eq(ask_targets("test_ask", &pids), 0); /* itself, and without the runtime */
  free(pids);
}
END_TEST

int main(void) {
  return RUN_SUITE("ask", status_files_are_read, status_files_may_say_little, threads_that_do_not_notice_come_first,
                   some_threads_take_no_signal, signals_have_names, values_stand_before_the_first_session,
                   replies_say_how_to_end, replies_are_read_line_by_line, targets_are_numbers_or_names);
}
