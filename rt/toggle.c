/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The session of the variable, off and on. Rules that stand in files are read again when it goes on: where they have changed, another session
 * takes its place, with a trace of its own. */
#include "internal.h"

static const char name[] = "env", next_name[] = "env (next)";

/* "FILE: line 3: what is wrong", in the memory of the session that stays. Null: no memory. */
static const char *explain(struct session *stays, const struct calltap_rule_text *text,
                           const struct calltap_rule_error *error) {
  enum { BYTES = 512 };
  struct calltap_rule_place place;
  struct arena *before = calltap__memory_from(&stays->memory);
  char *why = calltap__memory(BYTES);
  (void)calltap__memory_from(before);
  if (!why)
    return NULL;
  calltap_rule_text_place(text, error, &place);
  struct builder b = calltap__builder(why, BYTES);
  calltap__put_span(&b, (struct span){place.file.start, place.file.end});
  if (place.file.start && place.line) {
    calltap__put(&b, ": line ");
    calltap__put_number(&b, place.line);
  }
  calltap__put(&b, place.file.start ? ": " : "");
  calltap__put(&b, error->message);
  calltap__put_end(&b);
  return why;
}

static struct session_request copy_of(const struct session_request *r, const char *rules) {
  struct session_request copy = *r;
  copy.rules = rules;
  copy.given = calltap__memory_text(r->given);
  copy.threads = calltap__memory_text(r->threads);
  copy.who = calltap__memory_text(r->who);
  copy.given_limits = calltap__memory_text(r->given_limits);
  copy.out = calltap__memory_text(r->out);
  copy.start_off = false;
  return copy;
}

/* What the files say now takes the place of the session. */
static struct session *replace(struct session *old, struct session *s) {
  const struct session_request request = copy_of(&old->request, s->text.text);
  const struct calltap_rule_error *rule_error;
  const char *detail;
  calltap__session_end_now(old, "rules");
  (void)calltap__text_copy(s->name, sizeof s->name, name);
  const char *problem = calltap__session_start(s, &request, &detail, &rule_error);
  s->problem = rule_error ? rule_error->message : problem;
  return s;
}

/* The session that goes on. Null: the old one stays off, and its problem says why. */
static struct session *reread(struct session *old) {
  struct calltap_rule_error error = {0};
  const char *why;
  struct session *s = calltap__session_new(next_name, &why);
  if (!s) {
    old->problem = why;
    return NULL;
  }
  const char *given = calltap__memory_text(old->request.given);
  bool good = given && calltap__session_read(s, given, &calltap__rule_files, &error);
  if (good)
    why = calltap__allow_check(calltap__allowed, s->rules, &old->request.limits);
  else
    why = given ? explain(old, &s->text, &error) : NULL;
  if (good && !why && !calltap__text_equal(s->text.text, old->text.text))
    return replace(old, s);
  bool same = good && !why;
  calltap__session_give_up(s);
  old->problem = same || why ? why : "there is no memory";
  return same ? old : NULL;
}

static bool has_files(const struct session *s) { return s->text.parts > 1; }

static const char *state_of(const struct session *s) {
  switch (s->state) {
  case SESSION_ON:
  case SESSION_DRAINING:
    return "on";
  case SESSION_OFF:
    return "off";
  case SESSION_WAITING:
    return "waiting";
  default:
    return "ended";
  }
}

const char *calltap__toggle_now(const char **problem) {
  struct session *s = calltap__session_find(name);
  *problem = NULL;
  if (!s || !calltap__session_is_alive(s))
    return s ? "ended" : NULL;
  if (s->state == SESSION_ON || s->state == SESSION_DRAINING) {
    calltap__session_pause(s);
    return state_of(s);
  }
  struct session *on = has_files(s) ? reread(s) : s;
  if (on == s)
    calltap__session_resume(s);
  *problem = (on ? on : s)->problem;
  (void)calltap__memory_from(&calltap__process_memory);
  return state_of(on ? on : s);
}
