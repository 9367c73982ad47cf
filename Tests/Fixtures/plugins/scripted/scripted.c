/* scripted: a real plugin that does what its `with` says, for the host's tests. README.md lists the words.
 *
 * Its only memory is the journal, a file that every call appends one line to: how often something happened
 * is counted there, so it survives the crashes this plugin is made for. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static const arcadia_host *host;

struct arcadia_instance {
    char journal[4096]; /* from the configuration; empty: none */
};

static int is(arcadia_str text, const char *word) {
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static arcadia_str string_at(arcadia_call *call, const char *path, const char *otherwise) {
    arcadia_str value;
    return host->get_string(call, path, &value) == 1 ? value : arcadia_text(otherwise);
}

static int64_t int64_at(arcadia_call *call, const char *path, int64_t otherwise) {
    int64_t value;
    return host->get_int64(call, path, &value) == 1 ? value : otherwise;
}

static void sleep_ms(int64_t ms) {
    struct timespec span = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    nanosleep(&span, NULL);
}

static arcadia_effect effect_named(arcadia_str name) {
    if (is(name, "none")) return ARCADIA_EFFECT_NONE;
    if (is(name, "partial")) return ARCADIA_EFFECT_PARTIAL;
    if (is(name, "applied")) return ARCADIA_EFFECT_APPLIED;
    return ARCADIA_EFFECT_UNKNOWN;
}

/* ---- The journal ---------------------------------------------------------------------------------- */

static int open_journal(arcadia_instance *instance, arcadia_call *call) {
    arcadia_str path = string_at(call, "/with/journal", instance ? instance->journal : "");
    char name[4096];
    if (path.len == 0 || path.len >= sizeof name) return -1;
    memcpy(name, path.ptr, path.len);
    name[path.len] = 0;
    return open(name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
}

/* How many lines of the file start with these words. */
static int64_t count_lines(int fd, const char *words) {
    int file = dup(fd); /* fclose closes what it was given; the position is shared, hence the lseek */
    FILE *lines = file < 0 ? NULL : fdopen(file, "r");
    if (!lines) return 0;
    lseek(fd, 0, SEEK_SET);

    int64_t found = 0;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, lines) > 0) found += strncmp(line, words, strlen(words)) == 0;
    free(line);
    fclose(lines);
    return found;
}

/* Notes this call and says the how manyth of its verb it is for this step. 0: there is no journal. */
static int64_t note(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op, const char *verb) {
    int fd = open_journal(instance, call);
    if (fd < 0) return 0;

    char line[1024];
    int length = snprintf(line, sizeof line, "%s %.*s attempt=%u key=%.*s\n", verb, (int)op->step_id.len,
                          op->step_id.ptr, (unsigned)op->attempt, (int)op->idempotency_key.len,
                          op->idempotency_key.ptr);
    ssize_t written = write(fd, line, (size_t)length);

    char words[512];
    snprintf(words, sizeof words, "%s %.*s attempt=", verb, (int)op->step_id.len, op->step_id.ptr);
    int64_t nth = written == length ? count_lines(fd, words) : 0;
    close(fd);
    return nth;
}

/* ---- Ways to end ---------------------------------------------------------------------------------- */

static arcadia_status fail_because(arcadia_call *call, arcadia_code code, arcadia_effect effect,
                                   arcadia_str message) {
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = (uint32_t)sizeof error;
    error.code = code;
    error.effect = effect;
    error.message = message;

    int32_t again = 0;
    host->get_bool(call, "/with/retry", &again);
    int64_t after_ms = int64_at(call, "/with/retry_after_ms", -1);
    error.retry = after_ms >= 0 ? ARCADIA_RETRY_AFTER : again ? ARCADIA_RETRY_YES : ARCADIA_RETRY_NO;
    error.retry_after_ms = after_ms > 0 ? (uint32_t)after_ms : 0;

    host->fail(call, &error);
    return ARCADIA_FAILED;
}

