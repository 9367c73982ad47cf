/* The five operations; files.c performs, probes and compensates them. */
#ifndef FILES_OPERATIONS_H
#define FILES_OPERATIONS_H

#include "step.h"

extern const verb write_verb, append_verb, move_verb, remove_verb, make_directory_verb;

#endif
