/* One plugin, wrong in the one way that a -D chooses; build.sh names them all. Without any it is good. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <stdlib.h>

#ifndef ID
#define ID "good"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#ifndef MIN_HOST_MINOR
#define MIN_HOST_MINOR 0
#endif

static const arcadia_host *host;

#ifdef UNDEFINED_SYMBOL
int nobody_defines_this(void);
#endif

static arcadia_status write_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)call;
    (void)op;
#ifdef UNDEFINED_SYMBOL
    return nobody_defines_this();
#else
    return ARCADIA_OK;
#endif
}

#ifndef COMPENSATE_MISSING
#define COMPENSATE write_execute
#else
#define COMPENSATE NULL
#endif

#ifdef CONSTRUCTOR_CRASH
__attribute__((constructor)) static void crash_while_loading(void) { abort(); }
#endif

#ifdef CREATE_FAILS
static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    *instance = NULL;
    return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                        "`root` is \"/nowhere\", which does not exist");
}
#endif

static const arcadia_operation write_ = {
#ifdef OPERATION_MISSING
    sizeof write_, 0, "read", write_execute, COMPENSATE, NULL, NULL,
#else
    sizeof write_, 0, "write", write_execute, COMPENSATE, NULL, NULL,
#endif
};

#ifdef OPERATION_EXTRA
static const arcadia_operation secret = {sizeof secret, 0, "secret", write_execute, NULL, NULL, NULL};
const arcadia_operation *const operations[] = {&write_, &secret};
#else
const arcadia_operation *const operations[] = {&write_};
#endif

static const arcadia_plugin plugin = {
#ifdef STRUCT_TOO_SMALL
    .struct_size = 16,
#else
    .struct_size = sizeof(arcadia_plugin),
#endif
    .abi_minor = ARCADIA_ABI_MINOR,
    .min_host_minor = MIN_HOST_MINOR,
    .operation_count = sizeof operations / sizeof operations[0],
    .id = ID,
    .version = VERSION,
#ifndef NULL_OPERATIONS
    .operations = operations,
#endif
#ifdef CREATE_FAILS
    .create = create,
#endif
};

#if defined(OTHER_MAJOR)
#define ENTRY arcadia_plugin_entry_v2
#elif defined(NO_ENTRY)
#define ENTRY some_other_function
#else
#define ENTRY arcadia_plugin_entry_v1
#endif

ARCADIA_EXPORT const arcadia_plugin *ENTRY(const arcadia_host *lent);

const arcadia_plugin *ENTRY(const arcadia_host *lent) {
    host = lent;
#ifdef ENTRY_CRASH
    abort();
#endif
#ifdef NULL_TABLE_AFTER_LOG
    host->log(NULL, ARCADIA_ERROR, arcadia_text("the licence file /etc/bad.key does not exist"),
              arcadia_text(NULL));
#endif
#if defined(NULL_TABLE) || defined(NULL_TABLE_AFTER_LOG)
    (void)plugin;
    return NULL;
#else
    return &plugin;
#endif
}
