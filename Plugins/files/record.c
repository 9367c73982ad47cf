#define _GNU_SOURCE
#include "record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

void record_name(arcadia_str key, char name[LONGEST_KEY + 1]) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    int as_it_is = key.len > 0 && key.len <= LONGEST_KEY && key.ptr[0] != '.';
    size_t length = 0;
    for (size_t i = 0; i < key.len && length < LONGEST_KEY; i++) {
        int fits = key.ptr[i] != 0 && strchr(plain, key.ptr[i]) != NULL;
        as_it_is = as_it_is && fits;
        name[length++] = fits ? key.ptr[i] : '_';
    }
    name[length] = 0;
    if (as_it_is) return;

    if (length > 100) length = 100;
    if (length > 0 && name[0] == '.') name[0] = '_';
    snprintf(name + length, LONGEST_KEY + 1 - length, "-%016llx",
             (unsigned long long)hash_more(HASH_START, key.ptr, key.len));
}

static void unpublished_name(const record *it, char name[LONGEST_KEY + 2]) {
    snprintf(name, LONGEST_KEY + 2, "%s~", it->name);
}

static int open_state(record *it) {
    if (it->state >= 0) close(it->state);
    it->state = openat(it->root, STATE_FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return it->state >= 0 ? 0 : errno;
}

int record_open(int root, const char *name, record *it) {
    it->root = root;
    it->state = it->folder = -1;
    snprintf(it->name, sizeof it->name, "%s", name);
    int error = open_state(it);
    return error == ENOENT ? 0 : error;
}

void record_close(record *it) {
    if (it->folder >= 0) close(it->folder);
    if (it->state >= 0) close(it->state);
    it->folder = it->state = -1;
}

int record_is_published(const record *it) {
    struct stat status;
    return it->state >= 0 && fstatat(it->state, it->name, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

int record_has(const record *it, const char *entry) {
    char path[LONGEST_KEY + 8];
    struct stat status;
    snprintf(path, sizeof path, "%s/%s", it->name, entry);
    return it->state >= 0 && fstatat(it->state, path, &status, AT_SYMLINK_NOFOLLOW) == 0;
}

int record_prepare(record *it) {
    char name[LONGEST_KEY + 2];
    unpublished_name(it, name);
    for (int tries = 0; tries < 100; tries++) {
        if (mkdirat(it->root, STATE_FOLDER, 0700) != 0 && errno != EEXIST) return errno;
        int error = open_state(it);
        if (error == ENOENT) continue;
        if (error) return error;
        if (mkdirat(it->state, name, 0700) == 0) {
            it->folder = openat(it->state, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            if (it->folder < 0) return errno;
            /* Says to records_sweep() that somebody is at work here. A kill lets go of it. */
            return flock(it->folder, LOCK_EX) == 0 ? 0 : errno;
        }
        /* ENOENT: another step took .arcadia away between our two calls, it being empty. */
        if (errno != ENOENT) return errno;
    }
    return EBUSY;
}

int record_publish(record *it) {
    char name[LONGEST_KEY + 2];
    unpublished_name(it, name);
    int error = sync_folder(it->folder);
    if (!error) error = rename_into_empty(it->state, name, it->state, it->name);
    return error ? error : sync_folder(it->state);
}

int record_drop(record *it) {
    if (it->folder >= 0) close(it->folder);
    it->folder = -1;
    if (it->state < 0) return 0;

    /* Unpublished first: a published record without `new` would look like one whose `new` was put in place. */
    char name[LONGEST_KEY + 2];
    unpublished_name(it, name);
    int error = remove_tree(it->state, name);
    if (!error && renameat(it->state, it->name, it->state, name) == 0) error = remove_tree(it->state, name);
    if (!error) error = sync_folder(it->state);
    if (!error) unlinkat(it->root, STATE_FOLDER, AT_REMOVEDIR); /* stays while other records are in it */
    return error;
}

/* Half prepared, or published with its `new` still waiting, and its step not at work. */
static int is_abandoned(record *it, const char *entry) {
    size_t length = strlen(entry);
    int unpublished = length > 0 && entry[length - 1] == '~';
    if (length - (size_t)unpublished > LONGEST_KEY) return 0;
    memcpy(it->name, entry, length - (size_t)unpublished);
    it->name[length - (size_t)unpublished] = 0;
    if (!unpublished && !record_has(it, "new")) return 0;

    int folder = openat(it->state, entry, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder < 0) return 0;
    int alone = flock(folder, LOCK_EX | LOCK_NB) == 0;
    close(folder);
    return alone;
}

void records_sweep(int root) {
    record it;
    if (record_open(root, "", &it) != 0 || it.state < 0) return;
    int listed = openat(it.state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = listed < 0 ? NULL : fdopendir(listed);
    if (entries) {
        struct dirent *entry;
        while ((entry = readdir(entries))) {
            if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
            if (!is_abandoned(&it, entry->d_name)) continue;
            char name[LONGEST_KEY + 2];
            unpublished_name(&it, name);
            if (strcmp(name, entry->d_name) == 0)
                remove_tree(it.state, name);
            else
                record_drop(&it);
        }
        closedir(entries);
        unlinkat(root, STATE_FOLDER, AT_REMOVEDIR);
    }
    record_close(&it);
}
