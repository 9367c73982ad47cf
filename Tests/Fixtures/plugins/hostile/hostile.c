/* hostile: everything that a plugin must not do, by name (`{"how": "segv"}`), for the tests of what a host survives.
 * What only a constructor or the entry can do is compiled in with -DHOSTILE_AT_LOAD='"…"'. */
#define _GNU_SOURCE
#include "arcadia/plugin.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <locale.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const arcadia_host *host;

/* What a mischief says when it could not be done, or was not to be noticed. */
enum { DENIED = 1, DONE = 2 };
typedef int (*mischief)(arcadia_call *call);

static volatile int sink;
static void forever(void) {
    for (;;) sink++;
}

/* ---- Faults ------------------------------------------------------------------------------------------ */

static int segv(arcadia_call *call) { (void)call; return *(volatile int *)(uintptr_t)(sink + 8); }
static int bus(arcadia_call *call) {
    (void)call;
    int fd = memfd_create("hole", 0);
    volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
    return page[0];
}
static int fpe(arcadia_call *call) { (void)call; volatile int zero = 0; return sink / zero; }
static int ill(arcadia_call *call) { (void)call; __builtin_trap(); }
static int call_null(arcadia_call *call) { volatile mischief none = NULL; return none(call); }
static int run_data(arcadia_call *call) {
    static unsigned char code[] = {0xc3};
    union { void *data; mischief code; } bytes = {.data = code};
    return bytes.code(call);
}
static int write_code(arcadia_call *call) { (void)call; *(volatile char *)(uintptr_t)&write_code = 0; return 0; }
static int do_abort(arcadia_call *call) { (void)call; abort(); }
static int overflow_stack(arcadia_call *call) {
    volatile char frame[4096];
    frame[0] = (char)sink;
    return overflow_stack(call) + frame[0];
}
static int jump_stack(arcadia_call *call) { (void)call; volatile char *p = alloca(64 << 20); p[0] = 1; return p[0]; }
static int double_free(arcadia_call *call) {
    (void)call;
    void *volatile block = malloc(4000);
    void *volatile again = block;
    free(block);
    free(again);
    return DONE;
}
static int overflow_heap(arcadia_call *call) {
    (void)call;
    char *volatile block = malloc(24);
    for (int i = 0; i < 1 << 20; i++) block[i] = 'x';
    free(block);
    return DONE;
}
static int own_handler_returns(arcadia_call *call);
static void shrug(int signal_number) { (void)signal_number; }
static int own_handler_returns(arcadia_call *call) {
    signal(SIGSEGV, shrug);
    return segv(call);
}
static sigjmp_buf back;
static void jump(int signal_number) { (void)signal_number; siglongjmp(back, 1); }
static int own_handler_survives(arcadia_call *call) {
    signal(SIGSEGV, jump);
    if (sigsetjmp(back, 1)) return DONE;
    return segv(call);
}

/* ---- Ending the process ---------------------------------------------------------------------------------- */

static int exit_0(arcadia_call *call) { (void)call; exit(0); }
static int exit_3(arcadia_call *call) { (void)call; exit(3); }
static int exit_at_once(arcadia_call *call) { (void)call; _exit(4); }
static int exit_quickly(arcadia_call *call) { (void)call; quick_exit(5); }
static int raise_stop(arcadia_call *call) { (void)call; raise(SIGSTOP); return DONE; }
static int raise_kill(arcadia_call *call) { (void)call; raise(SIGKILL); return DONE; }
static int raise_term(arcadia_call *call) { (void)call; raise(SIGTERM); return DONE; }
static int raise_int(arcadia_call *call) { (void)call; raise(SIGINT); return DONE; }
static int raise_hup(arcadia_call *call) { (void)call; raise(SIGHUP); return DONE; }
static int ring_alarm(arcadia_call *call) { (void)call; alarm(1); for (;;) pause(); }
static int ring_timer(arcadia_call *call) {
    (void)call;
    struct itimerval soon = {{0, 0}, {0, 1000}};
    setitimer(ITIMER_PROF, &soon, NULL);
    forever();
    return 0;
}
static void *abort_there(void *nothing) { (void)nothing; abort(); }
static int abort_in_thread(arcadia_call *call) {
    (void)call;
    pthread_t thread;
    pthread_create(&thread, NULL, abort_there, NULL);
    pthread_join(thread, NULL);
    return DONE;
}
static void *exit_there(void *nothing) { (void)nothing; exit(6); }
static int exit_in_thread(arcadia_call *call) {
    (void)call;
    pthread_t thread;
    pthread_create(&thread, NULL, exit_there, NULL);
    pthread_join(thread, NULL);
    return DONE;
}
static int end_thread(arcadia_call *call) { (void)call; pthread_exit(NULL); }

