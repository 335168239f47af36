/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* From tables to rows: such as compilers write, such as nobody writes, and any bytes. Each stands in a block of just its size. */
#include "rt/internal.h"
#include "rt/walk.h"
#include "suite.h"
#include <check.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>

struct process calltap__process; /* there is no session */

enum { FUNCTION = 0x10000, FUNCTION_BYTES = 0x100 }; /* from the start of the tables */

struct bytes {
  uint8_t at[8192];
  size_t count;
};

static void put(struct bytes *b, const void *bytes, size_t count) {
  ck_assert_uint_le(b->count + count, sizeof b->at);
  memcpy(b->at + b->count, bytes, count);
  b->count += count;
}
static void put1(struct bytes *b, uint8_t value) { put(b, &value, 1); }
static void put4(struct bytes *b, uint32_t value) { put(b, &value, 4); }
static void set4(struct bytes *b, size_t at, uint32_t value) { memcpy(b->at + at, &value, 4); }

/* Text is a list of bytes that may hold zeros. */
struct text {
  const char *bytes;
  size_t count;
};
#define TEXT(literal)                                                                                                  \
  (struct text) { "" literal, sizeof(literal) - 1 }

struct made {
  const char *letters;
  struct text common, program;
};

static const struct text usual = {"\x0C\x07\x08\x90\x01", 5}; /* def_cfa rsp+8; offset RA at cfa-8 */

static void begin_table(struct bytes *b) {
  b->count = 0;
  put(b, "\x01\x1B\x03\x3B", 4); /* version, encodings */
  put4(b, 16);                   /* .eh_frame; is not used */
  put4(b, 1);                    /* entries */
  put4(b, FUNCTION);
  put4(b, 0); /* the function's entry, set below */
}

static size_t put_common(struct bytes *b, const char *letters, struct text program) {
  size_t start = b->count;
  put4(b, 0);
  put4(b, 0);
  put1(b, 1);
  put(b, letters, strlen(letters) + 1);
  put(b, "\x01\x78\x10", 3); /* units 1 and -8, the return address is 16 */
  if (letters[0] == 'z') {
    put1(b, (uint8_t)(strlen(letters) - 1 + 4 * (strchr(letters, 'P') != NULL) - (strchr(letters, 'S') != NULL)));
    for (const char *at = letters + 1; *at; at++)
      put(b, *at == 'P' ? "\x9B----" : "\x1B", *at == 'P' ? 5 : *at == 'S' ? 0 : 1);
  }
  put(b, program.bytes, program.count);
  set4(b, start, (uint32_t)(b->count - start - 4));
  return start;
}

static void put_function(struct bytes *b, size_t common, bool has_data, struct text program) {
  size_t start = b->count;
  set4(b, 16, (uint32_t)start);
  put4(b, 0);
  put4(b, (uint32_t)(b->count - common));
  if (has_data)
    put4(b, (uint32_t)(FUNCTION - b->count)); /* relative to itself */
  else
    put(b, "\0\0\0\0\0\0\0", 8); /* no address is known before the block is */
  put4(b, FUNCTION_BYTES);
  if (has_data)
    put1(b, 0);
  else
    put4(b, 0);
  put(b, program.bytes, program.count);
  set4(b, start, (uint32_t)(b->count - start - 4));
}

static void make(struct bytes *b, const struct made *made) {
  begin_table(b);
  size_t common = put_common(b, made->letters, made->common);
  put_function(b, common, made->letters[0] == 'z', made->program);
}

/* The row of a place in the function, of the first bytes of the tables. */
static union cfi_row row_of(const struct bytes *b, size_t bytes, uintptr_t place) {
  uint8_t *block = malloc(bytes + !bytes);
  memcpy(block, b->at, bytes);
  uintptr_t start = (uintptr_t)block;
  const struct unwind_tables tables = {start, start + bytes, start, NULL};
  union cfi_row row = calltap__cfi_row(&tables, start + FUNCTION + place);
  struct stream stream = {0};
  struct window window = {.stream = &stream};
  const struct unwind_tables peeked = {start, start + bytes, start, &window};
  ck_assert_uint_eq(calltap__cfi_row(&peeked, start + FUNCTION + place).word, row.word);
  free(block);
  return row;
}

static union cfi_row made_row(const char *letters, struct text common, struct text program, uintptr_t place) {
  struct bytes b;
  make(&b, &(struct made){letters, common, program});
  return row_of(&b, b.count, place);
}

