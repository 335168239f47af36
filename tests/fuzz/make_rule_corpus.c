/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* make_rule_corpus RULES PROGRAMS REQUESTS: writes into three directories rules, programs and requests for their fuzzers to start from. */
#include "calltap/rule.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *const rules[] = {
    "f",
    "m:f/2; *:handle_*\n# said\n\"f(int, char const*)\" -> return, noargs, stop",
    "f(a, b, ...) when a > 4096 and not b or a | 3 -> return when ret < 0 and elapsed > 5ms",
    "f(0, 1..9, ~\"a*\\[\", {n={id=1}}, 0.5.., 'x', ^RED); (_, x, _, y, _, _, ^A..) when x == 0xFFFFFFFF",
    "f(a=..9, s=\"\\n\", p=_) when p->n->n.n->id == -1 and p.x[a] == 'x' and p->g[1][0] < -0.5",
    "f(a=1, d=-1.5..2.5)",
    "f when (a + b * 3 << 1 >= a) == (d < 1.5)",
    "f when s ~ \"*x?\" or p->t == \"abc\" or c != \"c\"",
    "f when r.a == 3 and r.b < r.c and v.c > 0.25 and v.b and w.n->id and i.e == ^B and this->r != f",
    "f when e == ^E::RED and (a & 7) != 1k and a < 1G and b == 18446744073709551615",
    "f -> return when ret.c > 1 or ret.a",
    "f when !-~a % 7 / 2 ^ 1 -> return",
    "f(1); (2); (...) -> stop; g",
    "f -> return, caller, stack(8), message(a, s, p->*, str(s, a), bytes(p, 4), p->n, \"x\", 0.5) -> message(ret), "
    "usage",
    "f in lib*.so -> count by a, sum(a * 2) by (s, stack(3), thread()), hist(abs(b)) -> return",
    "f under g/2 -> time by (a & 3); *:* under (m:h(a) when a > 1 return when elapsed > 5ms or exit() == tail) -> "
    "return",
    "f -> return when ret != 0 -> hist(elapsed), tag(a), tcw(1), silent(on), trace(+silent -noargs -call), stop",
    "f -> sample(100), limit(3), message(false), tag(str(s)); @none",
    "f when strlen(s) > min(a, 3) and max(b, -1) == arity() or depth() > tid() and thread() ~ \"w*\" or tcw() | tag()",
    "f when as(struct N, p)->id == 1 and as(unsigned char *, p)[1] and str(s, 4) == \"GET \" and caller() != 0 and "
    "silent()",
    "f when a or (a and (a == (b - (a << (b | (a ^ ~(a & b)))))))",
};

#define START "calltap 1 start\nsession s\nout memory\n"
static const char *const requests[] = {
    "calltap 1 info\n",
    START "rules\nfuzz_sum(a, b) when a > 0 -> return",
    START "limits calls=2,time=1s,str=16\nthreads main\nwho me\nrules\nfuzz_* -> return, stack(4)\fcalltap 1 "
          "info\nsession s\n",
    START "limits rate=5/1ms,policy=drop,budget=0\nthreads all,-w*,7\nrules\n*:*; fuzz_sum -> count by a, hist(b)\f"
          "calltap 1 tables\nsession s\n\fcalltap 1 change\nsession s\ndo tcw=3\n",
    START
    "force yes\nrules\n*:*\fcalltap 1 change\nsession s\ndo pause\n\fcalltap 1 change\nsession s\nthreads new\n\f"
    "calltap 1 change\nsession s\ndo resume\n\fcalltap 1 change\nsession s\ndo reset\n\fcalltap 1 stop\nsession s\n",
    START "limits bytes=64k,expand=2\nrules\nfuzz_length(~\"f*\") -> stop\fcalltap 1 toggle\n",
    START "rules\nfuzz_sum -> count; fuzz_length -> time\fcalltap 1 tables\nsession s\n",
    START "rules\nfuzz_sum(a, b) -> sum(a), hist(b) by stack(2) -> hist(ret), sum(elapsed) by thread()",
    START "rules\nfuzz_sum(a, b) -> return, message(a, \"x\"), usage, caller, tag(b) -> message(ret, tag()), usage",
    START "threads new,+children\nlimits ring=256k\nrules\n*:* under (fuzz_length return when ret > 3) -> return",
    START
    "rules\nfuzz_sum(0); (1, _) when a < b -> sample(2), limit(1), silent(on), tcw(1), noargs; fuzz_length(s) when "
    "s ~ \"f*\" -> return when elapsed > 1ns",
};

