/* files: writes, appends, moves, removes, and makes directories below one folder, and takes each back exactly.
 *
 * The order of every step, so that a kill at any moment leaves nothing to guess:
 *
 *   look          what is there now
 *   checkpoint    the plan: what is there, what will be, the name of the record
 *   record        prepare and publish it (record.h)
 *   apply         one rename
 *   checkpoint    done
 *   tidy          drop the record, unless it keeps something a compensation needs
 *
 * Nothing below the root is touched before the first checkpoint, so a step without one did nothing. */
#define _GNU_SOURCE
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const arcadia_host *host;

struct arcadia_instance {
    int root;
};

/* ---- Beginning and ending a call ------------------------------------------------------------------ */

static void begin(step *it, arcadia_instance *instance, arcadia_call *call, const arcadia_op *op,
                  const verb *verb) {
    memset(it, 0, sizeof *it);
    it->call = call;
    it->op = op;
    it->verb = verb;
    it->root = instance->root;
    it->effect = ARCADIA_EFFECT_NONE;
    it->place.folder = it->target.folder = -1;
    it->record.state = it->record.folder = -1;
}

/* Closes what is open, tells what has not been told, and says what to return. */
static arcadia_status end(step *it, int error, arcadia_effect effect) {
    close_places(it);
    record_close(&it->record);
    if (error == 0) return ARCADIA_OK;
    const char *subject = it->path[0] ? it->path : it->plan.path;
    if (error == STOPPED) {
        tell(it, ARCADIA_E_OTHER, effect, subject, "was left alone: the host asked to stop");
        return ARCADIA_CANCELLED;
    }
    if (error == RACED)
        tell(it, ARCADIA_E_CONFLICT, effect, subject, "is being changed by somebody else all the time");
    else if (error != TOLD)
        tell_errno(it, error, effect, subject);
    return ARCADIA_FAILED;
}

static int read_paths(step *it) {
    if (it->verb != &move_verb) return read_path(it, "/with/path", it->path);
    int told = read_path(it, "/with/from", it->path);
    return told ? told : read_path(it, "/with/to", it->to);
}

static int put_output(step *it) {
    int bad = it->verb->output(it);
    bad |= write_plan(it->call, "/output/receipt", &it->plan);
    return bad ? tell(it, ARCADIA_E_OTHER, ARCADIA_EFFECT_APPLIED, NULL, "the host did not take the output")
               : 0;
}

/* ---- execute -------------------------------------------------------------------------------------- */

static int checkpoint(step *it, arcadia_effect effect) {
    arcadia_str all = {NULL, 0};
    if (write_plan(it->call, "/checkpoint", &it->plan) == 0 && host->checkpoint(it->call, all) == 0) return 0;
    arcadia_error error = {
        .struct_size = sizeof error, .code = ARCADIA_E_OTHER, .effect = effect, .retry = ARCADIA_RETRY_YES};
    error.message = arcadia_text("the host did not make the checkpoint durable");
    host->fail(it->call, &error);
    return TOLD;
}

static int is_applied(step *it) {
    return it->known && !it->plan.taken_back && record_is_published(&it->record) && it->verb->is_applied(it);
}

/* The effect is there. From here on a failure has to say so. */
static int finish(step *it) {
    int error = it->place.folder >= 0 ? sync_folder(it->place.folder) : 0;
    if (!error && it->target.folder >= 0) error = sync_folder(it->target.folder);
    if (!error && it->record.folder >= 0) error = sync_folder(it->record.folder);
    if (error) return error;
    it->plan.done = 1;
    error = checkpoint(it, ARCADIA_EFFECT_APPLIED);
    if (!error && !it->plan.keeps) error = record_drop(&it->record);
    return error ? error : put_output(it);
}

/* Once through look, checkpoint, record, apply. */
static int attempt(step *it) {
    char name[LONGEST_KEY + 1];
    memcpy(name, it->record.name, sizeof name);
    memset(&it->plan, 0, sizeof it->plan);
    memcpy(it->plan.record, name, sizeof name);
    it->known = 1;

    int error = it->verb->locate(it);
    if (!error) error = open_places(it);
    if (!error) error = it->verb->observe(it);
    if (!error) error = checkpoint(it, ARCADIA_EFFECT_NONE);
    if (!error) error = record_prepare(&it->record);
    if (!error) error = it->verb->prepare(it);
    if (!error) error = record_publish(&it->record);
    if (!error) error = it->verb->apply(it);
    return error;
}

