#define _GNU_SOURCE
#include "CPlatform.h"

#include <sys/prctl.h>

int continuo_semaphore_wait_until(sem_t *semaphore, const struct timespec *deadline) {
    return sem_clockwait(semaphore, CLOCK_MONOTONIC, deadline);
}

void continuo_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }
