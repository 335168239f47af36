/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* calltap count, calltap time: tables that running processes keep, instead of events. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "live_view.h"
#include "message.h"
#include "spell.h"
#include "traces.h"

enum { OPTION_WATCH = LIVE_OWN, OPTION_DETACH, OPTION_JSON };

enum { SECOND_NS = 1000000000 };

static const struct option table[] = {
    LIVE_TABLE,
    [OPTION_WATCH] = {0, "watch", NULL, "show the tables every second"},
    [OPTION_DETACH] = {0, "detach", NULL, "come back when it is armed; `calltap info` reads the tables back"},
    [OPTION_JSON] = {0, "json", NULL, "one JSON object a line, as `calltap decode --json`"},
    {0},
};

struct count {
  struct live live;
  struct live_view shown;
  const char *action; /* " -> count" */
  bool watch;
  bool json;
  int64_t next_ns; /* when the tables are to be shown again */
};

static bool set_option(void *context, int option, const char *value) {
  struct count *count = context;
  (void)value;
  switch (option) {
  case OPTION_WATCH:
    count->watch = true;
    return true;
  case OPTION_DETACH:
    count->live.detach = true;
    return true;
  default:
    count->json = true;
    return true;
  }
}

static bool is_plain(const char *rule) {
  struct calltap_rules *rules = malloc(sizeof *rules);
  struct calltap_rule_error error;
  bool plain = rules != NULL && rule[strspn(rule, " \t")] != '@' && calltap_rules_parse(rule, rules, &error) &&
               rules->count == 1 && rules->rule[0].clauses == 1 && rules->clause[rules->rule[0].clause].does == 0;
  free(rules);
  return plain;
}

/* The end of the first rule of several: rules are separated by semicolons and line ends, which stand in texts, too. */
static const char *rule_end(const char *at) {
  bool quoted = false;
  for (; *at != '\0'; at++) {
    if (*at == '\\' && at[1] != '\0') {
      at++;
    } else if (*at == '"') {
      quoted = !quoted;
    } else if (!quoted && (*at == ';' || *at == '\n')) {
      break;
    }
  }
  return at;
}

/* A rule that says what is to be done is left as it is. */
static const char *reword(struct live *live, const char *word) {
  const struct count *count = (const struct count *)live; /* its first member */
  struct calltap__builder *out = &live->reworded;
  out->size = 0;
  for (const char *end, *at = word; *at != '\0'; at = end + (*end != '\0')) {
    end = rule_end(at);
    char *rule = strndup(at, (size_t)(end - at));
    if (rule == NULL)
      return word;
    calltap__build(out, rule);
    calltap__build(out, is_plain(rule) ? count->action : "");
    calltap__build(out, *end != '\0' ? ";" : "");
    free(rule);
  }
  calltap__build_bytes(out, "", 1);
  return out->failed ? word : out->bytes;
}

/* On a terminal the tables stand where the last ones stood. */
static bool look(void *context, struct live *live, int64_t until_ns, bool *some) {
  struct count *count = context;
  int64_t now = traces_now();
  (void)until_ns, (void)some;
  if (!count->watch || live->running == 0 || now < count->next_ns)
    return true;
  count->next_ns = now + SECOND_NS;
  live_ask_tables(live);
  if (!calltap_reader_refresh(live->reader))
    return true;
  if (isatty(STDOUT_FILENO) && !count->json)
    CALLTAP__OUT(&count->shown.out, "\033[H\033[J");
  live_view_tables(&count->shown, live);
  return count->shown.out.error == 0;
}

static void show(struct count *count) {
  const struct live_work work = {look, count, 50000};
  struct live *live = &count->live;
  if (live_view_open(&count->shown, live, count->json, false)) {
    count->next_ns = traces_now() + SECOND_NS;
    live_work(live, &work);
    if (count->watch && isatty(STDOUT_FILENO) && !count->json)
      CALLTAP__OUT(&count->shown.out, "\033[H\033[J");
    live_view_tables(&count->shown, live);
  }
  live_view_close(&count->shown, live);
}

/* What the rules of others may depend on. */
static const uint32_t settles = CALLTAP_DOES(SILENT) | CALLTAP_DOES(TRACE) | CALLTAP_DOES(TCW) | CALLTAP_DOES(TAG);
static const uint32_t counts = CALLTAP_DOES(COUNT) | CALLTAP_DOES(TIME) | CALLTAP_DOES(SUM) | CALLTAP_DOES(HIST);

