#define _GNU_SOURCE
#include "include/CHTTP.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "address.h"

/* ---- libcurl, loaded late ----------------------------------------------------------------------------- */

#define FUNCTIONS(X)                                                                                           \
    X(curl_global_init) X(curl_easy_init) X(curl_easy_setopt) X(curl_easy_getinfo) X(curl_easy_cleanup)        \
    X(curl_easy_strerror) X(curl_slist_append) X(curl_slist_free_all) X(curl_multi_init) X(curl_multi_setopt)  \
    X(curl_multi_add_handle) X(curl_multi_remove_handle) X(curl_multi_perform) X(curl_multi_poll)              \
    X(curl_multi_wakeup) X(curl_multi_info_read) X(curl_url) X(curl_url_cleanup) X(curl_url_set) X(curl_url_get) \
    X(curl_free)

/* The macros that curl's header puts over these would hide the functions. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

static struct {
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
#undef X
} lib;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char load_error[512];

static int check_peer(void *context, char *address, char *local, int port, int local_port);

/* An option that libcurl does not know would silently leave something unguarded. */
static int knows_what_is_needed(void) {
    CURL *easy = lib.curl_easy_init();
    if (!easy) return 0;
    int knows = lib.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https") == CURLE_OK &&
                lib.curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_peer) == CURLE_OK &&
                lib.curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L) == CURLE_OK;
    lib.curl_easy_cleanup(easy);
    return knows;
}

static void load(void) {
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(load_error, sizeof load_error, "%s", dlerror());
        return;
    }
