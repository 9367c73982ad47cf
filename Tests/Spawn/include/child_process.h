#ifndef CHILD_PROCESS_H
#define CHILD_PROCESS_H

#include <sys/types.h>

/// Starts a program as the first of a process group of its own, with three descriptors and no other of ours.
///
/// - folder: where it is; NULL: where we are.
/// - returns 0, or an errno.
int child_process_start(pid_t *process, const char *program, char *const words[], char *const variables[],
                        const char *folder, const int descriptors[3]);

#endif
