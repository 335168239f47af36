/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* void at_site(void (*taken)(const struct registers *))
 *
 * What the call of a site and calltap__hook do, in a function that is called: `taken` gets the registers of the caller, as the
 * hook does. For tests and benchmarks. */

        .text
        .globl  at_site
        .type   at_site, @function
at_site:
        .cfi_startproc
        .irp    register, rbp, rbx, r11, r10, rax, r9, r8, rcx, rdx, rsi, rdi
        pushq   %\register
        .cfi_adjust_cfa_offset 8
        .endr
        .cfi_offset rbp, -16
        .cfi_offset rbx, -24
        movq    %rdi, %rax
        movq    %rsp, %rdi
        movq    %rsp, %rbx
        .cfi_def_cfa_register rbx
        andq    $-16, %rsp
        call    *%rax
        movq    %rbx, %rsp
        .cfi_def_cfa_register rsp
        .irp    register, rdi, rsi, rdx, rcx, r8, r9, rax, r10, r11, rbx, rbp
        popq    %\register
        .cfi_adjust_cfa_offset -8
        .endr
        ret
        .cfi_endproc
        .size   at_site, .-at_site

        .section .note.GNU-stack,"",@progbits
