/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* void calltap__on_stack(void (*function)(void *), void *context, void *top): calls the function on another stack, and comes back. */

        .text
        .globl  calltap__on_stack
        .hidden calltap__on_stack
        .type   calltap__on_stack, @function
        .balign 16
calltap__on_stack:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_offset rbp, -16
        movq    %rsp, %rbp
        .cfi_def_cfa_register rbp
        andq    $-16, %rdx
        movq    %rdx, %rsp
        movq    %rdi, %rax
        movq    %rsi, %rdi
        call    *%rax
        movq    %rbp, %rsp
        .cfi_def_cfa_register rsp
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   calltap__on_stack, .-calltap__on_stack

        .section .note.GNU-stack,"",@progbits
