#define _GNU_SOURCE
#include "step.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <time.h>

/* ---- Failing -------------------------------------------------------------------------------------- */

static const struct {
    int error;
    arcadia_code code;
    arcadia_retry retry;
    const char *sentence;
} reasons[] = {
    {ENOENT, ARCADIA_E_NOT_FOUND, ARCADIA_RETRY_NO, "does not exist"},
    {EEXIST, ARCADIA_E_CONFLICT, ARCADIA_RETRY_NO, "exists already"},
    {EISDIR, ARCADIA_E_CONFLICT, ARCADIA_RETRY_NO, "is a directory; expected a file"},
    {ENOTDIR, ARCADIA_E_CONFLICT, ARCADIA_RETRY_NO, "has a file in it where a directory was expected"},
    {ENOTEMPTY, ARCADIA_E_CONFLICT, ARCADIA_RETRY_NO, "is a directory that is not empty"},
    {ELOOP, ARCADIA_E_DENIED, ARCADIA_RETRY_NO, "is or leads through a symbolic link, which is not followed"},
    {EACCES, ARCADIA_E_DENIED, ARCADIA_RETRY_NO, "is not accessible to the host's user"},
    {EPERM, ARCADIA_E_DENIED, ARCADIA_RETRY_NO, "may not be changed by the host's user"},
    {EROFS, ARCADIA_E_DENIED, ARCADIA_RETRY_NO, "is on a file system that is read-only"},
    {ETXTBSY, ARCADIA_E_CONFLICT, ARCADIA_RETRY_YES, "is a program that is running"},
    {EBUSY, ARCADIA_E_CONFLICT, ARCADIA_RETRY_YES, "is in use"},
    {ENOSPC, ARCADIA_E_QUOTA, ARCADIA_RETRY_NO, "does not fit: the file system is full"},
    {EDQUOT, ARCADIA_E_QUOTA, ARCADIA_RETRY_NO, "does not fit: the quota of the host's user is used up"},
    {EFBIG, ARCADIA_E_QUOTA, ARCADIA_RETRY_NO, "would be larger than a file may be"},
    {EMFILE, ARCADIA_E_OTHER, ARCADIA_RETRY_YES, "was not opened: the host has too many files open"},
    {ENFILE, ARCADIA_E_OTHER, ARCADIA_RETRY_YES, "was not opened: the system has too many files open"},
    {EMLINK, ARCADIA_E_QUOTA, ARCADIA_RETRY_NO, "has as many links as its file system allows"},
    {EXDEV, ARCADIA_E_UNSUPPORTED, ARCADIA_RETRY_NO, "is on another file system than the root"},
    {ENAMETOOLONG, ARCADIA_E_INPUT, ARCADIA_RETRY_NO,
     "has a name in it that is too long for the file system"},
    {EILSEQ, ARCADIA_E_INPUT, ARCADIA_RETRY_NO, "has a name in it that the file system does not take"},
};

static int tell_all(step *it, const arcadia_error *reason, const char *subject, const char *sentence) {
    char message[LONGEST_PATH + 256];
    if (subject)
        snprintf(message, sizeof message, "\"%s\" %s", subject, sentence);
    else
        snprintf(message, sizeof message, "%s", sentence);

    arcadia_error error = *reason;
    error.struct_size = (uint32_t)sizeof error;
    error.message = arcadia_text(message);
    host->fail(it->call, &error);
    return TOLD;
}

int tell(step *it, arcadia_code code, arcadia_effect effect, const char *subject, const char *sentence) {
    arcadia_error error = {.code = code, .effect = effect, .retry = ARCADIA_RETRY_NO};
    return tell_all(it, &error, subject, sentence);
}

int tell_errno(step *it, int number, arcadia_effect effect, const char *subject) {
    arcadia_error error = {
        .code = ARCADIA_E_OTHER, .effect = effect, .retry = ARCADIA_RETRY_YES, .remote_status = number};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        if (reasons[i].error != number) continue;
        error.code = reasons[i].code;
        error.retry = reasons[i].retry;
        return tell_all(it, &error, subject, reasons[i].sentence);
    }
    char sentence[64];
    snprintf(sentence, sizeof sentence, "gave the system's error %d (%s)", number, strerrorname_np(number));
    return tell_all(it, &error, subject, sentence);
}

/* ---- `with` --------------------------------------------------------------------------------------- */

int read_path(step *it, const char *at, char path[LONGEST_PATH]) {
    arcadia_str text = {NULL, 0};
    if (host->get_string(it->call, at, &text) != 1)
        return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, at + strlen("/with/"), "must be a path");

    const char *mistake = path_mistake(text);
    if (!mistake) {
        memcpy(path, text.ptr, text.len);
        path[text.len] = 0;
        return 0;
    }
    /* Shown only as far as it is text without surprises. */
    char shown[LONGEST_PATH] = "";
    for (size_t i = 0; i < text.len && i < LONGEST_PATH - 1 && !is_control(text.ptr[i]); i++) {
        shown[i] = text.ptr[i];
        shown[i + 1] = 0;
    }
    const char *subject = text.len < LONGEST_PATH ? shown : at + strlen("/with/");
    return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, subject, mistake);
}

/* ---- The plan ------------------------------------------------------------------------------------- */

static const char *below(char path[96], const char *at, const char *name) {
    snprintf(path, 96, "%s/%s", at, name);
    return path;
}

