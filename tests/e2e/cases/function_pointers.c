// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Pointers to functions by the name of what they point to, also inside a struct and as a result.
// rules: function_pointers:* -> return
// expect:
//| #1 function_pointers:main()
//| #2 function_pointers:call(f=0xP <function_pointers:twice/1>, n=4)
//| #3 function_pointers:twice(n=4)
//| #3 function_pointers:twice/1 --> 8
//| #2 function_pointers:call/2 --> 9
//| #4 function_pointers:install(h={on_read=0xP <function_pointers:thrice/1>, on_write=NULL} (by value), data=0xP)
//| #4 function_pointers:install/2 --> 0xP <function_pointers:thrice/1>
//| #1 function_pointers:main/0 --> 0
#define KEEP __attribute__((noinline))
volatile unsigned long sink;

typedef int function(int);
struct handlers {
  int (*on_read)(int);
  function *on_write;
};

KEEP int twice(int n) { return n * 2 + (int)sink * 0; }
static KEEP int thrice(int n) { return n * 3 + (int)sink * 0; }
KEEP int call(function f, int n) { return f(n) + 1; }
KEEP function *install(struct handlers h, void *data) {
  sink += (unsigned long)data + (unsigned long)h.on_write;
  return sink ? h.on_read : h.on_write;
}

function *volatile chosen = twice;

int main(void) {
  call(chosen, 4);
  install((struct handlers){thrice, 0}, (void *)&sink);
  return 0;
}
