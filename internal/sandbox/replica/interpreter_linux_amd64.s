#include "textflag.h"

// func interpreter()
//
// The interpreter makes system calls one after the other. It is not called here:
// its text is put into the original.
//
//	BX  the call at hand (type call)
//	R14 notes: the call at hand, and the error of the one that failed
//	R13 1 in the original itself, which stops where its copies end
TEXT ·interpreter(SB), NOSPLIT|NOFRAME, $0-0
next:
	MOVQ BX, 0(R14)
	MOVQ 0(BX), AX
	MOVQ 8(BX), DI
	MOVQ 16(BX), SI
	MOVQ 24(BX), DX
	MOVQ 32(BX), R10
	MOVQ 40(BX), R8
	MOVQ 48(BX), R9
	MOVQ 64(BX), R12
	CMPQ AX, $-1
	JEQ  stop
	CMPQ AX, $-2
	JEQ  leave
	CMPQ AX, $-3
	JEQ  move
	SYSCALL
	TESTQ AX, AX
	JNE  parent
	TESTQ R12, R12
	JEQ  store
	CMPQ R12, $1
	JEQ  thread
	XORQ R13, R13 // a fork
	MOVQ R12, BX
	JMP  next

parent:
	CMPQ AX, $-4095
	JCS  store
	TESTQ $1, 72(BX)
	JNE  done
	MOVQ AX, 8(R14)
	TESTQ R13, R13
	JNE  stop
	MOVQ $1, DI
	MOVQ $231, AX // exit_group
	SYSCALL

store:
	MOVQ 56(BX), CX
	TESTQ CX, CX
	JEQ  done
	MOVQ AX, 0(CX)

done:
	ADDQ $80, BX
	JMP  next

// move copies four bytes from the address DI, as eight, to SI.
move:
	MOVL 0(DI), AX
	MOVQ AX, 0(SI)
	JMP  done

// leave unmaps DI, SI, where the calls are, and goes on as the frame at DX says.
leave:
	MOVQ DX, R15
	MOVQ $11, AX // munmap
	SYSCALL
	JMP  resume

// thread is a new one, whose stack pointer is where its frame is.
thread:
	MOVQ SP, R15

// resume takes the registers from the frame at R15. What is to be executed next is
// on the stack, below what a function there may use without saying so.
resume:
	MOVQ $14, AX // rt_sigprocmask
	MOVQ $2, DI // SIG_SETMASK
	LEAQ 0(R15), SI
	XORQ DX, DX
	MOVQ $8, R10
	SYSCALL
	MOVQ 8(R15), R8
	MOVQ 16(R15), R9
	MOVQ 24(R15), R10
	MOVQ 32(R15), R12
	MOVQ 40(R15), R13
	MOVQ 48(R15), R14
	MOVQ 56(R15), DI
	MOVQ 64(R15), SI
	MOVQ 72(R15), BP
	MOVQ 80(R15), BX
	MOVQ 88(R15), DX
	MOVQ 96(R15), AX
	MOVQ 104(R15), SP
	MOVQ 112(R15), R15
	BYTE $0xC2; BYTE $0x80; BYTE $0x00 // RET $128

stop:
	INT  $3

// func interpreterEnd()
TEXT ·interpreterEnd(SB), NOSPLIT|NOFRAME, $0-0
	RET

// func interpreterText() (from, to uintptr)
TEXT ·interpreterText(SB), NOSPLIT, $0-16
	LEAQ ·interpreter(SB), AX
	MOVQ AX, from+0(FP)
	LEAQ ·interpreterEnd(SB), AX
	MOVQ AX, to+8(FP)
	RET
