/* What a call costs where nothing is between caller and function: the limit that a typed call is held against.
 *
 *   cc -O2 -I../../sdk/c/include -o call call.c -ldl
 *   ./call LIBRARY COUNT
 *
 * LIBRARY is Benchmarks/typed, assembled; its first function is called through its pointer. Prints one line of JSON.
 */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/typed.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef const arcadia_plugin *entry_function(const arcadia_host *);
typedef double weigh_function(int64_t, double, const char *, const uint8_t *, size_t);

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
    if (argc != 3) return 64;
    void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (!library) return fprintf(stderr, "%s\n", dlerror()), 1;
    entry_function *entry;
    *(void **)&entry = dlsym(library, ARCADIA_ENTRY_SYMBOL);
    const arcadia_typed *table = entry(NULL)->extension(ARCADIA_TYPED);
    weigh_function *weigh = (weigh_function *)table->functions[0].function;

    long count = atol(argv[2]);
    volatile double sum = 0;
    double start = seconds();
    for (long i = 0; i < count; i++) sum += weigh(i, 0.5, "kg", (const uint8_t *)"data", 4);
    printf("{\"count\":%ld,\"ns\":%g}\n", count, (seconds() - start) / count * 1e9);
    return 0;
}
