/* The least that a call in another process costs: so many bytes there and so many back over a socketpair, between two
 * processes that do nothing else. usage: pingpong BYTES_THERE BYTES_BACK COUNT; prints {"p50_us":…,"p99_us":…} */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void give(int fd, const char *bytes, size_t count) {
    for (size_t sent = 0; sent < count;) {
        ssize_t now = send(fd, bytes + sent, count - sent, MSG_NOSIGNAL);
        if (now <= 0) exit(0);
        sent += (size_t)now;
    }
}

static void take(int fd, char *bytes, size_t count) {
    for (size_t got = 0; got < count;) {
        ssize_t now = recv(fd, bytes + got, count - got, 0);
        if (now <= 0) exit(0);
        got += (size_t)now;
    }
}

static double now_us(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(int count, char **words) {
    if (count < 4) return 64;
    size_t there = (size_t)atol(words[1]), back = (size_t)atol(words[2]), rounds = (size_t)atol(words[3]);
    char *bytes = calloc(1, there + back + 1);
    double *times = calloc(rounds, sizeof *times);
    int ends[2];
    if (!bytes || !times || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return 71;
    if (fork() == 0) {
        close(ends[0]);
        for (;;) {
            take(ends[1], bytes, there);
            give(ends[1], bytes, back);
        }
    }
    close(ends[1]);
    for (size_t i = 0; i < rounds; i++) {
        double start = now_us();
        give(ends[0], bytes, there);
        take(ends[0], bytes, back);
        times[i] = now_us() - start;
    }
    close(ends[0]);
    wait(NULL);
    qsort(times, rounds, sizeof *times, by_size);
    printf("{\"p50_us\":%.2f,\"p99_us\":%.2f}\n", times[rounds / 2], times[rounds * 99 / 100]);
    return 0;
}