/* Gives up what was prepared. Where the effect came about all the same, nothing is given up and it counts. */
static void give_up(step *it, arcadia_effect *effect) {
    if (is_applied(it))
        *effect = ARCADIA_EFFECT_APPLIED;
    else if (record_drop(&it->record) != 0)
        host->log(it->call, ARCADIA_WARN, arcadia_text("a record that is not needed could not be removed"),
                  arcadia_text(NULL));
}

static arcadia_status perform(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op,
                              const verb *verb) {
    step it;
    arcadia_effect effect = ARCADIA_EFFECT_NONE;
    begin(&it, instance, call, op, verb);
    int error = read_paths(&it);
    if (error) return end(&it, error, effect);

    char name[LONGEST_KEY + 1];
    record_name(op->idempotency_key, name);
    error = record_open(it.root, name, &it.record);
    if (error) return end(&it, error, effect);

    it.known = read_plan(call, "/checkpoint", &it.plan) && strcmp(it.plan.record, name) == 0;
    if (it.known && it.plan.done && !it.plan.taken_back) {
        if (!it.plan.keeps) error = record_drop(&it.record);
        if (!error) error = put_output(&it);
        return end(&it, error, ARCADIA_EFFECT_APPLIED);
    }
    if (it.known) error = open_places(&it);
    if (!error && is_applied(&it)) return end(&it, finish(&it), ARCADIA_EFFECT_APPLIED);
    if (!error && !it.known && record_is_published(&it.record) && !record_has(&it.record, "new"))
        error = tell(&it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_UNKNOWN, it.path,
                     "has a record of this step under `" STATE_FOLDER
                     "`, but the step came without its checkpoint");
    if (error) return end(&it, error, record_is_published(&it.record) ? ARCADIA_EFFECT_UNKNOWN : effect);

    error = record_drop(&it.record);
    for (int tries = 0; !error && tries < 20; tries++) {
        close_places(&it);
        error = attempt(&it);
        if (error != RACED || tries == 19) break;
        error = record_drop(&it.record);
    }
    if (error == 0 || error == NOTHING) return end(&it, finish(&it), ARCADIA_EFFECT_APPLIED);
    give_up(&it, &effect);
    return end(&it, error, effect);
}

/* ---- probe ---------------------------------------------------------------------------------------- */

static arcadia_status examine(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op,
                              const verb *verb) {
    step it;
    begin(&it, instance, call, op, verb);
    it.effect = ARCADIA_EFFECT_UNKNOWN;
    int error = read_paths(&it);

    char name[LONGEST_KEY + 1];
    record_name(op->idempotency_key, name);
    if (!error) error = record_open(it.root, name, &it.record);
    if (error) return end(&it, error, it.effect);

    it.known = read_plan(call, "/checkpoint", &it.plan) && strcmp(it.plan.record, name) == 0;
    int applied = it.known && it.plan.done && !it.plan.taken_back;
    if (it.known && !applied) {
        error = open_places(&it);
        applied = !error && is_applied(&it);
    }
    if (!error && applied) {
        it.plan.done = 1;
        error = put_output(&it);
    }
    if (error) return end(&it, error, ARCADIA_EFFECT_UNKNOWN);

    /* Never partial: the effect is one rename. What is only prepared is in nobody's way; the next attempt, the
     * compensation or the next start of the host clears it. */
    host->found(call, applied ? ARCADIA_EFFECT_APPLIED : ARCADIA_EFFECT_NONE);
    return end(&it, 0, ARCADIA_EFFECT_NONE);
}

/* ---- compensate ----------------------------------------------------------------------------------- */

static arcadia_status take_back(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op,
                                const verb *verb) {
    step it;
    begin(&it, instance, call, op, verb);
    it.effect = ARCADIA_EFFECT_APPLIED;
    it.known = read_plan(call, "/checkpoint", &it.plan) || read_plan(call, "/result/receipt", &it.plan);
    if (!it.known) return end(&it, 0, it.effect);

    int error = record_open(it.root, it.plan.record, &it.record);
    if (!error && !it.plan.taken_back) {
        error = open_places(&it);
        if (!error && (it.plan.done || is_applied(&it))) error = verb->take_back(&it);
        if (!error && it.place.folder >= 0) error = sync_folder(it.place.folder);
        if (!error && it.target.folder >= 0) error = sync_folder(it.target.folder);
        if (error) return end(&it, error, it.effect);

        /* So that an execute after this one does not take an old "done" for an answer. Where the host has no such
         * checkpoint, the world still tells. */
        it.plan.taken_back = 1;
        if (write_plan(call, "/checkpoint", &it.plan) == 0) host->checkpoint(call, (arcadia_str){NULL, 0});
    }
    if (!error) error = record_drop(&it.record);
    return end(&it, error, ARCADIA_EFFECT_PARTIAL);
}

