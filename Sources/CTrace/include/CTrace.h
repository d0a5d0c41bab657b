// Counts the instructions of another process, by ptrace(2): a trap each, so some microseconds. Processors count them by
// themselves, but few virtual machines pass that on.
#ifndef CTRACE_H
#define CTRACE_H

#include <stdint.h>
#include <sys/types.h>

/// Has the parent of this process trace it, and stops. From here on SIGSTOP stops it for the parent.
/// - Returns: 0; -1 and errno if the system refuses.
int continuo_be_traced(void);

/// Waits for a child's `continuo_be_traced`.
/// - Returns: 0, or -1 if it has ended.
int continuo_await_traced(pid_t child);

/// Lets a child that is stopped and traced go on to its next SIGSTOP. On the thread that started it.
/// - Returns: how many instructions it took, if they are counted, else 0; -1 if it ended.
int64_t continuo_trace(pid_t child, int is_counted);

/// Does nothing. Callgrind, told to dump what it has counted before it, ends a part there.
void continuo_end_part(void);

#endif
