/* web: makes the request that its `with` says, and puts everything it learns into its output: the tests of
 * arcadia.http/1, and an example of its use in C. */
#include "arcadia/http.h"

static const arcadia_host *host;

static arcadia_str text_at(arcadia_call *call, const char *path) {
    arcadia_str text = {NULL, 0};
    host->get_string(call, path, &text);
    return text;
}

static int64_t number_at(arcadia_call *call, const char *path) {
    int64_t number = 0;
    host->get_int64(call, path, &number);
    return number;
}

static uint64_t read_headers(arcadia_call *call, arcadia_http_header headers[8]) {
    int64_t count = host->count(call, "/with/headers");
    uint64_t read = 0;
    for (int64_t i = 0; i < count && read < 8; i++) {
        char path[128] = "/with/headers/";
        if (host->get_key(call, "/with/headers", i, &headers[read].name) != 1) continue;
        if (headers[read].name.len > 100) continue;
        memcpy(path + 14, headers[read].name.ptr, headers[read].name.len);
        headers[read].value = text_at(call, path);
        read++;
    }
    return read;
}

static void put_error(arcadia_call *call, const arcadia_http *http, const arcadia_http_response *response) {
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    if (http->error(call, response, &error) != 0) return;
    host->put_int64(call, "/output/error/code", error.code);
    host->put_int64(call, "/output/error/effect", error.effect);
    host->put_int64(call, "/output/error/retry", error.retry);
    host->put_int64(call, "/output/error/retry_after_ms", error.retry_after_ms);
    host->put_string(call, "/output/error/message", error.message);
}

static void put_answer(arcadia_call *call, const arcadia_http *http, const arcadia_http_response *response) {
    arcadia_str value, name = text_at(call, "/with/header");
    char header[64];
    if (name.len > 0 && name.len < sizeof header) {
        memcpy(header, name.ptr, name.len);
        header[name.len] = 0;
        if (http->header(call, response, header, &value) == 1) host->put_string(call, "/output/header", value);
    }
    value = http->body(call, response);
    if (value.len <= 4096 && host->put_string(call, "/output/body", value) != 0)
        host->put_string(call, "/output/body", arcadia_text("(not UTF-8)"));
    host->put_int64(call, "/output/body_bytes", (int64_t)value.len);
}

static arcadia_status request_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    const arcadia_http *http = host->service(call, ARCADIA_HTTP);
    if (!http)
        return arcadia_fail(host, call, ARCADIA_E_UNSUPPORTED, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO,
                            "this plugin was not granted arcadia.http/1");
    arcadia_http_header headers[8];
    arcadia_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = sizeof request;
    request.method = text_at(call, "/with/method");
    request.url = text_at(call, "/with/url");
    request.credential = text_at(call, "/with/credential");
    request.body = text_at(call, "/with/body");
    request.headers = headers;
    request.header_count = read_headers(call, headers);
    request.timeout_ms = number_at(call, "/with/timeout_ms");
    request.max_body_bytes = (uint64_t)number_at(call, "/with/max_body_bytes");
    int32_t once = 0;
    host->get_bool(call, "/with/once", &once);
    request.flags = once ? ARCADIA_HTTP_ONCE : 0;
    arcadia_http_response *response = NULL;
    int32_t status = http->perform(call, &request, &response);
    host->put_int64(call, "/output/status", status);
    if (!response) return ARCADIA_OK;
    host->put_int64(call, "/output/sent", http->sent(call, response));
    put_answer(call, http, response);
    put_error(call, http, response);
    http->release(call, response);
    return ARCADIA_OK;
}

static const arcadia_operation request_operation = {
    .struct_size = sizeof(arcadia_operation), .name = "request", .execute = request_execute};
static const arcadia_operation *const operations[] = {&request_operation};

static const arcadia_plugin plugin = {.struct_size = sizeof(arcadia_plugin),
                                      .abi_minor = ARCADIA_ABI_MINOR,
                                      .operation_count = 1,
                                      .id = "web",
                                      .version = "1.0.0",
                                      .operations = operations};

ARCADIA_EXPORT const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *given) {
    host = given;
    return &plugin;
}
