/* libcurl for Swift: no varargs, no callbacks, and loaded when the first request is made (linked, it would cost
 * every start of the program 12 ms for the thirty libraries it brings). One thread uses a multi. */
#ifndef CHTTP_H
#define CHTTP_H

#include <stddef.h>
#include <stdint.h>

/* Loads libcurl. Returns NULL, or why not. */
const char *chttp_load(void);

/* ---- URLs, read as libcurl will read them ---------------------------------------------------------- */

typedef struct chttp_url {
    char *text, *scheme, *host; /* host lower case, an IPv6 address in brackets */
    int32_t port;
    int32_t has_user; /* user or password: refused elsewhere */
} chttp_url;
/* 0, or -1 where the text is no absolute URL with a host. */
int chttp_url_read(const char *text, chttp_url *url);
void chttp_url_free(chttp_url *url);

/* ---- Addresses ---------------------------------------------------------------------------------------- */

enum {
    CHTTP_PUBLIC = 1,
    CHTTP_LOOPBACK = 2,
    CHTTP_PRIVATE = 4,    /* RFC 1918, unique local, shared (100.64/10) */
    CHTTP_LINK_LOCAL = 8, /* 169.254/16 with the cloud's metadata, fe80::/10 */
    CHTTP_SPECIAL = 16    /* unspecified, multicast, reserved, documentation */
};
/* The class of an address; v4 addresses inside v6 ones (mapped, NAT64, 6to4) count as what they carry. 0: no address. */
int chttp_address_class(const char *text);

/* ---- Transfers ---------------------------------------------------------------------------------------- */

typedef struct chttp_multi chttp_multi;
typedef struct chttp_transfer chttp_transfer;

typedef struct chttp_request {
    const char *method, *url, *user_agent, *ca_file;
    const char *body;
    size_t body_length;
    const char *const *headers; /* "Name: value" */
    size_t header_count;
    int64_t timeout_ms, connect_timeout_ms;
    uint64_t max_body;
    int32_t has_body;
    int32_t allows_http;
    int32_t is_fresh;     /* over a connection of its own: over one that was used before and turns out to be dead
                             libcurl would send again by itself */
    int32_t address_mask; /* classes it may connect to */
    void (*sent)(void *); /* the whole request has been handed to the kernel; may be NULL */
    void *context;
} chttp_request;

chttp_multi *chttp_multi_new(void);
void chttp_multi_wake(chttp_multi *multi); /* [any thread] */
/* Works on the transfers, waiting up to `milliseconds` for something to do. */
void chttp_multi_step(chttp_multi *multi, int milliseconds);
chttp_transfer *chttp_start(chttp_multi *multi, const chttp_request *request, void *context);
/* The next one that is over, or NULL. */
chttp_transfer *chttp_next_finished(chttp_multi *multi);
/* Asks how far a transfer has come that is not over: for was_sent() before it is taken out. */
void chttp_note_progress(chttp_transfer *transfer);
/* Takes a transfer out, over or not, and frees it. */
void chttp_end(chttp_multi *multi, chttp_transfer *transfer);

void *chttp_context(const chttp_transfer *transfer);
typedef enum {
    CHTTP_ANSWERED, CHTTP_NOT_RESOLVED, CHTTP_NOT_CONNECTED, CHTTP_NOT_TRUSTED, CHTTP_TIMED_OUT, CHTTP_CUT_OFF,
    CHTTP_TOO_LARGE, CHTTP_ADDRESS_REFUSED, CHTTP_OTHER
} chttp_end_kind;
chttp_end_kind chttp_end_of(const chttp_transfer *transfer);
const char *chttp_explanation(const chttp_transfer *transfer);
const char *chttp_refused_address(const chttp_transfer *transfer);
int32_t chttp_status(const chttp_transfer *transfer);
/* May a byte of the request have left this machine? */
int32_t chttp_was_sent(const chttp_transfer *transfer);
const char *chttp_body(const chttp_transfer *transfer, size_t *length);
/* Forgets what has come of the body so far: for who reads it while it comes. */
void chttp_drop_body(chttp_transfer *transfer);
/* The header lines of the final answer, each ended by CR LF. */
const char *chttp_headers(const chttp_transfer *transfer, size_t *length);

#endif
