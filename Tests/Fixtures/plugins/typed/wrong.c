/* A table of typed functions that is wrong in the one way that a -D chooses; build.sh names them all. Written out, as
 * the macros would not have it. */
#include "arcadia/typed.h"

#ifndef ANSWERS_TO
#define ANSWERS_TO ARCADIA_TYPED
#endif
#ifndef PLAIN
#define PLAIN 0
#endif
#ifndef SIGNATURE
#define SIGNATURE "uint32 twice(uint32 x)"
#endif
#ifndef FUNCTION
#define FUNCTION ((void (*)(void))twice)
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(arcadia_typed)
#endif
#ifndef ENTRY_SIZE
#define ENTRY_SIZE sizeof(arcadia_typed_function)
#endif

__attribute__((unused)) static uint32_t twice(uint32_t x) { return 2 * x; }

static const arcadia_typed_function functions[] = {
    {ENTRY_SIZE, 0, SIGNATURE, FUNCTION, NULL},
#ifdef SECOND
    {ENTRY_SIZE, 0, SECOND, (void (*)(void))twice, NULL},
#endif
};

static const arcadia_typed table = {TABLE_SIZE, sizeof functions / sizeof functions[0], functions};

static const void *extension(const char *id) { return strcmp(id, ANSWERS_TO) == 0 ? &table : NULL; }

static arcadia_status plain(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance, (void)call, (void)op;
    return ARCADIA_OK;
}
static const arcadia_operation operation = {sizeof operation, 0, "twice", plain, NULL, NULL, NULL};
static const arcadia_operation *const operations[] = {&operation};

static const arcadia_plugin plugin = {
    sizeof plugin, ARCADIA_ABI_MINOR, 0, PLAIN, ID, "1.0.0", operations, NULL, NULL, NULL, extension,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *host) {
    (void)host;
    return &plugin;
}