#define X(name)                                                                             \
    lib.name = (__typeof__(name) *)dlsym(library, #name);                                   \
    if (!lib.name) {                                                                        \
        snprintf(load_error, sizeof load_error, "libcurl.so.4 has no " #name);              \
        return;                                                                             \
    }
    FUNCTIONS(X)
#undef X
    if (lib.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        snprintf(load_error, sizeof load_error, "libcurl did not start");
    else if (!knows_what_is_needed())
        snprintf(load_error, sizeof load_error, "libcurl.so.4 is too old; expected 7.87 or newer");
}

const char *chttp_load(void) {
    pthread_once(&once, load);
    return load_error[0] ? load_error : NULL;
}

/* ---- URLs --------------------------------------------------------------------------------------------- */

static char *part(CURLU *url, CURLUPart which, unsigned flags) {
    char *text = NULL;
    return lib.curl_url_get(url, which, &text, flags) == CURLUE_OK ? text : NULL;
}

int chttp_url_read(const char *text, chttp_url *out) {
    memset(out, 0, sizeof *out);
    if (chttp_load()) return -1;
    CURLU *url = lib.curl_url();
    if (!url) return -1;
    if (lib.curl_url_set(url, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK) {
        out->text = part(url, CURLUPART_URL, 0);
        out->scheme = part(url, CURLUPART_SCHEME, 0);
        out->host = part(url, CURLUPART_HOST, 0);
        char *port = part(url, CURLUPART_PORT, CURLU_DEFAULT_PORT);
        char *user = part(url, CURLUPART_USER, 0), *password = part(url, CURLUPART_PASSWORD, 0);
        out->port = port ? atoi(port) : 0;
        out->has_user = user != NULL || password != NULL;
        lib.curl_free(port);
        lib.curl_free(user);
        lib.curl_free(password);
    }
    lib.curl_url_cleanup(url);
    if (out->text && out->scheme && out->host && out->host[0]) {
        for (char *at = out->host; *at; at++)
            if (*at >= 'A' && *at <= 'Z') *at += 'a' - 'A';
        return 0;
    }
    chttp_url_free(out);
    return -1;
}

void chttp_url_free(chttp_url *url) {
    lib.curl_free(url->text);
    lib.curl_free(url->scheme);
    lib.curl_free(url->host);
    memset(url, 0, sizeof *url);
}

/* ---- Transfers ---------------------------------------------------------------------------------------- */

typedef struct buffer {
    char *bytes;
    size_t length, capacity;
} buffer;

static int append(buffer *to, const char *bytes, size_t length) {
    if (to->length + length > to->capacity) {
        size_t capacity = to->capacity ? to->capacity * 2 : 4096;
        while (capacity < to->length + length) capacity *= 2;
        char *grown = realloc(to->bytes, capacity);
        if (!grown) return -1;
        to->bytes = grown;
        to->capacity = capacity;
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    return 0;
}

struct chttp_transfer {
    CURL *easy;
    struct curl_slist *headers;
    buffer body, head;
    uint64_t max_body;
    size_t body_to_send, body_sent;
    int is_too_large, address_mask, is_told;
    void (*sent)(void *);
    void *sent_context, *context;
    CURLcode code;
    int was_sent;
    long status;
    char refused[64];
    char explanation[CURL_ERROR_SIZE];
};

static size_t take_body(char *bytes, size_t size, size_t count, void *context) {
    chttp_transfer *transfer = context;
    size_t length = size * count;
    if (transfer->body.length + length > transfer->max_body) {
        transfer->is_too_large = 1;
        return 0;
    }
    return append(&transfer->body, bytes, length) == 0 ? length : 0;
}

/* Interim answers (100, 103) come first: what counts is the last one. */
static size_t take_header(char *bytes, size_t size, size_t count, void *context) {
    chttp_transfer *transfer = context;
    size_t length = size * count;
    if (length >= 5 && memcmp(bytes, "HTTP/", 5) == 0) transfer->head.length = 0;
    if (transfer->head.length + length > 256 * 1024) {
        transfer->is_too_large = 1;
        return 0;
    }
    return append(&transfer->head, bytes, length) == 0 ? length : 0;
}

/* Whatever a name resolved to, this is the address that would be talked to. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)purpose;
    chttp_transfer *transfer = context;
    int class = arcadia_address_class(&address->addr);
    if (class == 0 || (class & transfer->address_mask) == 0) {
        arcadia_address_text(&address->addr, transfer->refused, sizeof transfer->refused);
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

/* A kept connection is not opened again: who may open one is not who may use it. */
static int check_peer(void *context, char *address, char *local, int port, int local_port) {
    (void)local;
    (void)port;
    (void)local_port;
    chttp_transfer *transfer = context;
    if (chttp_address_class(address) & transfer->address_mask) return CURL_PREREQFUNC_OK;
    snprintf(transfer->refused, sizeof transfer->refused, "%s", address);
    return CURL_PREREQFUNC_ABORT;
}

static int see_traffic(CURL *easy, curl_infotype kind, char *bytes, size_t length, void *context) {
    (void)easy;
    (void)bytes;
    chttp_transfer *transfer = context;
    if (kind == CURLINFO_DATA_OUT) transfer->body_sent += length;
    if ((kind == CURLINFO_DATA_OUT || kind == CURLINFO_HEADER_OUT) && !transfer->is_told &&
        transfer->body_sent >= transfer->body_to_send) {
        transfer->is_told = 1;
        transfer->sent(transfer->sent_context);
    }
    return 0;
}

struct chttp_multi {
    CURLM *multi;
};

chttp_multi *chttp_multi_new(void) {
    if (chttp_load()) return NULL;
    chttp_multi *multi = calloc(1, sizeof *multi);
    if (!multi) return NULL;
    multi->multi = lib.curl_multi_init();
    if (!multi->multi) {
        free(multi);
        return NULL;
    }
    lib.curl_multi_setopt(multi->multi, CURLMOPT_MAXCONNECTS, 64L);
    lib.curl_multi_setopt(multi->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    return multi;
}

void chttp_multi_wake(chttp_multi *multi) { lib.curl_multi_wakeup(multi->multi); }

void chttp_multi_step(chttp_multi *multi, int milliseconds) {
    int running = 0;
    lib.curl_multi_perform(multi->multi, &running);
    lib.curl_multi_poll(multi->multi, NULL, 0, milliseconds, NULL);
    lib.curl_multi_perform(multi->multi, &running);
}

static void set_body(chttp_transfer *transfer, const chttp_request *request) {
    CURL *easy = transfer->easy;
    if (strcmp(request->method, "HEAD") == 0) {
        lib.curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    } else if (request->has_body || strcmp(request->method, "POST") == 0) {
        lib.curl_easy_setopt(easy, CURLOPT_POST, 1L);
        lib.curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
        lib.curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body ? request->body : "");
        transfer->body_to_send = request->body_length;
    }
    lib.curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void set_limits(chttp_transfer *transfer, const chttp_request *request) {
    CURL *easy = transfer->easy;
    lib.curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, request->allows_http ? "http,https" : "https");
    lib.curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    lib.curl_easy_setopt(easy, CURLOPT_PROXY, "");
    lib.curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    lib.curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    lib.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    lib.curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (request->ca_file) lib.curl_easy_setopt(easy, CURLOPT_CAINFO, request->ca_file);
    lib.curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    lib.curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, transfer);
    lib.curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_peer);
    lib.curl_easy_setopt(easy, CURLOPT_PREREQDATA, transfer);
    lib.curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, (long)request->is_fresh);
    /* HTTP/2 shares connections: another request that joined would make this one's count as used before. */
    lib.curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                         (long)(request->is_fresh ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
    /* A name that takes long to look up must not hold up the other requests when its own is over. */
    lib.curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    lib.curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->timeout_ms);
    lib.curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)request->connect_timeout_ms);
}

