#define _GNU_SOURCE
#include "operations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- What several of them need -------------------------------------------------------------------- */

/* The folder that something should be in does not exist: that is the name an operator looks for. */
static int tell_no_folder(step *it, arcadia_effect effect, const char *path) {
    char folder[LONGEST_PATH];
    const char *end = strrchr(path, '/');
    int length = end ? (int)(end - path) : 0;
    snprintf(folder, sizeof folder, "%.*s", length, path);
    return tell_errno(it, ENOENT, effect, folder);
}

static int locate_path(step *it) {
    memcpy(it->plan.path, it->path, sizeof it->plan.path);
    return 0;
}

/* A second name for the very file that is about to go: no copy, and exact when it comes back. */
static int keep_old(step *it, const place *where, uint64_t inode) {
    if (linkat(where->folder, where->name, it->record.folder, "old", 0) != 0)
        return errno == ENOENT ? RACED : errno;
    place kept = {it->record.folder, "old"};
    return place_holds(&kept, inode) ? 0 : RACED;
}

static int is_new_in_place(step *it) { return !record_has(&it->record, "new"); }

static int put_new_in_empty_place(step *it) {
    int error = rename_into_empty(it->record.folder, "new", it->place.folder, it->place.name);
    return error == EEXIST || error == ENOENT ? RACED : error;
}

/* Brings `old` back, into a place that has to be empty. */
static int restore_old(step *it, const place *where, const char *path) {
    char old[LONGEST_KEY + 8];
    snprintf(old, sizeof old, "%s/old", it->record.name);
    if (where->folder < 0) return tell_no_folder(it, ARCADIA_EFFECT_APPLIED, path);
    int error = rename_into_empty(it->record.state, old, where->folder, where->name);
    if (error == EEXIST)
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_APPLIED, path,
                    "is taken by something else now; what was there before is kept");
    return error;
}

static int tell_gone(step *it, const char *path) {
    return tell(it, ARCADIA_E_NOT_FOUND, ARCADIA_EFFECT_APPLIED, path,
                "cannot be as it was before: what was kept of it under `" STATE_FOLDER "` is gone");
}

static int put_path(step *it, const char *at, const char *path) {
    return host->put_string(it->call, at, arcadia_text(path));
}

/* ---- write ---------------------------------------------------------------------------------------- */

static int read_content(step *it, arcadia_str *content) {
    if (host->get_string(it->call, "/with/content", content) == 1) return 0;
    return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, NULL, "`content` must be a string");
}

/* -1 when `with` has no mode. */
static int read_mode(step *it, int *mode) {
    *mode = -1;
    arcadia_str text = {NULL, 0};
    int32_t has = host->get_string(it->call, "/with/mode", &text);
    if (has == 0) return 0;
    int value = 0;
    int right = has == 1 && text.len == 4 && text.ptr[0] == '0';
    for (size_t i = 1; right && i < 4; i++) {
        right = text.ptr[i] >= '0' && text.ptr[i] <= '7';
        value = value * 8 + text.ptr[i] - '0';
    }
    if (!right)
        return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, NULL,
                    "`mode` must be four octal digits like \"0644\"");
    *mode = value;
    return 0;
}

/* What is at the place: a file, or nothing (then old_inode is 0). */
static int observe_file(step *it) {
    arcadia_str content;
    int mode;
    int told = read_content(it, &content);
    if (!told) told = read_mode(it, &mode);
    if (told) return told;
    if (it->place.folder < 0) return tell_no_folder(it, ARCADIA_EFFECT_NONE, it->path);

    it->plan.bytes = (int64_t)content.len;
    it->plan.hash = hash_more(HASH_START, content.ptr, content.len);

    struct stat status;
    int error = place_stat(&it->place, &status);
    if (error) return error == ENOENT ? 0 : error;
    if (S_ISDIR(status.st_mode)) return EISDIR;
    if (S_ISLNK(status.st_mode)) return ELOOP;
    if (!S_ISREG(status.st_mode))
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->path,
                    "is a device or a pipe; expected a file");
    it->plan.old_inode = status.st_ino;
    it->plan.old_bytes = status.st_size;
    it->observed = status.st_mtim;
    return 0;
}

static int write_observe(step *it) {
    int error = observe_file(it);
    it->plan.keeps = it->plan.old_inode != 0;
    return error;
}

/* Owner and mode of the file that is replaced go to the one that replaces it, as if it had been written over.
 * Only root may give files away; anybody else keeps the new file, as an editor would. */
static int dress_as_old(step *it, int file) {
    struct stat old;
    if (place_stat(&it->place, &old) != 0) return RACED;
    if ((old.st_uid != geteuid() || old.st_gid != getegid()) && fchown(file, old.st_uid, old.st_gid) != 0)
        errno = 0;
    return fchmod(file, old.st_mode & 07777) == 0 ? 0 : errno;
}

static int copy_old(step *it, int file) {
    int old = openat(it->place.folder, it->place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (old < 0) return errno == ENOENT ? RACED : errno;
    int error = copy_all(old, file);
    close(old);
    return error;
}

static int fill_new(step *it, int file) {
    arcadia_str content;
    int mode;
    int error = read_content(it, &content);
    if (!error) error = read_mode(it, &mode);
    if (!error && it->plan.appended) error = copy_old(it, file);
    if (!error) error = write_all(file, content.ptr, content.len);
    if (!error && it->plan.old_inode) error = dress_as_old(it, file);
    if (!error && mode >= 0 && fchmod(file, (mode_t)mode) != 0) error = errno;
    if (!error && fsync(file) != 0) error = errno;
    return error;
}

static int write_prepare(step *it) {
    int file = openat(it->record.folder, "new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0) return errno;
    int error = fill_new(it, file);
    if (close(file) != 0 && !error) error = errno;
    if (!error && it->plan.keeps) error = keep_old(it, &it->place, it->plan.old_inode);
    return error;
}

static int write_apply(step *it) {
    if (!it->plan.old_inode) return put_new_in_empty_place(it);
    if (!place_holds(&it->place, it->plan.old_inode)) return RACED;
    return renameat(it->record.folder, "new", it->place.folder, it->place.name) == 0 ? 0 : errno;
}

/* Is the file there the one we wrote (from `offset` on), unchanged? 1, 0, or an errno as a negative number. */
static int is_ours(step *it, int64_t offset) {
    int file = openat(it->place.folder, it->place.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0) return errno == ELOOP ? 0 : -errno;
    struct stat status;
    uint64_t hash = 0;
    int error = fstat(file, &status) == 0 ? 0 : errno;
    int like_ours = !error && S_ISREG(status.st_mode) && status.st_size == offset + it->plan.bytes;
    if (like_ours) error = hash_file(file, offset, &hash);
    close(file);
    return error ? -error : like_ours && hash == it->plan.hash;
}

static int tell_changed(step *it) {
    return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_APPLIED, it->plan.path,
                "was changed by somebody else since this step; that change would be lost");
}

static int take_back_created(step *it) {
    struct stat status;
    if (place_stat(&it->place, &status) == ENOENT) return 0;
    int ours = is_ours(it, 0);
    if (ours < 0) return -ours;
    if (!ours) return tell_changed(it);
    return unlinkat(it->place.folder, it->place.name, 0) == 0 ? 0 : errno;
}

static int take_back_replaced(step *it) {
    struct stat status;
    int empty = place_stat(&it->place, &status) == ENOENT;
    if (!record_has(&it->record, "old")) {
        if (record_is_published(&it->record) || empty || place_holds(&it->place, it->plan.old_inode))
            return 0;
        return is_ours(it, 0) == 1 ? tell_gone(it, it->plan.path) : 0;
    }
    if (empty) return restore_old(it, &it->place, it->plan.path);
    int ours = is_ours(it, 0);
    if (ours < 0) return -ours;
    if (!ours) return tell_changed(it);

    char old[LONGEST_KEY + 8];
    snprintf(old, sizeof old, "%s/old", it->record.name);
    return renameat(it->record.state, old, it->place.folder, it->place.name) == 0 ? 0 : errno;
}

static int write_take_back(step *it) {
    return it->plan.keeps ? take_back_replaced(it) : take_back_created(it);
}

static int write_output(step *it) {
    int bad = put_path(it, "/output/path", it->path);
    return bad | host->put_int64(it->call, "/output/bytes", it->plan.bytes);
}

const verb write_verb = {locate_path,     write_observe,   write_prepare, write_apply,
                         is_new_in_place, write_take_back, write_output};

/* ---- append --------------------------------------------------------------------------------------- */

/* The file is copied, the copy grows and replaces it: a crash leaves no half line, and whether this step's bytes
 * are in is never a guess. Bytes written in place could not be told from another step's, were the host killed
 * between the two. */
static int append_observe(step *it) {
    int error = observe_file(it);
    it->plan.appended = it->plan.old_inode != 0;
    return error;
}

static int append_apply(step *it) {
    if (!it->plan.appended) return put_new_in_empty_place(it);
    struct stat old, new;
    if (place_stat(&it->place, &old) != 0 || fstatat(it->record.folder, "new", &new, 0) != 0) return RACED;
    int as_observed = old.st_ino == it->plan.old_inode && old.st_size == it->plan.old_bytes &&
                      old.st_mtim.tv_sec == it->observed.tv_sec &&
                      old.st_mtim.tv_nsec == it->observed.tv_nsec;
    if (!as_observed || new.st_size != it->plan.old_bytes + it->plan.bytes) return RACED;
    return renameat(it->record.folder, "new", it->place.folder, it->place.name) == 0 ? 0 : errno;
}

static int append_take_back(step *it) {
    if (!it->plan.appended) return take_back_created(it);
    struct stat status;
    int error = place_stat(&it->place, &status);
    if (error) return error == ENOENT ? 0 : error;
    if (S_ISREG(status.st_mode) && status.st_size == it->plan.old_bytes) return 0;
    int ours = is_ours(it, it->plan.old_bytes);
    if (ours < 0) return -ours;
    if (!ours) return tell_changed(it);

    int file = openat(it->place.folder, it->place.name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (file < 0) return errno;
    if (ftruncate(file, it->plan.old_bytes) != 0 || fsync(file) != 0) error = errno;
    close(file);
    return error;
}

static int append_output(step *it) {
    int bad = write_output(it);
    return bad | host->put_int64(it->call, "/output/size", it->plan.old_bytes + it->plan.bytes);
}

const verb append_verb = {locate_path,     append_observe,   write_prepare, append_apply,
                          is_new_in_place, append_take_back, append_output};

/* ---- remove --------------------------------------------------------------------------------------- */

/* "Removing" moves the thing into the record: one rename, and the same inode comes back. */
static int remove_observe(step *it) {
    struct stat status;
    int error = place_stat(&it->place, &status);
    if (error) return error;
    if (S_ISLNK(status.st_mode)) return ELOOP;
    if (S_ISDIR(status.st_mode))
        error = folder_is_empty(it->place.folder, it->place.name);
    else if (!S_ISREG(status.st_mode))
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->path,
                    "is a device or a pipe; expected a file");
    it->plan.old_inode = status.st_ino;
    it->plan.bytes = S_ISREG(status.st_mode) ? status.st_size : 0;
    it->plan.keeps = 1;
    return error;
}

static int remove_prepare(step *it) {
    (void)it;
    return 0;
}

static int remove_apply(step *it) {
    if (!place_holds(&it->place, it->plan.old_inode)) return RACED;
    int error = rename_into_empty(it->place.folder, it->place.name, it->record.folder, "old");
    if (error) return error == ENOENT ? RACED : error;

    /* Somebody may have put a file into the directory after we saw it empty. */
    if (folder_is_empty(it->record.folder, "old") != ENOTEMPTY) return 0;
    error = rename_into_empty(it->record.folder, "old", it->place.folder, it->place.name);
    return error ? error : ENOTEMPTY;
}

static int remove_is_applied(step *it) { return record_has(&it->record, "old"); }

static int remove_take_back(step *it) {
    if (record_has(&it->record, "old")) return restore_old(it, &it->place, it->plan.path);
    if (record_is_published(&it->record) || place_holds(&it->place, it->plan.old_inode)) return 0;
    return tell_gone(it, it->plan.path);
}

static int remove_output(step *it) {
    int bad = put_path(it, "/output/path", it->path);
    return bad | host->put_int64(it->call, "/output/bytes", it->plan.bytes);
}

const verb remove_verb = {locate_path,       remove_observe,   remove_prepare, remove_apply,
                          remove_is_applied, remove_take_back, remove_output};

/* ---- move ----------------------------------------------------------------------------------------- */

static int move_locate(step *it) {
    memcpy(it->plan.path, it->path, sizeof it->plan.path);
    memcpy(it->plan.to, it->to, sizeof it->plan.to);
    size_t length = strlen(it->path);
    if (strncmp(it->path, it->to, length) == 0 && it->to[length] == '/')
        return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, it->to,
                    "is inside the directory that should move there");
    return 0;
}

static int observe_target(step *it, const struct stat *from) {
    struct stat to;
    int error = place_stat(&it->target, &to);
    if (error) return error == ENOENT ? 0 : tell_errno(it, error, ARCADIA_EFFECT_NONE, it->to);

    int32_t overwrite = 0;
    if (host->get_bool(it->call, "/with/overwrite", &overwrite) < 0)
        return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, NULL, "`overwrite` must be true or false");
    if (to.st_ino == from->st_ino && to.st_dev == from->st_dev)
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->to,
                    "is the file that should move there");
    if (!overwrite)
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->to,
                    "exists already and `overwrite` is not true");
    if (S_ISLNK(to.st_mode)) return tell_errno(it, ELOOP, ARCADIA_EFFECT_NONE, it->to);
    if (!S_ISREG(to.st_mode) || !S_ISREG(from->st_mode))
        return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->to,
                    "exists; only a file can be overwritten, and only by a file");
    it->plan.keeps = 1;
    return 0;
}

static int move_observe(step *it) {
    struct stat from;
    int error = place_stat(&it->place, &from);
    if (error) return error;
    if (S_ISLNK(from.st_mode)) return ELOOP;
    if (it->target.folder < 0) return tell_no_folder(it, ARCADIA_EFFECT_NONE, it->to);
    it->plan.old_inode = from.st_ino;
    return observe_target(it, &from);
}

