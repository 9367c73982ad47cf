#define _GNU_SOURCE
#include "CPluginHost.h"

#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

int arcadia_worker_channel(int *ours, int *theirs) {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return errno;
    *ours = ends[0];
    *theirs = ends[1];
    return 0;
}

int arcadia_worker_pipe(int ends[2]) {
    if (pipe2(ends, O_CLOEXEC) != 0) return errno;
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

int arcadia_worker_end_descriptor(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int arcadia_worker_memory(int64_t bytes) {
    int descriptor = memfd_create("arcadia-worker", MFD_CLOEXEC);
    if (descriptor >= 0 && ftruncate(descriptor, bytes) != 0) {
        close(descriptor);
        return -1;
    }
    return descriptor;
}

/* Out of the way of the numbers that the child will find them under: copies above them, then down to their places. */
static int plan_descriptors(posix_spawn_file_actions_t *actions, const int *descriptors, int count, int output,
                            int *copies) {
    const int above = ARCADIA_WORKER_FIRST_FD + count + 1;
    for (int i = 0; i <= count; i++) {
        copies[i] = fcntl(i < count ? descriptors[i] : output, F_DUPFD_CLOEXEC, above);
        if (copies[i] < 0) return errno;
    }
    int failure = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, copies[count], STDOUT_FILENO);
    if (!failure) failure = posix_spawn_file_actions_adddup2(actions, copies[count], STDERR_FILENO);
    for (int i = 0; i < count && !failure; i++)
        failure = posix_spawn_file_actions_adddup2(actions, copies[i], ARCADIA_WORKER_FIRST_FD + i);
    if (!failure) failure = posix_spawn_file_actions_addclosefrom_np(actions, ARCADIA_WORKER_FIRST_FD + count);
    if (!failure) failure = posix_spawn_file_actions_addchdir_np(actions, "/");
    return failure;
}

static int plan_attributes(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int failure = posix_spawnattr_setsigmask(attributes, &none);
    if (!failure) failure = posix_spawnattr_setsigdefault(attributes, &all);
    if (!failure) failure = posix_spawnattr_setpgroup(attributes, 0);
    if (!failure)
        failure = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    return failure;
}

int arcadia_worker_spawn(const char *path, const char *argument, const int *descriptors, int count, int output,
                         pid_t *pid) {
    char host[16];
    snprintf(host, sizeof host, "%d", (int)getpid());
    char *arguments[] = {"arcadia", (char *)argument, host, NULL};
    char *environment[] = {"PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no",
                           "MALLOC_ARENA_MAX=2", NULL};

    int *copies = malloc(sizeof(int) * (size_t)(count + 1));
    if (!copies) return ENOMEM;
    for (int i = 0; i <= count; i++) copies[i] = -1;
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failure = plan_descriptors(&actions, descriptors, count, output, copies);
    if (!failure) failure = plan_attributes(&attributes);
    if (!failure) failure = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    for (int i = 0; i <= count; i++)
        if (copies[i] >= 0) close(copies[i]);
    free(copies);
    return failure;
}

int arcadia_worker_follow_parent(pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    /* It may have ended before the wish was known. */
    return getppid() == parent ? 0 : -1;
}

void arcadia_worker_print_by_line(void) { setvbuf(stdout, NULL, _IOLBF, 0); }

extern char **environ;

void arcadia_worker_become(const char *program) {
    char *arguments[] = {(char *)program, NULL};
    execve(program, arguments, environ);
}

typedef struct library_walk {
    void (*take)(const char *path, void *context);
    void *context;
} library_walk;

static int take_library(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    library_walk *walk = context;
    const char *name = info->dlpi_name;
    const char *slash = name ? strrchr(name, '/') : NULL;
    if (slash == NULL || slash == name) return 0;
    char folder[4096];
    size_t length = (size_t)(slash - name);
    if (length >= sizeof folder) return 0;
    memcpy(folder, name, length);
    folder[length] = 0;
    walk->take(folder, walk->context);
    return 0;
}

void arcadia_library_folders(void (*take)(const char *path, void *context), void *context) {
    library_walk walk = {take, context};
    dl_iterate_phdr(take_library, &walk);
}
