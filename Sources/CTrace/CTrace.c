#include "CTrace.h"

#include <signal.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

int continuo_be_traced(void) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) return -1;
    return raise(SIGSTOP);
}

int continuo_await_traced(pid_t child) {
    int status;
    return waitpid(child, &status, 0) == child && WIFSTOPPED(status) ? 0 : -1;
}

int64_t continuo_trace(pid_t child, int is_counted) {
    int64_t count = 0;
    long signal = 0;
    for (;;) {
        if (ptrace(is_counted ? PTRACE_SINGLESTEP : PTRACE_CONT, child, NULL, signal) != 0) return -1;
        int status;
        if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return -1;
        signal = WSTOPSIG(status);
        if (signal == SIGSTOP) return count;
        if (signal != SIGTRAP) continue;
        // Our own trap, and no business of the child's.
        signal = 0;
        count++;
    }
}

__attribute__((noinline)) void continuo_end_part(void) { __asm__ volatile(""); }
