/* arcadia/testing.h: a host for the tests of a plugin. C99 and C++11, one header, nothing to link.
 *
 *     arcadia_test *step =
 *         arcadia_test_begin(arcadia_plugin_entry_v1, "{\"folder\":\"/tmp/x\"}", "greet", "{\"name\":\"Ada\"}");
 *     if (arcadia_test_execute(step) != ARCADIA_OK) … step->message says why
 *     if (strcmp(arcadia_test_text(step, "/output/file"), "/tmp/x/Ada.txt") != 0) …
 *     arcadia_test_compensate(step);
 *     arcadia_test_end(step);
 *
 * An arcadia_test is one step of one run, with a plugin made for it: compensate and probe see the `with`, the
 * checkpoint and the result that execute left. Executing again is what a host does after a crash: the same key,
 * the last durable checkpoint, no result.
 *
 * It does what plugin.h says of paths, readers and writers, but checks no schema, no size and no UTF-8, lends no
 * service, and is of one thread. Include it in one file. Out of memory, or given text that is not JSON, it aborts.
 */
#ifndef ARCADIA_TESTING_H
#define ARCADIA_TESTING_H

#include "plugin.h"

#include <stdio.h>
#include <stdlib.h>

/* One step, and what came of the last call of it. Texts live until arcadia_test_end(). */
typedef struct arcadia_test {
    arcadia_status status;
    /* What fail() said; zero and "" without a failure. */
    arcadia_code code;
    arcadia_effect effect;
    arcadia_retry retry;
    uint32_t retry_after_ms;
    int32_t remote_status;
    const char *message;
    const char *detail; /* JSON, "" without */
    /* What found() said; -1: it was not called. */
    int32_t found;
    /* Milliseconds that suspend() asked for; -1: none. */
    int64_t suspended_ms;
    /* How often checkpoint() made something durable, in all calls. */
    int checkpoints;
    /* What log() said last; "" for nothing. */
    const char *logged;
    arcadia_level logged_level;

    int not_created; /* create() failed: there is nothing to call */

    /* For a test to set before a call. */
    int cancelled;          /* cancel_requested() and heartbeat() answer 1     */
    int disk_full;          /* checkpoint() answers -1                         */
    int64_t deadline_ms;    /* INT64_MAX: none                                 */
    const void *http;       /* what service("arcadia.http/1") answers, or NULL */

    /* The step's own. */
    const arcadia_plugin *plugin;
    arcadia_instance *instance;
    struct arcadia_test_node *documents;
    char *durable; /* the checkpoint that survives */
    char *result;  /* the output of an execute that ended well */
    const char *operation;
    struct arcadia_test_memory *memory;
} arcadia_test;

/* ---- Documents: JSON as a tree -------------------------------------------------------------------- */

enum { ARCADIA_TEST_OBJECT = '{', ARCADIA_TEST_ARRAY = '[', ARCADIA_TEST_STRING = '"', ARCADIA_TEST_NUMBER = '0',
       ARCADIA_TEST_TRUE = 't', ARCADIA_TEST_FALSE = 'f', ARCADIA_TEST_NULL = 'n' };

typedef struct arcadia_test_node {
    int kind;
    char *name; /* of a member */
    char *text; /* of a string, unescaped; of a number, as written */
    size_t length;
    struct arcadia_test_node *first, *next;
} arcadia_test_node;

typedef struct arcadia_test_memory {
    struct arcadia_test_memory *next;
} arcadia_test_memory;

/* Zeroed, and freed at the end of the step. */
static inline void *arcadia_test_new(arcadia_test *step, size_t size) {
    arcadia_test_memory *memory = (arcadia_test_memory *)calloc(1, sizeof *memory + size);
    if (!memory) abort();
    memory->next = step->memory;
    step->memory = memory;
    return memory + 1;
}

static inline char *arcadia_test_copy(arcadia_test *step, const char *text, size_t length) {
    char *copy = (char *)arcadia_test_new(step, length + 1);
    if (length) memcpy(copy, text, length);
    return copy;
}

static inline void arcadia_test_blank(const char **at) {
    while (**at == ' ' || **at == '\n' || **at == '\r' || **at == '\t') ++*at;
}

