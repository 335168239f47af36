/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A shared object with the tables of abi.h, written by hand: what the plugin would make of
 *
 *     int twice(int number, void *unused);                    line 7, an entry and two returns
 *     void Conn::send(const char *format, ...);                line 9, an entry and a tail call
 *     and of tiny(int), line 3, which was inlined away. */

    .text
    .globl twice
twice:
1:  test $0, %eax
2:  test $0, %eax
3:  test $0, %eax
    ret
4:  test $0, %eax
5:  test $0, %eax
    ret

    .macro site label, function, kind
    .long \label - .
    .long \function + \kind - .
    .endm

    .section calltap_sites, "a"
    .balign 8
sites_start:
    site 1b, function_twice, 0
    .quad 0 /* padding */
    site 4b, function_send, 0
    site 2b, function_twice, 1
    site 3b, function_twice, 1
    site 5b, function_send, 2
sites_stop:

    .macro value name, kind, size, place
    .long \name
    .byte \kind, \size, \place, 0
    .endm

    .section calltap_functions, "a"
    .balign 8
function_twice:
    .short 48
    .byte 0, 0
    .short 2, 2
    .long 7
    .long name_module - .
    .long name_twice - .
    .long name_file - .
    value 0, 1, 4, 6
    value "name_number - .", 1, 4, 0
    value "name_unused - .", 5, 8, 32
    .balign 8
function_send:
    .short 48
    .byte 3, 0
    .short 1, 2
    .long 9
    .long name_class - .
    .long name_send - .
    .long name_file - .
    value 0, 0, 0, 33
    value "name_this - .", 5, 8, 0
    value "name_format - .", 5, 8, 1

    .section calltap_strings, "a"
name_module: .asciz "listed"
name_twice: .asciz "twice"
name_file: .asciz "src/listed.c"
name_number: .asciz "number"
name_unused: .asciz "unused"
name_class: .asciz "net::Conn"
name_send: .asciz "send"
name_this: .asciz "this"
name_format: .asciz "format"

    .section calltap_inlined, ""
    .asciz "listed", "tiny", "1", "src/listed.c", "3"
    .asciz "listed", "tiny", "1", "src/listed.c", "3"
    .asciz "listed", "twice", "2", "src/listed.c", "7" /* it has sites all the same */

    .section .note.calltap, "a", @note
    .balign 4
    .long 8, 20, 1
    .asciz "Calltap"
    .long 1
    .long sites_start - .
    .long sites_stop - .
    .long 0
    .long 0

    .section .note.GNU-stack, "", @progbits