static int get_text(arcadia_call *call, const char *path, char *text, size_t size) {
    arcadia_str value;
    if (host->get_string(call, path, &value) != 1 || value.len >= size) return -1;
    memcpy(text, value.ptr, value.len);
    text[value.len] = 0;
    return 0;
}

/* 64 bits as text: a JSON number is exact to 53 in many a reader. */
static int get_hex(arcadia_call *call, const char *path, uint64_t *value) {
    char text[17];
    if (get_text(call, path, text, sizeof text) != 0) return -1;
    *value = strtoull(text, NULL, 16);
    return 0;
}

static int put_hex(arcadia_call *call, const char *path, uint64_t value) {
    char text[17];
    snprintf(text, sizeof text, "%" PRIx64, value);
    return host->put_string(call, path, arcadia_text(text));
}

int read_plan(arcadia_call *call, const char *at, plan *it) {
    char path[96];
    memset(it, 0, sizeof *it);
    if (get_text(call, below(path, at, "record"), it->record, sizeof it->record) != 0) return 0;
    /* Whoever edits a checkpoint must not be able to send us elsewhere. */
    if (it->record[0] == 0 || it->record[0] == '.' || strchr(it->record, '/')) return 0;
    int bad = get_text(call, below(path, at, "path"), it->path, sizeof it->path);
    bad |= get_text(call, below(path, at, "to"), it->to, sizeof it->to);
    bad |= host->get_bool(call, below(path, at, "done"), &it->done) != 1;
    bad |= host->get_bool(call, below(path, at, "taken_back"), &it->taken_back) != 1;
    bad |= host->get_bool(call, below(path, at, "keeps"), &it->keeps) != 1;
    bad |= host->get_bool(call, below(path, at, "appended"), &it->appended) != 1;
    bad |= host->get_int64(call, below(path, at, "bytes"), &it->bytes) != 1;
    bad |= host->get_int64(call, below(path, at, "old_bytes"), &it->old_bytes) != 1;
    bad |= get_hex(call, below(path, at, "hash"), &it->hash);
    bad |= get_hex(call, below(path, at, "old_inode"), &it->old_inode);
    if (it->path[0]) bad |= path_mistake(arcadia_text(it->path)) != NULL;
    if (it->to[0]) bad |= path_mistake(arcadia_text(it->to)) != NULL;
    return !bad;
}

int write_plan(arcadia_call *call, const char *at, const plan *it) {
    char path[96];
    int bad = host->put_string(call, below(path, at, "record"), arcadia_text(it->record));
    bad |= host->put_string(call, below(path, at, "path"), arcadia_text(it->path));
    bad |= host->put_string(call, below(path, at, "to"), arcadia_text(it->to));
    bad |= host->put_bool(call, below(path, at, "done"), it->done);
    bad |= host->put_bool(call, below(path, at, "taken_back"), it->taken_back);
    bad |= host->put_bool(call, below(path, at, "keeps"), it->keeps);
    bad |= host->put_bool(call, below(path, at, "appended"), it->appended);
    bad |= host->put_int64(call, below(path, at, "bytes"), it->bytes);
    bad |= host->put_int64(call, below(path, at, "old_bytes"), it->old_bytes);
    bad |= put_hex(call, below(path, at, "hash"), it->hash);
    bad |= put_hex(call, below(path, at, "old_inode"), it->old_inode);
    return bad;
}

/* ---- Places and their locks ----------------------------------------------------------------------- */

/* A lock on a folder keeps two steps, also of two hosts, from changing the same name at once. It is gone when
 * its holder is. */
static int lock_folder(step *it, int folder) {
    while (flock(folder, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR) return errno;
        if (host->heartbeat(it->call, -1, arcadia_text(NULL))) return STOPPED;
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    return 0;
}

static int open_place(step *it, const char *path, place *found) {
    int error = place_open(it->root, path, found);
    return error == ENOENT ? 0 : error ? tell_errno(it, error, it->effect, path) : 0;
}

/* Which of two folders to lock first, so that two moves never wait for each other. */
static int is_before(const struct stat *a, const struct stat *b) {
    return a->st_dev != b->st_dev ? a->st_dev < b->st_dev : a->st_ino < b->st_ino;
}

static int lock_both(step *it, int one, int other) {
    struct stat first, second;
    if (fstat(one, &first) != 0 || fstat(other, &second) != 0) return errno;
    if (first.st_dev == second.st_dev && first.st_ino == second.st_ino) return lock_folder(it, one);
    int error = lock_folder(it, is_before(&first, &second) ? one : other);
    return error ? error : lock_folder(it, is_before(&first, &second) ? other : one);
}

int open_places(step *it) {
    int error = it->plan.path[0] ? open_place(it, it->plan.path, &it->place) : 0;
    if (!error && it->plan.to[0]) error = open_place(it, it->plan.to, &it->target);
    if (error) return error;
    if (it->place.folder >= 0 && it->target.folder >= 0)
        return lock_both(it, it->place.folder, it->target.folder);
    if (it->place.folder >= 0) return lock_folder(it, it->place.folder);
    if (it->target.folder >= 0) return lock_folder(it, it->target.folder);
    return 0;
}

void close_places(step *it) {
    place_close(&it->place);
    place_close(&it->target);
}