static inline size_t arcadia_test_utf8(unsigned long code, char *out) {
    if (code < 0x80) return out[0] = (char)code, (size_t)1;
    if (code < 0x800) return out[0] = (char)(0xc0 | code >> 6), out[1] = (char)(0x80 | (code & 63)), (size_t)2;
    if (code < 0x10000)
        return out[0] = (char)(0xe0 | code >> 12), out[1] = (char)(0x80 | (code >> 6 & 63)),
               out[2] = (char)(0x80 | (code & 63)), (size_t)3;
    return out[0] = (char)(0xf0 | code >> 18), out[1] = (char)(0x80 | (code >> 12 & 63)),
           out[2] = (char)(0x80 | (code >> 6 & 63)), out[3] = (char)(0x80 | (code & 63)), (size_t)4;
}

static inline int arcadia_test_hex(const char **at, unsigned long *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, ++*at) {
        char c = **at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return 0;
        *code = *code << 4 | (unsigned long)digit;
    }
    return 1;
}

/* A string after its opening quote; NULL: it is none. */
static inline char *arcadia_test_parse_string(arcadia_test *step, const char **at, size_t *length) {
    char *text = (char *)arcadia_test_new(step, strlen(*at) + 4);
    size_t used = 0;
    for (; **at && **at != '"'; ++*at) {
        if (**at != '\\') {
            text[used++] = **at;
            continue;
        }
        ++*at;
        const char *escape = strchr("\"\"\\\\//b\bf\fn\nr\rt\t", **at);
        unsigned long code, low;
        if (**at == 'u') {
            ++*at;
            if (!arcadia_test_hex(at, &code)) return NULL;
            if (code >= 0xd800 && code < 0xdc00 && (*at)[0] == '\\' && (*at)[1] == 'u') {
                *at += 2;
                if (!arcadia_test_hex(at, &low)) return NULL;
                code = 0x10000 + ((code & 0x3ff) << 10) + (low & 0x3ff);
            }
            used += arcadia_test_utf8(code, text + used);
            --*at;
        } else if (**at && escape) {
            text[used++] = escape[1];
        } else {
            return NULL;
        }
    }
    if (**at != '"') return NULL;
    ++*at;
    text[used] = 0;
    *length = used;
    return text;
}

/* NULL: what is there is not JSON. */
static inline arcadia_test_node *arcadia_test_parse_value(arcadia_test *step, const char **at) {
    arcadia_test_node *node = (arcadia_test_node *)arcadia_test_new(step, sizeof *node);
    arcadia_test_blank(at);
    node->kind = **at;
    if (**at == '"') {
        ++*at;
        node->text = arcadia_test_parse_string(step, at, &node->length);
        return node->text ? node : NULL;
    }
    if (**at == '{' || **at == '[') {
        char close = **at == '{' ? '}' : ']';
        arcadia_test_node **slot = &node->first;
        ++*at;
        arcadia_test_blank(at);
        while (**at != close) {
            char *name = NULL;
            size_t length;
            if (node->first && *(*at)++ != ',') return NULL;
            arcadia_test_blank(at);
            if (close == '}') {
                if (*(*at)++ != '"' || !(name = arcadia_test_parse_string(step, at, &length))) return NULL;
                arcadia_test_blank(at);
                if (*(*at)++ != ':') return NULL;
            }
            *slot = arcadia_test_parse_value(step, at);
            if (!*slot) return NULL;
            (*slot)->name = name;
            slot = &(*slot)->next;
            arcadia_test_blank(at);
        }
        ++*at;
        return node;
    }
    const char *words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++) {
        if (strncmp(*at, words[i], strlen(words[i])) != 0) continue;
        *at += strlen(words[i]);
        return node;
    }
    node->length = strspn(*at, "+-.0123456789eE");
    if (node->length == 0) return NULL;
    node->kind = ARCADIA_TEST_NUMBER;
    node->text = arcadia_test_copy(step, *at, node->length);
    *at += node->length;
    return node;
}

static inline arcadia_test_node *arcadia_test_parse(arcadia_test *step, const char *text) {
    arcadia_test_node *node = arcadia_test_parse_value(step, &text);
    arcadia_test_blank(&text);
    return *text ? NULL : node;
}

/* JSON that a test wrote: it had better be some. */
static inline arcadia_test_node *arcadia_test_given(arcadia_test *step, const char *text) {
    arcadia_test_node *node = arcadia_test_parse(step, text);
    if (node) return node;
    fprintf(stderr, "arcadia/testing.h: this is not JSON: %s\n", text);
    abort();
}

