/* core: the operations every host has. They touch nothing outside the run, so a definition can be tried,
 * and every failure rehearsed, before a real plugin is involved. */
#include "arcadia/plugin.h"

#include <stdio.h>

static const arcadia_host *host;

static arcadia_status refuse(arcadia_call *call, const char *message) {
    return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, message);
}

/* Where a name stands in a list, or -1. The lists below are in the order of the header's constants. */
static int32_t position(arcadia_str name, const char *const *names, int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        if (strlen(names[i]) == name.len && memcmp(names[i], name.ptr, name.len) == 0) return i;
    }
    return -1;
}

/* ---- echo ----------------------------------------------------------------------------------------- */

static arcadia_status echo_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    arcadia_str message = arcadia_text("hello");
    if (host->get_string(call, "/with/message", &message) < 0)
        return refuse(call, "`message` must be a string");

    char path[64];
    snprintf(path, sizeof path, "/output/echoed_at_step_%u", (unsigned)op->step_number);
    if (host->put_string(call, path, message) != 0) return refuse(call, "the host did not take the message");
    return ARCADIA_OK;
}

static arcadia_status echo_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    host->log(call, ARCADIA_INFO, arcadia_text("echo compensated"), arcadia_text(NULL));
    return ARCADIA_OK;
}

/* ---- fail ----------------------------------------------------------------------------------------- */

static const char *const effects[] = {"unknown", "none", "partial", "applied"};

static const char *const codes[] = {"other",     "input",    "config",      "auth", "denied",
                                    "not_found", "conflict", "quota",       "rate", "network",
                                    "remote",    "timeout",  "unsupported", "bug"};

/* The error that `with` describes. Returns NULL, or what is wrong with the description. */
static const char *read_error(arcadia_call *call, arcadia_error *error) {
    error->message = arcadia_text("core.fail was asked to fail");
    if (host->get_string(call, "/with/message", &error->message) < 0) return "`message` must be a string";

    arcadia_str effect = arcadia_text("none");
    if (host->get_string(call, "/with/effect", &effect) < 0) return "`effect` must be a string";
    error->effect = position(effect, effects, 4);
    if (error->effect < 0) return "`effect` must be none, partial, applied or unknown";

    arcadia_str code = arcadia_text("other");
    if (host->get_string(call, "/with/code", &code) < 0) return "`code` must be a string";
    error->code = position(code, codes, (int32_t)(sizeof codes / sizeof codes[0]));
    if (error->code < 0) return "`code` is not one of the names in the manifest";

    int32_t again = 0;
    if (host->get_bool(call, "/with/retry", &again) < 0) return "`retry` must be true or false";
    error->retry = again ? ARCADIA_RETRY_YES : ARCADIA_RETRY_NO;

    int64_t after_ms = 0;
    int32_t has_after = host->get_int64(call, "/with/after_ms", &after_ms);
    if (has_after < 0 || after_ms < 0 || after_ms > UINT32_MAX)
        return "`after_ms` must be a number of milliseconds";
    if (has_after) {
        error->retry = ARCADIA_RETRY_AFTER;
        error->retry_after_ms = (uint32_t)after_ms;
    }
    return NULL;
}

static arcadia_status fail_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = (uint32_t)sizeof error;
    const char *mistake = read_error(call, &error);
    if (mistake) return refuse(call, mistake);

    int64_t good_attempt = 0;
    int32_t recovers = host->get_int64(call, "/with/succeed_on_attempt", &good_attempt);
    if (recovers < 0) return refuse(call, "`succeed_on_attempt` must be an integer");
    if (recovers && (int64_t)op->attempt >= good_attempt) return ARCADIA_OK;

    host->fail(call, &error);
    return ARCADIA_FAILED;
}

static arcadia_status fail_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)call;
    (void)op;
    return ARCADIA_OK;
}

/* ---- sleep ---------------------------------------------------------------------------------------- */

#define LONGEST_SLEEP_SECONDS 315360000.0 /* ten years; the manifest says the same */

/* The host does the waiting. The checkpoint and the timer become durable together, in suspend(): a call that
 * finds the checkpoint has been woken, one that does not has not slept yet, whatever crashed before. */
static arcadia_status sleep_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    double slept;
    if (host->get_double(call, "/checkpoint/seconds", &slept) == 1) return ARCADIA_OK;

    double seconds = 1;
    if (host->get_double(call, "/with/seconds", &seconds) < 0)
        return refuse(call, "`seconds` must be a number");
    /* Written so that NaN is refused too. */
    if (!(seconds >= 0 && seconds <= LONGEST_SLEEP_SECONDS))
        return refuse(call, "`seconds` must be from 0 to 315360000");

    /* Rounded up: nobody is woken early. */
    int64_t milliseconds = (int64_t)(seconds * 1000);
    if ((double)milliseconds < seconds * 1000) milliseconds++;

    if (host->put_double(call, "/checkpoint/seconds", seconds) != 0 ||
        host->suspend(call, milliseconds) != 0) {
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_YES,
                            "the host did not take the suspension");
    }
    return ARCADIA_SUSPENDED;
}

/* ---- set ------------------------------------------------------------------------------------------ */

static arcadia_status set_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    arcadia_str values;
    if (host->get_json(call, "/with/values", &values) != 1) return ARCADIA_OK;
    if (host->result(call, values) != 0) return refuse(call, "`values` must be an object");
    return ARCADIA_OK;
}

/* ---- the plugin ----------------------------------------------------------------------------------- */

#define OPERATION sizeof(arcadia_operation), 0
static const arcadia_operation echo = {OPERATION, "echo", echo_execute, echo_compensate, NULL, NULL};
static const arcadia_operation fail = {OPERATION, "fail", fail_execute, fail_compensate, NULL, NULL};
static const arcadia_operation sleep_ = {OPERATION, "sleep", sleep_execute, NULL, NULL, NULL};
static const arcadia_operation set = {OPERATION, "set", set_execute, NULL, NULL, NULL};
static const arcadia_operation *const operations[] = {&echo, &fail, &sleep_, &set};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = sizeof operations / sizeof operations[0],
    .id = "core",
    .version = "1.0.0",
    .operations = operations,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
