#define _GNU_SOURCE
#include "CPluginHost.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

_Static_assert(sizeof(arcadia_mark) == 256, "a mark straddles no page");

static __thread arcadia_mark *current;

static const int faults[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS};

void arcadia_enter_call(arcadia_mark *mark) {
    /* Release: what the mark says is in place before it counts. */
    __atomic_store_n(&mark->begun, 1, __ATOMIC_RELEASE);
    current = mark;
}

void arcadia_leave_call(void) { current = NULL; }

int arcadia_flag_open(int is_raised) { return eventfd(is_raised ? 1 : 0, EFD_CLOEXEC | EFD_NONBLOCK); }

void arcadia_flag_raise(int descriptor) { eventfd_write(descriptor, 1); }

static __thread const void *current_handle;
static __thread void *current_object;

void arcadia_set_current_call(const void *handle, void *object) {
    current_handle = handle;
    current_object = object;
}

void *arcadia_current_call(const void *handle) { return handle == current_handle ? current_object : NULL; }

const char *arcadia_cause_name(int32_t cause) {
    switch (cause) {
    case ARCADIA_CAUSE_EXIT: return "exit";
    case SIGSEGV: return "SIGSEGV";
    case SIGBUS: return "SIGBUS";
    case SIGILL: return "SIGILL";
    case SIGFPE: return "SIGFPE";
    case SIGABRT: return "SIGABRT";
    case SIGTRAP: return "SIGTRAP";
    case SIGSYS: return "SIGSYS";
    default: return "a signal";
    }
}

/* Only what signal-safety(7) allows from here on: no stdio, no malloc. */
static void say(const char *text) {
    ssize_t written = write(STDERR_FILENO, text, strlen(text));
    (void)written;
}

static void tell(const arcadia_mark *mark, const char *cause) {
    say("arcadia: plugin \"");
    say(mark->plugin);
    say("\" ended this process (");
    say(cause);
    say(") in ");
    say(mark->operation);
    if (mark->run_id[0]) {
        say(" of run ");
        say(mark->run_id);
        say("; `arcadia resume` goes on, and counts it as an attempt");
    }
    say("\n");
}

static int is_silent;

void arcadia_crash_silently(void) { is_silent = 1; }

void arcadia_attribute(int signal_number) {
    arcadia_mark *mark = current;
    if (mark != NULL) {
        current = NULL;
        mark->cause = signal_number;
        if (!is_silent) tell(mark, arcadia_cause_name(signal_number));
    }
    /* SA_RESETHAND put the default back: the process ends as it would have, core dump and all. */
    raise(signal_number);
}

static void attribute_exit(void) {
    arcadia_mark *mark = current;
    if (mark == NULL) return;
    current = NULL;
    mark->cause = ARCADIA_CAUSE_EXIT;
    if (!is_silent) tell(mark, "exit");
    /* Other threads still run; handlers of the host that would tidy up have no business in this exit. */
    _exit(70);
}

static char farewell[256];

static void interrupted(int signal_number) {
    say(farewell);
    raise(signal_number); /* SA_RESETHAND: with its default now */
}

void arcadia_say_when_interrupted(const char *text) {
    static const int interrupts[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = text ? interrupted : SIG_DFL;
    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    if (text) strncpy(farewell, text, sizeof farewell - 1);
    for (size_t i = 0; i < sizeof interrupts / sizeof interrupts[0]; i++) sigaction(interrupts[i], &action, NULL);
}

void arcadia_install_crash_handlers(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = arcadia_attribute;
    action.sa_flags = SA_ONSTACK | SA_RESETHAND | SA_NODEFER;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) sigaction(faults[i], &action, NULL);
    atexit(attribute_exit);
}

static __thread int is_host_thread;

int arcadia_is_host_thread(void) { return is_host_thread; }

void arcadia_prepare_thread(void) {
    is_host_thread = 1;
    const size_t size = 64 * 1024;
    stack_t stack;
    memset(&stack, 0, sizeof stack);
    stack.ss_sp = malloc(size); /* lives as long as the thread, which lives as long as the host */
    if (stack.ss_sp == NULL) return;
    stack.ss_size = size;
    sigaltstack(&stack, NULL);
}