static arcadia_status refuse(arcadia_call *call, const char *message) {
    return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, message);
}

static arcadia_status host_bug(arcadia_call *call, const char *message) {
    return arcadia_fail(host, call, ARCADIA_E_BUG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, message);
}

static arcadia_effect told_effect(arcadia_call *call) {
    return effect_named(string_at(call, "/with/effect", "none"));
}

static arcadia_status fail(arcadia_call *call) {
    return fail_because(call, ARCADIA_E_REMOTE, told_effect(call),
                        string_at(call, "/with/message", "scripted was asked to fail"));
}

static arcadia_status succeed(arcadia_call *call) {
    arcadia_str output;
    if (host->get_json(call, "/with/output", &output) == 1 && host->result(call, output) != 0)
        return refuse(call, "`output` must be an object");
    return ARCADIA_OK;
}

static arcadia_status crash(arcadia_call *call) {
    (void)call;
    volatile int *volatile nowhere = NULL; /* both: or the compiler drops the store */
    *nowhere = 1;
    return ARCADIA_OK;
}

static arcadia_status abort_process(arcadia_call *call) {
    (void)call;
    abort();
}

static arcadia_status exit_process(arcadia_call *call) {
    (void)call;
    exit(42);
}

static arcadia_status hang(arcadia_call *call) {
    (void)call;
    volatile int forever = 1;
    while (forever) sleep_ms(1000);
    return ARCADIA_OK;
}

/* One sign of life, then none. */
static arcadia_status heartbeat_silent(arcadia_call *call) {
    host->heartbeat(call, 10, arcadia_text("falling silent"));
    return hang(call);
}

/* Alive for an hour, and deaf. */
static arcadia_status ignore_cancel(arcadia_call *call) {
    for (int i = 0; i < 3600 * 10; i++) {
        host->heartbeat(call, -1, arcadia_text(NULL));
        sleep_ms(100);
    }
    return succeed(call);
}

/* Everything that a call can say on its way. */
static arcadia_status talk(arcadia_call *call) {
    host->log(call, ARCADIA_INFO, arcadia_text("half of it"), arcadia_text("{\"done\":2}"));
    host->log(call, ARCADIA_DEBUG, arcadia_text("the other half"), arcadia_text(NULL));
    printf("printed, and not flushed\n");
    host->heartbeat(call, 40, arcadia_text("two of five"));
    if (host->checkpoint(call, arcadia_text("{\"begun\":true}")) != 0)
        return host_bug(call, "the host did not take the checkpoint");
    return succeed(call);
}

static arcadia_status wait_cancel(arcadia_call *call) {
    struct pollfd cancel = {.fd = host->cancel_fd(call), .events = POLLIN};
    while (!host->cancel_requested(call)) {
        host->heartbeat(call, 50, arcadia_text("waiting"));
        poll(&cancel, 1, cancel.fd < 0 ? 20 : 500);
    }
    fail_because(call, ARCADIA_E_OTHER, told_effect(call),
                 string_at(call, "/with/message", "scripted was cancelled"));
    return ARCADIA_CANCELLED;
}

static arcadia_status suspend(arcadia_call *call) {
    int64_t done = int64_at(call, "/checkpoint/suspends", 0);
    if (done >= int64_at(call, "/with/suspends", 1)) return succeed(call);
    if (host->put_int64(call, "/checkpoint/suspends", done + 1) != 0 ||
        host->suspend(call, int64_at(call, "/with/suspend_ms", 10)) != 0)
        return host_bug(call, "the host did not take the suspension");
    return ARCADIA_SUSPENDED;
}

/* Crashes right after a durable checkpoint; the call that finds it succeeds. */
static arcadia_status checkpoint_then_crash(arcadia_call *call) {
    int32_t crashed = 0;
    if (host->get_bool(call, "/checkpoint/crashed", &crashed) == 1 && crashed) return succeed(call);
    if (host->checkpoint(call, arcadia_text("{\"crashed\":true}")) != 0)
        return host_bug(call, "the host did not take the checkpoint");
    return crash(call);
}

