/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The contract between the command, which asks a running process, and the runtime in it, which answers. docs/control.md is the
 * specification; these are its constants.
 *
 * The command writes the request to a file NONCE.ask (mode 0600) in the request directory, complete, and sends the control signal with
 * a cookie by rt_tgsigqueueinfo. The runtime unlinks the file as it opens it, so that each request is taken once, does what it says, and
 * leaves its reply in NONCE.said (written under another name and renamed: what is there is complete). The command removes that.
 *
 * A request is text. Its first line is "calltap 1 VERB", each further one "KEY VALUE"; the line "rules" is the last key, and all behind it
 * is the text of the rules.
 *
 *   start    session NAME, threads SPEC, limits LIST, out PATH or `memory`, who TEXT, force yes, rules
 *   stop     session NAME; without one: all
 *   change   session NAME, do pause, resume, reset or tcw=N, or threads SPEC
 *   tables   session NAME: writes what is counted so far into its trace
 *   info     session NAME; without one: all
 *   toggle   as kill(2) does: the session of the variable goes off, and on again
 *
 * A reply is text. Its first line is "ok", or "wrong MESSAGE" (the question was), or "fault MESSAGE" (the process or the system); each
 * further one "KEY VALUE". A line "session NAME" begins what is said of that session. Of a wrong rule there is also "column N". */
#ifndef CALLTAP_REQUEST_H
#define CALLTAP_REQUEST_H

#define CALLTAP_REQUEST_FIRST "calltap 1 " /* how a request begins */

/* Directories, by their number in the cookie; behind each stands the effective user id of the process, in decimal. The directory belongs
 * to that user and has mode 0700. */
#define CALLTAP_REQUEST_DIRECTORY_0 "/tmp/calltap-"
#define CALLTAP_REQUEST_DIRECTORY_1 "/dev/shm/calltap-"
enum { CALLTAP_REQUEST_DIRECTORIES = 2 };

/* Names in it: the nonce as 8 hexadecimal digits (%08x), and one of these. */
#define CALLTAP_REQUEST_ASK ".ask"
#define CALLTAP_REQUEST_SAID ".said"

/* The value that comes with the signal, of SI_QUEUE: the cookie, the number of the directory << 32, the nonce. */
#define CALLTAP_REQUEST_COOKIE (UINT64_C(0xCA17) << 48)
#define CALLTAP_REQUEST_COOKIE_MASK (UINT64_C(0xFFFF) << 48)

enum {
  CALLTAP_REQUEST_BYTES = 192 * 1024, /* at most */
  CALLTAP_REPLY_BYTES = 64 * 1024,
  CALLTAP_SESSIONS = 8,      /* at once in a process */
  CALLTAP_SESSION_NAME = 32, /* bytes of a name, its end included */
};

#endif
