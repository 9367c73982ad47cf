/* arcadia/http.h: the service "arcadia.http/1". HTTP requests made by the host, for a plugin.
 *
 *     const arcadia_http *http = host->service(call, ARCADIA_HTTP);
 *     if (!http) … the manifest does not ask for it, the operator did not grant it, or the host is older
 *
 * A plugin that lets the host speak HTTP links no HTTP library, holds no token, and learns what a saga step
 * must know after a failure: whether the request can have reached the other side.
 *
 * WHAT THE HOST SEES TO
 *   - https only. Plain http, and addresses that are private, loopback or link-local, only where the operator
 *     wrote that very address into the configuration or granted it.
 *   - Only hosts and methods that the manifest names (`capabilities.http`) and the operator granted.
 *   - Redirects are not followed: a 3xx is an answer like any other. No proxies, no .netrc, no cookies.
 *   - Credentials by name: the host adds the header; the token never enters the plugin. An answer that
 *     repeats it comes with the token overwritten by asterisks.
 *   - The time of a request is the shortest of timeout_ms and what is left of the call. A cancelled call
 *     ends its requests at once.
 *   - One limiter for each token, shared by all plugins of the host, which keeps to the rate that the manifest
 *     states and to 429, Retry-After and RateLimit headers. A request that would have to wait longer than a
 *     moment is not made: status 0, ARCADIA_E_RATE, retry_after_ms says when its turn is. Suspend until then.
 *   - GET, HEAD and DELETE are tried again, twice at most and quickly, after no answer, 429, 500, 502, 503 and
 *     504. Nothing else is ever sent twice, not even over a connection that turns out to be dead.
 *   - The `traceparent` of the call goes along.
 */
#ifndef ARCADIA_HTTP_H
#define ARCADIA_HTTP_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define ARCADIA_HTTP "arcadia.http/1"

typedef struct arcadia_http_header {
    arcadia_str name;
    arcadia_str value;
} arcadia_http_header;

/* Zero what you do not use. All of it is borrowed until perform() returns. */
typedef struct arcadia_http_request {
    uint32_t struct_size;
    uint32_t flags;                     /* 0, or ARCADIA_HTTP_ONCE                                        */
    arcadia_str method;                 /* eg: "GET"                                                      */
    arcadia_str url;                    /* absolute, percent-encoded. eg: "https://api.example.com/v1/x"  */
    arcadia_str credential;             /* the name of a credential in the manifest; absent: none         */
    arcadia_str body;                   /* absent: none                                                   */
    const arcadia_http_header *headers; /* not Authorization, Cookie, Host, Content-Length nor Connection */
    uint64_t header_count;
    uint64_t max_body_bytes;            /* of the answer; 0: 16 MiB, which is also the most               */
    int64_t timeout_ms;                 /* 0: 30 seconds                                                  */
} arcadia_http_request;

enum { ARCADIA_HTTP_ONCE = 1 }; /* do not try again, whatever the method                                  */

/* What came of a request. The host's; lives until release(), or until the call ends. */
typedef struct arcadia_http_response arcadia_http_response;

typedef struct arcadia_http {
    uint32_t struct_size;
    uint32_t reserved;

    /* Makes a request and waits for the whole answer. Returns the status (200 to 599) when one came; 0 when none
     * did, and then error() says why. *response is set in both cases; NULL if the call is over. Blocks the
     * thread it is called on. [any] */
    int32_t (*perform)(arcadia_call *call, const arcadia_http_request *request, arcadia_http_response **response);

    /* 1: a byte of the request may have left this machine, in any of the tries. 0: surely none, so whatever was
     * asked for did not happen. [any] */
    int32_t (*sent)(arcadia_call *call, const arcadia_http_response *response);

    /* A header of the answer, by name in any case; several of one name are joined by ", ". Returns 1 found, 0
     * not. Borrowed for as long as the response lives. [any] */
    int32_t (*header)(arcadia_call *call, const arcadia_http_response *response, const char *name,
                      arcadia_str *value);

    /* The answer's body, decompressed; {NULL, 0} without one. Borrowed for as long as the response lives. [any] */
    arcadia_str (*body)(arcadia_call *call, const arcadia_http_response *response);

    /* Fills in what fail() takes: without an answer why none came; with one what its status means in general
     * (401 AUTH, 403 DENIED, 404 NOT_FOUND, 409 CONFLICT, 422 INPUT, 429 RATE, 5xx REMOTE). The effect is NONE
     * when nothing was sent, for GET and HEAD, and for answers 401, 403, 404, 422 and 429; else UNKNOWN.
     * The texts are borrowed for as long as the response lives. Returns 0, or -1 for an answer that is not an
     * error (below 400). [any] */
    int32_t (*error)(arcadia_call *call, const arcadia_http_response *response, arcadia_error *error);

    /* Ends the response before the call does. [any] */
    void (*release)(arcadia_call *call, arcadia_http_response *response);
} arcadia_http;

#if UINTPTR_MAX == 0xffffffffffffffffu
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_http_request, method) == 8, http_request_method);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_http_request, headers) == 72, http_request_headers);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_http_request, timeout_ms) == 96, http_request_timeout_ms);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_http, perform) == 8, http_perform);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_http, release) == 48, http_release);
#endif

#ifdef __cplusplus
}
#endif
#endif