/* ---- the plugin ----------------------------------------------------------------------------------- */

static arcadia_status refuse_root(arcadia_call *call, const char *root, const char *sentence, int error) {
    char message[LONGEST_PATH + 256];
    snprintf(message, sizeof message, "`root` is \"%s\", %s", root, sentence);
    arcadia_error reason = {
        .struct_size = sizeof reason, .code = ARCADIA_E_CONFIG, .effect = ARCADIA_EFFECT_NONE};
    reason.remote_status = error;
    reason.message = arcadia_text(message);
    host->fail(call, &reason);
    return ARCADIA_FAILED;
}

static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    arcadia_str text = {NULL, 0};
    if (host->get_string(call, "/config/root", &text) != 1 || text.len == 0)
        return refuse_root(call, "", "which is no path; expected an absolute one", 0);
    if (text.len >= LONGEST_PATH || memchr(text.ptr, 0, text.len))
        return refuse_root(call, "…", "which is longer than 4095 bytes or has a zero byte in it", 0);
    char root[LONGEST_PATH];
    memcpy(root, text.ptr, text.len);
    root[text.len] = 0;
    if (root[0] != '/') return refuse_root(call, root, "which is relative; expected an absolute path", 0);

    if (mkdir(root, 0700) != 0 && errno == ENOENT)
        return refuse_root(call, root,
                           "whose parent does not exist; expected a folder, or a place to make one", ENOENT);
    int folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0 && errno == ENOTDIR) return refuse_root(call, root, "which is not a directory", ENOTDIR);
    if (folder < 0)
        return refuse_root(call, root, "which cannot be made or opened by the host's user", errno);

    arcadia_instance *made = malloc(sizeof *made);
    if (!made) {
        close(folder);
        return refuse_root(call, root, "and there is no memory left to open it", ENOMEM);
    }
    made->root = folder;
    records_sweep(folder);
    *instance = made;
    return ARCADIA_OK;
}

static void destroy(arcadia_instance *instance) {
    close(instance->root);
    free(instance);
}

static arcadia_status health(arcadia_instance *instance, arcadia_call *call) {
    struct stat status;
    if (fstat(instance->root, &status) != 0 || status.st_nlink == 0)
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "the folder that `root` named was removed since the plugin was loaded");
    if (faccessat(instance->root, ".", W_OK | X_OK, AT_EACCESS) != 0)
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "the folder that `root` names may not be written to by the host's user");
    return ARCADIA_OK;
}

/* The three functions of one operation, and its entry in the table. */
#define OPERATION(name)                                                                                  \
    static arcadia_status name##_execute(arcadia_instance *i, arcadia_call *c, const arcadia_op *o) {    \
        return perform(i, c, o, &name##_verb);                                                           \
    }                                                                                                    \
    static arcadia_status name##_compensate(arcadia_instance *i, arcadia_call *c, const arcadia_op *o) { \
        return take_back(i, c, o, &name##_verb);                                                         \
    }                                                                                                    \
    static arcadia_status name##_probe(arcadia_instance *i, arcadia_call *c, const arcadia_op *o) {      \
        return examine(i, c, o, &name##_verb);                                                           \
    }                                                                                                    \
    static const arcadia_operation name##_operation = {                                                  \
        sizeof(arcadia_operation), 0, #name, name##_execute, name##_compensate, name##_probe, NULL,      \
    }

OPERATION(write);
OPERATION(append);
OPERATION(move);
OPERATION(remove);
OPERATION(make_directory);

static const arcadia_operation *const operations[] = {
    &write_operation, &append_operation, &move_operation, &remove_operation, &make_directory_operation,
};

static const arcadia_plugin plugin = {
    .struct_size = sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = sizeof operations / sizeof operations[0],
    .id = "files",
    .version = "1.0.0",
    .operations = operations,
    .create = create,
    .destroy = destroy,
    .health = health,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