static void ck_row(union cfi_row row, union cfi_row expected, const char *name) {
  ck_assert_msg(row.word == expected.word, "%s: kind %u base %u frame %ld rbp %u %ld rbx %u %ld", name,
                (unsigned)row.kind, (unsigned)row.base, (long)row.frame, (unsigned)row.rbp_saved, (long)row.rbp,
                (unsigned)row.rbx_saved, (long)row.rbx);
}

static const union cfi_row bare = {.kind = ROW_BARE};

START_TEST(usual_frames) {
  /* push rbp; at 1: rsp+16, rbp at cfa-16; mov rbp, rsp; at 4: rbp+16; at 9: rbx at cfa-24; at 0x80: rsp+8 */
  static const struct text program = TEXT("\x41\x0E\x10\x86\x02\x43\x0D\x06\x45\x83\x03\x02\x77\x0C\x07\x08\xC6\xC3");
  static const union cfi_row expected[] = {
      {.kind = ROW_FRAME, .base = ROW_RSP, .frame = 1},
      {.kind = ROW_FRAME, .base = ROW_RSP, .frame = 2, .rbp_saved = ROW_AT_FRAME, .rbp = -2},
      {.kind = ROW_FRAME, .base = ROW_RBP, .frame = 2, .rbp_saved = ROW_AT_FRAME, .rbp = -2},
      {.kind = ROW_FRAME,
       .base = ROW_RBP,
       .frame = 2,
       .rbp_saved = ROW_AT_FRAME,
       .rbp = -2,
       .rbx_saved = ROW_AT_FRAME,
       .rbx = -3},
      {.kind = ROW_FRAME, .base = ROW_RSP, .frame = 1},
  };
  static const struct {
    uintptr_t place;
    int row;
  } places[] = {{0, 0}, {1, 1}, {3, 1}, {4, 2}, {8, 2}, {9, 3}, {0x7F, 3}, {0x80, 4}, {0xFF, 4}};
  static const char *const letters[] = {"zR", "zPR", "zPLR", "zRL"};
  for (size_t l = 0; l < sizeof letters / sizeof letters[0]; l++)
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
      ck_row(made_row(letters[l], usual, program, places[i].place), expected[places[i].row], letters[l]);
  ck_row(made_row("zR", usual, program, 0x100), bare, "behind the function");
  ck_row(made_row("zR", usual, program, (uintptr_t)-1), bare, "before the function");
}
END_TEST