/* ---- Not coming back --------------------------------------------------------------------------------------- */

static int loop(arcadia_call *call) { (void)call; forever(); return 0; }
static int sleep_forever(arcadia_call *call) { (void)call; for (;;) pause(); }
static int ignore_cancel(arcadia_call *call) { for (;;) { host->heartbeat(call, 1, arcadia_text("")); usleep(1000); } }
static int block_signals(arcadia_call *call) {
    (void)call;
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
    for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
    forever();
    return 0;
}
static volatile sig_atomic_t is_told;
static void be_told(int signal_number) { (void)signal_number; is_told = 1; }
static int return_when_ended(arcadia_call *call) {
    (void)call;
    signal(SIGTERM, be_told);
    while (!is_told) usleep(1000);
    return DONE;
}
static int deadlock(arcadia_call *call) {
    (void)call;
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_lock(&mutex);
    pthread_mutex_lock(&mutex);
    return DONE;
}

/* ---- Eating ------------------------------------------------------------------------------------------------- */

static int eat_memory(arcadia_call *call) {
    (void)call;
    for (;;) {
        char *block = malloc(64 << 20);
        if (!block) abort();
        memset(block, 1, 64 << 20);
    }
}
static int eat_addresses(arcadia_call *call) {
    (void)call;
    while (mmap(NULL, 1u << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED) {}
    return DENIED;
}
static void *sleeps(void *nothing) { (void)nothing; for (;;) pause(); }
static int leak_threads(arcadia_call *call) {
    (void)call;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    for (int i = 0; i < 500; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &small, sleeps, NULL) != 0) return DENIED;
    }
    return DONE;
}
static int leak_descriptors(arcadia_call *call) {
    (void)call;
    int count = 0;
    while (open("/dev/null", O_RDONLY) >= 0 && count < 100000) count++;
    return count < 100000 ? DENIED : DONE;
}
static int fork_bomb(arcadia_call *call) {
    (void)call;
    for (int i = 0; i < 1000; i++) {
        pid_t child = fork();
        if (child < 0) return DENIED;
        if (child == 0) for (;;) fork();
    }
    return DONE;
}
static int start_program(arcadia_call *call) { (void)call; return system("true") == 0 ? DONE : DENIED; }
static int replace_program(arcadia_call *call) {
    (void)call;
    execl("/bin/true", "true", (char *)NULL);
    return DENIED;
}
static int daemonise(arcadia_call *call) { (void)call; return daemon(0, 0) == 0 ? DONE : DENIED; }

/* ---- The process's own things ---------------------------------------------------------------------------------- */

static int close_everything(arcadia_call *call) {
    (void)call;
    for (int fd = 0; fd < 1024; fd++) close(fd);
    return DONE;
}
static int close_standard(arcadia_call *call) { (void)call; close(0); close(1); close(2); return DONE; }
static int close_range_3(arcadia_call *call) { (void)call; return close_range(3, ~0u, 0) == 0 ? DONE : DENIED; }
static int garble_lanes(arcadia_call *call) {
    (void)call;
    for (int fd = 5; fd < 14; fd++)
        if (write(fd, "this is no frame at all", 23) < 0) sink++;
    return DONE;
}
static int garble_control(arcadia_call *call) {
    (void)call;
    if (write(3, "\xff\xff\xff\xff\xff\xff\xff\xff", 8) < 0) return DENIED;
    for (;;) pause();
}
static int forge_frame(arcadia_call *call) {
    (void)call;
    static const char json[] = "{\"frame\":\"outcome\",\"status\":\"found\",\"effect\":\"none\"}";
    uint32_t lengths[2] = {sizeof json - 1, 0};
    for (int fd = 5; fd < 13; fd++)
        if (write(fd, lengths, 8) < 0 || write(fd, json, sizeof json - 1) < 0) sink++;
    return DONE;
}
static int swallow_frames(arcadia_call *call) {
    (void)call;
    for (int fd = 3; fd < 14; fd++) shutdown(fd, SHUT_RDWR);
    for (;;) pause();
}
static int change_folder(arcadia_call *call) { (void)call; return chdir("/usr/lib") == 0 ? DONE : DENIED; }
static int change_umask(arcadia_call *call) { (void)call; umask(0777); return DONE; }
static int change_environment(arcadia_call *call) { (void)call; clearenv(); setenv("PATH", "/nowhere", 1); return DONE; }
static int change_locale(arcadia_call *call) { (void)call; setlocale(LC_ALL, "C"); return DONE; }
static int raise_limits(arcadia_call *call) {
    (void)call;
    struct rlimit none = {RLIM_INFINITY, RLIM_INFINITY};
    return setrlimit(RLIMIT_AS, &none) == 0 ? DONE : DENIED;
}
static int outlive_parent(arcadia_call *call) { (void)call; return prctl(PR_SET_PDEATHSIG, 0) == 0 ? DONE : DENIED; }
static int leave_group(arcadia_call *call) { (void)call; return setsid() >= 0 ? DONE : DENIED; }

