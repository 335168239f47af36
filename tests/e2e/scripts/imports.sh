#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# What the runtime uses of others, and what it shows: a few functions of libc, none on the path of an event (calloc and free where a thread is
# made); a few names of its own, and pthread_create; no vector register anywhere, except that parameters are read from them.
. "$(dirname "$0")/../../support/lib.sh"
library=$runtime/libcalltap.so
nm -D --undefined-only "$library" | awk '{ print $2 }' | sed 's/@.*//' | grep -vE '^(_ITM_|__gmon_start__|__cxa_finalize)' | sort >imports
diff -u - imports <<'T' || fail "the runtime uses other functions than it should"
__register_atfork
calloc
dl_iterate_phdr
dlsym
free
getauxval
getenv
sigaction
sigfillset
T
nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort >exports
diff -u - exports <<'T' || fail "the runtime shows other names than it should"
__calltap_object_enter_v3
__calltap_object_leave_v3
calltap_event_text
calltap_is_asked
calltap_request
calltap_tag
calltap_version
pthread_create
T
objdump -d --no-show-raw-insn "$library" | grep -E '%[xyz]mm[0-9]' >vectors || true
! grep -vE 'movups %xmm[0-7],\(' vectors || fail "the runtime uses vector registers"
tls=$(readelf -lW "$library" | awk '$1 == "TLS" { print $6 }')
[ $((tls)) -le 64 ] || fail "it takes more static TLS than is sure to be there"
