#define _GNU_SOURCE
#include "CPlatform.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>

int continuo_semaphore_wait_until(sem_t *semaphore, const struct timespec *deadline) {
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
}

int continuo_wait_for_input(int descriptor, int64_t nanoseconds) {
    struct pollfd wish = {.fd = descriptor, .events = POLLIN};
    struct timespec left = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    int count = ppoll(&wish, 1, &left, NULL);
    return count > 0 ? wish.revents : count;
}

#ifdef CONTINUO_REALTIME_SANITIZER
#include <stdlib.h>

// What clang inserts into functions that are `nonblocking`. Called by name, since Debian's Swift has the sanitizer's
// library but no -fsanitize=realtime.
void __rtsan_realtime_enter(void);
void __rtsan_realtime_exit(void);

void continuo_enter_realtime(void) {
    __rtsan_realtime_enter();
    static void *volatile trip;
    if (getenv("CONTINUO_TRIP")) {
        trip = malloc(1);
        free(trip);
    }
}

void continuo_leave_realtime(void) { __rtsan_realtime_exit(); }
#elif defined(CONTINUO_THREAD_SANITIZER)
#include <stdlib.h>

void continuo_enter_realtime(void) {
    static volatile int trip;
    if (getenv("CONTINUO_TRIP")) trip++;
}

void continuo_leave_realtime(void) {}
#endif

int continuo_rename_new(const char *old_path, const char *new_path) {
    return renameat2(AT_FDCWD, old_path, AT_FDCWD, new_path, RENAME_NOREPLACE);
}

int continuo_exchange(const char *one_path, const char *other_path) {
    return renameat2(AT_FDCWD, one_path, AT_FDCWD, other_path, RENAME_EXCHANGE);
}

void continuo_return_large_blocks(void) {
#ifdef M_MMAP_THRESHOLD
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
#endif
}

void continuo_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

int continuo_stay_on_core(int core) {
    if (core < 0 || core >= CPU_SETSIZE) return -1;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}
