/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Records about what rules compute: the labels and types of messages, and of tables and their keys. */
#include "internal.h"

enum { LABEL_BYTES = 96 };

/* Calls `use` for each action of a filter until one says false. */
typedef bool user(const struct action *, void *);
static bool for_each(const struct filter *filter, user *use, void *context) {
  for (uint32_t i = 0; i < filter->count; i++) {
    const struct filter_clause *c = &filter->clause[i];
    for (unsigned k = 0; k < c->entry_actions; k++)
      if (!use(&c->entry_action[k], context))
        return false;
    for (unsigned k = 0; k < c->exit_actions; k++)
      if (!use(&c->exit_action[k], context))
        return false;
  }
  return true;
}

/* -- types ---------------------------------------------------------------------------------------------------------------- */

struct types {
  const struct calltap_function *function;
  bool follows;
  struct stream *session;
  record_writer *write;
};

static bool describe_types(const struct action *a, void *context) {
  const struct types *t = context;
  for (unsigned i = 0; i < a->values + a->keys; i++) {
    const struct calltap_given *given = &a->describe[i];
    bool is_shown = given->kind == CALLTAP_GIVEN_VALUE || given->kind == CALLTAP_GIVEN_WHOLE;
    if (is_shown && !calltap__describe_type(t->function, given->type, t->follows, t->session, t->write))
      return false;
  }
  return true;
}

bool calltap__describe_message_types(const struct calltap_function *f, const struct filter *filter, bool follows,
                                     struct stream *session, record_writer *write) {
  struct types types = {f, follows, session, write};
  return for_each(filter, describe_types, &types);
}

/* -- records --------------------------------------------------------------------------------------------------------------- */

struct describing {
  const struct filter *filter;
  const struct calltap_rules *rules;
  struct stream *session;
  record_writer *write;
};

static void put_label(struct cbor *c, const struct describing *d, const struct calltap_node *n) {
  size_t bytes = n->to - n->from;
  calltap__cbor_text_span(c, d->rules->text + n->from, bytes < LABEL_BYTES ? bytes : LABEL_BYTES);
}

/* The type of a member has others behind it in its text. */
static void put_type(struct cbor *c, const struct calltap_given *given) {
  const char *end = given->kind == CALLTAP_GIVEN_STACK ? NULL : calltap_type_end(given->type);
  if (given->kind == CALLTAP_GIVEN_TIME)
    calltap__cbor_text(c, "ns");
  else if (end)
    calltap__cbor_text_span(c, given->type, (size_t)(end - given->type));
  else
    calltap__cbor_text(c, given->type);
}

static void put_labels(struct cbor *c, const struct describing *d, uint16_t first, const struct calltap_given *given,
                       unsigned count) {
  calltap__cbor_array(c, count);
  for (uint16_t i = first; count; count--, given++, i = d->rules->node[i].next) {
    calltap__cbor_array(c, 2);
    put_label(c, d, &d->rules->node[i]);
    put_type(c, given);
  }
}

static void put_message(struct cbor *c, const struct describing *d, const struct action *a) {
  calltap__cbor_array(c, 4);
  calltap__cbor_text(c, CALLTAP_WIRE_MESSAGE);
  calltap__cbor_uint(c, a->number);
  calltap__cbor_uint(c, d->filter->number);
  put_labels(c, d, a->node->a, a->describe, a->values);
}

static const char *kind_of(const struct action *a) {
  return a->kind == CALLTAP_ACTION_COUNT  ? "count"
         : a->kind == CALLTAP_ACTION_TIME ? "time"
         : a->kind == CALLTAP_ACTION_SUM  ? "sum"
                                          : "hist";
}

static void put_table(struct cbor *c, const struct describing *d, const struct action *a) {
  calltap__cbor_array(c, 7);
  calltap__cbor_text(c, CALLTAP_WIRE_TABLE);
  calltap__cbor_uint(c, a->number);
  calltap__cbor_uint(c, d->filter->number);
  calltap__cbor_text(c, kind_of(a));
  if (a->values)
    put_label(c, d, &d->rules->node[a->node->a]);
  else
    calltap__cbor_text(c, a->kind == CALLTAP_ACTION_TIME ? "elapsed" : "");
  if (a->values)
    put_type(c, &a->describe[0]);
  else
    calltap__cbor_text(c, "");
  const struct calltap_given *keys =
      a->keys ? a->describe + a->values : NULL; /* one without anything has no list to step in */
  put_labels(c, d, a->node->b, keys, a->keys);
}

static bool write_action(const struct action *a, void *context) {
  static uint8_t record[4096]; /* control: one at a time */
  const struct describing *d = context;
  struct cbor c = calltap__cbor(record, sizeof record);
  if (a->kind == CALLTAP_ACTION_MESSAGE)
    put_message(&c, d, a);
  else if (a->kind >= CALLTAP_ACTION_COUNT && a->kind <= CALLTAP_ACTION_HIST)
    put_table(&c, d, a);
  else
    return true;
  return c.full || d->write(d->session, &c);
}

bool calltap__describe_messages(const struct filter *filter, const struct calltap_rules *rules, struct stream *session,
                                record_writer *write) {
  struct describing d = {filter, rules, session, write};
  return for_each(filter, write_action, &d);
}
