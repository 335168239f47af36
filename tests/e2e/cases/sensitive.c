// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What is marked CALLTAP_SENSITIVE is never captured: a parameter, a member, everything of a function.
// rules: sensitive:* -> return
// expect:
//| #1 sensitive:main()
//| #2 sensitive:login(user="alice", password=<sensitive>)
//| #2 sensitive:login/2 --> 1
//| #3 sensitive:store(a={id=7, key=<sensitive>, token=<sensitive>, next=8} (by value))
//| #3 sensitive:store/1 --> {id=7, key=<sensitive>, token=<sensitive>, next=8}
//| #4 sensitive:derive(from=<sensitive>, rounds=<sensitive>)
//| #4 sensitive:derive/2 --> <sensitive>
//| #1 sensitive:main/0 --> 0
#include <calltap/calltap.h>

#define KEEP __attribute__((noinline))
volatile unsigned long sink;

struct account {
  int id;
  CALLTAP_SENSITIVE long key;
  CALLTAP_SENSITIVE const char *token;
  int next;
};

KEEP int login(const char *user, CALLTAP_SENSITIVE const char *password) {
  sink += (unsigned long)user + (unsigned long)password;
  return sink != 0;
}
KEEP struct account store(struct account a) {
  sink += (unsigned long)a.key + (unsigned long)a.token;
  return a;
}
CALLTAP_SENSITIVE KEEP long derive(long from, int rounds) { return from * rounds + (long)sink * 0; }

int main(void) {
  login("alice", "xyzzy-plugh");
  store((struct account){7, 0x5EC2E75EC2E7, "xyzzy-plugh", 8});
  derive(0x5EC2E75EC2E7, 3);
  return 0;
}
