#define _GNU_SOURCE
#include "tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* ---- Paths ---------------------------------------------------------------------------------------- */

static const char *name_mistake(const char *name, size_t length) {
    if (length == 0) return "has an empty name in it; expected names with one `/` between them";
    if (length > LONGEST_NAME) return "has a name of more than 255 bytes in it";
    if (length == 1 && name[0] == '.') return "has a `.` in it; expected names only";
    if (length == 2 && name[0] == '.' && name[1] == '.') return "has a `..` in it; expected names only";
    return NULL;
}

int is_control(char byte) { return (unsigned char)byte < 0x20 || byte == 0x7f; }

const char *path_mistake(arcadia_str path) {
    if (path.len == 0) return "is empty; expected a path below the root";
    if (path.len >= LONGEST_PATH) return "is longer than 4095 bytes";
    if (path.ptr[0] == '/') return "is absolute; expected a path below the root";
    for (size_t i = 0; i < path.len; i++) {
        if (is_control(path.ptr[i])) return "has a control character in it";
    }

    int depth = 0;
    for (size_t start = 0, end = 0; start <= path.len; start = end + 1) {
        for (end = start; end < path.len && path.ptr[end] != '/'; end++) {}
        const char *name = path.ptr + start;
        const char *mistake = name_mistake(name, end - start);
        if (mistake) return mistake;
        if (depth == 0 && end - start == strlen(STATE_FOLDER) && memcmp(name, STATE_FOLDER, end - start) == 0)
            return "is inside `" STATE_FOLDER "`, which belongs to the plugin";
        if (++depth > DEEPEST_PATH) return "has more than 64 names in it";
    }
    return NULL;
}

size_t path_prefix(const char *path, int nth) {
    size_t end = 0;
    for (int i = 1;; i++) {
        end += strcspn(path + end, "/");
        if (i == nth) return end;
        if (path[end] == 0) return 0;
        end++;
    }
}

/* ---- Places --------------------------------------------------------------------------------------- */

static int open_folder(int folder, const char *name) {
    return openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* A symbolic link answers ENOTDIR above; an operator wants to know which of the two it was. */
static int why_not_opened(int folder, const char *name, int error) {
    struct stat status;
    if (error == ENOTDIR && fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISLNK(status.st_mode))
        return ELOOP;
    return error;
}

int place_open(int root, const char *path, place *found) {
    /* Not dup(root): a lock belongs to an open file, so every call needs one of its own. */
    int folder = open_folder(root, ".");
    if (folder < 0) return errno;

    for (const char *name = path;; name++) {
        size_t length = strcspn(name, "/");
        memcpy(found->name, name, length);
        found->name[length] = 0;
        name += length;
        if (*name == 0) break;

        int next = open_folder(folder, found->name);
        int error = next < 0 ? why_not_opened(folder, found->name, errno) : 0;
        close(folder);
        if (error) return error;
        folder = next;
    }
    found->folder = folder;
    return 0;
}

void place_close(place *it) {
    if (it->folder >= 0) close(it->folder);
    it->folder = -1;
}

int place_stat(const place *it, struct stat *status) {
    if (it->folder < 0) return ENOENT;
    return fstatat(it->folder, it->name, status, AT_SYMLINK_NOFOLLOW) == 0 ? 0 : errno;
}

int place_holds(const place *it, uint64_t inode) {
    struct stat status;
    return place_stat(it, &status) == 0 && status.st_ino == inode;
}

/* ---- Changes -------------------------------------------------------------------------------------- */

int rename_into_empty(int from_folder, const char *from, int to_folder, const char *to) {
    if (renameat2(from_folder, from, to_folder, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return errno;

    /* A file system without RENAME_NOREPLACE (NFS, say): look, then rename. The locks keep our own steps out
     * of the gap. */
    struct stat status;
    if (fstatat(to_folder, to, &status, AT_SYMLINK_NOFOLLOW) == 0) return EEXIST;
    return renameat(from_folder, from, to_folder, to) == 0 ? 0 : errno;
}

int write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(file, bytes, count);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

int copy_all(int from, int to) {
    char buffer[65536];
    for (;;) {
        ssize_t count = read(from, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        if (count == 0) return 0;
        int error = write_all(to, buffer, (size_t)count);
        if (error) return error;
    }
}

int sync_folder(int folder) {
    /* EINVAL: a file system that has no such thing. */
    return fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
}

/* Calls `each` for every entry until it answers non-zero. */
static int for_each_entry(int folder, const char *name, int (*each)(int folder, const char *entry)) {
    int opened = open_folder(folder, name);
    DIR *entries = opened < 0 ? NULL : fdopendir(opened);
    if (!entries) {
        int error = errno;
        if (opened >= 0) close(opened);
        return error;
    }
    int answer = 0;
    struct dirent *entry;
    while (answer == 0 && (entry = readdir(entries))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        answer = each(opened, entry->d_name);
    }
    closedir(entries);
    return answer;
}

static int not_empty(int folder, const char *entry) {
    (void)folder;
    (void)entry;
    return ENOTEMPTY;
}

int folder_is_empty(int folder, const char *name) { return for_each_entry(folder, name, not_empty); }

int remove_tree(int folder, const char *name) {
    if (unlinkat(folder, name, 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    int error = for_each_entry(folder, name, remove_tree);
    if (error) return error;
    return unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
}

/* ---- Hashes --------------------------------------------------------------------------------------- */

uint64_t hash_more(uint64_t hash, const char *bytes, size_t count) {
    for (size_t i = 0; i < count; i++) hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3u;
    return hash;
}

int hash_file(int file, int64_t offset, uint64_t *hash) {
    char buffer[65536];
    *hash = HASH_START;
    for (;;) {
        ssize_t count = pread(file, buffer, sizeof buffer, offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return errno;
        if (count == 0) return 0;
        *hash = hash_more(*hash, buffer, (size_t)count);
        offset += count;
    }
}
