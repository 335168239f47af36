/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The parts of the page that `calltap view` writes, as they stand in this directory. */
        .macro  part name, path:vararg
        .globl  \name
        .hidden \name
\name:
        .endm

        .section .rodata
part calltap__page_html
        .incbin "page.html"
        .byte   0
part calltap__page_css
        .incbin "page.css"
        .byte   0
part calltap__page_js
        .incbin "time.js"
        .incbin "trace.js"
        .incbin "totals.js"
        .incbin "drawing.js"
        .incbin "timeline.js"
        .incbin "flame.js"
        .incbin "histogram.js"
        .incbin "panels.js"
        .incbin "main.js"
        .byte   0
        .section .note.GNU-stack,"",@progbits