static void set_rest(chttp_transfer *transfer, const chttp_request *request) {
    CURL *easy = transfer->easy;
    lib.curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer);
    lib.curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, transfer->explanation);
    lib.curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    lib.curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    lib.curl_easy_setopt(easy, CURLOPT_USERAGENT, request->user_agent);
    lib.curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    lib.curl_easy_setopt(easy, CURLOPT_WRITEDATA, transfer);
    lib.curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
    lib.curl_easy_setopt(easy, CURLOPT_HEADERDATA, transfer);
    if (request->sent) {
        lib.curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L);
        lib.curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, see_traffic);
        lib.curl_easy_setopt(easy, CURLOPT_DEBUGDATA, transfer);
    }
    /* Nobody needs to be asked before a body is sent. */
    transfer->headers = lib.curl_slist_append(NULL, "Expect:");
    for (size_t i = 0; i < request->header_count; i++)
        transfer->headers = lib.curl_slist_append(transfer->headers, request->headers[i]);
    lib.curl_easy_setopt(easy, CURLOPT_HTTPHEADER, transfer->headers);
}

chttp_transfer *chttp_start(chttp_multi *multi, const chttp_request *request, void *context) {
    chttp_transfer *transfer = calloc(1, sizeof *transfer);
    if (!transfer) return NULL;
    transfer->easy = lib.curl_easy_init();
    if (!transfer->easy) {
        free(transfer);
        return NULL;
    }
    transfer->context = context;
    transfer->max_body = request->max_body;
    transfer->address_mask = request->address_mask;
    transfer->sent = request->sent;
    transfer->sent_context = request->context;
    lib.curl_easy_setopt(transfer->easy, CURLOPT_URL, request->url);
    set_body(transfer, request);
    set_limits(transfer, request);
    set_rest(transfer, request);
    if (lib.curl_multi_add_handle(multi->multi, transfer->easy) != CURLM_OK) {
        chttp_end(multi, transfer);
        return NULL;
    }
    return transfer;
}

/* The moment just before the first byte of a request is sent is noted by libcurl; connecting and TLS come before it. */
void chttp_note_progress(chttp_transfer *transfer) {
    curl_off_t pretransfer = 0;
    lib.curl_easy_getinfo(transfer->easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
    lib.curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &transfer->status);
    transfer->was_sent = (pretransfer > 0 && !transfer->refused[0]) || transfer->status > 0;
}

chttp_transfer *chttp_next_finished(chttp_multi *multi) {
    int left = 0;
    CURLMsg *message;
    while ((message = lib.curl_multi_info_read(multi->multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        chttp_transfer *transfer = NULL;
        lib.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        transfer->code = message->data.result;
        chttp_note_progress(transfer);
        return transfer;
    }
    return NULL;
}

void chttp_end(chttp_multi *multi, chttp_transfer *transfer) {
    lib.curl_multi_remove_handle(multi->multi, transfer->easy);
    lib.curl_easy_cleanup(transfer->easy);
    lib.curl_slist_free_all(transfer->headers);
    free(transfer->body.bytes);
    free(transfer->head.bytes);
    free(transfer);
}

void *chttp_context(const chttp_transfer *transfer) { return transfer->context; }

chttp_end_kind chttp_end_of(const chttp_transfer *transfer) {
    if (transfer->is_too_large) return CHTTP_TOO_LARGE;
    switch (transfer->code) {
    case CURLE_OK: return CHTTP_ANSWERED;
    case CURLE_COULDNT_RESOLVE_HOST: return CHTTP_NOT_RESOLVED;
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_COULDNT_CONNECT: return transfer->refused[0] ? CHTTP_ADDRESS_REFUSED : CHTTP_NOT_CONNECTED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR: return CHTTP_NOT_TRUSTED;
    case CURLE_OPERATION_TIMEDOUT: return transfer->was_sent ? CHTTP_TIMED_OUT : CHTTP_NOT_CONNECTED;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return CHTTP_CUT_OFF;
    default: return CHTTP_OTHER;
    }
}

const char *chttp_explanation(const chttp_transfer *transfer) {
    return transfer->explanation[0] ? transfer->explanation : lib.curl_easy_strerror(transfer->code);
}
const char *chttp_refused_address(const chttp_transfer *transfer) { return transfer->refused; }
int32_t chttp_status(const chttp_transfer *transfer) { return (int32_t)transfer->status; }
int32_t chttp_was_sent(const chttp_transfer *transfer) { return transfer->was_sent; }
const char *chttp_body(const chttp_transfer *transfer, size_t *length) {
    *length = transfer->body.length;
    return transfer->body.bytes;
}
void chttp_drop_body(chttp_transfer *transfer) { transfer->body.length = 0; }
const char *chttp_headers(const chttp_transfer *transfer, size_t *length) {
    *length = transfer->head.length;
    return transfer->head.bytes;
}
