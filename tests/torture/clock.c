/* Preloaded into the processes under torture: their wall clock is the machine's plus a number of seconds,
   an int64 in the file that TORTURE_CLOCK names. Clocks that only count are left alone.

   Who waits until a moment computes it from this clock, but the kernel waits by its own. So moments are translated. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

/* A moment of the wall clock has more seconds; one of a clock that counts from the machine's start has fewer. */
#define FIRST_WALL_SECOND 1000000000

static volatile int64_t *ahead;

typedef int (*posix_wait)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
typedef int (*c11_wait)(cnd_t *, mtx_t *, const struct timespec *);
static posix_wait wait_posix;
static c11_wait wait_c11;

__attribute__((constructor)) static void open_clock(void) {
    const char *path = getenv("TORTURE_CLOCK");
    wait_c11 = (c11_wait)dlsym(RTLD_NEXT, "cnd_timedwait");
    /* Without a version this may be the one of an earlier, incompatible pthread_cond_t. */
    wait_posix = (posix_wait)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    if (!wait_posix)
        wait_posix = (posix_wait)dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    int handle = path ? open(path, O_RDONLY) : -1;
    if (handle < 0)
        return;
    void *mapped = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, handle, 0);
    close(handle);
    if (mapped != MAP_FAILED)
        ahead = mapped;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && ahead && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += *ahead;
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec precise;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &precise))
        return -1;
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *result) {
    struct timespec precise;
    clock_gettime(CLOCK_REALTIME, &precise);
    if (result)
        *result = precise.tv_sec;
    return precise.tv_sec;
}

static struct timespec as_the_kernel_has_it(const struct timespec *moment) {
    struct timespec real = *moment;
    if (ahead && real.tv_sec > FIRST_WALL_SECOND)
        real.tv_sec -= *ahead;
    return real;
}

int pthread_cond_timedwait(pthread_cond_t *restrict condition, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict until) {
    struct timespec real = as_the_kernel_has_it(until);
    return wait_posix(condition, mutex, &real);
}

int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
    struct timespec real = as_the_kernel_has_it(until);
    return wait_c11(condition, mutex, &real);
}
