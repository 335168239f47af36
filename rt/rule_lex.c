/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Words, numbers, strings and operators of rules. */
#include "rule_read.h"
#include "text.h"

bool calltap__rule_wrong_about(struct reader *r, const char *at, const char *before, struct calltap_span about,
                               const char *behind) {
  if (r->failed)
    return false;
  r->failed = true;
  r->error->column = (size_t)(at - r->text) + 1;
  struct builder b = calltap__builder(r->error->message, sizeof r->error->message);
  calltap__put(&b, before);
  calltap__put_span(&b, (struct span){about.start, about.end});
  calltap__put(&b, behind);
  calltap__put_end(&b);
  return false;
}

bool calltap__rule_wrong(struct reader *r, const char *at, const char *message) {
  return calltap__rule_wrong_about(r, at, message, (struct calltap_span){message, message}, "");
}

bool calltap__rule_deeper(struct reader *r) {
  if (++r->nested > CALLTAP_RULE_DEPTH)
    return calltap__rule_wrong(r, r->token.start, "this is too deep: too many brackets or operators inside each other");
  return true;
}

uint16_t calltap__rule_node(struct reader *r, enum calltap_node_kind kind, const char *at) {
  if (r->rules->nodes == CALLTAP_NODES) {
    calltap__rule_wrong(r, at, "the rules are too long");
    return 0;
  }
  uint16_t index = (uint16_t)r->rules->nodes++;
  r->rules->node[index] = (struct calltap_node){.kind = (uint8_t)kind, .at = (uint32_t)(at - r->text)};
  return index;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80); }

static const char *skip_blanks(const struct reader *r, const char *at) {
  for (;; at++) {
    if (*at == '#') {
      while (*at && *at != '\n')
        at++;
    }
    bool is_blank = *at == ' ' || *at == '\t' || *at == '\r' || (*at == '\n' && r->depth);
    if (!is_blank)
      return at;
  }
}

/* -- numbers --------------------------------------------------------------------------------------------------------- */

static int digit_value(char c) {
  if (is_digit(c))
    return c - '0';
  char low = (char)(c | 32);
  return low >= 'a' && low <= 'f' ? low - 'a' + 10 : 99;
}

static const struct {
  const char *name;
  uint64_t factor;
  bool is_time;
} units[] = {{"ns", 1, true},         {"us", 1000, true},         {"ms", 1000000, true},
             {"s", 1000000000, true}, {"min", 60000000000, true}, {"k", 1 << 10, false},
             {"M", 1 << 20, false},   {"G", 1 << 30, false}};

/* The unit that a number ends in, or -1; `at` moves behind it. */
static int read_unit(const char **at) {
  const char *end = *at;
  while (starts_name(*end) || is_digit(*end))
    end++;
  for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
    size_t bytes = calltap__text_length(units[i].name);
    if ((size_t)(end - *at) == bytes && calltap__bytes_equal(*at, units[i].name, bytes)) {
      *at = end;
      return (int)i;
    }
  }
  return -1;
}

enum { MOST_SCALE = 19 }; /* 10^19 is the highest power in 64 bits */

/* DIGITS.DIGITS as a whole number of 10^-scale. False: too many digits. */
static bool read_fraction(const char **at, uint64_t *value, unsigned *scale) {
  for (*scale = 0; is_digit(**at); ++*at, ++*scale) {
    if (*value > UINT64_MAX / 100 || *scale == MOST_SCALE)
      return false;
    *value = *value * 10 + (uint64_t)(**at - '0');
  }
  return true;
}

static uint64_t power_of_ten(unsigned scale) {
  uint64_t power = 1;
  while (scale--)
    power *= 10;
  return power;
}