/* Text that grows. */
typedef struct arcadia_test_writer {
    char *text;
    size_t length, room;
} arcadia_test_writer;

static inline void arcadia_test_put(arcadia_test_writer *out, const char *text, size_t length) {
    if (out->length + length + 1 > out->room) {
        out->room = (out->length + length + 1) * 2;
        out->text = (char *)realloc(out->text, out->room);
        if (!out->text) abort();
    }
    memcpy(out->text + out->length, text, length);
    out->length += length;
    out->text[out->length] = 0;
}

static inline void arcadia_test_put_string(arcadia_test_writer *out, const char *text, size_t length) {
    arcadia_test_put(out, "\"", 1);
    for (size_t i = 0; i < length; i++) {
        char code[8];
        unsigned char byte = (unsigned char)text[i];
        int size = byte == '"' || byte == '\\' ? snprintf(code, sizeof code, "\\%c", byte)
                 : byte < 0x20 ? snprintf(code, sizeof code, "\\u%04x", byte) : snprintf(code, sizeof code, "%c", byte);
        arcadia_test_put(out, code, (size_t)size);
    }
    arcadia_test_put(out, "\"", 1);
}

static inline void arcadia_test_put_value(arcadia_test_writer *out, const arcadia_test_node *node) {
    switch (node->kind) {
    case ARCADIA_TEST_STRING: arcadia_test_put_string(out, node->text, node->length); return;
    case ARCADIA_TEST_NUMBER: arcadia_test_put(out, node->text, node->length); return;
    case ARCADIA_TEST_TRUE: arcadia_test_put(out, "true", 4); return;
    case ARCADIA_TEST_FALSE: arcadia_test_put(out, "false", 5); return;
    case ARCADIA_TEST_NULL: arcadia_test_put(out, "null", 4); return;
    default: break;
    }
    arcadia_test_put(out, node->kind == ARCADIA_TEST_OBJECT ? "{" : "[", 1);
    for (const arcadia_test_node *member = node->first; member; member = member->next) {
        if (member != node->first) arcadia_test_put(out, ",", 1);
        if (member->name) {
            arcadia_test_put_string(out, member->name, strlen(member->name));
            arcadia_test_put(out, ":", 1);
        }
        arcadia_test_put_value(out, member);
    }
    arcadia_test_put(out, node->kind == ARCADIA_TEST_OBJECT ? "}" : "]", 1);
}

/* A value as JSON text, of the step. */
static inline char *arcadia_test_json(arcadia_test *step, const arcadia_test_node *node) {
    arcadia_test_writer out = {NULL, 0, 0};
    arcadia_test_put_value(&out, node);
    char *text = arcadia_test_copy(step, out.text, out.length);
    free(out.text);
    return text;
}

static inline arcadia_test_node *arcadia_test_add(arcadia_test *step, arcadia_test_node *parent, const char *name) {
    arcadia_test_node **slot = &parent->first;
    while (*slot) slot = &(*slot)->next;
    *slot = (arcadia_test_node *)arcadia_test_new(step, sizeof **slot);
    (*slot)->kind = ARCADIA_TEST_OBJECT;
    if (parent->kind == ARCADIA_TEST_OBJECT) (*slot)->name = arcadia_test_copy(step, name, strlen(name));
    return *slot;
}

static inline arcadia_test_node *arcadia_test_child(arcadia_test_node *parent, const char *name) {
    arcadia_test_node *child = parent->first;
    if (parent->kind == ARCADIA_TEST_OBJECT)
        while (child && strcmp(child->name, name) != 0) child = child->next;
    else if (parent->kind == ARCADIA_TEST_ARRAY)
        for (long place = strtol(name, NULL, 10); child && place > 0; place--) child = child->next;
    else
        return NULL;
    return child;
}

/* The value at a path; NULL: there is none, and it was not to be made. */
static inline arcadia_test_node *arcadia_test_at(arcadia_test *step, const char *path, int make) {
    arcadia_test_node *node = step->documents;
    while (node && *path == '/') {
        size_t length = strcspn(path + 1, "/"), used = 0;
        char *name = arcadia_test_copy(step, path + 1, length);
        for (size_t i = 0; i < length; i++, used++)
            name[used] = name[i] != '~' ? name[i] : name[++i] == '1' ? '/' : '~';
        name[used] = 0;
        path += 1 + length;
        arcadia_test_node *child = arcadia_test_child(node, name);
        if (!child && make && node->kind != ARCADIA_TEST_OBJECT && node->kind != ARCADIA_TEST_ARRAY) return NULL;
        node = !child && make ? arcadia_test_add(step, node, name) : child;
    }
    return node;
}