static int move_prepare(step *it) {
    if (!it->plan.keeps) return 0;
    struct stat to;
    if (place_stat(&it->target, &to) != 0) return RACED;
    return keep_old(it, &it->target, to.st_ino);
}

/* Does the target still hold the file that would be overwritten? */
static int target_is_old(step *it) {
    char path[LONGEST_KEY + 8];
    struct stat old;
    snprintf(path, sizeof path, "%s/old", it->record.name);
    return fstatat(it->record.state, path, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
           place_holds(&it->target, old.st_ino);
}

static int move_apply(step *it) {
    if (!place_holds(&it->place, it->plan.old_inode)) return RACED;
    if (it->plan.keeps) {
        if (!target_is_old(it)) return RACED;
        return renameat(it->place.folder, it->place.name, it->target.folder, it->target.name) == 0
                   ? 0
                   : errno;
    }
    int error = rename_into_empty(it->place.folder, it->place.name, it->target.folder, it->target.name);
    return error == EEXIST || error == ENOENT ? RACED : error;
}

/* While `old` is kept, anything but "not moved yet" counts as moved: the record must not be dropped then. */
static int move_is_applied(step *it) {
    if (!it->plan.keeps) return place_holds(&it->target, it->plan.old_inode);
    return record_has(&it->record, "old") && !place_holds(&it->place, it->plan.old_inode) &&
           !target_is_old(it);
}

static int move_take_back(step *it) {
    if (!place_holds(&it->place, it->plan.old_inode)) {
        if (!place_holds(&it->target, it->plan.old_inode))
            return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_APPLIED, it->plan.to,
                        "is not what this step moved there any more, so it is not moved back");
        if (it->place.folder < 0) return tell_no_folder(it, ARCADIA_EFFECT_APPLIED, it->plan.path);
        int error = rename_into_empty(it->target.folder, it->target.name, it->place.folder, it->place.name);
        if (error) return tell_errno(it, error, ARCADIA_EFFECT_APPLIED, it->plan.path);
    }
    if (!it->plan.keeps) return 0;
    if (record_has(&it->record, "old")) return restore_old(it, &it->target, it->plan.to);
    struct stat status;
    if (record_is_published(&it->record) || place_stat(&it->target, &status) == 0) return 0;
    return tell_gone(it, it->plan.to);
}