/* The double nearest to value / 10^scale, made of integers: vector registers are not ours. */
static int64_t double_bits(uint64_t value, unsigned scale) {
  if (!value)
    return 0;
  /* As far to the left as it goes: the quotient keeps 64 bits at least, whatever the scale. */
  unsigned shift = 64 + (unsigned)__builtin_clzll(value);
  unsigned __int128 whole = (unsigned __int128)value << shift;
  uint64_t rest;
  whole = calltap__divide(whole, power_of_ten(scale), &rest);
  bool inexact = rest != 0;
  int top = 127;
  while (!(whole >> top & 1))
    top--;
  /* 53 bits from the highest on, and one more to round by. */
  int drop = top - 53;
  uint64_t kept = (uint64_t)(whole >> drop);
  inexact |= (whole & (((unsigned __int128)1 << drop) - 1)) != 0;
  bool up = kept & 1 && (inexact || kept & 2);
  kept = (kept >> 1) + up;
  uint64_t exponent = (uint64_t)top + 1023 - shift;
  if (kept >> 53) {
    kept >>= 1;
    exponent++;
  }
  return (int64_t)(exponent << 52 | (kept & ((UINT64_C(1) << 52) - 1)));
}

static bool read_decimal(struct reader *r, const char **at, struct token *t, uint64_t *value) {
  unsigned scale = 0;
  bool is_real = **at == '.' && is_digit((*at)[1]);
  if (is_real) {
    ++*at;
    if (!read_fraction(at, value, &scale))
      return calltap__rule_wrong(r, t->start, "the number has too many digits");
  }
  int unit = read_unit(at);
  if (unit < 0) {
    t->kind = is_real ? TOKEN_REAL : TOKEN_INTEGER;
    t->number = is_real ? double_bits(*value, scale) : (int64_t)*value;
    t->is_unsigned = !is_real && *value > INT64_MAX;
    return true;
  }
  uint64_t rest;
  unsigned __int128 scaled =
      calltap__divide((unsigned __int128)*value * units[unit].factor, power_of_ten(scale), &rest);
  if (scaled > INT64_MAX)
    return calltap__rule_wrong(r, t->start, "the number is too large");
  t->kind = TOKEN_INTEGER;
  t->number = (int64_t)scaled;
  t->is_time = units[unit].is_time;
  return true;
}

static bool read_number(struct reader *r, struct token *t) {
  const char *at = t->start;
  unsigned base = at[0] == '0' && (at[1] | 32) == 'x' && digit_value(at[2]) < 16 ? 16 : 10;
  uint64_t value = 0;
  for (at += base == 16 ? 2 : 0; digit_value(*at) < (int)base; at++) {
    uint64_t digit = (uint64_t)digit_value(*at);
    if (value > (UINT64_MAX - digit) / base)
      return calltap__rule_wrong(r, t->start, "the number is too large");
    value = value * base + digit;
  }
  t->kind = TOKEN_INTEGER;
  t->number = (int64_t)value;
  /* C reads hexadecimal numbers as the first of int, unsigned, long, unsigned long that holds them. */
  t->is_unsigned = base == 16 && (value > INT64_MAX || (value > INT32_MAX && value <= UINT32_MAX));
  if (base == 10 && !read_decimal(r, &at, t, &value))
    return false;
  if (starts_name(*at) || is_digit(*at))
    return calltap__rule_wrong(r, at, "no such unit: times are ns us ms s min, sizes k M G (2^10, 2^20, 2^30)");
  t->end = at;
  return true;
}

/* -- strings and characters ------------------------------------------------------------------------------------------ */

static int escape_value(char c) {
  switch (c) {
  case 'n':
    return '\n';
  case 't':
    return '\t';
  case 'r':
    return '\r';
  case '0':
    return 0;
  case '\\':
  case '\'':
  case '"':
  case '*': /* in a glob they are the characters themselves */
  case '?':
  case '[':
    return c;
  default:
    return -1;
  }
}