/* In the place of what is there, keeping its name and its neighbours. */
static inline void arcadia_test_replace(arcadia_test_node *node, const arcadia_test_node *value) {
    node->kind = value->kind;
    node->text = value->text;
    node->length = value->length;
    node->first = value->first;
}

static inline void arcadia_test_document(arcadia_test *step, const char *path, const char *json) {
    if (json) arcadia_test_replace(arcadia_test_at(step, path, 1), arcadia_test_given(step, json));
}

/* ---- For a test to look at and to set ------------------------------------------------------------- */

/* What a document holds now, eg "/output/file" or "/checkpoint": the text of a string, the JSON of anything else; NULL:
 * absent. */
static inline const char *arcadia_test_text(arcadia_test *step, const char *path) {
    arcadia_test_node *node = arcadia_test_at(step, path, 0);
    if (!node || node->kind == ARCADIA_TEST_NULL) return NULL;
    return node->kind == ARCADIA_TEST_STRING ? node->text : arcadia_test_json(step, node);
}

/* What earlier steps put into the context, or the run's inputs: arcadia_test_set(step, "/context", "{\"id\":1}"). */
static inline void arcadia_test_set(arcadia_test *step, const char *path, const char *json) {
    arcadia_test_document(step, path, json);
}

/* ---- The host's table ----------------------------------------------------------------------------- */

static inline arcadia_test *arcadia_test_of(arcadia_call *call) { return (arcadia_test *)(void *)call; }

static inline arcadia_str arcadia_test_lend(const char *text) { return arcadia_text(text); }

static inline void arcadia_test_log(arcadia_call *call, arcadia_level level, arcadia_str message, arcadia_str fields) {
    (void)fields;
    if (!call) {
        fprintf(stderr, "%.*s\n", (int)message.len, message.ptr);
        return;
    }
    arcadia_test_of(call)->logged = arcadia_test_copy(arcadia_test_of(call), message.ptr, message.len);
    arcadia_test_of(call)->logged_level = level;
}

static inline int32_t arcadia_test_cancel_requested(arcadia_call *call) {
    return arcadia_test_of(call)->cancelled != 0;
}

static inline int32_t arcadia_test_heartbeat(arcadia_call *call, int32_t percent, arcadia_str note) {
    (void)percent, (void)note;
    return arcadia_test_cancel_requested(call);
}

static inline int32_t arcadia_test_cancel_fd(arcadia_call *call) {
    (void)call;
    return -1;
}

static inline int64_t arcadia_test_deadline_ms(arcadia_call *call) { return arcadia_test_of(call)->deadline_ms; }

static inline int32_t arcadia_test_put_json(arcadia_call *call, const char *path, arcadia_str json) {
    arcadia_test *step = arcadia_test_of(call);
    int whole = strcmp(path, "/output") == 0 || strcmp(path, "/checkpoint") == 0;
    if (!whole && strncmp(path, "/output/", 8) != 0 && strncmp(path, "/checkpoint/", 12) != 0) return -1;
    if (!json.ptr) return -1;
    arcadia_test_node *value = arcadia_test_parse(step, arcadia_test_copy(step, json.ptr, json.len));
    if (!value || (whole && value->kind != ARCADIA_TEST_OBJECT)) return -1;
    arcadia_test_node *place = arcadia_test_at(step, path, 1);
    if (!place) return -1;
    arcadia_test_replace(place, value);
    return 0;
}

static inline int32_t arcadia_test_put_text(arcadia_call *call, const char *path, char *json) {
    arcadia_str text = {json, strlen(json)};
    return arcadia_test_put_json(call, path, text);
}

static inline int32_t arcadia_test_checkpoint(arcadia_call *call, arcadia_str json) {
    arcadia_test *step = arcadia_test_of(call);
    if (step->disk_full || (json.ptr && arcadia_test_put_json(call, "/checkpoint", json) != 0)) return -1;
    arcadia_test_node *document = arcadia_test_at(step, "/checkpoint", 0);
    if (!document) return -1;
    step->durable = arcadia_test_json(step, document);
    step->checkpoints++;
    return 0;
}