START_TEST(frames_of_other_kinds) {
  static const struct {
    const char *name, *letters;
    struct text program;
    union cfi_row row;
  } rows[] = {
      {"aligned, with what was before",
       "zR",
       TEXT("\x10\x06\x02\x76\x00\x0F\x03\x76\x78\x06\x10\x03\x02\x76\x70"),
       {.kind = ROW_FRAME,
        .base = ROW_RBP,
        .is_indirect = 1,
        .frame = -1,
        .rbp_saved = ROW_AT_BASE,
        .rbx_saved = ROW_AT_BASE,
        .rbx = -2}},
      {"signal",
       "zRS",
       TEXT("\x0F\x04\x77\xA0\x01\x06\x10\x06\x03\x77\xF8\x00\x10\x03\x03\x77\x80\x01\x10\x07\x03\x77\xA0\x01\x10\x10"
            "\x03"
            "\x77\xA8\x01"),
       {.kind = ROW_FRAME,
        .base = ROW_RSP,
        .is_indirect = 1,
        .is_interrupt = 1,
        .is_context = 1,
        .frame = 20,
        .rbp_saved = ROW_AT_BASE,
        .rbp = 15,
        .rbx_saved = ROW_AT_BASE,
        .rbx = 16}},
      {"linkage", "zR", TEXT("\x0F\x0B\x77\x08\x80\x00\x3F\x1A\x3B\x2A\x33\x24\x22"), {.kind = ROW_FRAME, .frame = 1}},
      {"linkage from 0 on",
       "zR",
       TEXT("\x0F\x0B\x77\x08\x80\x00\x3F\x1A\x30\x2A\x33\x24\x22"),
       {.kind = ROW_FRAME, .frame = 2}},
      {"a stack pointer that is not aligned", "zR", TEXT("\x0E\x0C"), {.kind = ROW_FRAME, .frame = 1, .rest = 4}},
      {"rbx", "zR", TEXT("\x0C\x03\x60"), {.kind = ROW_FRAME, .base = ROW_RBX, .frame = 12}},
      {"signed",
       "zR",
       TEXT("\x12\x07\x7E\x11\x06\x02\x2F\x03\x03"), /* rsp + 16, rbp at -16, rbx at 24 */
       {.kind = ROW_FRAME, .frame = 2, .rbp_saved = ROW_AT_FRAME, .rbp = -2, .rbx_saved = ROW_AT_FRAME, .rbx = 3}},
      {"states", "zR", TEXT("\x0A\x0A\x0E\x40\x0B\x0B"), {.kind = ROW_FRAME, .frame = 1}},
      {"eight states", "zR", TEXT("\x0A\x0A\x0A\x0A\x0A\x0A\x0A\x0A"), {.kind = ROW_FRAME, .frame = 1}},
      {"a register in another", "zR", TEXT("\x09\x06\x0C"), {.kind = ROW_FRAME, .frame = 1, .rbp_saved = ROW_LOST}},
      {"values",
       "zR",
       TEXT("\x14\x06\x02\x16\x03\x01\x30"), /* val_offset, val_expression */
       {.kind = ROW_FRAME, .frame = 1, .rbp_saved = ROW_LOST, .rbx_saved = ROW_LOST}},
      {"the same", "zR", TEXT("\x86\x02\x08\x06"), {.kind = ROW_FRAME, .frame = 1}},
      {"far", "zR", TEXT("\x86\x80\x80\x01"), {.kind = ROW_FRAME, .frame = 1, .rbp_saved = ROW_LOST}},
      {"arguments", "zR", TEXT("\x2E\x20\x00\x00"), {.kind = ROW_FRAME, .frame = 1}},
      {"other registers", "zR", TEXT("\x8C\x03\x8F\x02\x05\x11\x01"), {.kind = ROW_FRAME, .frame = 1}},
      {"large", "zR", TEXT("\x0E\x80\x80\x80\x20"), {.kind = ROW_FRAME, .frame = 1 << 23}},
      {"no caller", "zR", TEXT("\x07\x10"), {.kind = ROW_LAST}},
      {"a state too many", "zR", TEXT("\x0A\x0A\x0A\x0A\x0A\x0A\x0A\x0A\x0A"), {.kind = ROW_LAST}},
      {"a state too few", "zR", TEXT("\x0A\x0B\x0B"), {.kind = ROW_LAST}},
      {"rax", "zR", TEXT("\x0D\x00"), {.kind = ROW_LAST}},
      {"too large", "zR", TEXT("\x0E\x80\x80\x80\x80\x02"), {.kind = ROW_LAST}},
      {"return address elsewhere", "zR", TEXT("\x90\x02"), {.kind = ROW_LAST}},
      {"return address in rdx", "zR", TEXT("\x09\x10\x01"), {.kind = ROW_LAST}},
      {"another stack", "zR", TEXT("\x87\x02"), {.kind = ROW_LAST}},
      {"no operation", "zR", TEXT("\x3F"), {.kind = ROW_LAST}},
      {"an operation that ends", "zR", TEXT("\x0C\x07"), {.kind = ROW_LAST}},
      {"a number without end", "zR", TEXT("\x0E\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80"), {.kind = ROW_LAST}},
      {"an expression that ends", "zR", TEXT("\x0F\x09\x77\x08"), {.kind = ROW_LAST}},
      {"an expression of nothing", "zR", TEXT("\x0F\x00"), {.kind = ROW_LAST}},
      {"an offset of nothing known", "zR", TEXT("\x0F\x01\x30\x0E\x10"), {.kind = ROW_LAST}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    /* The linkage table asks for the address: blocks are aligned to 16 bytes. */
    ck_row(made_row(rows[i].letters, usual, rows[i].program, 0x20), rows[i].row, rows[i].name);
  }
  ck_row(made_row("zR", usual, TEXT("\x0F\x0B\x77\x08\x80\x00\x3F\x1A\x3B\x2A\x33\x24\x22"), 0x2B),
         (union cfi_row){.kind = ROW_FRAME, .frame = 2}, "linkage, second part");
}
END_TEST

START_TEST(tables_of_other_kinds) {
  struct bytes b;
  const struct made made = {"zR", usual, TEXT("")};
  static const struct {
    size_t at;
    uint8_t value;
  } changes[] = {{0, 2}, {1, 0x5B},  {2, 0xFF}, {3, 0x1B}, {3, 0x3C}, {8, 0},
                 {8, 2}, {11, 0x80}, {13, 1},   {16, 1},   {19, 0x7F}};
  make(&b, &made);
  ck_row(row_of(&b, b.count, 0), (union cfi_row){.kind = ROW_FRAME, .frame = 1}, "made");
  for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
    make(&b, &made);
    b.at[changes[i].at] = changes[i].value;
    ck_assert_msg(row_of(&b, b.count, 0).kind != ROW_FRAME || changes[i].at == 8, "change %zu", i);
  }
  static const char *const letters[] = {"eh", "x", "zX", "zRRRRRRRRR", "R"};
  for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
    ck_row(made_row(letters[i], usual, TEXT(""), 0), bare, letters[i]);
}
END_TEST

