#define _GNU_SOURCE
#include "CPluginHost.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- Files: Landlock -------------------------------------------------------------------------------- */

/* Rights by the version of the interface that brought them; kernel headers older than the kernel do not name them. */
#define RIGHTS_V1 ((1ull << 13) - 1)
#define RIGHT_REFER (1ull << 13)     /* v2 */
#define RIGHT_TRUNCATE (1ull << 14)  /* v3 */
#define RIGHT_IOCTL_DEV (1ull << 15) /* v5 */
#define READING (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILE_RIGHTS                                                                                                  \
    (LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE |     \
     RIGHT_IOCTL_DEV)

typedef struct landlock_rules {
    uint64_t fs;
    uint64_t net;
    uint64_t scoped;
} landlock_rules;

static uint64_t known_rights(long version) {
    uint64_t rights = RIGHTS_V1;
    if (version >= 2) rights |= RIGHT_REFER;
    if (version >= 3) rights |= RIGHT_TRUNCATE;
    if (version >= 5) rights |= RIGHT_IOCTL_DEV;
    return rights;
}

static void permit(int ruleset, const char *path, uint64_t rights, uint64_t known) {
    int descriptor = open(path, O_PATH | O_CLOEXEC);
    if (descriptor < 0) return; /* what is not there need not be permitted */
    struct stat status;
    if (fstat(descriptor, &status) == 0 && !S_ISDIR(status.st_mode)) rights &= FILE_RIGHTS;
    struct landlock_path_beneath_attr beneath;
    memset(&beneath, 0, sizeof beneath);
    beneath.allowed_access = rights & known;
    beneath.parent_fd = descriptor;
    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
    close(descriptor);
}

static int keep_to_folders(const arcadia_sandbox *sandbox) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return 0;
    uint64_t known = known_rights(version);
    landlock_rules rules = {known, 0, 0};
    size_t size = sizeof rules.fs;
    if (version >= 4) { /* no TCP port may be bound or connected to */
        rules.net = 3;
        size += sizeof rules.net;
    }
    if (version >= 6) { /* no abstract socket and no process outside */
        rules.scoped = 3;
        size += sizeof rules.scoped;
    }
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &rules, size, 0);
    if (ruleset < 0) return 0;
    for (const char *const *path = sandbox->readable; *path; path++) permit(ruleset, *path, READING, known);
    for (const char *const *path = sandbox->writable; *path; path++)
        permit(ruleset, *path, known & ~(uint64_t)LANDLOCK_ACCESS_FS_EXECUTE, known);
    permit(ruleset, "/dev/null", READING | LANDLOCK_ACCESS_FS_WRITE_FILE, known);
    long failure = syscall(SYS_landlock_restrict_self, ruleset, 0);
    close(ruleset);
    return failure == 0 ? ARCADIA_SANDBOX_FILES : 0;
}

/* ---- System calls: seccomp -------------------------------------------------------------------------- */

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_MACHINE

enum { most_instructions = 512 };

typedef struct program {
    struct sock_filter code[most_instructions];
    unsigned short length;
} program;

static void add(program *p, unsigned short code, uint32_t k, uint8_t yes, uint8_t no) {
    if (p->length < most_instructions) p->code[p->length++] = (struct sock_filter){code, yes, no, k};
}

static void load(program *p, uint32_t offset) { add(p, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }
static void answer(program *p, uint32_t action) { add(p, BPF_RET | BPF_K, action, 0, 0); }
static void load_number(program *p) { load(p, offsetof(struct seccomp_data, nr)); }
/* The low half of an argument, on machines with the low half first. */
static void load_argument(program *p, int index) { load(p, offsetof(struct seccomp_data, args) + 8u * (uint32_t)index); }
static void load_upper(program *p, int index) { load(p, offsetof(struct seccomp_data, args) + 8u * (uint32_t)index + 4); }

#define REFUSED (SECCOMP_RET_ERRNO | EPERM)
#define STOPPED SECCOMP_RET_TRAP

static void refuse(program *p, long number, uint32_t action) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
    answer(p, action);
}

/* A call whose argument must be just this. */
static void only_with(program *p, long number, int argument, uint32_t value, uint32_t action) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load_argument(p, argument);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 1, 0);
    answer(p, action);
    load_number(p);
}

/* A call whose argument must not be this. */
static void never_with(program *p, long number, int argument, uint32_t value, uint32_t action) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 4);
    load_argument(p, argument);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
    answer(p, action);
    load_number(p);
}

/* Sockets to the outside stop the worker: HTTP is the host's. Local ones (a name service, the system log) are only not
 * to be had, because libraries ask for them on their own. */
static void add_sockets(program *p) {
    add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 0, 5);
    load_argument(p, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_UNIX, 1, 0);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, AF_NETLINK, 0, 1);
    answer(p, SECCOMP_RET_ERRNO | EACCES);
    answer(p, STOPPED);
}

/* Threads are fine; processes are not. clone3's flags lie in memory, out of reach: libraries fall back to clone. */
static void add_processes(program *p, int may_become) {
    refuse(p, SYS_clone3, SECCOMP_RET_ERRNO | ENOSYS);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 4);
    load_argument(p, 0);
    add(p, BPF_JMP | BPF_JSET | BPF_K, 0x00010000 /* CLONE_THREAD */, 1, 0);
    answer(p, REFUSED);
    load_number(p);
