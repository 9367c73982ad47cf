/* diary: notes which version of it did what, for the host's tests of versions side by side.
 *
 * One source, built as often as a test wants versions: DIARY_VERSION says which one it is. Each call appends a line to
 * `diary` in the configured folder: VERSION VERB STEP. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static const arcadia_host *host;

struct arcadia_instance {
    char path[4096];
};

static arcadia_status note(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op, const char *verb) {
    int fd = open(instance->path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    char line[512];
    int length = snprintf(line, sizeof line, DIARY_VERSION " %s %.*s\n", verb, (int)op->step_id.len, op->step_id.ptr);
    ssize_t written = fd < 0 ? -1 : write(fd, line, (size_t)length);
    if (fd >= 0) close(fd);
    if (written == length) return ARCADIA_OK;
    return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "the diary is shut");
}

static arcadia_status execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    arcadia_status status = note(instance, call, op, "write");
    if (status == ARCADIA_OK) host->result(call, arcadia_text("{\"by\": \"" DIARY_VERSION "\"}"));
    return status;
}

/* Not while somebody has put a file called "stuck" beside the diary. */
static arcadia_status compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    char path[4110];
    snprintf(path, sizeof path, "%s.stuck", instance->path);
    if (access(path, F_OK) == 0)
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "the diary is stuck");
    return note(instance, call, op, "erase");
}

/* Comes back until somebody has put a file called "go" beside the diary. */
static arcadia_status wait(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    char path[4110];
    snprintf(path, sizeof path, "%s.go", instance->path);
    if (access(path, F_OK) == 0) return execute(instance, call, op);
    host->suspend(call, 100);
    return ARCADIA_SUSPENDED;
}

static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    static struct arcadia_instance only;
#ifdef DIARY_KILLS
    kill(getpid(), SIGKILL); /* with it the host that loads it */
#endif
    arcadia_str folder;
    if (host->get_string(call, "/config/folder", &folder) != 1 || folder.len > 4000)
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "`folder` is missing");
    snprintf(only.path, sizeof only.path, "%.*s/diary", (int)folder.len, folder.ptr);
    *instance = &only;
    return ARCADIA_OK;
}

static const arcadia_operation write_op = {
    .struct_size = sizeof(arcadia_operation), .name = "write", .execute = execute, .compensate = compensate};
static const arcadia_operation wait_op = {
    .struct_size = sizeof(arcadia_operation), .name = "wait", .execute = wait, .compensate = compensate};
static const arcadia_operation legacy_op = {
    .struct_size = sizeof(arcadia_operation), .name = "legacy", .execute = execute, .compensate = compensate};

/* Only the first version has `legacy`. */
static const arcadia_operation *const operations[] = {&write_op, &wait_op, &legacy_op};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .id = "diary",
    .version = DIARY_VERSION,
    .create = create,
    .operations = operations,
    .operation_count = DIARY_OPERATIONS,
};

ARCADIA_EXPORT const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *given) {
    host = given;
#ifdef DIARY_BROKEN
    (void)plugin;
    return NULL;
#else
    return &plugin;
#endif
}
