/* greeter: leaves a greeting in a folder, as <folder>/<name>.txt, and takes it back. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const arcadia_host *host;

/* One for each configuration; all calls share it, from several threads. */
struct arcadia_instance {
    char folder[512];
};

/* The files of one step. */
struct paths {
    char file[640];
    char draft[640]; /* the same in every call of the step, so that what a crash leaves is found again */
};

static arcadia_str read_name(arcadia_call *call) {
    arcadia_str name = {"", 0};
    host->get_string(call, "/with/name", &name);
    return name;
}

/* 0, or -1 for a name that would lead elsewhere: what an expression fills in can be any text. */
static int find_paths(const arcadia_instance *instance, arcadia_call *call, const arcadia_op *op, struct paths *paths) {
    arcadia_str name = read_name(call);
    if (name.len == 0 || name.len > 64 || name.ptr[0] == '.' || memchr(name.ptr, '/', name.len)) return -1;
    snprintf(paths->file, sizeof paths->file, "%s/%.*s.txt", instance->folder, (int)name.len, name.ptr);
    snprintf(paths->draft, sizeof paths->draft, "%s/.%.*s-%u", instance->folder, (int)op->run_id.len, op->run_id.ptr,
             (unsigned)op->step_number);
    return 0;
}

static arcadia_status refuse_name(arcadia_call *call) {
    return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                        "`name` is to be a file's; expected up to 64 bytes without a slash, no dot first");
}

/* Is the file there, and did the step with this key write it? The key is how it ends. */
static int is_ours(const char *path, arcadia_str key) {
    char text[1024];
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t length = read(file, text, sizeof text);
    close(file);
    return key.len > 0 && length >= (ssize_t)key.len && memcmp(text + length - key.len, key.ptr, key.len) == 0;
}

/* 0, or an errno. */
static int write_draft(const char *path, arcadia_str name, arcadia_str key) {
    char text[1024];
    int length = snprintf(text, sizeof text, "Hello, %.*s!\n%.*s", (int)name.len, name.ptr, (int)key.len, key.ptr);
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return errno;
    int complete = write(file, text, (size_t)length) == length && fsync(file) == 0;
    return close(file) == 0 && complete ? 0 : EIO;
}

static arcadia_status done(arcadia_call *call, const char *file) {
    host->put_string(call, "/output/file", arcadia_text(file));
    return ARCADIA_OK;
}

static arcadia_status greet_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    struct paths paths;
    if (find_paths(instance, call, op, &paths) != 0) return refuse_name(call);
    if (is_ours(paths.file, op->idempotency_key)) { /* an earlier call got this far, and no further */
        unlink(paths.draft);
        return done(call, paths.file);
    }

    /* Durable before the effect: without it, compensate knows that nothing was done. */
    if (host->checkpoint(call, arcadia_text("{\"begun\":true}")) != 0)
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_YES,
                            "the checkpoint was not written");

    /* Complete under another name, then link(): nobody sees half a greeting, and nothing is overwritten. */
    int error = write_draft(paths.draft, read_name(call), op->idempotency_key);
    if (!error && link(paths.draft, paths.file) != 0) error = errno;
    unlink(paths.draft);
    if (!error) return done(call, paths.file);

    char message[800];
    if (error == EEXIST) {
        snprintf(message, sizeof message, "%s exists already", paths.file);
        return arcadia_fail(host, call, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, message);
    }
    snprintf(message, sizeof message, "%s was not written: %s", paths.file, strerror(error));
    return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_YES, message);
}

/* Takes back what execute did, all of it or only some; not being there any more is fine. */
static arcadia_status greet_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    struct paths paths;
    if (op->checkpoint_json.ptr == NULL) return ARCADIA_OK; /* never came to the effect */
    if (find_paths(instance, call, op, &paths) != 0) return refuse_name(call);
    unlink(paths.draft);
    /* execute_key: idempotency_key is compensate's own here. */
    if (is_ours(paths.file, op->execute_key) && unlink(paths.file) != 0)
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_APPLIED, ARCADIA_RETRY_YES,
                            "the greeting is still there");
    return ARCADIA_OK;
}

/* What became of a call that never returned? Changes nothing. */
static arcadia_status greet_probe(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    struct paths paths;
    if (find_paths(instance, call, op, &paths) != 0) return refuse_name(call);
    int there = is_ours(paths.file, op->execute_key);
    host->found(call, there ? ARCADIA_EFFECT_APPLIED : ARCADIA_EFFECT_NONE);
    return there ? done(call, paths.file) : ARCADIA_OK;
}

static const arcadia_operation greet = {
    .struct_size = sizeof(arcadia_operation),
    .name = "greet",
    .execute = greet_execute,
    .compensate = greet_compensate,
    .probe = greet_probe,
};

static arcadia_status create(arcadia_call *call, arcadia_instance **slot) {
    arcadia_str folder = {"", 0};
    host->get_string(call, "/config/folder", &folder);
    arcadia_instance *instance = calloc(1, sizeof *instance);
    if (!instance || folder.len >= sizeof instance->folder) {
        free(instance);
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "`folder` is too long; expected less than 512 bytes");
    }
    memcpy(instance->folder, folder.ptr, folder.len);
    if (mkdir(instance->folder, 0777) != 0 && errno != EEXIST) {
        free(instance);
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "`folder` cannot be made; expected the path of a folder in one that exists");
    }
    *slot = instance;
    return ARCADIA_OK;
}

static void destroy(arcadia_instance *instance) { free(instance); }

static const arcadia_operation *const operations[] = {&greet};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = 1,
    .id = "greeter",
    .version = "1.0.0",
    .operations = operations,
    .create = create,
    .destroy = destroy,
};

/* The library's one symbol. */
const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