#ifdef SYS_fork
    refuse(p, SYS_fork, REFUSED);
    refuse(p, SYS_vfork, REFUSED);
#endif
    if (!may_become) refuse(p, SYS_execve, REFUSED);
    refuse(p, SYS_execveat, REFUSED);
}

/* Reading a limit is fine, setting one is not: the worker's are the host's decision. */
static void add_limits(program *p) {
    refuse(p, SYS_setrlimit, REFUSED);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 6);
    load_argument(p, 2);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 2);
    load_upper(p, 2);
    add(p, BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0);
    answer(p, REFUSED);
    load_number(p);
}

static const long refused_calls[] = {
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot,
    SYS_unshare, SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_keyctl, SYS_add_key, SYS_request_key, SYS_userfaultfd,
    SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, SYS_open_by_handle_at, SYS_name_to_handle_at,
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load,
    SYS_settimeofday, SYS_clock_settime, SYS_adjtimex, SYS_sethostname, SYS_setdomainname, SYS_acct, SYS_quotactl,
    SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_pidfd_send_signal, SYS_pidfd_getfd, SYS_kcmp,
    SYS_seccomp, SYS_personality, SYS_setsid, SYS_setpgid,
};

static int forbid_calls(const arcadia_sandbox *sandbox) {
    static program p;
    uint32_t self = (uint32_t)getpid();
    load(&p, offsetof(struct seccomp_data, arch));
    add(&p, BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
    load_number(&p);
#ifdef __x86_64__
    /* The x32 twins of all calls. */
    add(&p, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1);
    answer(&p, SECCOMP_RET_KILL_PROCESS);
#endif
    add_sockets(&p);
    if (!sandbox->may_spawn) add_processes(&p, sandbox->may_become);
    add_limits(&p);
    /* The host's lock: it counts as alive for as long as its workers may still do something. */
    never_with(&p, SYS_close, 0, (uint32_t)sandbox->kept_descriptor, SECCOMP_RET_ERRNO | EBADF);
    never_with(&p, SYS_dup3, 1, (uint32_t)sandbox->kept_descriptor, SECCOMP_RET_ERRNO | EBADF);
#ifdef SYS_dup2
    never_with(&p, SYS_dup2, 1, (uint32_t)sandbox->kept_descriptor, SECCOMP_RET_ERRNO | EBADF);
#endif
    refuse(&p, SYS_close_range, SECCOMP_RET_ERRNO | ENOSYS);
    only_with(&p, SYS_kill, 0, self, REFUSED);
    only_with(&p, SYS_tgkill, 0, self, REFUSED);
    never_with(&p, SYS_rt_sigaction, 0, SIGSYS, REFUSED);
    never_with(&p, SYS_prctl, 0, PR_SET_PDEATHSIG, REFUSED);
    never_with(&p, SYS_prctl, 0, PR_SET_SECCOMP, REFUSED);
    for (size_t i = 0; i < sizeof refused_calls / sizeof refused_calls[0]; i++) refuse(&p, refused_calls[i], REFUSED);
    answer(&p, SECCOMP_RET_ALLOW);
    struct sock_fprog filter = {p.length, p.code};
    /* All threads: there is one, but a runtime may have started its own. */
    long failure = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter);
    return failure == 0 ? ARCADIA_SANDBOX_CALLS : 0;
}

static int32_t *call_place, *argument_place;

static void stopped(int signal_number, siginfo_t *info, void *context) {
    (void)context;
    if (call_place) *call_place = info->si_syscall;
#ifdef __x86_64__
    if (argument_place) *argument_place = (int32_t)((ucontext_t *)context)->uc_mcontext.gregs[REG_RDI];
#else
    if (argument_place) *argument_place = (int32_t)((ucontext_t *)context)->uc_mcontext.regs[0];
#endif
    arcadia_attribute(signal_number);
}

static void catch_forbidden(const arcadia_sandbox *sandbox) {
    call_place = sandbox->forbidden_call;
    argument_place = sandbox->forbidden_argument;
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = stopped;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
    sigaction(SIGSYS, &action, NULL);
}

#else
static int forbid_calls(const arcadia_sandbox *sandbox) { (void)sandbox; return 0; }
static void catch_forbidden(const arcadia_sandbox *sandbox) { (void)sandbox; }
#endif

/* ---- The rest ----------------------------------------------------------------------------------------- */

static void limit(int resource, rlim_t most) {
    struct rlimit limit = {most, most};
    setrlimit(resource, &limit);
}

static void drop_capabilities(void) {
    for (int capability = 0; capability <= 63; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    syscall(SYS_capset, &header, none);
}

int arcadia_sandbox_enter(const arcadia_sandbox *sandbox) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NOFILE, 256);
    if (sandbox->memory_bytes) limit(RLIMIT_AS, sandbox->memory_bytes);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    int force = keep_to_folders(sandbox);
    drop_capabilities();
    catch_forbidden(sandbox);
    return force | forbid_calls(sandbox);
}

const char *arcadia_call_name(int32_t number) { return number == SYS_socket ? "socket" : NULL; }
