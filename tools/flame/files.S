/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The parts of a flame graph that are the same in all, as they stand in this directory. */
        .macro  part name, path
        .globl  \name
        .hidden \name
\name:
        .incbin "\path"
        .byte   0
        .endm

        .section .rodata
part flame_css, flame.css
part flame_js, flame.js
        .section .note.GNU-stack,"",@progbits
