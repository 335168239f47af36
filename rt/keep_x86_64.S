/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* int calltap__keep_call(int (*function)(void *, void *), void *a, void *b)
 *
 * Vector registers hold the program's values while a hook runs. The few functions of the C library that the runtime calls
 * there may use them, in their full width where the library was built for newer processors: XSAVE keeps all of
 * it. signal-safe; takes calltap__keep_bytes of the stack. */

        .text
        .globl  calltap__keep_call
        .hidden calltap__keep_call
        .type   calltap__keep_call, @function
        .balign 16
calltap__keep_call:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        movq    %rdi, %r10
        movq    %rsi, %rdi
        movq    %rdx, %rsi
        subq    calltap__keep_bytes(%rip), %rsp
        andq    $-64, %rsp
        movl    calltap__keep_mask(%rip), %eax
        testl   %eax, %eax
        jz      1f
        xorl    %edx, %edx
        .irp    at, 512, 520, 528, 536, 544, 552, 560, 568 /* the head of the area */
        movq    %rdx, \at(%rsp)
        .endr
        xsave64 (%rsp)
        call    *%r10
        movl    %eax, %r10d
        movl    calltap__keep_mask(%rip), %eax
        xorl    %edx, %edx
        xrstor64 (%rsp)
        jmp     2f
1:      fxsave64 (%rsp)
        call    *%r10
        movl    %eax, %r10d
        fxrstor64 (%rsp)
2:      movl    %r10d, %eax
        leave
        .cfi_def_cfa rsp, 8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   calltap__keep_call, .-calltap__keep_call

        .section .note.GNU-stack,"",@progbits
