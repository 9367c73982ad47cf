/* planner: executed, it ends its process; planned, it does what its `with` says, and tells in a note how that went. */
#define _DEFAULT_SOURCE
#include "arcadia/http.h"
#include "arcadia/plan.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const arcadia_host *host;
static int wasCreated;

static arcadia_str text_at(arcadia_call *call, const char *path) {
    arcadia_str text = {NULL, 0};
    host->get_string(call, path, &text);
    return text;
}

static int is(arcadia_str text, const char *word) {
    return text.len == strlen(word) && memcmp(text.ptr, word, text.len) == 0;
}

static void note(arcadia_call *call, arcadia_str text) {
    char json[600];
    int end = snprintf(json, sizeof json, "[\"");
    for (size_t i = 0; i < text.len && end < 590; i++) {
        if (text.ptr[i] == '"' || text.ptr[i] == '\\') json[end++] = '\\';
        json[end++] = text.ptr[i];
    }
    snprintf(json + end, sizeof json - (size_t)end, "\"]");
    host->put_json(call, "/output/notes", arcadia_text(json));
}

static void put_thing(arcadia_call *call, arcadia_str name) {
    char json[400];
    snprintf(json, sizeof json,
             "[{\"action\":\"create\",\"kind\":\"thing\",\"name\":\"%.*s\",\"monthly\":\"2.50\",\"currency\":\"USD\","
             "\"as_of\":\"2026-01-01\"}]",
             (int)name.len, name.ptr ? name.ptr : "");
    host->put_json(call, "/output/resources", arcadia_text(json));
}

static arcadia_status trap(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)call;
    (void)op;
    __builtin_trap();
}

static void request(arcadia_call *call, const char *method) {
    const arcadia_http *http = host->service(call, ARCADIA_HTTP);
    if (!http) {
        note(call, arcadia_text("no http"));
        return;
    }
    arcadia_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.method = arcadia_text(method);
    request.url = text_at(call, "/with/url");
    arcadia_http_response *response = NULL;
    int32_t status = http->perform(call, &request, &response);
    char words[400];
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    if (response) http->error(call, response, &error);
    snprintf(words, sizeof words, "%s: %d, sent %d, code %d: %.*s", method, status,
             response ? http->sent(call, response) : -1, error.code, (int)error.message.len,
             error.message.ptr ? error.message.ptr : "");
    note(call, arcadia_text(words));
}

static void write_file(arcadia_call *call) {
    char path[400] = "";
    arcadia_str given = text_at(call, "/with/path");
    if (given.len < sizeof path) memcpy(path, given.ptr, given.len);
    int file = open(path, O_WRONLY | O_CREAT, 0600);
    note(call, arcadia_text(file >= 0 ? "written" : strerror(errno)));
    if (file >= 0) close(file);
}

static arcadia_status plan_make(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    arcadia_str how = text_at(call, "/with/how");
    if (is(how, "trap")) __builtin_trap();
    if (is(how, "hang")) {
        while (!host->cancel_requested(call)) usleep(10000);
        return ARCADIA_CANCELLED;
    }
    if (is(how, "refuse"))
        return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "no such place");
    if (is(how, "nonsense")) {
        host->put_json(call, "/output/resources", arcadia_text("[{\"action\":\"burn\"}]"));
        return ARCADIA_OK;
    }
    if (is(how, "suspend")) {
        host->suspend(call, 1000);
        return ARCADIA_SUSPENDED;
    }
    if (is(how, "checkpoint")) {
        int32_t refused = host->checkpoint(call, arcadia_text("{\"a\":1}"));
        note(call, arcadia_text(refused ? "no checkpoint was written" : "a checkpoint was written"));
    }
    if (is(how, "keys"))
        note(call, arcadia_text(op->idempotency_key.ptr || op->execute_key.ptr || op->checkpoint_json.ptr ? "a key" : "no key"));
    if (is(how, "create")) note(call, arcadia_text(wasCreated ? "create was called" : "create was not called"));
    if (is(how, "get")) request(call, "GET");
    if (is(how, "post")) request(call, "POST");
    if (is(how, "delete")) request(call, "DELETE");
    if (is(how, "write")) write_file(call);
    put_thing(call, text_at(call, "/with/name"));
    return ARCADIA_OK;
}

static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    (void)call;
    (void)instance;
    wasCreated = 1;
    return ARCADIA_OK;
}

static const arcadia_operation make = {
    .struct_size = sizeof(arcadia_operation), .name = "make", .execute = trap, .compensate = trap};
static const arcadia_operation other = {.struct_size = sizeof(arcadia_operation), .name = "other", .execute = trap};
static const arcadia_operation *const operations[] = {&make, &other};

static const arcadia_planned planned_make = {sizeof(arcadia_planned), 0, "make", plan_make};
static const arcadia_planned *const planned[] = {&planned_make};
static const arcadia_plan plan = {sizeof(arcadia_plan), 1, planned};

static const void *extension(const char *id) { return strcmp(id, ARCADIA_PLAN) == 0 ? &plan : NULL; }

static const arcadia_plugin plugin = {.struct_size = sizeof(arcadia_plugin),
                                      .abi_minor = ARCADIA_ABI_MINOR,
                                      .operation_count = 2,
                                      .id = "planner",
                                      .version = "1.0.0",
                                      .operations = operations,
                                      .create = create,
                                      .extension = extension};

ARCADIA_EXPORT const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *given) {
    host = given;
    return &plugin;
}