static volatile int bottomless = 1;

static int sink(int depth) {
    volatile char frame[4096];
    frame[0] = (char)depth;
    return bottomless ? sink(depth + 1) + frame[0] : frame[0];
}

static arcadia_status stack_overflow(arcadia_call *call) { return sink(0) ? succeed(call) : ARCADIA_OK; }

static arcadia_status no_fail_call(arcadia_call *call) {
    (void)call;
    return ARCADIA_FAILED;
}

static arcadia_status bad_status(arcadia_call *call) {
    (void)call;
    return 99;
}

/* Offers what the host must refuse, then an output that breaks the manifest's schema, and calls it a day. */
static arcadia_status bad_output(arcadia_call *call) {
    if (host->result(call, arcadia_text("{\"number\":")) == 0)
        return host_bug(call, "the host took half a document");
    if (host->result(call, arcadia_text("[1]")) == 0)
        return host_bug(call, "the host took an array for an output");
    if (host->put_int64(call, "/inputs/number", 1) == 0)
        return host_bug(call, "the host let an input be changed");
    if (host->put_json(call, "/output/number", arcadia_text("1 2")) == 0)
        return host_bug(call, "the host took two values");
    if (host->put_json(call, "/output", arcadia_text("[1]")) == 0 || host->put_json(call, "/with", arcadia_text("{}")) == 0)
        return host_bug(call, "the host took a document that it must not take");
    host->put_int64(call, "/output/other", 1);
    if (host->put_json(call, "/output", arcadia_text("{}")) != 0 || host->count(call, "/output") != 0)
        return host_bug(call, "the host did not replace the output");
    host->put_string(call, "/output/number", arcadia_text("not a number"));
    return ARCADIA_OK;
}

/* An overlong form, a lone surrogate and a stray byte, wherever text goes. */
static arcadia_status bad_utf8(arcadia_call *call) {
    arcadia_str bad = arcadia_text("\xc0\xaf \xed\xa0\x80 \xff");
    host->log(call, ARCADIA_WARN, bad, arcadia_text("{\"field\":\"\xff\"}"));
    host->heartbeat(call, 50, bad);
    if (host->put_string(call, "/output/text", bad) == 0)
        return host_bug(call, "the host took text that is not UTF-8");
    if (host->put_int64(call, "/output/\xff", 1) == 0)
        return host_bug(call, "the host took a path that is not UTF-8");
    return fail_because(call, ARCADIA_E_REMOTE, told_effect(call), bad);
}

static arcadia_status big_output(arcadia_call *call) {
    size_t size = (size_t)int64_at(call, "/with/bytes", 17 * 1024 * 1024);
    char *text = malloc(size + 1);
    if (!text) return host_bug(call, "there is no memory for the output");
    memset(text, 'x', size);
    text[size] = 0;
    int32_t refused = host->put_string(call, "/output/text", (arcadia_str){text, size});
    free(text);
    if (refused)
        return fail_because(call, ARCADIA_E_QUOTA, told_effect(call),
                            arcadia_text("the host refused the output"));
    return ARCADIA_OK;
}

static const struct {
    const char *word;
    arcadia_status (*run)(arcadia_call *call);
} script[] = {
    {"succeed", succeed},
    {"fail", fail},
    {"crash", crash},
    {"hang", hang},
    {"suspend", suspend},
    {"checkpoint_then_crash", checkpoint_then_crash},
    {"abort", abort_process},
    {"exit", exit_process},
    {"stack_overflow", stack_overflow},
    {"no_fail_call", no_fail_call},
    {"bad_status", bad_status},
    {"bad_output", bad_output},
    {"bad_utf8", bad_utf8},
    {"ignore_cancel", ignore_cancel},
    {"talk", talk},
    {"wait_cancel", wait_cancel},
    {"big_output", big_output},
    {"heartbeat_silent", heartbeat_silent},
};