/* ---- The world outside ------------------------------------------------------------------------------------------- */

static int open_socket(int family, int type) {
    int fd = socket(family, type, 0);
    if (fd < 0) return DENIED;
    close(fd);
    return DONE;
}
static int socket_inet(arcadia_call *call) { (void)call; return open_socket(AF_INET, SOCK_STREAM); }
static int socket_inet6(arcadia_call *call) { (void)call; return open_socket(AF_INET6, SOCK_DGRAM); }
static int socket_raw(arcadia_call *call) { (void)call; return open_socket(AF_PACKET, SOCK_RAW); }
static int socket_unix(arcadia_call *call) { (void)call; return open_socket(AF_UNIX, SOCK_STREAM); }
static int ring(arcadia_call *call) {
    (void)call;
    struct io_uring_params parameters;
    memset(&parameters, 0, sizeof parameters);
    return syscall(SYS_io_uring_setup, 4, &parameters) >= 0 ? DONE : DENIED;
}
static int open_path(const char *path, int flags) {
    int fd = open(path, flags, 0644);
    if (fd < 0) return DENIED;
    close(fd);
    return DONE;
}
static arcadia_str given_path(arcadia_call *call) {
    arcadia_str path = {NULL, 0};
    host->get_string(call, "/with/path", &path);
    return path;
}
static int with_path(arcadia_call *call, int flags) {
    char path[4096];
    arcadia_str given = given_path(call);
    snprintf(path, sizeof path, "%.*s", (int)given.len, given.ptr);
    return open_path(path, flags);
}
static int write_outside(arcadia_call *call) { return with_path(call, O_WRONLY | O_CREAT); }
static int read_outside(arcadia_call *call) { return with_path(call, O_RDONLY); }
static int remove_outside(arcadia_call *call) {
    char path[4096];
    arcadia_str given = given_path(call);
    snprintf(path, sizeof path, "%.*s", (int)given.len, given.ptr);
    return unlink(path) == 0 ? DONE : DENIED;
}
static int read_passwords(arcadia_call *call) { (void)call; return open_path("/etc/shadow", O_RDONLY); }
static int write_library(arcadia_call *call) { (void)call; return open_path("/usr/lib/hostile", O_WRONLY | O_CREAT); }
static int read_host_memory(arcadia_call *call) {
    (void)call;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mem", (int)getppid());
    return open_path(path, O_RDWR);
}
static int trace_host(arcadia_call *call) { (void)call; return ptrace(PTRACE_SEIZE, getppid(), 0, 0) == 0 ? DONE : DENIED; }
static int kill_host(arcadia_call *call) { (void)call; return kill(getppid(), SIGKILL) == 0 ? DONE : DENIED; }
static int kill_all(arcadia_call *call) { (void)call; return kill(-1, SIGTERM) == 0 ? DONE : DENIED; }
static int kill_host_thread(arcadia_call *call) {
    (void)call;
    return syscall(SYS_tkill, getppid(), SIGKILL) == 0 ? DONE : DENIED;
}
static int mount_something(arcadia_call *call) { (void)call; return mount("none", "/tmp", "tmpfs", 0, NULL) == 0 ? DONE : DENIED; }
static int new_namespace(arcadia_call *call) { (void)call; return unshare(CLONE_NEWUSER) == 0 ? DONE : DENIED; }
static int change_root(arcadia_call *call) { (void)call; return chroot("/tmp") == 0 ? DONE : DENIED; }

/* ---- Too much, and lies ---------------------------------------------------------------------------------------------- */

