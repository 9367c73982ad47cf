/* The folder under the operator's root: paths that cannot leave it, and changes that are atomic.
 *
 * Functions answer 0 or an errno. */
#ifndef FILES_TREE_H
#define FILES_TREE_H

#include "arcadia/plugin.h"

#include <sys/stat.h>
#include <time.h>

enum { LONGEST_PATH = 4096, LONGEST_NAME = 255, DEEPEST_PATH = 64 };

#define STATE_FOLDER ".arcadia"

/* Where something is or will be: its folder, open, and its name in there. */
typedef struct place {
    int folder; /* -1: the folder does not exist */
    char name[LONGEST_NAME + 1];
} place;

#define NOWHERE {-1, ""}

int is_control(char byte);

/* What is wrong with a path as an operator wrote it, as the end of a sentence; NULL: nothing. */
const char *path_mistake(arcadia_str path);

/* The place a path names. No component may be a symbolic link: each is opened below the one before. */
int place_open(int root, const char *path, place *found);
void place_close(place *it);

/* The length of the path's part that ends with its nth component, from 1; 0 when it has fewer. */
size_t path_prefix(const char *path, int nth);

/* Is something there, and what? ENOENT also when the folder is missing. Never follows a link. */
int place_stat(const place *it, struct stat *status);

/* Is this inode there? */
int place_holds(const place *it, uint64_t inode);

/* Renames, and answers EEXIST instead of replacing something. */
int rename_into_empty(int from_folder, const char *from, int to_folder, const char *to);

int write_all(int file, const char *bytes, size_t count);
int copy_all(int from, int to);
int sync_folder(int folder);
int folder_is_empty(int folder, const char *name);

/* Removes a file, or a folder with everything in it. What is not there is removed. */
int remove_tree(int folder, const char *name);

/* FNV-1a, 64 bits: tells a file we wrote from one that somebody changed. Not against malice. */
#define HASH_START 0xcbf29ce484222325u
uint64_t hash_more(uint64_t hash, const char *bytes, size_t count);
/* The bytes of an open file from an offset to its end. */
int hash_file(int file, int64_t offset, uint64_t *hash);

#endif