/* ---- Operations ----------------------------------------------------------------------------------- */

/* Is this call one of the first `limit`? Without a limit every call is. -1: nothing to count in. */
static int among_first(arcadia_call *call, const char *limit, int64_t nth) {
    int64_t times;
    if (host->get_int64(call, limit, &times) != 1) return 1;
    return nth == 0 ? -1 : nth <= times;
}

static arcadia_status act_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    int64_t nth = note(instance, call, op, "execute");
    int on = among_first(call, "/with/times", nth);
    if (on < 0) return refuse(call, "`times` needs a `journal` to count in");
    if (!on) return succeed(call);

    arcadia_str word = string_at(call, "/with/do", "succeed");
    for (size_t i = 0; i < sizeof script / sizeof script[0]; i++) {
        if (is(word, script[i].word)) return script[i].run(call);
    }
    return refuse(call, "`do` is not one of the words in the manifest");
}

static arcadia_status act_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    int64_t nth = note(instance, call, op, "compensate");
    int on = among_first(call, "/with/compensate_times", nth);
    if (on < 0) return refuse(call, "`compensate_times` needs a `journal` to count in");

    arcadia_str word = string_at(call, "/with/compensate", "succeed");
    if (!on || is(word, "succeed")) return ARCADIA_OK;
    if (is(word, "crash")) return crash(call);
    return arcadia_fail(host, call, ARCADIA_E_REMOTE, ARCADIA_EFFECT_APPLIED, ARCADIA_RETRY_YES,
                        "scripted was asked to fail its compensation");
}

static arcadia_status act_probe(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    note(instance, call, op, "probe");
    arcadia_str answer = string_at(call, "/with/probe", "none");
    if (is(answer, "fail"))
        return arcadia_fail(host, call, ARCADIA_E_NETWORK, ARCADIA_EFFECT_UNKNOWN, ARCADIA_RETRY_YES,
                            "scripted was asked to fail its probe");
    arcadia_effect effect = effect_named(answer);
    if (effect == ARCADIA_EFFECT_APPLIED && succeed(call) != ARCADIA_OK) return ARCADIA_FAILED;
    host->found(call, effect);
    return ARCADIA_OK;
}

/* The nudge, in the log: it must reach a call whose handle is still alive. */
static void act_cancel(arcadia_instance *instance, arcadia_call *call) {
    (void)instance;
    host->log(call, ARCADIA_DEBUG, arcadia_text("cancel was called"), arcadia_text(NULL));
}

static arcadia_status noop_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)call;
    (void)op;
    return ARCADIA_OK;
}

/* ---- The plugin ----------------------------------------------------------------------------------- */

static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    arcadia_str journal = string_at(call, "/config/journal", "");
    arcadia_instance *made = calloc(1, sizeof *made);
    if (!made || journal.len >= sizeof made->journal) {
        free(made);
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "`journal` must be a path of less than 4096 bytes");
    }
    memcpy(made->journal, journal.ptr, journal.len);
    *instance = made;
    return ARCADIA_OK;
}

static void destroy(arcadia_instance *instance) { free(instance); }

#define OPERATION sizeof(arcadia_operation), 0
#define AS_TOLD act_execute, act_compensate
static const arcadia_operation act = {OPERATION, "act", AS_TOLD, act_probe, act_cancel};
static const arcadia_operation idempotent = {OPERATION, "act_idempotent", AS_TOLD, NULL, act_cancel};
static const arcadia_operation blind = {OPERATION, "act_blind", AS_TOLD, NULL, act_cancel};
static const arcadia_operation noop = {OPERATION, "noop", noop_execute, NULL, NULL, NULL};
static const arcadia_operation *const operations[] = {&act, &idempotent, &blind, &noop};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = sizeof operations / sizeof operations[0],
    .id = "scripted",
    .version = "1.0.0",
    .operations = operations,
    .create = create,
    .destroy = destroy,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
