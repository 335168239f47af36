/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A shared object with the tables of abi.h, written by hand: what the plugin would make of
 *
 *     int twice(int number, struct client *unused);            line 7, an entry and two returns
 *     void Conn::send(const char *format, ...);                line 9, an entry and a tail call
 *     void (*pick(int key))(int);                               line 12, an entry, and parameters of all sorts
 *     and of tiny(int), line 3, which was inlined away. */

    .text
    .globl twice
    .type twice, @function
twice:
1:  test $0, %eax
2:  test $0, %eax
3:  test $0, %eax
    ret
    .size twice, . - twice
    .globl send_it
    .type send_it, @function
send_it:
4:  test $0, %eax
5:  test $0, %eax
    ret
    .size send_it, . - send_it
6:  test $0, %eax
    ret

    .macro site label, function, kind
    .long \label - .
    .long \function + \kind - .
    .endm

    .section calltap_sites, "a"
    .balign 8
sites_start:
    site 1b, function_twice, 5
    lea 16(%rsp), %rax /* code, not an entry */
    .zero 3
    .quad 0 /* padding */
    site 4b, function_send, 0
    site 2b, function_twice, 1
    site 3b, function_twice, 1
    site 6b, function_pick, 0
    site 5b, function_send, 2
sites_stop:

    .macro value name, type, place, second = 128, slot = 0
    .long \name
    .long \type - .
    .byte \place, \second
    .short \slot
    .endm

    .macro descriptor bytes, flags, arity, parameters, line, module, name
    .short \bytes
    .byte \flags, 0
    .short \arity, \parameters
    .long \line
    .long \module - .
    .long \name - .
    .long name_file - .
    .long unit - .
    .endm

    .section calltap_functions, "a"
    .balign 4
unit:
    .long 2
    .long definition_conn - .
    .long definition_client - .
    .balign 8
function_twice:
    descriptor 64, 0, 2, 2, 7, name_module, name_twice
    value 0, type_int, 6
    value "name_number - .", type_int, 0
    value "name_unused - .", type_client, 129
    .balign 8
function_send:
    descriptor 64, 3, 1, 2, 9, name_class, name_send
    value 0, type_void, 128
    value "name_this - .", type_this, 0
    value "name_format - .", type_format, 1
    .balign 8
function_pick:
    descriptor 100, 0, 5, 5, 12, name_module, name_pick
    value 0, type_callback, 6
    value "name_number - .", type_int, 131
    value 0, type_int, 130
    value 0, type_int, 8
    value 0, type_int, 18, 128, 1
    value 0, type_int, "64 + 18", 128, 2

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
name_pick: .asciz "pick"
type_int: .asciz "i"
type_void: .asciz "v"
type_client: .asciz "PS6.client"
type_this: .asciz "PN9.net::Conn"
type_format: .asciz "PKc"
type_callback: .asciz "PFviE"
definition_conn: .asciz "4.Conn=C1{}"
definition_client: .asciz "6.client=S4{2.fd0i}"

    .section calltap_inlined, ""
    .asciz "listed", "tiny", "1", "src/listed.c", "3"
    .asciz "listed", "tiny", "1", "src/listed.c", "3"
    .asciz "listed", "twice", "2", "src/listed.c", "7" /* it has sites all the same */

    .section .note.calltap, "a", @note
    .balign 4
    .long 8, 20, 3
    .asciz "Calltap"
    .long 3
    .long sites_start - .
    .long sites_stop - .
    .long 0
    .long 0

    .section .note.GNU-stack, "", @progbits
