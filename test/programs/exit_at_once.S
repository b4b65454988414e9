// Exits with its first instruction: nothing can read its /proc in time. x86-64 and AArch64.
#if defined(__x86_64__)
.globl _start
_start:
    mov $60, %eax
    xor %edi, %edi
    syscall
#elif defined(__aarch64__)
.globl _start
_start:
    mov x8, #93
    mov x0, #0
    svc #0
#endif
.section .note.GNU-stack, "", %progbits
