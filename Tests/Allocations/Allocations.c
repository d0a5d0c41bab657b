#define _GNU_SOURCE
#include "Allocations.h"

#include <errno.h>
#include <stddef.h>
#include <sys/resource.h>

// glibc's own names of them.
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static _Thread_local long count;

void *malloc(size_t size) { return ++count, __libc_malloc(size); }
void *calloc(size_t number, size_t size) { return ++count, __libc_calloc(number, size); }
void *realloc(void *memory, size_t size) { return ++count, __libc_realloc(memory, size); }
void *memalign(size_t alignment, size_t size) { return ++count, __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { return ++count, __libc_memalign(alignment, size); }
void free(void *memory) { ++count, __libc_free(memory); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
    ++count;
    void *made = __libc_memalign(alignment, size);
    if (!made) return ENOMEM;
    *memory = made;
    return 0;
}

long continuo_allocations(void) { return count; }

long continuo_page_faults(void) {
    struct rusage usage;
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_minflt + usage.ru_majflt;
}