static int print_much(arcadia_call *call) {
    (void)call;
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (size_t i = 0; i < sizeof block; i += 80) block[i] = '\n';
    for (int i = 0; i < (1 << 30) / (int)sizeof block; i++)
        if (write(1, block, sizeof block) < 0) return DENIED;
    return DONE;
}
static int print_one_line(arcadia_call *call) {
    (void)call;
    static char block[1 << 16];
    memset(block, 'x', sizeof block);
    for (int i = 0; i < 1000; i++)
        if (write(2, block, sizeof block) < 0) return DENIED;
    return DONE;
}
static int log_much(arcadia_call *call) {
    for (int i = 0; i < 10000; i++) host->log(call, ARCADIA_DEBUG, arcadia_text("again"), arcadia_text(NULL));
    return DONE;
}
static int log_escapes(arcadia_call *call) {
    host->log(call, ARCADIA_ERROR, arcadia_text("\x1b[2J\x1b]0;owned\x07 \r\nerror: forged"), arcadia_text(NULL));
    return DONE;
}
static int bad_utf8(arcadia_call *call) {
    return host->put_string(call, "/output/x", arcadia_text("\xff\xfe")) == 0 ? DONE : DENIED;
}
static int bad_json(arcadia_call *call) { return host->result(call, arcadia_text("{\"a\":")) == 0 ? DONE : DENIED; }
static int deep_json(arcadia_call *call) {
    static char text[20001];
    memset(text, '[', 10000);
    memset(text + 10000, ']', 10000);
    return host->put_json(call, "/output/x", arcadia_text(text)) == 0 ? DONE : DENIED;
}
static int huge_result(arcadia_call *call) {
    size_t size = 1u << 30;
    char *text = malloc(size);
    if (!text) return DENIED;
    memset(text, 'x', size);
    arcadia_str value = {text, size};
    int status = host->put_string(call, "/output/x", value) == 0 ? DONE : DENIED;
    free(text);
    return status;
}
static int many_results(arcadia_call *call) {
    static char text[1 << 20];
    memset(text, 'x', sizeof text);
    arcadia_str value = {text, sizeof text};
    char path[64];
    for (int i = 0; i < 1024; i++) {
        snprintf(path, sizeof path, "/output/x%d", i);
        if (host->put_string(call, path, value) != 0) return DENIED;
    }
    return DONE;
}
static int length_lies_a_bit(arcadia_call *call) {
    char *page = mmap(NULL, (16 << 20) + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    arcadia_str value = {page, 8 << 20};
    munmap(page + 4096, 16 << 20);
    return host->put_string(call, "/output/x", value) == 0 ? DONE : DENIED;
}
static int length_lies(arcadia_call *call) {
    arcadia_str value = {"x", SIZE_MAX};
    return host->put_string(call, "/output/x", value) == 0 ? DONE : DENIED;
}
static int wild_pointer(arcadia_call *call) {
    arcadia_str value = {(const char *)(uintptr_t)8, 64};
    return host->put_string(call, "/output/x", value) == 0 ? DONE : DENIED;
}
static int wild_call(arcadia_call *call) {
    (void)call;
    return host->put_int64((arcadia_call *)(uintptr_t)0x1234567, "/output/x", 1) == 0 ? DONE : DENIED;
}
static int null_path(arcadia_call *call) { return host->put_int64(call, NULL, 1) == 0 ? DONE : DENIED; }
static int unmap_itself(arcadia_call *call) {
    (void)call;
    uintptr_t page = (uintptr_t)&unmap_itself & ~(uintptr_t)4095;
    munmap((void *)page, 4096);
    return DONE;
}
static int bad_status(arcadia_call *call) { (void)call; return -77; }
static int suspend_silently(arcadia_call *call) { (void)call; return -1; }

static arcadia_call *kept;
static void *use_late(void *nothing) {
    (void)nothing;
    usleep(200000);
    host->put_int64(kept, "/output/late", 1);
    host->checkpoint(kept, arcadia_text("{\"late\":1}"));
    host->log(kept, ARCADIA_ERROR, arcadia_text("late"), arcadia_text(NULL));
    return NULL;
}
static int use_call_late(arcadia_call *call) {
    kept = call;
    pthread_t thread;
    pthread_create(&thread, NULL, use_late, NULL);
    pthread_detach(thread);
    return DONE;
}

static const struct { const char *name; mischief run; } all[] = {
    {"segv", segv}, {"bus", bus}, {"fpe", fpe}, {"ill", ill}, {"call_null", call_null}, {"run_data", run_data},
    {"write_code", write_code}, {"abort", do_abort}, {"overflow_stack", overflow_stack}, {"jump_stack", jump_stack},
    {"double_free", double_free}, {"overflow_heap", overflow_heap}, {"own_handler_returns", own_handler_returns},
    {"own_handler_survives", own_handler_survives}, {"exit_0", exit_0}, {"exit_3", exit_3},
    {"exit_at_once", exit_at_once}, {"exit_quickly", exit_quickly}, {"raise_stop", raise_stop},
    {"raise_kill", raise_kill}, {"raise_term", raise_term}, {"raise_int", raise_int}, {"raise_hup", raise_hup},
    {"ring_alarm", ring_alarm}, {"ring_timer", ring_timer}, {"abort_in_thread", abort_in_thread},
    {"exit_in_thread", exit_in_thread}, {"end_thread", end_thread}, {"loop", loop}, {"sleep_forever", sleep_forever},
    {"ignore_cancel", ignore_cancel}, {"block_signals", block_signals},
    {"return_when_ended", return_when_ended}, {"deadlock", deadlock},
    {"eat_memory", eat_memory}, {"eat_addresses", eat_addresses}, {"leak_threads", leak_threads},
    {"leak_descriptors", leak_descriptors}, {"fork_bomb", fork_bomb}, {"start_program", start_program},
    {"replace_program", replace_program}, {"daemonise", daemonise}, {"close_everything", close_everything},
    {"close_standard", close_standard}, {"close_range", close_range_3}, {"garble_lanes", garble_lanes},
    {"garble_control", garble_control}, {"forge_frame", forge_frame}, {"swallow_frames", swallow_frames},
    {"change_folder", change_folder}, {"change_umask", change_umask}, {"change_environment", change_environment},
    {"change_locale", change_locale}, {"raise_limits", raise_limits}, {"outlive_parent", outlive_parent},
    {"leave_group", leave_group}, {"socket_inet", socket_inet}, {"socket_inet6", socket_inet6},
    {"socket_raw", socket_raw}, {"socket_unix", socket_unix}, {"io_uring", ring}, {"write_outside", write_outside},
    {"read_outside", read_outside}, {"remove_outside", remove_outside}, {"read_passwords", read_passwords},
    {"write_library", write_library}, {"read_host_memory", read_host_memory}, {"trace_host", trace_host},
    {"kill_host", kill_host}, {"kill_all", kill_all}, {"kill_host_thread", kill_host_thread},
    {"mount", mount_something}, {"namespace", new_namespace}, {"change_root", change_root},
    {"print_much", print_much}, {"print_one_line", print_one_line}, {"log_much", log_much},
    {"log_escapes", log_escapes}, {"bad_utf8", bad_utf8}, {"bad_json", bad_json}, {"deep_json", deep_json},
    {"huge_result", huge_result}, {"many_results", many_results}, {"length_lies_a_bit", length_lies_a_bit},
    {"length_lies", length_lies}, {"wild_pointer", wild_pointer}, {"wild_call", wild_call}, {"null_path", null_path},
    {"unmap_itself", unmap_itself}, {"bad_status", bad_status}, {"suspend_silently", suspend_silently},
    {"use_call_late", use_call_late},
};

static arcadia_status execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    arcadia_str how = {NULL, 0};
    host->get_string(call, "/with/how", &how);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (how.len != strlen(all[i].name) || memcmp(how.ptr, all[i].name, how.len) != 0) continue;
        int what = all[i].run(call);
        if (what == -1) return ARCADIA_SUSPENDED;
        if (what == -77) return 77;
        host->put_string(call, "/output/what", arcadia_text(what == DENIED ? "denied" : "done"));
        return ARCADIA_OK;
    }
    return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "no such mischief");
}