/* A rule of which nothing would be seen: its events are for `calltap trace`. */
static bool is_in_vain(const struct calltap_rules *rules, const struct calltap_rule *rule) {
  for (unsigned i = 0; i < rule->clauses; i++) {
    const struct calltap_clause *clause = &rules->clause[rule->clause + i];
    if ((clause->does & (counts | settles)) != 0 || !clause->makes_event)
      return false;
  }
  return true;
}

static bool check_counters(const struct calltap_rules *rules, const char *action) {
  for (size_t i = 0; i < rules->count; i++) {
    if (!is_in_vain(rules, &rules->rule[i]))
      continue;
    struct calltap_text typed = spell_typed(&rules->rule[i]);
    message("the rule of '%.*s' counts nothing, and here only tables are shown: end it in `%s`, or ask by `calltap "
            "trace`",
            (int)typed.size, typed.bytes, action + 1);
    return false;
  }
  return true;
}

static bool makes_events(const struct calltap_rules *rules) {
  for (size_t i = 0; i < rules->clauses; i++) {
    if (rules->clause[i].makes_event)
      return true;
  }
  return false;
}

/* Limits of calls and bytes are of calls that are recorded. */
static bool check_limits(const struct live *live) {
  bool records = makes_events(live->question.rules);
  bool is_limited = records ? live_is_limited(live) : live_has_limit(live, "time");
  if (!records && (live_has_limit(live, "calls") || live_has_limit(live, "rate")))
    message("-n is about calls that are recorded, and these rules only count: use --for TIME");
  else if (live->detach && !is_limited)
    message("--detach needs a limit, because nobody waits for the end: --for TIME");
  else
    return true;
  return false;
}

static bool read_command_line(struct count *count, struct options *options) {
  return live_read(&count->live, options, set_option, count) &&
         check_counters(count->live.question.rules, count->action) && check_limits(&count->live);
}

static int run(struct options *options, const char *action) {
  struct count count = {.live = {.reword = reword}, .action = action};
  struct live *live = &count.live;
  if (!read_command_line(&count, options)) {
    live_free(live);
    return STATUS_QUESTION;
  }
  if (live_start(live)) {
    if (live->detach) {
      fprintf(stderr, "session: %s\n", live->session);
    } else {
      show(&count);
      live_end(live, count.shown.shown);
    }
  }
  enum status status = live->status;
  live_free(live);
  return status;
}

static int run_count(struct options *options) { return run(options, " -> count"); }

static int run_time(struct options *options) { return run(options, " -> time"); }

#define EXIT_STATUS                                                                                                    \
  "\n"                                                                                                                 \
  "TARGET is a process number, several with commas (a table each), or a glob of program names.\n"                      \
  "A rule that says what is to be done, behind `->`, is taken as it is: `-> count by caller`, `-> sum(n)`.\n"          \
  "One that counts nothing is refused. It ends at Ctrl-C, at --for, and when this command dies; -n is about calls\n"   \
  "that are recorded, as by `-> count, return`.\n"                                                                     \
  "\n"                                                                                                                 \
  "Exit status: 0 done, 1 the question was wrong, or a process cannot be asked, 2 a fault, 3 something was\n"          \
  "lost, 4 armed but nothing was called.\n"

const struct command command_count = {
    .name = "count",
    .usage = "[OPTIONS] TARGET RULE...",
    .summary = "Counts calls of functions in running processes, without events",
    .text = "Each process counts for itself, and the table is printed at the end, or every second with --watch:\n"
            "\n"
            "  calltap count --for 10s 4711 'db:*'\n"
            "  calltap count --watch 4711 'db:query -> count by str(sql)'\n" EXIT_STATUS,
    .options = table,
    .run = run_count,
};

const struct command command_time = {
    .name = "time",
    .usage = "[OPTIONS] TARGET RULE...",
    .summary = "Measures how long functions take in running processes, without events",
    .text =
        "Each process adds up the times of the calls for itself, and the table is printed at the end, or every\n"
        "second with --watch:\n"
        "\n"
        "  calltap time --for 10s 4711 'db:*'\n"
        "  calltap time --watch 4711 'server:process(c, n) when n > 4096'\n"
        "\n"
        "The time of a call has that of the calls below it. So that of a function that calls itself adds up: its\n"
        "inner calls are counted in themselves and in those around them. There are the sum, the average, the least "
        "and\n"
        "the most, no percentiles: `f -> return, message(false) -> hist(elapsed)` keeps how many calls took how long,\n"
        "by powers of two, and `calltap record` with `calltap report` has percentiles.\n" EXIT_STATUS,
    .options = table,
    .run = run_time,
};
