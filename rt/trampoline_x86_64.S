/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where the sites' calls arrive. The program sees them as a `test`: every register but the flags comes
 * back as it was. The C code behind is compiled to use general registers only, and keeps the callee-saved
 * ones itself; rbx and rbp are saved here because addresses of the site's frame may be relative to them. rsp may stand anywhere at a site, so it is aligned here.
 *
 * Stack used at a site: 8 (return address) + 88 (here) + up to 15 + what calltap__hook_event uses. */

        .text

        .globl  calltap__hook
        .hidden calltap__hook
        .type   calltap__hook, @function
        .balign 64
calltap__hook:
        .cfi_startproc
        endbr64
        pushq   %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_offset rbp, -16
        pushq   %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_offset rbx, -24
        pushq   %r11
        .cfi_adjust_cfa_offset 8
        pushq   %r10
        .cfi_adjust_cfa_offset 8
        movq    calltap__self@gottpoff(%rip), %r11
        movq    %fs:(%r11), %r11
        movl    (%r11), %r10d           /* thread.unasked */
        cmpl    calltap__gate(%rip), %r10d /* gate_page.epoch */
        je      .Lunasked
        .cfi_remember_state
        pushq   %rax
        .cfi_adjust_cfa_offset 8
        pushq   %r9
        .cfi_adjust_cfa_offset 8
        pushq   %r8
        .cfi_adjust_cfa_offset 8
        pushq   %rcx
        .cfi_adjust_cfa_offset 8
        pushq   %rdx
        .cfi_adjust_cfa_offset 8
        pushq   %rsi
        .cfi_adjust_cfa_offset 8
        pushq   %rdi
        .cfi_adjust_cfa_offset 8
        movq    %rsp, %rdi
        movq    %r11, %rsi
        movq    %rsp, %rbx
        .cfi_def_cfa_register rbx
        andq    $-16, %rsp
#ifdef CALLTAP_HOOK_SAVES_VECTORS /* sanitizer builds: their functions use vector registers */
        subq    $512, %rsp
        fxsave64 (%rsp)
        call    calltap__hook_event
        fxrstor64 (%rsp)
#else
        call    calltap__hook_event
#endif
        movq    %rbx, %rsp
        .cfi_def_cfa_register rsp
        popq    %rdi
        .cfi_adjust_cfa_offset -8
        popq    %rsi
        .cfi_adjust_cfa_offset -8
        popq    %rdx
        .cfi_adjust_cfa_offset -8
        popq    %rcx
        .cfi_adjust_cfa_offset -8
        popq    %r8
        .cfi_adjust_cfa_offset -8
        popq    %r9
        .cfi_adjust_cfa_offset -8
        popq    %rax
        .cfi_adjust_cfa_offset -8
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r11
        .cfi_adjust_cfa_offset -8
        popq    %rbx
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbx
        popq    %rbp
        .cfi_adjust_cfa_offset -8
        .cfi_restore rbp
        ret
.Lunasked: /* no session that runs asks this thread */
        .cfi_restore_state
        popq    %r10
        .cfi_adjust_cfa_offset -8
        popq    %r11
        .cfi_adjust_cfa_offset -8
        addq    $16, %rsp               /* rbx and rbp are what they were */
        .cfi_adjust_cfa_offset -16
        .cfi_restore rbx
        .cfi_restore rbp
        ret
        .cfi_endproc
        .size   calltap__hook, .-calltap__hook

        .globl  calltap__hook_off
        .hidden calltap__hook_off
        .type   calltap__hook_off, @function
        .balign 16
calltap__hook_off:
        .cfi_startproc
        endbr64
        ret
        .cfi_endproc
        .size   calltap__hook_off, .-calltap__hook_off

        .section .note.GNU-stack,"",@progbits
