/* What a bench needs of C: how the process stands, and calls on a stack of a given size. */
#ifndef ARCADIA_CPLUGINHOST_BENCH_H
#define ARCADIA_CPLUGINHOST_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* What a signal does now, as one number. */
uint64_t arcadia_signal_digest(int number);
/* All of the environment, as one number. */
uint64_t arcadia_environment_digest(void);
/* Runs a function on a thread of its own with that much stack, and waits. 0, or an errno. */
int arcadia_on_stack(size_t bytes, void (*body)(void *context), void *context);

#endif
