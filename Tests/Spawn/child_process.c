#define _GNU_SOURCE
#include "child_process.h"

#include <spawn.h>

int child_process_start(pid_t *process, const char *program, char *const words[], char *const variables[],
                        const char *folder, const int descriptors[3]) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    int failure = 0;
    for (int number = 0; number < 3 && failure == 0; number++)
        failure = posix_spawn_file_actions_adddup2(&actions, descriptors[number], number);
    if (failure == 0) failure = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
    if (failure == 0 && folder) failure = posix_spawn_file_actions_addchdir_np(&actions, folder);
    if (failure == 0) failure = posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    if (failure == 0) failure = posix_spawn(process, program, &actions, &attributes, words, variables);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return failure;
}