static inline int32_t arcadia_test_suspend(arcadia_call *call, int64_t after_ms) {
    arcadia_test_of(call)->suspended_ms = after_ms;
    return 0;
}

static inline int32_t arcadia_test_result(arcadia_call *call, arcadia_str json) {
    return arcadia_test_put_json(call, "/output", json);
}

static inline void arcadia_test_found(arcadia_call *call, arcadia_effect effect) {
    arcadia_test_of(call)->found = effect;
}

static inline void arcadia_test_fail(arcadia_call *call, const arcadia_error *error) {
    arcadia_test *step = arcadia_test_of(call);
    step->code = error->code;
    step->effect = error->effect;
    step->retry = error->retry;
    step->retry_after_ms = error->retry_after_ms;
    step->remote_status = error->remote_status;
    step->message = arcadia_test_copy(step, error->message.ptr, error->message.len);
    step->detail = arcadia_test_copy(step, error->detail_json.ptr, error->detail_json.len);
}

/* 1 there and of one of these kinds, 0 absent, -1 of another. */
static inline int32_t arcadia_test_find(arcadia_call *call, const char *path, const char *kinds,
                                        arcadia_test_node **node) {
    *node = arcadia_test_at(arcadia_test_of(call), path, 0);
    if (!*node || (*node)->kind == ARCADIA_TEST_NULL) return 0;
    return strchr(kinds, (*node)->kind) ? 1 : -1;
}

static inline int32_t arcadia_test_get_string(arcadia_call *call, const char *path, arcadia_str *value) {
    arcadia_test_node *node;
    int32_t found = arcadia_test_find(call, path, "\"", &node);
    if (found == 1) value->ptr = node->text, value->len = node->length;
    return found;
}

static inline int32_t arcadia_test_get_int64(arcadia_call *call, const char *path, int64_t *value) {
    arcadia_test_node *node;
    char *end;
    int32_t found = arcadia_test_find(call, path, "0", &node);
    if (found != 1) return found;
    long long number = strtoll(node->text, &end, 10);
    if (*end) return -1;
    *value = number;
    return 1;
}

static inline int32_t arcadia_test_get_double(arcadia_call *call, const char *path, double *value) {
    arcadia_test_node *node;
    int32_t found = arcadia_test_find(call, path, "0", &node);
    if (found == 1) *value = strtod(node->text, NULL);
    return found;
}

static inline int32_t arcadia_test_get_bool(arcadia_call *call, const char *path, int32_t *value) {
    arcadia_test_node *node;
    int32_t found = arcadia_test_find(call, path, "tf", &node);
    if (found == 1) *value = node->kind == ARCADIA_TEST_TRUE;
    return found;
}

static inline int32_t arcadia_test_get_json(arcadia_call *call, const char *path, arcadia_str *json) {
    arcadia_test_node *node = arcadia_test_at(arcadia_test_of(call), path, 0);
    if (!node) return 0;
    *json = arcadia_test_lend(arcadia_test_json(arcadia_test_of(call), node));
    return 1;
}

static inline int64_t arcadia_test_count(arcadia_call *call, const char *path) {
    arcadia_test_node *node;
    if (arcadia_test_find(call, path, "{[", &node) != 1) return -1;
    int64_t count = 0;
    for (node = node->first; node; node = node->next) count++;
    return count;
}

static inline int32_t arcadia_test_get_key(arcadia_call *call, const char *path, int64_t position, arcadia_str *name) {
    arcadia_test_node *node;
    int32_t found = arcadia_test_find(call, path, "{", &node);
    if (found != 1) return found;
    for (node = node->first; node && position > 0; node = node->next) position--;
    if (!node) return 0;
    *name = arcadia_test_lend(node->name);
    return 1;
}

static inline int32_t arcadia_test_put_string_at(arcadia_call *call, const char *path, arcadia_str value) {
    arcadia_test_writer out = {NULL, 0, 0};
    if (!value.ptr) return -1;
    arcadia_test_put_string(&out, value.ptr, value.len);
    int32_t answer = arcadia_test_put_text(call, path, out.text);
    free(out.text);
    return answer;
}