static bool read_character(struct reader *r, struct token *t) {
  const char *at = t->start + 1;
  int value = (unsigned char)*at;
  if (*at == '\\')
    value = escape_value(*++at);
  if (!*at || value < 0 || at[1] != '\'')
    return calltap__rule_wrong(r, t->start, "a character is one byte between quotes, as in 'a' or '\\n'");
  t->kind = TOKEN_CHARACTER;
  t->number = value < 128 ? value : value - 256; /* char has a sign here */
  t->end = at + 2;
  return true;
}

static bool read_string(struct reader *r, struct token *t) {
  const char *at = t->start + 1;
  for (; *at != '"'; at++) {
    if (!*at || *at == '\n')
      return calltap__rule_wrong(r, t->start, "the string has no end; does the shell take the quotes? quote the rule");
    if (*at == '\\' && escape_value(*++at) < 0)
      return calltap__rule_wrong(r, at - 1, "strings know the escapes \\n \\t \\r \\0 \\\\ \\\" \\' \\* \\? \\[");
  }
  t->kind = TOKEN_STRING;
  t->text = (struct calltap_span){t->start + 1, at};
  t->end = at + 1;
  return true;
}

/* -- marks ------------------------------------------------------------------------------------------------------------ */

static const char *const marks[] = {"...", "..", "->", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"};

static bool read_mark(struct reader *r, struct token *t) {
  static const char single[] = "(){}[],.^~+-*/%<>&|!=";
  t->kind = TOKEN_MARK;
  for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
    size_t bytes = calltap__text_length(marks[i]);
    bool same = true;
    for (size_t k = 0; k < bytes && same; k++)
      same = t->start[k] == marks[i][k];
    if (!same)
      continue;
    t->end = t->start + bytes;
    for (size_t k = 0; k < bytes; k++)
      t->mark |= MARK1(marks[i][k]) << 8 * k;
    return true;
  }
  for (const char *s = single; *s; s++)
    if (*t->start == *s) {
      t->mark = MARK1(*s);
      t->end = t->start + 1;
      return true;
    }
  return calltap__rule_wrong(r, t->start, "this character has no meaning in a rule");
}

static void read_token(struct reader *r, struct token *t) {
  char c = *t->start;
  if (!c || c == ';' || c == '\n')
    t->kind = TOKEN_END;
  else if (is_digit(c))
    read_number(r, t);
  else if (c == '"')
    read_string(r, t);
  else if (c == '\'')
    read_character(r, t);
  else if (starts_name(c)) {
    t->kind = TOKEN_NAME;
    while (starts_name(*t->end) || is_digit(*t->end) || *t->end == '$')
      t->end++;
    t->text = (struct calltap_span){t->start, t->end};
  } else {
    read_mark(r, t);
  }
}

void calltap__rule_next(struct reader *r) {
  const char *start = skip_blanks(r, r->at);
  r->token = (struct token){.start = start, .end = start, .after_space = start != r->at};
  if (!r->failed)
    read_token(r, &r->token);
  r->at = r->token.end;
}

bool calltap__rule_is(const struct reader *r, uint32_t mark) {
  return r->token.kind == TOKEN_MARK && r->token.mark == mark;
}

bool calltap__rule_is_comparison(const struct reader *r) {
  static const uint32_t guards[] = {MARK2('=', '='), MARK2('!', '='), MARK1('<'),      MARK1('>'),
                                    MARK2('<', '='), MARK2('>', '='), MARK2('&', '&'), MARK2('|', '|')};
  for (size_t i = 0; i < sizeof guards / sizeof guards[0]; i++)
    if (calltap__rule_is(r, guards[i]))
      return true;
  return false;
}

bool calltap__rule_is_word(const struct reader *r, const char *word) {
  size_t bytes = calltap__text_length(word);
  return r->token.kind == TOKEN_NAME && (size_t)(r->token.end - r->token.start) == bytes &&
         calltap__bytes_equal(r->token.start, word, bytes);
}

bool calltap__rule_take(struct reader *r, uint32_t mark) {
  if (!calltap__rule_is(r, mark))
    return false;
  calltap__rule_next(r);
  return true;
}
