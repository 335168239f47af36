/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The handler of the control signal, with a mark before it by which another runtime in the process knows whose it is: elder.c. */

        .text
        .globl  calltap__elder_handler
        .hidden calltap__elder_handler
        .type   calltap__elder_handler, @function
        .balign 16
        .ascii  "calltap1"              /* struct elder_mark */
        .long   calltap__elder_face - .
        .long   0
calltap__elder_handler:
        .cfi_startproc
        endbr64
        jmp     calltap__on_signal
        .cfi_endproc
        .size   calltap__elder_handler, .-calltap__elder_handler

        .section .note.GNU-stack,"",@progbits
