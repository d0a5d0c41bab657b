// What Swift cannot import from the C headers as it stands: macro intrinsics, variadic calls, GNU extensions.
#ifndef CPLATFORM_H
#define CPLATFORM_H

#include <semaphore.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__)
#include <xmmintrin.h>
/// Flush-to-zero and denormals-are-zero for the calling thread (Intel SDM vol. 1, 10.2.3).
static inline void continuo_flush_denormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040); }
#elif defined(__aarch64__)
/// FPCR.FZ, bit 24 (Arm ARM C5.2.8).
static inline void continuo_flush_denormals(void) {
    uint64_t fpcr;
    __asm__ volatile("mrs %0, fpcr" : "=r"(fpcr));
    __asm__ volatile("msr fpcr, %0" : : "r"(fpcr | (1ULL << 24)));
}
#else
static inline void continuo_flush_denormals(void) {}
#endif

#if defined(__AVX512BF16__)
#include <immintrin.h>
// Swift has no type for vectors of bfloat16: they pass as integers.
/// sums[i] + a[2i]·b[2i] + a[2i + 1]·b[2i + 1], of bfloat16.
static inline __m512 continuo_add_pairs(__m512 sums, __m512i a, __m512i b) {
    return _mm512_dpbf16_ps(sums, (__m512bh)a, (__m512bh)b);
}
/// Sixteen floats as bfloat16, to the nearest even.
static inline __m256i continuo_bfloat16(__m512 floats) { return (__m256i)_mm512_cvtneps_pbh(floats); }
#endif

/// Asks for the cache line at `address` ahead of its use.
static inline void continuo_prefetch(const void *address) { __builtin_prefetch(address); }

/// sem_clockwait (glibc 2.30) on CLOCK_MONOTONIC: 0, or -1 and errno.
int continuo_semaphore_wait_until(sem_t *semaphore, const struct timespec *deadline);

/// ppoll for input of one file; a negative descriptor only sleeps. What poll(2) calls `revents`, 0 when the time is over, or
/// -1 and errno.
int continuo_wait_for_input(int descriptor, int64_t nanoseconds);

/// Around each piece of work on the real-time path. In a build for RealtimeSanitizer (scripts/test-sanitizer) whatever is
/// called in between is watched; with $CONTINUO_TRIP set one allocation is made, in a build for ThreadSanitizer all threads
/// write to the same place, to see that it is found. In any other build these are nothing.
#if defined(CONTINUO_REALTIME_SANITIZER) || defined(CONTINUO_THREAD_SANITIZER)
void continuo_enter_realtime(void);
void continuo_leave_realtime(void);
#else
static inline void continuo_enter_realtime(void) {}
static inline void continuo_leave_realtime(void) {}
#endif

/// renameat2(2): 0, or -1 and errno; EEXIST if there is something of the new name.
int continuo_rename_new(const char *old_path, const char *new_path);
/// renameat2(2): puts each in the other's place, in one instant.
int continuo_exchange(const char *one_path, const char *other_path);

/// Has the allocator give blocks of 256 KB and more back to the system when they are freed, for good: glibc would otherwise
/// keep ever larger ones, up to 32 MB, once some have been freed (mallopt(3), M_MMAP_THRESHOLD). Nothing elsewhere.
void continuo_return_large_blocks(void);

/// Names the calling thread for `top` and debuggers; Linux keeps the first 15 bytes.
void continuo_name_thread(const char *name);

/// Keeps the calling thread on a core: 0, or something else if there is no such core or it is not ours.
int continuo_stay_on_core(int core);

/// Highest x86-64 microarchitecture level (1…4) this CPU and operating system support; 0 elsewhere. Level 4 counts
/// with VNNI only, as in Package.swift: of processors with AVX-512, those before Cascade Lake (2019) lack it.
static inline int continuo_cpu_level(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("x86-64-v4") && __builtin_cpu_supports("avx512vnni")) return 4;
    if (__builtin_cpu_supports("x86-64-v3")) return 3;
    if (__builtin_cpu_supports("x86-64-v2")) return 2;
    return 1;
#else
    return 0;
#endif
}

/// Whether level 4 multiplies bfloat16 too: AMD since Zen 4, Intel's Cooper Lake and since Sapphire Rapids.
static inline int continuo_cpu_multiplies_bfloat16(void) {
#if defined(__x86_64__)
    return continuo_cpu_level() >= 4 && __builtin_cpu_supports("avx512bf16");
#else
    return 0;
#endif
}

#endif
