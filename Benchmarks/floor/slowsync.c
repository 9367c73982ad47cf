/* A slower disk, pretended: adds SLOWSYNC_US microseconds to every fsync and fdatasync of the
 * process it is preloaded into.
 *
 *   cc -O2 -shared -fPIC -o slowsync.so slowsync.c -ldl
 *   SLOWSYNC_US=1000 LD_PRELOAD=./slowsync.so ./floor --runs 1000
 *
 * Disks elsewhere, above all those over a network, answer a flush in 1 to 10 ms; the one these
 * benchmarks were written on takes 0.1. A design that flushes too often looks good here only.
 *
 * The thread sleeps, as it would: the CPU stays free for others. Flushes of several threads wait
 * side by side, which is kinder than a real queue.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static long added_us;

__attribute__((constructor)) static void prepare(void)
{
    const char *said = getenv("SLOWSYNC_US");
    added_us = said ? atol(said) : 0;
    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
}

static void wait_longer(void)
{
    if (added_us <= 0) return;
    // The kernel may round a sleep up by 50 us, a twentieth of the shortest delay of interest.
    prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
    struct timespec left = {added_us / 1000000, added_us % 1000000 * 1000};
    while (nanosleep(&left, &left) != 0) {}
}

int fsync(int fd)
{
    wait_longer();
    return real_fsync(fd);
}

int fdatasync(int fd)
{
    wait_longer();
    return real_fdatasync(fd);
}
