/* A plugin whose constructor leaves a mark: who refuses it in time never sees one. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/plugin.h"

#include <unistd.h>

static const char mark[] = "marked: a line of it ran\n";

__attribute__((constructor)) static void leave_a_mark(void) {
    ssize_t written = write(2, mark, sizeof mark - 1);
    (void)written;
}

static const arcadia_host *host;

static arcadia_status nod(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    host->result(call, arcadia_text("{\"version\": \"" VERSION "\"}"));
    return ARCADIA_OK;
}

static const arcadia_operation nod_ = {sizeof nod_, 0, "nod", nod, NULL, NULL, NULL};
static const arcadia_operation *const operations[] = {&nod_};

static const arcadia_plugin plugin = {
    .struct_size = sizeof plugin,
    .id = "marked",
    .version = VERSION,
    .operations = operations,
    .operation_count = 1,
};

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    return &plugin;
}
