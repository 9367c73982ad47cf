/* greet: writes a greeting into a file and takes it back. The smallest plugin that has a real effect. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static const arcadia_host *host;

/* `with` is checked against plugin.json before we are called, but a path also has to fit our buffer. */
static int read_path(arcadia_call *call, char path[512]) {
    arcadia_str text;
    if (host->get_string(call, "/with/path", &text) != 1 || text.len >= 512) return -1;
    memcpy(path, text.ptr, text.len);
    path[text.len] = 0;
    return 0;
}

static arcadia_status refuse_path(arcadia_call *call) {
    return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                        "`path` must be a string of less than 512 bytes");
}

/* Is the file there, and did the step with this key write it? The key is its last line. */
static int is_ours(const char *path, arcadia_str key) {
    char text[2048];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text);
    close(file);
    return length >= (ssize_t)key.len && key.len > 0 &&
           memcmp(text + length - key.len, key.ptr, key.len) == 0;
}

/* The same for every call of this step, also for compensate: what a crash leaves can be found again. */
static void draft_name(char draft[768], const char *path, const arcadia_op *op) {
    snprintf(draft, 768, "%s.%.*s-%u", path, (int)op->run_id.len, op->run_id.ptr, (unsigned)op->step_number);
}

static arcadia_status done(arcadia_call *call, const char *path) {
    host->put_string(call, "/output/greeted", arcadia_text(path));
    return ARCADIA_OK;
}

static arcadia_status write_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    char path[512], draft[768];
    if (read_path(call, path) != 0) return refuse_path(call);
    draft_name(draft, path, op);
    if (is_ours(path, op->idempotency_key)) { /* an earlier call got this far, and no further */
        unlink(draft);
        return done(call, path);
    }

    arcadia_str name = arcadia_text("world");
    host->get_string(call, "/with/name", &name);
    char text[1024];
    int length = snprintf(text, sizeof text, "Hello, %.*s!\n%.*s", (int)name.len, name.ptr,
                          (int)op->idempotency_key.len, op->idempotency_key.ptr);
    if (length >= (int)sizeof text)
        return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "`name` is too long");

    /* Durable before the effect: compensate finds the key that execute had, whatever happens after this line. */
    host->put_string(call, "/checkpoint/key", op->idempotency_key);
    if (host->checkpoint(call, (arcadia_str){NULL, 0}) != 0)
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_YES,
                            "the checkpoint was not written");

    /* Complete under another name, then link(): nobody sees half a greeting, and nothing is overwritten. */
    int file = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    int complete = file >= 0 && write(file, text, (size_t)length) == length && fsync(file) == 0;
    int error = !complete ? EIO : link(draft, path) == 0 ? 0 : errno;
    if (file >= 0) close(file);
    unlink(draft);

    if (error == 0) return done(call, path);
    if (error == EEXIST)
        return arcadia_fail(host, call, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "the file exists already");
    return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_YES,
                        "the file could not be written");
}

/* Takes back what execute did, all of it or only some; not being there any more is fine. */
static arcadia_status write_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    char path[512], draft[768];
    if (read_path(call, path) != 0) return refuse_path(call);
    draft_name(draft, path, op);
    unlink(draft);

    /* Not op->idempotency_key: that is compensate's own. */
    arcadia_str key;
    if (host->get_string(call, "/checkpoint/key", &key) != 1)
        return ARCADIA_OK; /* never came to the effect */
    if (is_ours(path, key) && unlink(path) != 0)
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_APPLIED, ARCADIA_RETRY_YES,
                            "the file is still there");
    return ARCADIA_OK;
}

/* What became of a call that never returned? Changes nothing. */
static arcadia_status write_probe(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    char path[512];
    if (read_path(call, path) != 0) return refuse_path(call);
    int there = is_ours(path, op->idempotency_key);
    host->found(call, there ? ARCADIA_EFFECT_APPLIED : ARCADIA_EFFECT_NONE);
    return there ? done(call, path) : ARCADIA_OK;
}

static const arcadia_operation write_operation = {
    .struct_size = sizeof(arcadia_operation),
    .name = "write",
    .execute = write_execute,
    .compensate = write_compensate,
    .probe = write_probe,
};

static const arcadia_operation *const operations[] = {&write_operation};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = 1,
    .id = "greet",
    .version = "1.0.0",
    .operations = operations,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
