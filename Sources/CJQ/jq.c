#define _GNU_SOURCE
#include "include/CJQ.h"

#include <dlfcn.h>
#include <jq.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* ---- libjq, loaded late ---------------------------------------------------------------------------------- */

#define FUNCTIONS(X)                                                                                              \
    X(jq_init) X(jq_teardown) X(jq_compile) X(jq_start) X(jq_next) X(jq_set_error_cb) X(jv_get_kind) X(jv_copy)      \
    X(jv_free) X(jv_invalid_has_msg) X(jv_invalid_get_msg) X(jv_parse_sized) X(jv_dump_string) X(jv_string_value)    \
    X(jv_string_length_bytes) X(jv_nomem_handler) X(jq_set_nomem_handler)

static struct {
#define X(name) __typeof__(name) *name;
    FUNCTIONS(X)
#undef X
} lib;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char load_error[256];

static void load(void) {
    void *library = dlopen("libjq.so.1", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
        snprintf(load_error, sizeof load_error, "%s", dlerror());
        return;
    }
#define X(name)                                                                  \
    lib.name = (__typeof__(name) *)dlsym(library, #name);                        \
    if (!lib.name) {                                                             \
        snprintf(load_error, sizeof load_error, "libjq.so.1 has no " #name);     \
        return;                                                                  \
    }
    FUNCTIONS(X)
#undef X
}

const char *cjq_load(void) {
    pthread_once(&once, load);
    return load_error[0] ? load_error : NULL;
}

/* ---- Limits ---------------------------------------------------------------------------------------------- */

static int exit_code;

static void leave(void *context) {
    (void)context;
    _exit(exit_code);
}

void cjq_exit_without_memory(int code) {
    exit_code = code;
    lib.jv_nomem_handler(leave, NULL);
}

void cjq_limit_time(int64_t milliseconds) {
    struct itimerval limit = {{0, 0}, {milliseconds / 1000, (milliseconds % 1000) * 1000}};
    setitimer(ITIMER_PROF, &limit, NULL);
}

/* ---- Texts ----------------------------------------------------------------------------------------------- */

/* Takes the string over. */
static char *text_of(jv string, size_t *length) {
    size_t count = (size_t)lib.jv_string_length_bytes(lib.jv_copy(string));
    char *text = malloc(count + 1);
    if (!text) leave(NULL);
    memcpy(text, lib.jv_string_value(string), count);
    text[count] = 0;
    lib.jv_free(string);
    if (length) *length = count;
    return text;
}

/* What an error was raised with: a sentence, or any value. Takes it over. */
static char *message_of(jv message, size_t *length) {
    return text_of(lib.jv_get_kind(message) == JV_KIND_STRING ? message : lib.jv_dump_string(message, 0), length);
}

/* ---- Programs -------------------------------------------------------------------------------------------- */

struct cjq_program {
    jq_state *jq;
    char *message;
};

/* The first thing jq says is the cause; what follows is that there were errors. */
static void keep_message(void *context, jv message) {
    cjq_program *program = context;
    char *text = message_of(message, NULL);
    if (program->message) free(text);
    else program->message = text;
}

cjq_program *cjq_compile(const char *text, char **message) {
    *message = NULL;
    cjq_program *program = calloc(1, sizeof *program);
    if (!program) leave(NULL);
    program->jq = lib.jq_init();
    if (!program->jq) leave(NULL);
    lib.jq_set_error_cb(program->jq, keep_message, program);
    /* jq puts this one in the place of the thread's own whenever it runs. */
    lib.jq_set_nomem_handler(program->jq, leave, NULL);
    if (lib.jq_compile(program->jq, text)) return program;
    *message = program->message ? program->message : strdup("jq says nothing more");
    program->message = NULL;
    cjq_free(program);
    return NULL;
}

void cjq_free(cjq_program *program) {
    lib.jq_teardown(&program->jq);
    free(program->message);
    free(program);
}

/* ---- Values ---------------------------------------------------------------------------------------------- */

/* No value, or an error. Takes it over. */
static int failure(jv invalid, char **text, size_t *length) {
    if (!lib.jv_invalid_has_msg(lib.jv_copy(invalid))) {
        lib.jv_free(invalid);
        return CJQ_NONE;
    }
    *text = message_of(lib.jv_invalid_get_msg(invalid), length);
    return CJQ_ERROR;
}

/* Takes it over. */
static int written(jv value, size_t limit, char **text, size_t *length) {
    jv dumped = lib.jv_dump_string(value, 0);
    if ((size_t)lib.jv_string_length_bytes(lib.jv_copy(dumped)) > limit) {
        lib.jv_free(dumped);
        return CJQ_TOO_LONG;
    }
    *text = text_of(dumped, length);
    return CJQ_VALUE;
}

int cjq_evaluate(cjq_program *program, const char *input, size_t length, size_t limit, char **text, size_t *text_length) {
    *text = NULL;
    *text_length = 0;
    jv value = lib.jv_parse_sized(input, (int)length);
    if (lib.jv_get_kind(value) == JV_KIND_INVALID) return failure(value, text, text_length);
    lib.jq_start(program->jq, value, 0);
    jv first = lib.jq_next(program->jq);
    if (lib.jv_get_kind(first) == JV_KIND_INVALID) return failure(first, text, text_length);
    jv second = lib.jq_next(program->jq);
    int outcome = CJQ_SEVERAL;
    if (lib.jv_get_kind(second) == JV_KIND_INVALID) {
        outcome = failure(second, text, text_length);
        if (outcome == CJQ_NONE) return written(first, limit, text, text_length);
    } else {
        lib.jv_free(second);
    }
    lib.jv_free(first);
    return outcome;
}