static inline int32_t arcadia_test_put_int64(arcadia_call *call, const char *path, int64_t value) {
    char text[32];
    snprintf(text, sizeof text, "%lld", (long long)value);
    return arcadia_test_put_text(call, path, text);
}

static inline int32_t arcadia_test_put_double(arcadia_call *call, const char *path, double value) {
    char text[32];
    if (value - value != 0) return -1; /* infinite, or no number */
    snprintf(text, sizeof text, "%.17g", value);
    return arcadia_test_put_text(call, path, text);
}

static inline int32_t arcadia_test_put_bool(arcadia_call *call, const char *path, int32_t value) {
    char yes[] = "true", no[] = "false";
    return arcadia_test_put_text(call, path, value ? yes : no);
}

static inline const void *arcadia_test_service(arcadia_call *call, const char *id) {
    return strcmp(id, "arcadia.http/1") == 0 ? arcadia_test_of(call)->http : NULL;
}

/* The table every plugin of these tests is handed. */
static inline const arcadia_host *arcadia_test_host(void) {
    static arcadia_host host;
    if (host.struct_size) return &host;
    host.abi_minor = ARCADIA_ABI_MINOR;
    host.name = "testing.h";
    host.version = "1.0.0";
    host.log = arcadia_test_log;
    host.heartbeat = arcadia_test_heartbeat;
    host.cancel_requested = arcadia_test_cancel_requested;
    host.cancel_fd = arcadia_test_cancel_fd;
    host.deadline_ms = arcadia_test_deadline_ms;
    host.checkpoint = arcadia_test_checkpoint;
    host.suspend = arcadia_test_suspend;
    host.result = arcadia_test_result;
    host.found = arcadia_test_found;
    host.fail = arcadia_test_fail;
    host.get_string = arcadia_test_get_string;
    host.get_int64 = arcadia_test_get_int64;
    host.get_double = arcadia_test_get_double;
    host.get_bool = arcadia_test_get_bool;
    host.get_json = arcadia_test_get_json;
    host.count = arcadia_test_count;
    host.get_key = arcadia_test_get_key;
    host.put_string = arcadia_test_put_string_at;
    host.put_int64 = arcadia_test_put_int64;
    host.put_double = arcadia_test_put_double;
    host.put_bool = arcadia_test_put_bool;
    host.put_json = arcadia_test_put_json;
    host.service = arcadia_test_service;
    host.struct_size = (uint32_t)sizeof host;
    return &host;
}

/* ---- The step ------------------------------------------------------------------------------------- */

#define ARCADIA_TEST_RUN "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04"
#define ARCADIA_TEST_EXECUTE_KEY ARCADIA_TEST_RUN "/1/execute"
#define ARCADIA_TEST_COMPENSATE_KEY ARCADIA_TEST_RUN "/1/compensate"

/* Forgets what the last call said. */
static inline void arcadia_test_reset(arcadia_test *step) {
    step->code = 0;
    step->effect = 0;
    step->retry = 0;
    step->retry_after_ms = 0;
    step->remote_status = 0;
    step->message = step->detail = step->logged = "";
    step->found = -1;
    step->suspended_ms = -1;
}

/* A step that uses this operation of a plugin that has this configuration. create() has been called: its answer is in
 * status. Where it failed, each call of the step fails as it did. All are JSON objects; NULL for an empty one. */
static inline arcadia_test *arcadia_test_begin(const arcadia_plugin *(*entry)(const arcadia_host *), const char *config,
                                               const char *operation, const char *with) {
    arcadia_test *step = (arcadia_test *)calloc(1, sizeof *step);
    if (!step) abort();
    arcadia_test_reset(step);
    step->deadline_ms = INT64_MAX;
    step->documents = arcadia_test_given(step, "{}");
    arcadia_test_document(step, "/config", config ? config : "{}");
    arcadia_test_document(step, "/with", with ? with : "{}");
    step->operation = operation;
    step->plugin = entry(arcadia_test_host());
    if (!step->plugin) {
        step->status = ARCADIA_FAILED;
        step->message = "the entry function returned NULL";
    } else if (step->plugin->create) {
        step->status = step->plugin->create((arcadia_call *)(void *)step, &step->instance);
        step->not_created = step->status != ARCADIA_OK;
    }
    return step;
}