START_TEST(tables_that_are_cut) {
  struct bytes b;
  static const struct text program = TEXT("\x41\x0E\x10\x86\x02\x43\x0D\x06\x45\x83\x03\x0F\x04\x77\xA0\x01\x06");
  make(&b, &(struct made){"zPLR", usual, program});
  for (size_t bytes = 0; bytes < b.count; bytes++)
    ck_assert_uint_ne(row_of(&b, bytes, 0x20).kind, ROW_FRAME);
}
END_TEST

/* -- any bytes ---------------------------------------------------------------------------------------------------------- */

static uint64_t random_state = 1;
static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return random_state;
}

static void change(uint8_t *at, size_t count) {
  static const uint8_t likely_bytes[] = {0, 1, 0x0A, 0x0B, 0x0F, 0x10, 0x7F, 0x80, 0xFF, 0x77, 0x06};
  for (unsigned changes = 1 + next_random() % 4; changes; changes--) {
    uint64_t random = next_random();
    at[(random >> 16) % count] =
        random % 2 ? likely_bytes[(random >> 8) % sizeof likely_bytes] : (uint8_t)(random >> 8);
  }
}

START_TEST(made_tables_with_changes) {
  struct bytes b;
  static const struct text programs[] = {
      TEXT("\x41\x0E\x10\x86\x02\x43\x0D\x06\x45\x83\x03\x02\x77\x0C\x07\x08\xC6\xC3"),
      TEXT("\x10\x06\x02\x76\x00\x0F\x03\x76\x78\x06\x10\x03\x02\x76\x70"),
      TEXT("\x0F\x0B\x77\x08\x80\x00\x3F\x1A\x3B\x2A\x33\x24\x22\x0A\x0B\x2E\x10"),
  };
  for (int i = 0; i < 50000 / SLOWNESS; i++) {
    make(&b, &(struct made){i % 2 ? "zPLR" : "zRS", usual, programs[i % 3]});
    change(b.at, b.count);
    (void)row_of(&b, i % 5 ? b.count : next_random() % b.count, next_random() % 0x120);
  }
}
END_TEST

/* The tables of this program, with all that stands behind them. */
struct own {
  uintptr_t start, end, header;
};
static int find_own(struct dl_phdr_info *info, size_t size, void *context) {
  struct own *own = context;
  (void)size;
  for (unsigned i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_GNU_EH_FRAME)
      own->header = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
  for (unsigned i = 0; i < info->dlpi_phnum; i++) {
    uintptr_t start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr, end = start + info->dlpi_phdr[i].p_memsz;
    if (info->dlpi_phdr[i].p_type == PT_LOAD && own->header >= start && own->header < end)
      *own = (struct own){start, end, own->header};
  }
  return 1; /* the first is the program */
}

START_TEST(own_tables_with_changes) {
  struct own own = {0};
  (void)dl_iterate_phdr(find_own, &own);
  size_t bytes = own.end - own.header, frames = 0;
  if (bytes > 1 << 20)
    bytes = 1 << 20;
  uint8_t *block = malloc(bytes);
  uintptr_t start = (uintptr_t)block, moved = start - own.header;
  const struct unwind_tables whole = {own.start, own.end, own.header, NULL}, copy = {start, start + bytes, start, NULL};
  for (int i = 0; i < 100000 / SLOWNESS; i++) {
    if (i % 16 == 0)
      memcpy(block, (const void *)own.header, bytes);
    uintptr_t place = (uintptr_t)find_own + next_random() % 0x4000 - 0x1000;
    union cfi_row row = calltap__cfi_row(&copy, place + moved);
    if (i % 16 == 0 && row.kind != ROW_BARE) /* nothing is changed yet */
      ck_assert_uint_eq(row.word, calltap__cfi_row(&whole, place).word);
    frames += row.kind == ROW_FRAME;
    change(block + (i % 3 ? 0 : next_random() % (bytes / 2)), bytes / 2);
  }
  ck_assert_uint_gt(frames, 1000);
  free(block);
}
END_TEST

int main(void) {
  return RUN_SUITE("rt_cfi", usual_frames, frames_of_other_kinds, tables_of_other_kinds, tables_that_are_cut,
                   made_tables_with_changes, own_tables_with_changes);
}
