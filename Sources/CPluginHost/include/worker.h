/* What a worker needs of C: how it is started, and what it may not do from then on. */
#ifndef ARCADIA_CPLUGINHOST_WORKER_H
#define ARCADIA_CPLUGINHOST_WORKER_H

#include <stdint.h>
#include <sys/types.h>

/* ---- Starting one ---------------------------------------------------------------------------------- */

enum { ARCADIA_WORKER_FIRST_FD = 3 };

/* Starts a program with nothing of this process but the descriptors given, which it finds from 3 on in their order. stdin
 * is /dev/null, stdout and stderr are `output`. No environment but PATH and LANG, signals as after a login, a process
 * group of its own, the folder / . Returns 0, or an errno. */
int arcadia_worker_spawn(const char *path, const char *argument, const int *descriptors, int count, int output,
                         pid_t *pid);

/* A stream of bytes between two processes, close-on-exec. Returns 0, or an errno. */
int arcadia_worker_channel(int *ours, int *theirs);
/* A pipe for what it prints: [0] to read, not blocking; [1] to write. Close-on-exec. Returns 0, or an errno. */
int arcadia_worker_pipe(int ends[2]);
/* Becomes readable when the process has ended; -1: none to be had. */
int arcadia_worker_end_descriptor(pid_t pid);
/* Memory that both processes see, all zero. -1: none to be had. */
int arcadia_worker_memory(int64_t bytes);

/* ---- Being one ------------------------------------------------------------------------------------- */

typedef struct arcadia_sandbox {
    const char *const *readable; /* folders and files, NULL at the end */
    const char *const *writable; /* folders, NULL at the end           */
    uint64_t memory_bytes;       /* of address space; 0: no limit      */
    int32_t may_spawn;           /* 1: other programs may be started   */
    int32_t may_become;          /* 1: it may make way for a program   */
    int32_t kept_descriptor;     /* not to be closed by the plugin     */
    /* Where the number of a system call that ends the process is left, and its first argument. */
    int32_t *forbidden_call;
    int32_t *forbidden_argument;
} arcadia_sandbox;

enum {
    ARCADIA_SANDBOX_FILES = 1,   /* the kernel keeps it to its folders (Landlock) */
    ARCADIA_SANDBOX_CALLS = 2    /* the kernel keeps it from system calls (seccomp) */
};

/* Ends with its parent. Returns 0, or -1 when the parent is gone already. */
int arcadia_worker_follow_parent(pid_t parent);
/* What the plugin prints is sent on line by line: a worker's end flushes nothing. */
void arcadia_worker_print_by_line(void);
/* Gives up what a plugin does not need, for good. Returns which of the ARCADIA_SANDBOX_ are in force. */
int arcadia_sandbox_enter(const arcadia_sandbox *sandbox);

/* Makes way for a program. Returns only when that cannot be. */
void arcadia_worker_become(const char *program);

/* The folders that the libraries in this process lie in, one after the other. */
void arcadia_library_folders(void (*take)(const char *path, void *context), void *context);

/* A name for the forbidden calls that a plugin is likely to make. eg: "socket"; NULL: another */
const char *arcadia_call_name(int32_t number);

#endif