static inline void arcadia_test_end(arcadia_test *step) {
    if (step->plugin && step->plugin->destroy && step->instance) step->plugin->destroy(step->instance);
    for (arcadia_test_memory *memory = step->memory, *next; memory; memory = next) {
        next = memory->next;
        free(memory);
    }
    free(step);
}

/* NULL: the plugin has none of this name. */
static inline const arcadia_operation *arcadia_test_operation(arcadia_test *step) {
    for (uint32_t i = 0; step->plugin && i < step->plugin->operation_count; i++)
        if (strcmp(step->plugin->operations[i]->name, step->operation) == 0) return step->plugin->operations[i];
    return NULL;
}

typedef arcadia_status (*arcadia_test_function)(arcadia_instance *, arcadia_call *, const arcadia_op *);

static inline arcadia_str arcadia_test_here(arcadia_test *step, const char *path) {
    arcadia_test_node *node = arcadia_test_at(step, path, 0);
    return arcadia_test_lend(node ? arcadia_test_json(step, node) : NULL);
}

static inline void arcadia_test_forget(arcadia_test *step, const char *path) {
    arcadia_test_node *node = arcadia_test_at(step, path, 0);
    if (node) node->kind = ARCADIA_TEST_NULL, node->first = NULL;
}

/* One call. What was not made durable is gone before it, as it is after a crash. */
static inline arcadia_status arcadia_test_call(arcadia_test *step, arcadia_test_function function, const char *key) {
    if (step->not_created) return step->status = ARCADIA_FAILED; /* code and message are those of create() */
    arcadia_test_reset(step);
    if (step->durable) arcadia_test_document(step, "/checkpoint", step->durable);
    else arcadia_test_forget(step, "/checkpoint");
    if (step->result) arcadia_test_document(step, "/result", step->result);
    else arcadia_test_forget(step, "/result");
    arcadia_test_document(step, "/output", "{}");
    arcadia_op op;
    memset(&op, 0, sizeof op);
    op.struct_size = (uint32_t)sizeof op;
    op.attempt = op.step_number = 1;
    op.operation = arcadia_text(step->operation);
    op.run_id = arcadia_text(ARCADIA_TEST_RUN);
    op.saga = arcadia_text("a_test");
    op.step_id = arcadia_text("step");
    op.idempotency_key = arcadia_text(key);
    op.execute_key = arcadia_text(ARCADIA_TEST_EXECUTE_KEY);
    op.with_json = arcadia_test_here(step, "/with");
    if (step->result) op.result_json = arcadia_test_here(step, "/result");
    if (step->durable) op.checkpoint_json = arcadia_test_here(step, "/checkpoint");
    if (!function) {
        step->status = ARCADIA_FAILED;
        step->message =
            arcadia_test_operation(step) ? "the operation has no such function" : "the plugin has no such operation";
        return step->status;
    }
    step->status = function(step->instance, (arcadia_call *)(void *)step, &op);
    if (step->status == ARCADIA_SUSPENDED && arcadia_test_at(step, "/checkpoint", 0))
        step->durable = arcadia_test_json(step, arcadia_test_at(step, "/checkpoint", 0));
    return step->status;
}


static inline arcadia_status arcadia_test_execute(arcadia_test *step) {
    const arcadia_operation *operation = arcadia_test_operation(step);
    step->result = NULL;
    if (arcadia_test_call(step, operation ? operation->execute : NULL, ARCADIA_TEST_EXECUTE_KEY) == ARCADIA_OK)
        step->result = arcadia_test_json(step, arcadia_test_at(step, "/output", 0));
    return step->status;
}

static inline arcadia_status arcadia_test_compensate(arcadia_test *step) {
    const arcadia_operation *operation = arcadia_test_operation(step);
    return arcadia_test_call(step, operation ? operation->compensate : NULL, ARCADIA_TEST_COMPENSATE_KEY);
}

/* What it found is in found: ARCADIA_EFFECT_… */
static inline arcadia_status arcadia_test_probe(arcadia_test *step) {
    const arcadia_operation *operation = arcadia_test_operation(step);
    step->result = NULL; /* a host asks because it heard of none */
    return arcadia_test_call(step, operation ? operation->probe : NULL, ARCADIA_TEST_EXECUTE_KEY);
}

/* The host died before execute came back: its result was never heard of. */
static inline void arcadia_test_lose_result(arcadia_test *step) { step->result = NULL; }

#endif
