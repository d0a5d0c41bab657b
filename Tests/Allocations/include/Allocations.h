// Counts what the calling thread asks of the allocator and of the kernel's memory. Whatever links this has malloc and its
// kin replaced by those of Allocations.c, which count and call glibc's.
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

/// Calls of malloc, realloc, free and their kin by this thread so far.
long continuo_allocations(void);

/// Page faults of this thread so far, with input and output or without.
long continuo_page_faults(void);

#endif