static arcadia_status compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)call;
    (void)op;
    return ARCADIA_OK;
}

static arcadia_status probe(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    host->found(call, ARCADIA_EFFECT_NONE);
    return ARCADIA_OK;
}

static const arcadia_operation operation = {sizeof(arcadia_operation), 0, "do", execute, compensate, probe, NULL};
static const arcadia_operation *const operations[] = {&operation};

#ifdef HOSTILE_AT_LOAD
static int at(const char *place) { return strcmp(HOSTILE_AT_LOAD, place) == 0; }
__attribute__((constructor)) static void construct(void) {
    if (at("constructor_aborts")) abort();
    if (at("constructor_loops")) forever();
    if (at("constructor_exits")) exit(7);
    if (at("constructor_opens_socket")) sink = socket(AF_INET, SOCK_STREAM, 0);
}
static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    (void)instance;
    if (at("create_faults")) sink = segv(call);
    if (at("create_sleeps")) for (;;) pause();
    if (at("create_exits")) _exit(0);
    return ARCADIA_OK;
}
#else
#define create NULL
#endif

static const arcadia_plugin plugin = {
    sizeof(arcadia_plugin), ARCADIA_ABI_MINOR, 0, 1, "hostile", "1.0.0", operations, create, NULL, NULL, NULL,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
#ifdef HOSTILE_AT_LOAD
    if (at("entry_faults")) sink = segv(NULL);
    if (at("entry_loops")) forever();
#endif
    return &plugin;
}
