// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Strings: where they may stand, what they may hold, and how long they may be. Only `char *` is one.
// rules: strings:* -> return
// expect:
//| #1 strings:main()
//| #2 strings:take(constant="SET", stack="on the stack", heap="on the heap", none=NULL)
//| #2 strings:take/4 --> "SET"
//| #3 strings:odd(empty="", escapes="tab\t \"quoted\" \\ \x01", utf8="café", latin="caf\xe9")
//| #3 strings:odd/4 --> NULL
//| #4 strings:cut(full="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", one_more="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... (65 bytes), more="xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... (100 bytes))
//| #4 strings:cut/3 -->
//| #5 strings:wild(p=0xP <unreadable>)
//| #5 strings:wild/1 -->
//| #6 strings:others(bytes=0xP, list=0xP, wide=0xP)
//| #6 strings:others/3 -->
//| #1 strings:main/0 --> 0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define KEEP __attribute__((noinline))
volatile uintptr_t sink;

KEEP const char *take(const char *constant, char *stack, char *heap, const char *none) {
  sink += (uintptr_t)constant + (uintptr_t)stack + (uintptr_t)heap + (uintptr_t)none;
  return sink ? constant : NULL;
}
KEEP char *odd(const char *empty, const char *escapes, const char *utf8, const char *latin) {
  sink += (uintptr_t)empty + (uintptr_t)escapes + (uintptr_t)utf8 + (uintptr_t)latin;
  return sink ? NULL : (char *)sink;
}
KEEP void cut(const char *full, const char *one_more, const char *more) {
  sink += (uintptr_t)full + (uintptr_t)one_more + (uintptr_t)more;
}
KEEP void wild(const char *p) { sink += (uintptr_t)p; }
KEEP void others(const uint8_t *bytes, char **list, const wchar_t *wide) {
  sink += (uintptr_t)bytes + (uintptr_t)list + (uintptr_t)wide;
}

int main(void) {
  char stack[] = "on the stack", *heap = strdup("on the heap"), x[101] = {0}, *list[] = {stack};
  memset(x, 'x', 100);
  take("SET", stack, heap, NULL);
  odd("", "tab\t \"quoted\" \\ \x01", "caf\xc3\xa9", "caf\xe9");
  cut(x + 36, x + 35, x);
  wild((const char *)0xDEAD);
  others((const uint8_t *)"bytes", list, L"wide");
  free(heap);
  return 0;
}
