// linger.cc for i386, without a C library: a program of 32 bits for machines of 64.
.data
duration:
    .long 0, 250000000
.text
.globl _start
_start:
    movl $162, %eax // nanosleep
    movl $duration, %ebx
    xorl %ecx, %ecx
    int $0x80
    movl $1, %eax // exit
    xorl %ebx, %ebx
    int $0x80
.section .note.GNU-stack, "", @progbits