#define OP(name, ...)                                                                                                  \
  { .op = CALLTAP_OP_##name, __VA_ARGS__ }
static const struct calltap_operation programs[][12] = {
    {OP(VALUE, .a = 1), OP(PUSH, .imm = 5), OP(EQ, .a = 0), OP(REJECT_IF_NOT, .a = 0), OP(ACCEPT, .a = 0)},
    {OP(VALUE, .a = 0), OP(LOAD, .a = 8, .imm = 8), OP(UNSIGNED, .a = 32), OP(SKIP_IF_NOT_KEEP, .imm = 3),
     OP(VALUE, .a = 8), OP(WIDEN, .a = 0), OP(TEST, .a = 0), OP(REJECT_IF_NOT, .a = 0), OP(ACCEPT, .a = 0)},
    {OP(VALUE, .a = 0), OP(TEXT_GLOB, .b = 3, .imm = 0x2A612A), OP(SKIP_IF_KEEP, .imm = 2), OP(PUSH, .a = 1, .imm = 8),
     OP(TEXT_EQ, .a = 4, .b = 2, .imm = 0x6161), OP(SKIP_IF_NOT, .imm = 1), OP(ACCEPT, .a = 0), OP(ACCEPT, .a = 0)},
    {OP(ELAPSED, .a = 0), OP(RESULT, .a = 6), OP(FRAME, .b = 2), OP(DIV, .a = 0), OP(SHL, .a = 0), OP(NEGATE, .a = 0),
     OP(COMPLEMENT, .a = 0), OP(SIGNED, .a = 5), OP(NOT, .a = 0), OP(REJECT_IF_NOT, .a = 0), OP(ACCEPT, .a = 0)},
    {OP(VALUE, .a = 18, .b = 1), OP(VALUE, .a = 9), OP(LT_R, .a = 0), OP(VALUE, .a = 2), OP(GE_R, .a = 0),
     OP(VALUE, .a = 3), OP(MOD_U, .a = 0), OP(REJECT_IF_NOT, .a = 0), OP(ACCEPT, .a = 0)},
};

static int save(const char *directory, size_t number, const void *bytes, size_t size) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%zu", directory, number);
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    perror(path);
    return 1;
  }
  size_t written = fwrite(bytes, 1, size, file);
  return fclose(file) != 0 || written != size;
}

/* As fuzz_program.c reads it. */
static int save_program(const char *directory, size_t number, const struct calltap_operation *op) {
  unsigned char bytes[12 * 12];
  size_t size = 0;
  for (bool last = false; !last; op++, size += 12) {
    memcpy(bytes + size, op, 4);
    memcpy(bytes + size + 4, &op->imm, 8);
    last = op->op == CALLTAP_OP_ACCEPT && op[1].op != CALLTAP_OP_ACCEPT;
  }
  return save(directory, number, bytes, size);
}

int main(int count, char **words) {
  if (count != 4) {
    fputs("make_rule_corpus RULES PROGRAMS REQUESTS\n", stderr);
    return 2;
  }
  int failed = 0;
  mkdir(words[1], 0777);
  mkdir(words[2], 0777);
  mkdir(words[3], 0777);
  for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
    failed |= save(words[1], i, rules[i], strlen(rules[i]));
  for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
    failed |= save_program(words[2], i, programs[i]);
  for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
    failed |= save(words[3], i, requests[i], strlen(requests[i]));
  return failed;
}