static int move_output(step *it) {
    int bad = put_path(it, "/output/from", it->path);
    bad |= put_path(it, "/output/to", it->to);
    return bad | host->put_bool(it->call, "/output/overwrote", it->plan.keeps);
}

const verb move_verb = {move_locate,     move_observe,   move_prepare, move_apply,
                        move_is_applied, move_take_back, move_output};

/* ---- make_directory ------------------------------------------------------------------------------- */

/* The first folder on the way that does not exist: everything from there on is made, and goes again. */
static int make_directory_locate(step *it) {
    int32_t parents = 0;
    if (host->get_bool(it->call, "/with/parents", &parents) < 0)
        return tell(it, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, NULL, "`parents` must be true or false");

    memcpy(it->plan.to, it->path, sizeof it->plan.to);
    size_t whole = strlen(it->path);
    for (int nth = 1;; nth++) {
        size_t length = path_prefix(it->path, nth);
        if (length == 0) break;
        snprintf(it->plan.path, sizeof it->plan.path, "%.*s", (int)length, it->path);
        place here = NOWHERE;
        struct stat status;
        int error = place_open(it->root, it->plan.path, &here);
        if (!error) error = place_stat(&here, &status);
        place_close(&here);
        if (error == ENOENT) {
            if (length == whole || parents) return 0;
            return tell_errno(it, ENOENT, ARCADIA_EFFECT_NONE, it->plan.path);
        }
        if (error) return tell_errno(it, error, ARCADIA_EFFECT_NONE, it->plan.path);
        if (S_ISLNK(status.st_mode)) return tell_errno(it, ELOOP, ARCADIA_EFFECT_NONE, it->plan.path);
        if (!S_ISDIR(status.st_mode))
            return tell(it, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, it->plan.path,
                        "is a file; expected a directory");
    }
    if (!parents) return EEXIST;
    it->plan.path[0] = 0;
    return NOTHING;
}

static int make_directory_observe(step *it) {
    struct stat status;
    return it->place.folder >= 0 && place_stat(&it->place, &status) == ENOENT ? 0 : RACED;
}

/* The whole branch is made inside the record, so that it appears at once. */
static int make_directory_prepare(step *it) {
    char path[LONGEST_PATH + 4];
    snprintf(path, sizeof path, "new%s", it->path + strlen(it->plan.path));
    for (int nth = 1;; nth++) {
        size_t length = path_prefix(path, nth);
        if (length == 0) return 0;
        char folder[sizeof path];
        snprintf(folder, sizeof folder, "%.*s", (int)length, path);
        if (mkdirat(it->record.folder, folder, 0777) != 0) return errno;
    }
}

static int remove_made(step *it, const char *path) {
    place last = NOWHERE;
    int error = place_open(it->root, path, &last);
    if (!error && unlinkat(last.folder, last.name, AT_REMOVEDIR) != 0) error = errno;
    if (!error) error = sync_folder(last.folder);
    place_close(&last);
    if (error == EEXIST) error = ENOTEMPTY; /* POSIX allows either */
    if (error == 0 || error == ENOENT) return 0;
    return tell_errno(it, error, ARCADIA_EFFECT_APPLIED, path);
}

/* The innermost first, up to the first that was made. */
static int make_directory_take_back(step *it) {
    if (!it->plan.path[0]) return 0;
    char path[LONGEST_PATH];
    memcpy(path, it->plan.to, sizeof path);
    for (;;) {
        int error = remove_made(it, path);
        if (error || strcmp(path, it->plan.path) == 0) return error;
        char *end = strrchr(path, '/');
        if (!end) return 0;
        *end = 0;
    }
}

static int make_directory_output(step *it) {
    int bad = put_path(it, "/output/path", it->path);
    return bad | (it->plan.path[0] ? put_path(it, "/output/made", it->plan.path) : 0);
}

const verb make_directory_verb = {make_directory_locate,  make_directory_observe, make_directory_prepare,
                                  put_new_in_empty_place, is_new_in_place,        make_directory_take_back,
                                  make_directory_output};
