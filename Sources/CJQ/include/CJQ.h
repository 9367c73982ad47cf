/* libjq 1.6, loaded when the first expression is evaluated: whoever links against this needs no libjq to start. */
#ifndef ARCADIA_CJQ_H
#define ARCADIA_CJQ_H

#include <stddef.h>
#include <stdint.h>

/* Loads the library, once. NULL: it is there; else why not. */
const char *cjq_load(void);

/* The process ends with this exit code when there is no memory for jq. For the thread that evaluates. */
void cjq_exit_without_memory(int code);

/* From now on this process has so much processor time; then SIGPROF ends it. 0: as much as it likes. */
void cjq_limit_time(int64_t milliseconds);

typedef struct cjq_program cjq_program;

/* NULL: it cannot be compiled, and `message` says why; whoever asks frees it. */
cjq_program *cjq_compile(const char *text, char **message);
void cjq_free(cjq_program *program);

enum {
    CJQ_VALUE,     /* exactly one                      */
    CJQ_NONE,      /* there is none                    */
    CJQ_SEVERAL,   /* there are more                   */
    CJQ_ERROR,     /* `text` is what jq says           */
    CJQ_TOO_LONG   /* the one has more bytes than that */
};

/* Runs a program over a JSON text. `text` is the value's JSON, or a message; whoever asks frees it. */
int cjq_evaluate(cjq_program *program, const char *input, size_t length, size_t limit, char **text, size_t *text_length);

#endif
