/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From the text of rules to their trees, and what is said of texts that are none. */
#include "painted_stack.h"
#include "rt/internal.h"
#include "suite.h"
#include <check.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct calltap_rules rules;
static struct calltap_rule_error error;

static bool parse(const char *text) {
  error = (struct calltap_rule_error){0, ""};
  return calltap_rules_parse(text, &rules, &error);
}

/* (Check writes a file at every assertion: where there are many, only failures are told it.) */
static void parse_well(const char *text) {
  if (!parse(text))
    ck_abort_msg("%s: column %zu: %s", text, error.column, error.message);
}

/* -- trees as text ------------------------------------------------------------------------------------------------------ */

static char dumped[1 << 16];
static size_t dumped_bytes;

static void put(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void put(const char *format, ...) {
  va_list list;
  va_start(list, format);
  dumped_bytes += (size_t)vsnprintf(dumped + dumped_bytes, sizeof dumped - dumped_bytes, format, list);
  va_end(list);
  ck_assert_uint_lt(dumped_bytes, sizeof dumped);
}

static void put_text(struct calltap_span s) { put("%.*s", (int)(s.end - s.start), s.start); }

static void put_node(uint16_t index);

static void put_list(uint16_t first) {
  for (uint16_t i = first; i; i = rules.node[i].next) {
    if (i != first)
      put(" ");
    put_node(i);
  }
}

static void put_two(const char *name, const struct calltap_node *n) {
  put("(%s ", name);
  put_node(n->a);
  if (n->b) {
    put(" ");
    put_node(n->b);
  }
  put(")");
}

static void put_real(int64_t bits) {
  double d;
  memcpy(&d, &bits, sizeof d);
  put("%.17gr", d);
}

static const char *const operators[] = {
    "or", "and", "|", "^", "&", "==", "!=", "<", "<=", ">", ">=", "<<", ">>", "+", "-", "*", "/", "%"};

static void put_pattern(const struct calltap_node *n) {
  switch (n->kind) {
  case CALLTAP_PAT_ANY:
    put("_");
    break;
  case CALLTAP_PAT_REST:
    put("...");
    break;
  case CALLTAP_PAT_BIND:
    put_text(n->text);
    break;
  case CALLTAP_PAT_EQUAL:
    put_two("is", n);
    break;
  case CALLTAP_PAT_RANGE:
    put("(");
    if (n->a)
      put_node(n->a);
    put("..");
    if (n->b)
      put_node(n->b);
    put(")");
    break;
  case CALLTAP_PAT_GLOB:
    put("~'");
    put_text(n->text);
    put("'");
    break;
  default:
    put(n->op ? "" : "{");
    put_text(n->text);
    put(n->op ? "=" : "");
    put_list(n->a);
    put(n->op ? "" : "}");
    break;
  }
}

static void put_node(uint16_t index) {
  const struct calltap_node *n = &rules.node[index];
  switch (n->kind) {
  case CALLTAP_EXPR_INTEGER:
    put(n->is_unsigned ? "%" PRIu64 "u" : "%" PRId64, n->number);
    put("%s", n->is_time ? "ns" : "");
    break;
  case CALLTAP_EXPR_REAL:
    put_real(n->number);
    break;
  case CALLTAP_EXPR_STRING:
    put("\"");
    put_text(n->text);
    put("\"");
    break;
  case CALLTAP_EXPR_CHARACTER:
    put("'%" PRId64 "'", n->number);
    break;
  case CALLTAP_EXPR_PIN:
    put("^");
    put_text(n->text);
    break;
  case CALLTAP_EXPR_NAME:
    put_text(n->text);
    break;
  case CALLTAP_EXPR_CALL:
    put_text(n->text);
    put("(");
    put_list(n->a);
    put(")");
    break;
  case CALLTAP_EXPR_CAST:
    put("as(%s ", rules.types + n->number);
    put_node(n->a);
    put(")");
    break;
  case CALLTAP_EXPR_WHOLE:
    put_two("whole", n);
    break;
  case CALLTAP_EXPR_MEMBER:
    put("(. ");
    put_node(n->a);
    put(" ");
    put_text(n->text);
    put(")");
    break;
  case CALLTAP_EXPR_INDEX:
    put_two("[]", n);
    break;
  case CALLTAP_EXPR_NOT:
    put_two("not", n);
    break;
  case CALLTAP_EXPR_NEGATE:
    put_two("neg", n);
    break;
  case CALLTAP_EXPR_COMPLEMENT:
    put_two("compl", n);
    break;
  case CALLTAP_EXPR_BINARY:
    put_two(operators[n->op], n);
    break;
  case CALLTAP_EXPR_GLOB:
    put("(~ ");
    put_node(n->a);
    put(" '");
    put_text(n->text);
    put("')");
    break;
  default:
    put_pattern(n);
    break;
  }
}

static const char *const actions[] = {
#define WORD(NAME, word, least, most, keys, event, sentence) [CALLTAP_ACTION_##NAME] = word,
    CALLTAP_ACTIONS(WORD)
#undef WORD
};

/* In brackets: a number if the action has one, else its values. */
static void put_action(const struct calltap_clause *c, const struct calltap_node *n) {
  put(" %s", actions[n->op]);
  if (n->op == CALLTAP_ACTION_SILENT || n->op == CALLTAP_ACTION_TRACE)
    put("(+%x-%x)", (unsigned)n->number, (unsigned)((uint64_t)n->number >> 32));
  else if (n->op == CALLTAP_ACTION_STACK || n->op == CALLTAP_ACTION_SAMPLE || n->op == CALLTAP_ACTION_LIMIT)
    put("(%" PRId64 ")", n->number);
  else if (n->a) {
    put("(");
    put_list(n->a);
    put(")");
  }
  if (n->b) {
    put(" by (");
    put_list(n->b);
    put(")");
  }
  if (n->op == CALLTAP_ACTION_RETURN && c->exit_guard) {
    put(" when ");
    put_node(c->exit_guard);
  }
}

static void put_clause(const struct calltap_clause *c) {
  if (c->has_head) {
    put("(");
    put_list(c->head);
    put(")");
  }
  if (c->guard) {
    put(" when ");
    put_node(c->guard);
  }
  uint32_t does = 0;
  for (uint16_t i = c->actions; i; i = rules.node[i].next) {
    put_action(c, &rules.node[i]);
    does |= UINT32_C(1) << rules.node[i].op;
  }
  put(c->exit_actions ? " =>" : "");
  for (uint16_t i = c->exit_actions; i; i = rules.node[i].next) {
    put_action(c, &rules.node[i]);
    does |= UINT32_C(1) << rules.node[i].op;
  }
  put(c->makes_event ? "" : " eventless");
  ck_assert_uint_eq(does, c->does);
}

static void put_function(const struct calltap_rule *r) {
  put_text(r->module);
  put(":");
  put_text(r->name);
  if (r->arity >= 0)
    put("/%d", r->arity);
}

static void put_under(const struct calltap_under *under) {
  put(" under {");
  put_function(&under->pattern);
  if (under->clause.has_head) {
    put("(");
    put_list(under->clause.head);
    put(")");
  }
  if (under->clause.guard) {
    put(" when ");
    put_node(under->clause.guard);
  }
  if (under->clause.exit_guard) {
    put(" return when ");
    put_node(under->clause.exit_guard);
  }
  put("}");
}

static const char *dump(void) {
  dumped_bytes = 0;
  dumped[0] = 0;
  for (size_t i = 0; i < rules.count; i++) {
    const struct calltap_rule *r = &rules.rule[i];
    put(i ? "; " : "");
    put_function(r);
    if (r->in.start) {
      put(" in ");
      put_text(r->in);
    }
    if (r->under)
      put_under(&rules.under[r->under - 1]);
    for (unsigned k = 0; k < r->clauses; k++) {
      put(k ? " | " : "");
      put_clause(&rules.clause[r->clause + k]);
    }
  }
  return dumped;
}

struct reading {
  const char *text, *tree;
};

static void check_readings(size_t count, const struct reading *rows) {
  for (size_t i = 0; i < count; i++) {
    parse_well(rows[i].text);
    ck_assert_msg(!strcmp(dump(), rows[i].tree), "%s\nreads as   %s\nbut not as %s", rows[i].text, dumped,
                  rows[i].tree);
  }
}

#define CHECK_READINGS(rows) check_readings(sizeof(rows) / sizeof(rows)[0], rows)

/* -- what is well said --------------------------------------------------------------------------------------------------- */

START_TEST(rules_have_patterns_clauses_and_separators) {
  static const struct reading rows[] = {
      {"f", "*:f"},
      {"m:f", "m:f"},
      {"m:f/2", "m:f/2"},
      {"*:handle_*/0", "*:handle_*/0"},
      {"a::b::f", "a::b:f"},
      {"a::b:f", "a::b:f"},
      {"a::*:f", "a::*:f"},
      {"box:~box", "box:~box"},
      {"main:lambda@12", "main:lambda@12"},
      {"vec:operator-", "vec:operator-"},
      {"vec:operator->return", "vec:operator return"}, /* an arrow; the operator is quoted */
      {"vec:\"operator->\"->return", "vec:\"operator->\" return"},
      {"f[a-c]?*", "*:f[a-c]?*"},
      {"net::Conn:\"operator[]\"(i)", "net::Conn:\"operator[]\"(i)"},
      {"\"f(int, char const*)\" -> return", "*:\"f(int, char const*)\" return"},
      {"\"a:b\":f", "\"a:b\":f"},
      {"\"a::b\"", "*:\"a::b\""},
      {"pre\"fix*\"*:g", "pre\"fix*\"*:g"},
      {"f;g", "*:f; *:g"},
      {"f; g ;; h;", "*:f; *:g; *:h"},
      {"\n f \n;;\n g -> return ;\n", "*:f; *:g return"},
      {"f\r\ng\r\n", "*:f; *:g"},
      {"# one\nf # two ; x\n# three", "*:f"},
      {"f(a, # an argument\n  b) when (a # two lines\n  == b)", "*:f(a b) when (== a b)"},
      {"f -> return # said", "*:f return"},
      {"f(0) -> noargs; (x) when x > 1 -> return; g", "*:f((is 0)) noargs | (x) when (> x 1) return; *:g"},
      {"f(0);\n # the rest\n (x)", "*:f((is 0)) | (x)"},
      {"f() ; (_) ; (_, _)", "*:f() | (_) | (_ _)"},
      {"f -> return, noargs , stop", "*:f return noargs stop"},
      {"f->return", "*:f return"},
      {"f() -> return when ret < 0, stop", "*:f() return when (< ret 0) stop"},
      {"f(n) when n -> return when elapsed > 5ms", "*:f(n) when n return when (> elapsed 5000000ns)"},
      {"\xC3\xA4:\xC3\xB6 when \xC3\xBC", "\xC3\xA4:\xC3\xB6 when \xC3\xBC"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(heads) {
  static const struct reading rows[] = {
      {"f()", "*:f()"},
      {"f (a)", "*:f(a)"},
      {"f(_)", "*:f(_)"},
      {"f(NULL, true, x=false)", "*:f((is 0) (is 1) x=(is 0))"},
      {"f(...)", "*:f(...)"},
      {"f(a, _, ...)", "*:f(a _ ...)"},
      {"f(0, -1, 'x', \"s\", 1.5, -1.5)", "*:f((is 0) (is -1) (is '120') (is \"s\") (is 1.5r) (is -1.5r))"},
      {"f(^RED, ^Colour::RED, ^a::b::RED)", "*:f((is ^RED) (is ^RED) (is ^RED))"},
      {"f(1..9, 4096.., ..9, -5..-1, 1k..1M)", "*:f((1..9) (4096..) (..9) (-5..-1) (1024..1048576))"},
      {"f(1.5..2.5, 1 .. 2, ..-1, 'a'..'z', ^LOW..^HIGH)",
       "*:f((1.5r..2.5r) (1..2) (..-1) ('97'..'122') (^LOW..^HIGH))"},
      {"f(~\"SELECT *\", ~\"\")", "*:f(~'SELECT *' ~'')"},
      {"f(len=4096..)", "*:f(len=(4096..))"},
      {"f(a, len = 4, ...)", "*:f(a len=(is 4) ...)"},
      {"f(len=-4, s=~\"x\", t=^A)", "*:f(len=(is -4) s=~'x' t=(is ^A))"},
      {"f({len=4})", "*:f({len=(is 4)})"},
      {"f({len=4, name=\"x\", in={a=_, b=^B}}, y)", "*:f({len=(is 4) name=(is \"x\") in={a=_ b=(is ^B)}} y)"},
      {"f(r={len=n})", "*:f(r={len=n})"},
      {"f(x, x)", "*:f(x x)"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(guards_have_the_ranks_of_c) {
  static const struct reading rows[] = {
      {"f when a", "*:f when a"},
      {"f when a == nullptr", "*:f when (== a 0)"},
      {"f when a or b and c", "*:f when (or a (and b c))"},
      {"f when a || b && c", "*:f when (or a (and b c))"},
      {"f when a and b or c", "*:f when (or (and a b) c)"},
      {"f when a | b ^ c & d", "*:f when (| a (^ b (& c d)))"},
      {"f when a & b ^ c | d", "*:f when (| (^ (& a b) c) d)"},
      {"f when a == b < c", "*:f when (== a (< b c))"},
      {"f when a < b == c != d", "*:f when (!= (== (< a b) c) d)"},
      {"f when a << 1 + b * c", "*:f when (<< a (+ 1 (* b c)))"},
      {"f when a * b + c >> 1 > 2", "*:f when (> (>> (+ (* a b) c) 1) 2)"},
      {"f when a - b - c", "*:f when (- (- a b) c)"},
      {"f when a / b % c * d", "*:f when (* (% (/ a b) c) d)"},
      {"f when a <= b and c >= d", "*:f when (and (<= a b) (>= c d))"},
      {"f when not a and !b", "*:f when (and (not a) (not b))"},
      {"f when not a == b", "*:f when (== (not a) b)"},
      {"f when - -a", "*:f when (neg (neg a))"},
      {"f when a - -1", "*:f when (- a -1)"},
      {"f when -1 < -0.5", "*:f when (< -1 -0.5r)"},
      {"f when -(1)", "*:f when -1"},
      {"f when -0x80000000", "*:f when (neg 2147483648u)"},
      {"f when ~a & !~b", "*:f when (& (compl a) (not (compl b)))"},
      {"f when (a & b) == c", "*:f when (== (& a b) c)"},
      {"f when a & (b == c)", "*:f when (& a (== b c))"},
      {"f when (a == b) | (c ~ \"x\")", "*:f when (| (== a b) (~ c 'x'))"},
      {"f when s ~ \"a*\" and t ~ \"b?\"", "*:f when (and (~ s 'a*') (~ t 'b?'))"},
      {"f when s ~ \"a\" == 1", "*:f when (== (~ s 'a') 1)"},
      {"f when s == \"x\" or \"y\" != s", "*:f when (or (== s \"x\") (!= \"y\" s))"},
      {"f when p->a.b->c[1][i + 1].d", "*:f when (. ([] ([] (. (. (. p a) b) c) 1) (+ i 1)) d)"},
      {"f when -p->a[0]", "*:f when (neg ([] (. p a) 0))"},
      {"f when (p)->a", "*:f when (. p a)"},
      {"f when p[0]->a", "*:f when (. ([] p 0) a)"},
      {"f when p [0]", "*:f when ([] p 0)"},
      {"f when p . a", "*:f when (. p a)"},
      {"f when (m ^ ^RED) == x", "*:f when (== (^ m ^RED) x)"},
      {"f when m == ^Colour::RED and n", "*:f when (and (== m ^RED) n)"},
      {"f when strlen(s) > min(a, b)", "*:f when (> strlen(s) min(a b))"},
      {"f when depth()", "*:f when depth()"},
      {"f when c == 'x'", "*:f when (== c '120')"},
      {"f when (\n a\n ==\n b\n)", "*:f when (== a b)"},
      {"f when p[\n0\n]", "*:f when ([] p 0)"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(arrows_and_members_are_told_apart) {
  static const struct reading rows[] = {
      {"f when a->b", "*:f when (. a b)"},
      {"f when a -> return", "*:f when a return"},
      {"f when a->b -> return", "*:f when (. a b) return"},
      {"f when a->return -> return", "*:f when (. a return) return"},
      {"f when a > 0->return", "*:f when (> a 0) return"},
      {"f when a > 0x10->return", "*:f when (> a 16) return"},
      {"f when a == 'c'->return", "*:f when (== a '99') return"},
      {"f when a == \"c\"->return", "*:f when (== a \"c\") return"},
      {"f when a ~ \"c\"->return", "*:f when (~ a 'c') return"},
      {"f when a == ^RED->return", "*:f when (== a ^RED) return"},
      {"f when (a -> b) -> return", "*:f when (. a b) return"},
      {"f(a)->return", "*:f(a) return"},
      {"f/1->return", "*:f/1 return"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(scopes) {
  static const struct reading rows[] = {
      {"f in libnet.so*", "*:f in libnet.so*"},
      {"f in src/net.c -> return", "*:f in src/net.c return"},
      {"f in a;g in b", "*:f in a; *:g in b"},
      {"f(x) in a when x", "*:f in a(x) when x"},
      {"f in a;(x)", "*:f in a | (x)"},
      {"f in (a)", "*:f in (a)"}, /* a name may have such characters */
      {"f in \xC3\xA4.c", "*:f in \xC3\xA4.c"},
      {"f in a#b", "*:f in a"},
      {"in in in", "*:in in in"},
      {"f under g", "*:f under {*:g}"},
      {"f under m:g/2->return", "*:f under {m:g/2} return"},
      {"f under a::b::g when x", "*:f under {a::b:g} when x"},
      {"f under under", "*:f under {*:under}"},
      {"f(x) under g; (y) -> count", "*:f under {*:g}(x) | (y) count eventless"},
      {"f in a under g", "*:f in a under {*:g}"},
      {"f under g in a", "*:f in a under {*:g}"},
      {"f under (g)", "*:f under {*:g}"},
      {"f under(g)", "*:f under {*:g}"},
      {"f under ( m:g/0 )", "*:f under {m:g/0}"},
      {"f under (g(x, _) when x > 1)", "*:f under {*:g(x _) when (> x 1)}"},
      {"f under (g(r) when r->len > 0 return when elapsed > 50ms) -> return",
       "*:f under {*:g(r) when (> (. r len) 0) return when (> elapsed 50000000ns)} return"},
      {"f under (g return when (ret < 0)) when x", "*:f under {*:g return when (< ret 0)} when x"},
      {"f under (g() return when ret)", "*:f under {*:g() return when ret}"},
      {"f under (\n g(x)\n when x\n return when ret\n)", "*:f under {*:g(x) when x return when ret}"},
      {"f(x) in a under (g(x)) when x -> return -> count; (y); h under g",
       "*:f in a under {*:g(x)}(x) when x return => count | (y); *:h under {*:g}"},
      {"f under \"operator()\"", "*:f under {*:\"operator()\"}"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(actions_have_arguments_and_keys) {
  static const struct reading rows[] = {
      {"f -> caller, stack, stack(8), usage, return", "*:f caller stack(16) stack(8) usage return"},
      {"f -> stack(0x40)", "*:f stack(64)"},
      {"f -> message(a)", "*:f message(a)"},
      {"f -> message(a + 1, p->q[2], \"x\", 'c', 1.5, ^A)", "*:f message((+ a 1) ([] (. p q) 2) \"x\" '99' 1.5r ^A)"},
      {"f -> message(a), message(b,)", "*:f message(a) message(b)"},
      {"f -> message(str(a, n), bytes(p, 16), strlen(s), tid())", "*:f message(str(a n) bytes(p 16) strlen(s) tid())"},
      {"f -> message(p->*, q.r.*)", "*:f message((whole p) (whole (. q r)))"},
      {"f -> message(p->*,\n q->*)", "*:f message((whole p) (whole q))"},
      {"f -> message(false)", "*:f eventless"},
      {"f -> message( false )", "*:f eventless"},
      {"f -> message(falsehood)", "*:f message(falsehood)"},
      {"f -> message(false, a)", "*:f message(0 a)"},
      {"f -> message(false), tag(1)", "*:f tag(1) eventless"},
      {"f -> return, message(false), stack", "*:f return stack(16) eventless"},
      {"f -> message(a), message(false)", "*:f message(a) eventless"},
      {"f -> silent(on); g -> silent(off)", "*:f silent(+1-0); *:g silent(+0-1)"},
      {"f -> silent(true); g -> silent(false)", "*:f silent(+1-0); *:g silent(+0-1)"},
      {"f -> trace(+silent -noargs)", "*:f trace(+1-4)"},
      {"f -> trace(-silent+noargs-call)", "*:f trace(+6-1)"},
      {"f -> trace(+call, +noargs)", "*:f trace(+4-2)"},
      {"f -> trace(+silent -silent)", "*:f trace(+1-1)"},
      {"f -> tcw(n & 7), tag(str(s))", "*:f tcw((& n 7)) tag(str(s))"},
      {"f -> count", "*:f count eventless"},
      {"f -> count, time, sum(n), hist(n)", "*:f count time sum(n) hist(n) eventless"},
      {"f -> count, return", "*:f count return"},
      {"f -> count, noargs", "*:f count noargs"},
      {"f -> count, stop", "*:f count stop"},
      {"f -> count, tag(1), tcw(2), silent(on), sample(2), limit(3)",
       "*:f count tag(1) tcw(2) silent(+1-0) sample(2) limit(3) eventless"},
      {"f -> sample(2), limit(3)", "*:f sample(2) limit(3)"},
      {"f -> tag(1)", "*:f tag(1)"},
      {"f -> limit(1k), sample(1M)", "*:f limit(1024) sample(1048576)"},
      {"f -> return -> count", "*:f return => count"},
      {"f -> return, message(false) -> count", "*:f return => count eventless"},
      {"f -> return -> message(false), count", "*:f return => count eventless"},
      {"f -> count, return -> count", "*:f count return => count"},
      {"f -> exception, stack(8)", "*:f return when (== exit() unwound) stack(8)"},
      {"f -> return when ret < 0 -> usage, stack(8), stop", "*:f return when (< ret 0) => usage stack(8) stop"},
      {"f -> return when ret->return", "*:f return when (. ret return)"},
      {"f -> return->stop", "*:f return => stop"},
      {"f -> return when ret==1->stop", "*:f return when (== ret 1) => stop"},
      {"f -> noargs, return when a, stop -> caller, tag(ret)", "*:f noargs return when a stop => caller tag(ret)"},
      {"f -> count by a", "*:f count by (a) eventless"},
      {"f -> count by a, time by (b), return", "*:f count by (a) time by (b) return"},
      {"f -> count by (a, b->c, stack(4), stack())", "*:f count by (a (. b c) stack(4) stack()) eventless"},
      {"f -> sum(a * b) by a + 1", "*:f sum((* a b)) by ((+ a 1)) eventless"},
      {"f -> hist(elapsed) by stack(6)", "*:f hist(elapsed) by (stack(6)) eventless"},
      {"f -> return -> hist(elapsed) by (str(s, 8), ret)", "*:f return => hist(elapsed) by (str(s 8) ret)"},
      {"f -> count by (a, b,)", "*:f count by (a b) eventless"},
      {"f -> count by p->*", "*:f count by ((whole p)) eventless"},
      {"f -> count by a->return", "*:f count by ((. a return)) eventless"}, /* a member, as in guards */
      {"f(0) -> count; (x) -> return; (y)", "*:f((is 0)) count eventless | (x) return | (y)"},
      {"f -> count by depth() # said", "*:f count by (depth()) eventless"},
  };
  CHECK_READINGS(rows);
}
END_TEST

START_TEST(types_of_casts) {
  static const struct reading rows[] = {
      {"f when as(int, p)[0]", "*:f when ([] as(Pi p) 0)"},
      {"f when as(struct client, p)->fd", "*:f when (. as(PN6.client p) fd)"},
      {"f when as(client, p).fd", "*:f when (. as(PN6.client p) fd)"},
      {"f when as(const struct client *, p)", "*:f when as(PPN6.client p)"},
      {"f when as(struct client const * const *, p)", "*:f when as(PPPN6.client p)"},
      {"f when as(union u, p)", "*:f when as(PN1.u p)"},
      {"f when as(enum e, p)", "*:f when as(PN1.e p)"},
      {"f when as(class a::b::c, p)", "*:f when as(PN7.a::b::c p)"},
      {"f when as(a::int, p)", "*:f when as(PN6.a::int p)"},
      {"f when as(void, p)", "*:f when as(Pv p)"},
      {"f when as(char, p)", "*:f when as(Pc p)"},
      {"f when as(char *, p)", "*:f when as(PPc p)"},
      {"f when as(signed char, p)", "*:f when as(Pa p)"},
      {"f when as(unsigned char, p)", "*:f when as(Ph p)"},
      {"f when as(short, p)", "*:f when as(Ps p)"},
      {"f when as(unsigned short int, p)", "*:f when as(Pt p)"},
      {"f when as(unsigned, p)", "*:f when as(Pj p)"},
      {"f when as(signed, p)", "*:f when as(Pi p)"},
      {"f when as(unsigned int, p)", "*:f when as(Pj p)"},
      {"f when as(long, p)", "*:f when as(Pl p)"},
      {"f when as(long long int, p)", "*:f when as(Pl p)"},
      {"f when as(unsigned long, p)", "*:f when as(Pm p)"},
      {"f when as(unsigned long long, p)", "*:f when as(Pm p)"},
      {"f when as(bool, p)", "*:f when as(Pb p)"},
      {"f when as(float, p)", "*:f when as(Pf p)"},
      {"f when as(double const, p)", "*:f when as(Pd p)"},
      {"f when as(uint8_t, as(uint64_t *, p)[0])", "*:f when as(Ph ([] as(PPm p) 0))"},
      {"f when as(size_t, p) and as(int16_t, q)", "*:f when (and as(Pm p) as(Ps q))"},
      {"f -> message(as(struct client, p)->*)", "*:f message((whole as(PN6.client p)))"},
  };
  CHECK_READINGS(rows);
}
END_TEST

/* What messages and tables call their values. */
START_TEST(arguments_keep_their_texts) {
  parse_well("f -> message( a  + 1 , p -> q->*, \"x\" ), count by (  str(s,3), n), sum(n*2) by n , hist(b) by(c)");
  char labels[512] = "";
  for (uint16_t i = rules.clause[0].actions; i; i = rules.node[i].next)
    for (int k = 0; k < 2; k++)
      for (uint16_t v = k ? rules.node[i].b : rules.node[i].a; v; v = rules.node[v].next) {
        strncat(labels, rules.text + rules.node[v].from, rules.node[v].to - rules.node[v].from);
        strcat(labels, "|");
      }
  ck_assert_str_eq(labels, "a  + 1|p -> q->*|\"x\"|str(s,3)|n|n*2|n|b|c|");
}
END_TEST

START_TEST(in_is_about_objects_and_sources) {
  static const struct {
    const char *rule, *path;
    bool yes;
  } rows[] = {
      {"f in net.c", "net.c", true},
      {"f in net.c", "src/net.c", true},
      {"f in net.c", "/a/src/net.c", true},
      {"f in net.c", "subnet.c", false},
      {"f in net.c", "net.cpp", false},
      {"f in net.c", "net.c/x.c", false},
      {"f in src/net.c", "/a/src/net.c", true},
      {"f in src/net.c", "/a/lib/net.c", false},
      {"f in /a/net.c", "/a/net.c", true},
      {"f in libnet.so*", "/usr/lib/libnet.so.1.2", true},
      {"f in libnet.so*", "/usr/lib/libnet2.so", false},
      {"f in */net.c", "src/net.c", true},
      {"f in */net.c", "net.c", false},
      {"f in s?c/[a-n]*", "src/net.c", true},
      {"f in \"a[1].c\"", "src/a[1].c", true},
      {"f in \"a[1].c\"", "src/a1.c", false},
      {"f in server", "", false},
      {"f in *", "", true},
      {"f", "anything", true},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    parse_well(rows[i].rule);
    ck_assert_msg(calltap_rule_is_in(&rules.rule[0], rows[i].path) == rows[i].yes, "%s on %s", rows[i].rule,
                  rows[i].path);
  }
}
END_TEST

START_TEST(numbers) {
  static const struct reading rows[] = {
      {"f(0)", "*:f((is 0))"},
      {"f(007)", "*:f((is 7))"}, /* no octals */
      {"f(0x1f, 0XAB)", "*:f((is 31) (is 171))"},
      {"f(0x7fffffff)", "*:f((is 2147483647))"},
      {"f(0x80000000, 0xffffffff)", "*:f((is 2147483648u) (is 4294967295u))"},
      {"f(0x100000000)", "*:f((is 4294967296))"},
      {"f(2147483648)", "*:f((is 2147483648))"},
      {"f(9223372036854775807)", "*:f((is 9223372036854775807))"},
      {"f(9223372036854775808)", "*:f((is 9223372036854775808u))"},
      {"f(18446744073709551615)", "*:f((is 18446744073709551615u))"},
      {"f(0xFFFFFFFFFFFFFFFF)", "*:f((is 18446744073709551615u))"},
      {"f(-9223372036854775808)", "*:f((is -9223372036854775808))"},
      {"f when x == -9223372036854775808", "*:f when (== x -9223372036854775808)"},
      {"f(5ns, 5us, 5ms, 5s, 5min)", "*:f((is 5ns) (is 5000ns) (is 5000000ns) (is 5000000000ns) (is 300000000000ns))"},
      {"f(3000000000ns, 1.5ms, 0.5us)", "*:f((is 3000000000ns) (is 1500000ns) (is 500ns))"},
      {"f(1k, 1M, 1G, 1.5k, 0.25M)", "*:f((is 1024) (is 1048576) (is 1073741824) (is 1536) (is 262144))"},
      {"f(8589934591G)", "*:f((is 9223372035781033984))"},
      {"f(0.000000000000000001s)", "*:f((is 0ns))"},
      {"f(0.0, -0.0, 1.0, 0.1)", "*:f((is 0r) (is -0r) (is 1r) (is 0.10000000000000001r))"},
      {"f(0.0000000000000000001)", "*:f((is 9.9999999999999998e-20r))"},
  };
  CHECK_READINGS(rows);
}
END_TEST

static uint64_t random_state = 88172645463325252;

static uint64_t random_bits(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  return random_state ^= random_state << 17;
}

START_TEST(decimals_are_the_nearest_doubles) {
  for (int i = 0; i < 50000; i++) {
    char text[64], number[48];
    unsigned digits = 1 + random_bits() % 17, scale = random_bits() % 20;
    uint64_t whole = random_bits(), limit = 1;
    for (unsigned k = 0; k < digits; k++)
      limit *= 10;
    snprintf(number, sizeof number, "%020" PRIu64, whole % limit);
    size_t point = 20 - (scale ? scale : 1);
    snprintf(text, sizeof text, "f(%.*s.%s)", (int)point, number, number + point);
    if (!point)
      snprintf(text, sizeof text, "f(0.%s)", number);
    parse_well(text);
    const struct calltap_node *n = &rules.node[rules.node[rules.clause[0].head].a];
    double want = strtod(text + 2, NULL);
    if (memcmp(&n->number, &want, sizeof want) != 0)
      ck_abort_msg("%s: %016" PRIx64 ", not %a", text, n->number, want);
  }
}
END_TEST

START_TEST(strings_and_characters) {
  static const struct reading rows[] = {
      {"f(\"\")", "*:f((is \"\"))"},
      {"f(\"a;b#c)\")", "*:f((is \"a;b#c)\"))"},
      {"f(\"\\n\\t\\r\\0\\\\\\\"\\'\\*\\?\\[\")", "*:f((is \"\\n\\t\\r\\0\\\\\\\"\\'\\*\\?\\[\"))"},
      {"f('a', '\\n', '\\t', '\\r', '\\0', '\\\\', '\\'', '\\\"', '\"', ' ', ';', '#')",
       "*:f((is '97') (is '10') (is '9') (is '13') (is '0') (is '92') (is '39') (is '34') (is '34') (is '32') (is "
       "'59') "
       "(is '35'))"},
      {"f('\xE9')", "*:f((is '-23'))"},
      {"f(~\"a\\*b\\\\n\")", "*:f(~'a\\*b\\\\n')"},
  };
  CHECK_READINGS(rows);
}
END_TEST

/* -- what is not --------------------------------------------------------------------------------------------------------- */

START_TEST(wrong_rules_are_told_with_their_column) {
  static const struct {
    const char *text;
    size_t column;
    const char *message;
  } rows[] = {
      {"", 1, "there is no rule"},
      {" ; ", 4, "there is no rule"},
      {"# only a comment", 17, "there is no rule"},
      /* patterns */
      {"(", 1, "a pattern is expected here: function, module:function, with * ? [a-z]"},
      {"f; (a", 6, "a closing bracket is expected here"},
      {"f\n(a)", 3, "a pattern is expected here"},
      {":f", 1, "the pattern has a colon without a name on one side; * stands for any"},
      {"m:", 1, "the pattern has a colon without a name on one side"},
      {"g; m:", 4, "the pattern has a colon without a name on one side"},
      {"f\"x", 2, "the quoted name has no end"},
      {"f/", 3, "the arity behind the slash is a number of parameters, as in lvm:luaV_execute/2"},
      {"f/256", 3, "the arity"},
      {"f/x", 3, "the arity"},
      {"f/99999999999999999999", 3, "the arity"},
      {"db/util:f", 4, "the arity"},
      /* scopes and actions */
      {"f in", 5, "behind in stands the name of an object or a source"},
      {"f in a in b", 8, "a rule is in one object or source"},
      {"f under", 8, "a pattern is expected here"},
      {"f under g under h", 11, "a rule is under one pattern"},
      {"f under g(1)", 10, "an under with a head or a guard stands in brackets"},
      {"f under (g", 11, "a closing bracket is expected here"},
      {"f under (g return)", 18, "in an under, return is followed by when and a guard"},
      {"f when a > 1 under g", 14, "in and under stand behind the first head, before when and ->"},
      {"f(a); (b) in c", 11, "in and under stand behind the first head, before when and ->"},
      {"f -> count -> stop", 12, "what stands behind a second arrow is done at the exit: write return before it"},
      {"f -> return -> noargs", 16, "noargs is decided at the entry: it stands behind the first arrow"},
      {"f -> return -> stop -> stop", 21, "this is not expected here"},
      {"f -> counts", 6, "there is no action counts; there are return"},
      {"g; f -> retrun", 9, "there is no action retrun; there are return"},
      {"f -> message", 6, "message needs a value in brackets"},
      {"f -> message(1,2,3,4,5,6,7)", 6, "there are too many values for message"},
      {"f -> count(1)", 11, "count has no arguments"},
      {"f -> stack(0)", 12, "stack takes a number of frames from 1 to 64"},
      {"f -> stack(n)", 12, "stack takes a number of frames from 1 to 64"},
      {"f -> sample(0)", 13, "sample takes a number"},
      {"f -> limit(-1)", 12, "limit takes a number"},
      {"f -> caller by a", 13, "caller has no keys"},
      {"f -> count by ()", 15, "by takes one to six keys"},
      {"f -> usage", 3, "usage is known at the exit: write -> return, usage"},
      {"f -> silent(1)", 13, "silent is on or off"},
      {"f -> trace(silent)", 12, "flags have a sign"},
      {"f -> trace(+children)", 13, "the flags of this version are call, silent and noargs"},
      {"f -> return, exception", 14, "exception stands in place of return"},
      {"f -> exception -> limit(1)", 19, "limit is decided at the entry"},
      {"f when as(1, p) == 0", 11, "the name of a type is expected here"},
      {"f when as(int) == 0", 14, "as takes a type and a pointer"},
      {"f -> return by n", 13, "return has no keys"},
      {"f in ;g", 6, "behind in stands the name of an object or a source"},
      {"f in # a", 6, "behind in stands the name of an object or a source"},
      {"f in a under g in b", 16, "a rule is in one object or source"},
      {"f under -> count", 9, "a pattern is expected here"},
      {"f under g/", 11, "the arity behind the slash"},
      {"f under g when a under h", 18, "in and under stand behind the first head"},
      {"f under ()", 10, "a pattern is expected here"},
      {"f under (:g)", 10, "the pattern has a colon without a name on one side"},
      {"f under (g/x)", 12, "the arity behind the slash"},
      {"f under (g(1)", 14, "a closing bracket is expected here"},
      {"f under (g when)", 16, "a value is expected here"},
      {"f under (g when a", 18, "a closing bracket is expected here"},
      {"f under (g return when)", 23, "a value is expected here"},
      {"f under (g return when a when b)", 26, "a closing bracket is expected here"},
      {"f under (g in h)", 12, "a closing bracket is expected here"},
      {"f under (g under h)", 12, "a closing bracket is expected here"},
      {"f under (g -> return)", 12, "a closing bracket is expected here"},
      {"f under (g, h)", 11, "a closing bracket is expected here"},
      {"f under g, h", 10, "this is not expected here"},
      {"f -> return -> sample(2)", 16, "sample is decided at the entry: it stands behind the first arrow"},
      {"f -> return -> return when a", 16, "return is decided at the entry"},
      {"f -> return -> limit(2)", 16, "limit is decided at the entry"},
      {"f -> return when a -> count -> stop", 29, "this is not expected here"},
      {"f -> noargs -> count", 13, "what stands behind a second arrow is done at the exit"},
      {"f -> caller, usage", 3, "usage is known at the exit: write -> return, usage"},
      {"f -> caller(1)", 12, "caller has no arguments"},
      {"f -> return()", 12, "return has no arguments"},
      {"f -> usage()", 11, "usage has no arguments"},
      {"f -> stop()", 10, "stop has no arguments"},
      {"f -> time(1)", 10, "time has no arguments"},
      {"f -> noargs(false)", 12, "noargs has no arguments"},
      {"f -> stack(65)", 12, "stack takes a number of frames from 1 to 64"},
      {"f -> stack(8us)", 12, "stack takes a number of frames from 1 to 64"},
      {"f -> stack(1, 2)", 6, "there are too many values for stack"},
      {"f -> stack(1.5)", 12, "stack takes a number of frames from 1 to 64"},
      {"f -> message()", 6, "message needs a value in brackets"},
      {"f -> message(", 14, "the rule ends here, in the middle"},
      {"f -> message(a", 15, "a closing bracket is expected here"},
      {"f -> message(a b)", 16, "a closing bracket is expected here"},
      {"f -> message(,a)", 14, "a value is expected here"},
      {"f -> message(false", 19, "a closing bracket is expected here"},
      {"f -> message(false) by a", 21, "this is not expected here"},
      {"f -> message(a->*, *c)", 20, "a value is expected here"},
      {"f -> count by a -> return", 17, "what stands behind a second arrow is done at the exit"},
      {"f -> silent", 6, "silent needs a value in brackets"},
      {"f -> silent()", 13, "silent is on or off"},
      {"f -> silent(on", 15, "a closing bracket is expected here"},
      {"f -> silent(on, off)", 15, "a closing bracket is expected here"},
      {"f -> trace", 6, "trace needs a value in brackets"},
      {"f -> trace()", 6, "trace needs a value in brackets"},
      {"f -> trace(+)", 13, "the flags of this version are call, silent and noargs"},
      {"f -> trace(+silent", 19, "flags have a sign"},
      {"f -> trace(+call -silent +)", 27, "the flags of this version"},
      {"f -> trace(++call)", 13, "the flags of this version"},
      {"f -> tcw", 6, "tcw needs a value in brackets"},
      {"f -> tcw(1, 2)", 6, "there are too many values for tcw"},
      {"f -> tag()", 6, "tag needs a value in brackets"},
      {"f -> sum", 6, "sum needs a value in brackets"},
      {"f -> sum by a", 6, "sum needs a value in brackets"},
      {"f -> hist(a, b)", 6, "there are too many values for hist"},
      {"f -> sample", 6, "sample needs a value in brackets"},
      {"f -> sample(n)", 13, "sample takes a number"},
      {"f -> sample(4294967296)", 13, "sample takes a number"},
      {"f -> sample(2), sample(3)", 17, "there are too many samples"},
      {"f -> limit", 6, "limit needs a value in brackets"},
      {"f -> limit(0)", 12, "limit takes a number"},
      {"f -> limit(9223372036854775808)", 12, "limit takes a number"},
      {"f -> limit(1s)", 12, "limit takes a number"},
      {"f -> count by", 14, "the rule ends here, in the middle"},
      {"f -> count by (a", 17, "a closing bracket is expected here"},
      {"f -> count by (a) + b", 19, "this is not expected here"},
      {"f -> count by (a,b,c,d,e,f,g)", 15, "by takes one to six keys"},
      {"f -> count by a, b", 18, "there is no action b"},
      {"f -> message(1) by a", 17, "message has no keys"},
      {"f -> stack(8) by a", 15, "stack has no keys"},
      {"f -> sample(2) by a", 16, "sample has no keys"},
      {"f -> count when a", 12, "this is not expected here"},
      {"f -> \"count\"", 6, "an action is expected behind ->"},
      /* as(), p->* */
      {"f when as()", 11, "the name of a type is expected here"},
      {"f when as(, p)", 11, "the name of a type is expected here"},
      {"f when as(struct, p)", 17, "the name of a type is expected here"},
      {"f when as(const, p)", 16, "the name of a type is expected here"},
      {"f when as(struct s p)", 20, "as takes a type and a pointer"},
      {"f when as(p)", 12, "as takes a type and a pointer"},
      {"f when as(int, p", 17, "a closing bracket is expected here"},
      {"f when as(int, p, q)", 17, "a closing bracket is expected here"},
      {"f when as(int, )", 16, "a value is expected here"},
      {"f when as(a::, p)", 14, "the name of a type is expected behind ::"},
      {"f when as(vector<int>, p)", 17, "as takes a type and a pointer"},
      {"f when as(int *****, p)", 20, "a type has at most 4 stars here"},
      {"f -> message(as(int *****, p))", 26, "a type has at most 4 stars here"},
      {"f when p->*.a", 12, "this is not expected here"},
      {"f when p->*[0]", 12, "this is not expected here"},
      {"f when p->* 2", 13, "this is not expected here"},
      {"f -> stop when n", 11, "this is not expected here"},
      {"f -> return when ret when ret", 22, "this is not expected here"},
      {"f -> return when a, return when b", 28, "a clause has one `return when`; join the two with and"},
      /* actions and ends */
      {"f ->", 5, "an action is expected behind ->, as in -> return"},
      {"f -> return ->", 15, "an action is expected behind ->"},
      {"f -> return -> ,", 16, "an action is expected behind ->"},
      {"f -> return,", 13, "an action is expected behind ->"},
      {"f -> 5", 6, "an action is expected behind ->"},
      {"f -> return x", 13, "this is not expected here"},
      {"f -", 3, "the rule ends in '-': it looks cut by the shell at '>'; quote the rule"},
      {"f(a) g", 6, "this is not expected here"},
      {"f x", 3, "this is not expected here"},
      {"f /2", 3, "this is not expected here"},
      {"f a == b", 3, "this is not expected here"},
      {"f == 3", 3, "a comparison is a guard, and stands behind when: PATTERN(HEAD) when n == 3"},
      {"f(n) > 3 -> return", 6, "a comparison is a guard, and stands behind when"},
      {"f = 3", 3, "equality is written ==, in a guard: PATTERN(HEAD) when n == 3"},
      {"f(n == 3)", 5, "a comparison is a guard, and stands behind when: f(n) when n == 3"},
      {"f(_, n >= 3)", 8, "a comparison is a guard, and stands behind when"},
      {"f({a == 3})", 6, "a closing bracket } is expected here"},
      {"f @", 3, "this character has no meaning in a rule"},
      {"f when a ? b", 10, "this character has no meaning in a rule"},
      {"f when a \x01", 10, "this character has no meaning in a rule"},
      /* guards */
      {"f when", 7, "the rule ends here, in the middle; quote the rule for the shell"},
      {"f when a >", 11, "the rule ends here, in the middle; quote the rule for the shell"},
      {"f when a >; g", 11, "the rule ends here, in the middle"},
      {"f when a ==\n b", 12, "the rule ends here, in the middle"},
      {"f when a and", 13, "the rule ends here, in the middle"},
      {"f when -> return", 8, "a value is expected here: a name, a number, a string"},
      {"f when +a", 8, "a value is expected here"},
      {"f when *p", 8, "a value is expected here"},
      {"f when &p", 8, "a value is expected here"},
      {"f when a = b", 10, "equality is written =="},
      {"f when a b", 10, "this is not expected here"},
      {"f when (a", 10, "a closing bracket is expected here"},
      {"f when (a]", 10, "a closing bracket is expected here"},
      {"f when a)", 9, "this is not expected here"},
      {"f when p[1", 11, "a closing bracket ] is expected here"},
      {"f when p[]", 10, "a value is expected here"},
      {"f when p.", 10, "the name of a member is expected here"},
      {"f when p->5", 11, "the name of a member is expected here"},
      {"f when g(a", 11, "a closing bracket is expected here"},
      {"f when g(a b)", 12, "a closing bracket is expected here"},
      {"f when a ~ b", 12, "behind ~ stands a glob in quotes, as in ~\"user*\""},
      {"f when a ~ \"x\\n\"", 14, "globs have no \\n \\t \\r \\0; a ? stands for any one character"},
      {"f when a == ^", 13, "behind ^ stands the name of an enumerator, as in ^RED"},
      {"f when a == ^5", 13, "behind ^ stands the name of an enumerator"},
      {"f when a == ^A::", 17, "the name of an enumerator is expected behind ::"},
      {"f when a & b == c", 10, "comparisons bind tighter than & ^ |: put brackets around what you mean"},
      {"f when a == b & c", 15, "comparisons bind tighter"},
      {"f when a & (b) == c", 10, "comparisons bind tighter"},
      {"f when (a) == b | c", 17, "comparisons bind tighter"},
      {"f when a ^ b < (c)", 10, "comparisons bind tighter"},
      {"f when a & s ~ \"x\"", 10, "comparisons bind tighter"},
      /* heads */
      {"f(a b)", 5, "a closing bracket is expected here"},
      {"f(a", 4, "a closing bracket is expected here"},
      {"f(a;b)", 4, "a closing bracket is expected here"},
      {"f(,)", 3,
       "a pattern is expected here: _ a name, a number, \"text\", ^ENUMERATOR, 1..9, ~\"glob\", {member=pattern} or "
       "..."},
      {"f(a, +)", 6, "a pattern is expected here"},
      {"f(len=)", 7, "a pattern is expected here"},
      {"f(len==4)", 6, "a comparison is a guard, and stands behind when"},
      {"f(-)", 3, "a number is expected behind the minus"},
      {"f(-a)", 3, "a number is expected behind the minus"},
      {"f(- -1)", 3, "a number is expected behind the minus"},
      {"f(..)", 3, "a range has at least one end, as in 1.. or ..9 or 1..9"},
      {"f(..-)", 5, "a number is expected behind the minus"},
      {"f(~x)", 4, "behind ~ stands a glob in quotes"},
      {"f(~\"\\0\")", 5, "globs have no"},
      {"f({len=4)", 9, "a closing bracket } is expected here"},
      {"f({4})", 4, "a member is given by name=pattern"},
      {"f({a=1, b})", 9, "a member is given by name=pattern"},
      {"f({...})", 4, "a member is given by name=pattern"},
      /* numbers */
      {"f(18446744073709551616)", 3, "the number is too large"},
      {"f(0x10000000000000000)", 3, "the number is too large"},
      {"f(8589934592G)", 3, "the number is too large"},
      {"f(153722868min)", 3, "the number is too large"},
      {"f(-9223372036854775809)", 3, "the number is too low"},
      {"f when a == -9223372036854775809", 13, "the number is too low"},
      {"f(1T)", 4, "no such unit: times are ns us ms s min, sizes k M G (2^10, 2^20, 2^30)"},
      {"f(1e5)", 4, "no such unit"},
      {"f(0x)", 4, "no such unit"},
      {"f(0x1g)", 6, "no such unit"},
      {"f(5mss)", 4, "no such unit"},
      {"f(0.00000000000000000001)", 3, "the number has too many digits"},
      {"f(0.00000000000000000000000000000000000000000000000000000000000000000000000000s)", 3,
       "the number has too many digits"},
      {"f(3.14159265358979323846)", 3, "the number has too many digits"},
      /* strings and characters */
      {"f(\"abc)", 3, "the string has no end; does the shell take the quotes? quote the rule"},
      {"f(\"abc\n\")", 3, "the string has no end"},
      {"f(\"abc\\", 7, "strings know the escapes \\n \\t \\r \\0 \\\\ \\\" \\' \\* \\? \\["},
      {"f(\"a\\x41\")", 5, "strings know the escapes"},
      {"f('')", 3, "a character is one byte between quotes, as in 'a' or '\\n'"},
      {"f('ab')", 3, "a character is one byte between quotes"},
      {"f('\\x')", 3, "a character is one byte between quotes"},
      {"f('", 3, "a character is one byte between quotes"},
      {"f('\\", 3, "a character is one byte between quotes"},
      {"f('a", 3, "a character is one byte between quotes"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    ck_assert_msg(!parse(rows[i].text), "%s was taken: %s", rows[i].text, dump());
    ck_assert_msg(strstr(error.message, rows[i].message) == error.message, "%s: %s", rows[i].text, error.message);
    ck_assert_msg(error.column == rows[i].column, "%s: column %zu", rows[i].text, error.column);
  }
}
END_TEST

/* -- which functions ------------------------------------------------------------------------------------------------------- */

START_TEST(patterns_choose_functions) {
  static const struct {
    const char *rule, *module, *name;
    unsigned arity;
    bool yes;
  } rows[] = {
      {"f", "m", "f", 0, true},
      {"f", "m", "g", 0, false},
      {"m:f", "m", "f", 3, true},
      {"m:f", "n", "f", 3, false},
      {"m:f/2", "m", "f", 2, true},
      {"m:f/2", "m", "f", 3, false},
      {"*:handle_*", "any", "handle_it", 1, true},
      {"a::b::f", "a::b", "f", 1, true},
      {"a::*:f", "a::b::c", "f", 1, true},
      {"*:*", "std::vector", "operator-", 1, true},
      {"box:~box", "box", "~box", 0, true},
      {"main:lambda@12", "main", "lambda@12", 0, true},
      {"v:\"operator[]\"", "v", "operator[]", 1, true},
      {"v:operator[]", "v", "operator[]", 1, true},
      {"v:\"operator*\"", "v", "operator*", 1, true},
      {"v:\"operator*\"", "v", "operator*=", 1, false},
      {"v:\"operator*\"*", "v", "operator*=", 1, true},
      {"\"f(int, char const*)\"", "m", "f(int, char const*)", 2, true},
      {"\"f(int, char const*)\"", "m", "f(int, char const**)", 2, false},
      {"\"v<a::b>:x\":f", "v<a::b>:x", "f", 2, true},
      {"\"a\\b\"", "m", "a\\b", 0, true},
      {"f\\*", "m", "f*", 0, true},
      {"f\\*", "m", "fx", 0, false},
      {"[a-c]?", "m", "bx", 0, true},
      {"[!a-c]?", "m", "bx", 0, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    parse_well(rows[i].rule);
    bool yes = calltap_rule_names(&rules.rule[0], rows[i].module, rows[i].name, rows[i].arity);
    ck_assert_msg(yes == rows[i].yes, "%s on %s:%s/%u gives %d", rows[i].rule, rows[i].module, rows[i].name,
                  rows[i].arity, yes);
  }
}
END_TEST

/* A name that is cut would be the name of another function. */
START_TEST(quoted_names_are_never_cut) {
  char text[2100] = "\"", name[2100] = "";
  for (size_t length = 100; length < 2000; length += 50) {
    memset(name, 'x', length);
    name[length] = 0;
    memcpy(text + 1, name, length);
    strcpy(text + 1 + length, "\"");
    if (!parse(text)) {
      ck_assert_uint_gt(length, 1000);
      ck_assert_ptr_eq(strstr(error.message, "the quoted name is too long"), error.message);
      continue;
    }
    ck_assert(calltap_rule_names(&rules.rule[0], "m", name, 0));
    name[length - 1] = 0;
    ck_assert(!calltap_rule_names(&rules.rule[0], "m", name, 0));
  }
}
END_TEST

/* -- limits ------------------------------------------------------------------------------------------------------------------ */

static char long_text[1 << 18];

static const char *repeated(const char *before, const char *part, size_t count, const char *behind) {
  char *at = stpcpy(long_text, before);
  for (size_t i = 0; i < count; i++) {
    if ((size_t)(at - long_text) + strlen(part) >= sizeof long_text - 64)
      ck_abort_msg("%s is too long", part);
    at = stpcpy(at, part);
  }
  strcpy(at, behind);
  return long_text;
}

static void check_limit(const char *text, const char *message) {
  ck_assert_msg(!parse(text), "%.40s was taken", text);
  ck_assert_msg(strstr(error.message, message), "%.40s: %s", text, error.message);
}

START_TEST(there_are_limits) {
  parse_well(repeated("", "f;", CALLTAP_RULES, ""));
  ck_assert_uint_eq(rules.count, CALLTAP_RULES);
  check_limit(repeated("", "f;", CALLTAP_RULES, "f"), "there are too many rules");
  ck_assert_uint_eq(error.column, 2 * CALLTAP_RULES + 1);
  parse_well(repeated("f", "(_);", CALLTAP_CLAUSES, ""));
  ck_assert_uint_eq(rules.clauses, CALLTAP_CLAUSES);
  check_limit(repeated("f", "(_);", CALLTAP_CLAUSES, "(_)"), "there are too many clauses");
  parse_well(repeated("f(_", ",_", CALLTAP_NODES - 2, ")"));
  ck_assert_uint_eq(rules.nodes, CALLTAP_NODES);
  check_limit(repeated("f(_", ",_", CALLTAP_NODES - 1, ")"), "the rules are too long");
  check_limit(repeated("f when a", "+a", 40000, ""), "the rules are too long");
  check_limit(repeated("f when a", "[a]", 40000, ""), "the rules are too long");
  check_limit(repeated("f when a", " or a", 40000, ""), "the rules are too long");
  check_limit(repeated("f when a", ".a", 40000, ""), "the rules are too long");
  check_limit(repeated("f when a", "~\"\"", 40000, ""), "the rules are too long");
  check_limit(repeated("f -> count", ", count", 33000, ""), "the rules are too long");
  check_limit(repeated("f -> message(a", ",a", 40000, ")"), "the rules are too long");
  parse_well(repeated("", "f under g;", CALLTAP_UNDERS, ""));
  ck_assert_uint_eq(rules.unders, CALLTAP_UNDERS);
  check_limit(repeated("", "f under g;", CALLTAP_UNDERS, "f under (g)"), "there are too many scopes with under");
  parse_well(repeated("", "f -> sample(2);", CALLTAP_SAMPLES, "f"));
  ck_assert_uint_eq(rules.samples, CALLTAP_SAMPLES);
  check_limit(repeated("", "f -> sample(2);", CALLTAP_SAMPLES, "f -> sample(2)"), "there are too many samples");
  parse_well(repeated("f when a", " + as(abcde, p)[0]", CALLTAP_TYPE_TEXTS / 10, ""));
  check_limit(repeated("f when a", " + as(abcde, p)[0]", CALLTAP_TYPE_TEXTS / 10 + 1, ""), "there are too many types");
}
END_TEST

static const char *const nests[][3] = {
    {"f when ", "(", "a"},
    {"f when ", "-", "a"},
    {"f when ", "!", "a"},
    {"f when ", "not ", "a"},
    {"f when ", "~", "a"},
    {"f when a", "[a", ""},
    {"f when ", "g(", "a"},
    {"f when ", "g(a,", "a"},
    {"f(", "{a=", "_"},
    {"f(_, ", "{a=1, b=", "_"},
    {"f when ", "-(", "a"},
    {"f when ", "a+(", "a"},
    {"f when ", "!a[-g(", "a"},
    {"f when ", "(1 or 1 and 1 | 1 ^ 1 & 1 << 1 + 1 * -", "a"},
    {"f(", "{ a = {b=", "_"},
    {"f -> return when ", "(", "a"},
    {"f -> message(", "(", "a"},
    {"f -> count by ", "-(", "a"},
    {"f -> count by (", "g(", "a"},
    {"f when ", "as(int, ", "a"},
    {"f under (g when ", "(", "a"},
    {"f under (g(", "{a=", "_"},
};

START_TEST(nesting_is_limited) {
  for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++)
    for (size_t count = 1000; count <= 2000; count += 1000)
      check_limit(repeated(nests[i][0], nests[i][1], count, nests[i][2]), "this is too deep");
  /* What people write is far below. */
  parse_well("f when ((((((((a))))))))");
  parse_well("f when (a or (b and (c or !(d == (e & (f | (g << (h + 1))))))))");
}
END_TEST

static const char *measured;

static void parse_measured(void) { (void)parse(measured); }

START_TEST(the_stack_stays_small) {
  size_t most = 0;
  for (size_t i = 0; i < sizeof nests / sizeof nests[0]; i++)
    for (size_t count = 1; count <= CALLTAP_RULE_DEPTH; count++) {
      measured = repeated(nests[i][0], nests[i][1], count, nests[i][2]);
      size_t bytes = painted_bytes(parse_measured);
      ck_assert_msg(bytes <= 12 << 10, "%s took %zu bytes", measured, bytes);
      most = bytes > most ? bytes : most;
    }
  printf("the parser's deepest stack: %zu bytes\n", most);
}
END_TEST

static double seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

START_TEST(long_texts_are_read_in_milliseconds) {
  static const char *const parts[] = {
      "(",  "a+",   "-",  "!",  "a[",  "\"", "\"\"",    "f;",    "{a=", "#",       " ",      "\n",   ";",  "1",
      "0.", "a ",   "*:", "::", "a::", "\\", "^",       "^A::",  "~",   "~\"\"",   "'",      "..",   "->", "a(",
      "a,", "not ", "[a", "[",  "*",   "a*", "\"a\":b", "f(_);", "as(", "as(int,", "count,", "+call"};
  static const char *const starts[] = {
      "",      "f(",        "f when ",    "f when (", "f -> return when ", "f -> message(", "f -> count by (",
      "f in ", "f under (", "f -> trace("};
  for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
    for (size_t k = 0; k < sizeof starts / sizeof starts[0]; k++) {
      const char *text = repeated(starts[k], parts[i], (64 << 10) / strlen(parts[i]), "");
      double best = 1;
      for (int times = 0; times < 3 && best >= 0.02; times++) {
        double before = seconds();
        (void)parse(text);
        double took = seconds() - before;
        best = took < best ? took : best;
      }
      ck_assert_msg(best < 0.02, "%s %s took %g s", starts[k], parts[i], best);
    }
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_rule", rules_have_patterns_clauses_and_separators, heads, guards_have_the_ranks_of_c,
                   arrows_and_members_are_told_apart, scopes, actions_have_arguments_and_keys, types_of_casts,
                   arguments_keep_their_texts, in_is_about_objects_and_sources, numbers,
                   decimals_are_the_nearest_doubles, strings_and_characters, wrong_rules_are_told_with_their_column,
                   patterns_choose_functions, quoted_names_are_never_cut, there_are_limits, nesting_is_limited,
                   the_stack_stays_small, long_texts_are_read_in_milliseconds);
}
