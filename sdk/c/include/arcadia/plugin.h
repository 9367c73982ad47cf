/* arcadia/plugin.h: the contract between an Arcadia host and a plugin. ABI major 1, minor 0.
 *
 * A plugin is a shared object that offers operations. The host calls them as the steps of a saga:
 * `execute` does something to the outside world, `compensate` takes it back, `probe` says what
 * happened when nobody knows. This file is the whole contract: copy it, include nothing else of ours,
 * link nothing of ours. sdk/README.md shows a plugin in ten minutes.
 *
 * RULES THAT HOLD EVERYWHERE
 *
 *  R1 Text is UTF-8. An arcadia_str is pointer and length, NOT NUL-terminated; {NULL, 0} means absent.
 *     `const char *` is used only for text that is a literal in practice: ids, JSON paths.
 *  R2 Nobody frees the other side's memory. What you get is borrowed until you return (or as long as
 *     stated); what you give is copied before the function you gave it to returns.
 *  R3 Nothing unwinds across: no C++ exception, Rust panic, longjmp or Swift error leaves a function
 *     declared here. A trap or a signal takes the whole process (the host resumes after a restart).
 *  R4 Only fixed-width integers, double, pointers, structs by pointer, and arcadia_str by value.
 *     No varargs, bit-fields, unions. An unknown constant is tolerated: a status counts as
 *     ARCADIA_FAILED, an effect as ARCADIA_EFFECT_UNKNOWN, a level as ARCADIA_INFO.
 *  R5 Every struct starts with struct_size. Within major 1, fields are only appended. Read a field
 *     only if ARCADIA_HAS says it is there; a NULL function means "not supported". Set struct_size to
 *     sizeof as you compiled it and zero what you do not use.
 *  R6 All data are bytes, so that one .so works inside the host and in a worker process. Assume no
 *     shared address space with the host, no current directory, no environment, no stdin or stdout.
 *  R7 Thread tags, on every function:
 *       [any]    from any thread, also several at once
 *       [call]   on the host's thread that runs this call
 *       [serial] never two at once for one plugin
 *     The host's threads are plain OS threads with 1 MiB of stack or more: blocking is allowed.
 *  R8 A plugin is never unloaded. destroy() still ends its threads and closes its files.
 *  R9 Leave the process alone: signals, environment, locale, current directory, umask, limits,
 *     files 0 to 2, atexit; no fork without exec; nothing in constructors but the language's own.
 */
#ifndef ARCADIA_PLUGIN_H
#define ARCADIA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major version is part of the entry's name, so that a mismatch shows in the symbol table before
 * any code runs. The minor grows with every appended field or constant. */
#define ARCADIA_ABI_MAJOR 1u
#define ARCADIA_ABI_MINOR 0u
#define ARCADIA_ENTRY_SYMBOL "arcadia_plugin_entry_v1"

#if defined(__GNUC__) || defined(__clang__)
#define ARCADIA_EXPORT __attribute__((visibility("default")))
#else
#define ARCADIA_EXPORT
#endif

/* Does the other side's struct reach as far as this field? eg: ARCADIA_HAS(arcadia_host, host, service) */
#define ARCADIA_HAS(type, pointer, field)                                                                \
    ((pointer) != NULL && (pointer)->struct_size >= offsetof(type, field) + sizeof((pointer)->field))

/* Text that someone else owns. Frozen forever. */
typedef struct arcadia_str {
    const char *ptr;
    size_t len;
} arcadia_str;

/* ---- What an operation returns -------------------------------------------------------------------- */

typedef int32_t arcadia_status;
enum {
    ARCADIA_OK = 0,        /* done; for probe: found() was called                                       */
    ARCADIA_SUSPENDED = 1, /* suspend() was called: call again later, no thread is held meanwhile       */
    ARCADIA_CANCELLED = 2, /* stopped because the host asked to; fail() may tell the effect             */
    ARCADIA_FAILED = 3     /* fail() tells why; without fail(): no retry, effect unknown                */
};

/* Did the outside world change? The host's next move depends on this, never on the message:
 *   NONE              may be tried again; there is nothing to compensate
 *   PARTIAL, APPLIED  will be compensated
 *   UNKNOWN           will be probed first                                                             */
typedef int32_t arcadia_effect;
enum {
    ARCADIA_EFFECT_UNKNOWN = 0,
    ARCADIA_EFFECT_NONE = 1,
    ARCADIA_EFFECT_PARTIAL = 2,
    ARCADIA_EFFECT_APPLIED = 3
};

/* Is it worth trying again? Advice; how often and how long is the operator's decision. */
typedef int32_t arcadia_retry;
enum {
    ARCADIA_RETRY_NO = 0,
    ARCADIA_RETRY_YES = 1,  /* after the definition's own backoff                                       */
    ARCADIA_RETRY_AFTER = 2 /* not before retry_after_ms                                                */
};

/* The coarse reason, for alerts and statistics. */
typedef int32_t arcadia_code;
enum {
    ARCADIA_E_OTHER = 0,
    ARCADIA_E_INPUT = 1,        /* `with` makes no sense; trying again will not help                    */
    ARCADIA_E_CONFIG = 2,       /* the plugin's own configuration                                       */
    ARCADIA_E_AUTH = 3,         /* who are you: credentials missing, wrong, expired                     */
    ARCADIA_E_DENIED = 4,       /* I know you, and no                                                   */
    ARCADIA_E_NOT_FOUND = 5,
    ARCADIA_E_CONFLICT = 6,     /* it exists already, or someone else changed it                        */
    ARCADIA_E_QUOTA = 7,        /* a limit that waiting does not lift                                   */
    ARCADIA_E_RATE = 8,         /* a limit that waiting lifts                                           */
    ARCADIA_E_NETWORK = 9,      /* no answer came                                                       */
    ARCADIA_E_REMOTE = 10,      /* an answer came, and it was the other side's failure                  */
    ARCADIA_E_TIMEOUT = 11,
    ARCADIA_E_UNSUPPORTED = 12,
    ARCADIA_E_BUG = 13          /* "this cannot happen" happened, in the plugin                         */
};

typedef struct arcadia_error {
    uint32_t struct_size;
    arcadia_code code;
    arcadia_effect effect;
    arcadia_retry retry;
    uint32_t retry_after_ms; /* with ARCADIA_RETRY_AFTER                                                */
    int32_t remote_status;   /* HTTP status, errno, a vendor's number; 0 = none                         */
    arcadia_str message;     /* one line for an operator, no secret. eg: "region fra9 does not exist"   */
    arcadia_str detail_json; /* optional JSON object                                                    */
} arcadia_error;

typedef int32_t arcadia_level;
enum { ARCADIA_TRACE = 0, ARCADIA_DEBUG = 1, ARCADIA_INFO = 2, ARCADIA_WARN = 3, ARCADIA_ERROR = 4 };

/* ---- Handles -------------------------------------------------------------------------------------- */

typedef struct arcadia_call arcadia_call;         /* the host's; dead when the function you are in returns */
typedef struct arcadia_instance arcadia_instance; /* yours, made by create(); opaque to the host           */

/* ---- What the host lends to a plugin -------------------------------------------------------------- */

/* One table for the life of the process, handed to the entry function. Keep the pointer.
 *
 * JSON PATHS. A call carries JSON documents, read and written by path (RFC 6901 pointers), so that a
 * plugin needs no JSON library:
 *   readable  /with        what the definition gives this step
 *             /inputs      the run's inputs
 *             /context     what earlier steps put there
 *             /result      compensate and probe: the output of execute, absent if it never completed
 *             /checkpoint  what an earlier call of this step wrote down, absent if nothing
 *             /config      the plugin's configuration, checked against its schema
 *             /output      what this call has put so far
 *   writable  /output      the step's output, an object: merged into the context on ARCADIA_OK
 *             /checkpoint  see checkpoint()
 * Readers answer 1 found, 0 absent (or null), -1 there but of another type. Text they hand out is
 * borrowed until the call ends. Writers answer 0, or -1 and change nothing: a path that is not
 * writable, text that is not UTF-8 or not JSON, a size above the host's limit (16 MiB a document),
 * or a call that is over. Objects on the way to a path are made. put_json to /output or /checkpoint itself
 * replaces the document by an object.
 *   /with is the same in execute, compensate and probe of a step. /config is there in every call, and
 * is all there is in create and health. There is one /checkpoint a step, shared by execute, probe and
 * compensate; writing below it adds to what it held.                                                  */
typedef struct arcadia_host {
    uint32_t struct_size;
    uint32_t abi_minor;
    const char *name;    /* eg: "arcadia" */
    const char *version; /* eg: "0.1.0"   */

    /* Say something to the operator; the host adds plugin, run and step. call may be NULL.
     * fields_json: an optional JSON object. Never pass a secret. [any] */
    void (*log)(arcadia_call *call, arcadia_level level, arcadia_str message, arcadia_str fields_json);

    /* Still alive: percent 0 to 100 or -1, note optional. Returns 1 when the call must stop (as
     * cancel_requested). A call silent for longer than the manifest's heartbeat_seconds counts as hung. [any] */
    int32_t (*heartbeat)(arcadia_call *call, int32_t percent, arcadia_str note);

    /* 1: stop soon and return ARCADIA_CANCELLED; the operator cancelled, or the deadline passed. [any] */
    int32_t (*cancel_requested)(arcadia_call *call);

    /* A descriptor that becomes readable when cancel_requested turns 1, for poll(). The host owns it:
     * never read, never close. -1 where there is none. [any] */
    int32_t (*cancel_fd)(arcadia_call *call);

    /* Milliseconds left until the deadline, 0 when it has passed, INT64_MAX without one. [any] */
    int64_t (*deadline_ms)(arcadia_call *call);

    /* Make a checkpoint durable BEFORE going on: the id of the thing just made, say. json is a JSON object,
     * or {NULL, 0} for what was put under /checkpoint. Returns 0 once it is on disk; the next call of
     * this step finds it under /checkpoint, also after a crash. Non-zero: not written (disk full, call
     * over); stop, and fail with the effect as it is. Takes as long as a flush does. [any] */
    int32_t (*checkpoint)(arcadia_call *call, arcadia_str json);

    /* Ask to be called again after this many milliseconds, then return ARCADIA_SUSPENDED. It survives a
     * restart of the host and costs nothing while it waits. What was put under /checkpoint becomes durable
     * together with the timer, and comes back. The attempt stays the same. An operator may have it called
     * sooner. Returns 0, or -1 if the call is over. [call] */
    int32_t (*suspend)(arcadia_call *call, int64_t after_ms);

    /* The whole output at once, as the text of a JSON object; replaces what was put. Returns 0, or -1
     * for text that is not a JSON object. [any] */
    int32_t (*result)(arcadia_call *call, arcadia_str json);

    /* probe only: what became of the step this key belongs to. With ARCADIA_EFFECT_APPLIED put the output
     * that execute would have given. Preparations that only you can see are ARCADIA_EFFECT_NONE. Then return
     * ARCADIA_OK. [call] */
    void (*found)(arcadia_call *call, arcadia_effect effect);

    /* Why: then return ARCADIA_FAILED (or ARCADIA_CANCELLED). The last one counts. [any] */
    void (*fail)(arcadia_call *call, const arcadia_error *error);

    /* Readers. [any] */
    int32_t (*get_string)(arcadia_call *call, const char *path, arcadia_str *value);
    int32_t (*get_int64)(arcadia_call *call, const char *path, int64_t *value);
    int32_t (*get_double)(arcadia_call *call, const char *path, double *value);
    int32_t (*get_bool)(arcadia_call *call, const char *path, int32_t *value);
    /* Any part as JSON text; null counts as found here. */
    int32_t (*get_json)(arcadia_call *call, const char *path, arcadia_str *json);
    /* Items of an array or members of an object; -1 when it is neither or absent. */
    int64_t (*count)(arcadia_call *call, const char *path);
    /* The name of an object's member, by position from 0, in the order written. */
    int32_t (*get_key)(arcadia_call *call, const char *path, int64_t position, arcadia_str *name);

    /* Writers. [any] */
    int32_t (*put_string)(arcadia_call *call, const char *path, arcadia_str value);
    int32_t (*put_int64)(arcadia_call *call, const char *path, int64_t value);
    int32_t (*put_double)(arcadia_call *call, const char *path, double value);
    int32_t (*put_bool)(arcadia_call *call, const char *path, int32_t value);
    int32_t (*put_json)(arcadia_call *call, const char *path, arcadia_str json);

    /* An optional service by id and revision. eg: "arcadia.http/1". NULL: this host has none, or the
     * operator did not grant it. The table lives as long as the process. [any] */
    const void *(*service)(arcadia_call *call, const char *id);
} arcadia_host;

/* ---- What a call gets ----------------------------------------------------------------------------- */

/* Everything here is borrowed until the function returns. Documents are read by path (above); the
 * three that a step nearly always wants are here as text too. */
typedef struct arcadia_op {
    uint32_t struct_size;
    uint32_t attempt;            /* from 1; a suspended step comes back with the same attempt             */
    uint32_t step_number;        /* from 1: the step's place in the definition                            */
    uint32_t reserved;           /* 0                                                                     */
    arcadia_str operation;       /* eg: "write"                                                           */
    arcadia_str run_id;          /* eg: "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04"                            */
    arcadia_str saga;            /* eg: "provision_droplet"                                               */
    arcadia_str step_id;         /* eg: "droplet"                                                         */
    arcadia_str idempotency_key; /* the same for every attempt of this step in this direction, and for no
                                    other: doing it twice under one key must leave the world as once does */
    arcadia_str with_json;       /* /with       */
    arcadia_str result_json;     /* /result     */
    arcadia_str checkpoint_json; /* /checkpoint */
    arcadia_str traceparent;     /* W3C trace context, for outgoing requests; may be absent               */
    arcadia_str execute_key;     /* the key execute had, in compensate and probe too: what to look for    */
} arcadia_op;

/* ---- What a plugin offers ------------------------------------------------------------------------- */

/* One operation; a definition uses it as "<plugin id>.<name>". Must agree with the manifest: a
 * compensable operation has compensate, a probeable one has probe. */
typedef struct arcadia_operation {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    const char *name;  /* eg: "write"; the manifest's operations, each once */

    /* Do the step. After a crash the host may call again with the same key, not knowing how far the last
     * call came: look at /checkpoint, then at the world, then act.
     * Failure: fail() with the effect as it really is, then ARCADIA_FAILED. [call] */
    arcadia_status (*execute)(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op);

    /* Take the step back, given /result and /checkpoint (either may be absent). Taking back what is
     * not there is ARCADIA_OK. Called as often as it takes. Failure leaves something behind: a person
     * will be told. NULL: there is nothing to take back. [call] */
    arcadia_status (*compensate)(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op);

    /* What happened to this key? Change nothing; answer through found(). Failure: cannot tell now, the
     * host asks again. NULL: cannot tell. [call] */
    arcadia_status (*probe)(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op);

    /* A nudge: this call should stop (cancel_requested is 1 by now). Must not block, may come late, when
     * the call has just returned its status but before its handle dies. NULL: polling is enough. [any] */
    void (*cancel)(arcadia_instance *instance, arcadia_call *call);
} arcadia_operation;

/* The plugin itself: static, never changed after the entry function returned it. */
typedef struct arcadia_plugin {
    uint32_t struct_size;
    uint32_t abi_minor;      /* ARCADIA_ABI_MINOR of the header used                                      */
    uint32_t min_host_minor; /* an older host refuses the plugin; 0 if it can do without what is newer    */
    uint32_t operation_count;
    const char *id;      /* eg: "files"; must equal plugin.json                                           */
    const char *version; /* eg: "1.2.0"; must equal plugin.json                                           */
    const arcadia_operation *const *operations; /* operation_count pointers                               */

    /* Once per configuration, before any operation; read /config. Failure: fail() with ARCADIA_E_CONFIG
     * naming the key; *instance stays NULL. NULL function: instances are NULL. [serial] */
    arcadia_status (*create)(arcadia_call *call, arcadia_instance **instance);

    /* No call is in flight and none will come. NULL: nothing to release. [serial] */
    void (*destroy)(arcadia_instance *instance);

    /* Could operations work now? Under a second, changes nothing. NULL: always. [call] */
    arcadia_status (*health)(arcadia_instance *instance, arcadia_call *call);

    /* An optional extension by id and revision. eg: "arcadia.typed/1". NULL for an id you do not know. [any] */
    const void *(*extension)(const char *id);
} arcadia_plugin;

/* The one symbol a plugin exports. Called once, before anything else. Cheap: no I/O, no threads.
 * NULL: refused, after saying why through host->log(NULL, …). [serial] */
ARCADIA_EXPORT const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *host);

/* ---- Conveniences: compiled into the plugin, no part of the binary contract ------------------------- */

static inline arcadia_str arcadia_text(const char *literal) {
    arcadia_str text;
    text.ptr = literal;
    text.len = literal ? strlen(literal) : 0;
    return text;
}

/* eg: return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "no such region"); */
static inline arcadia_status arcadia_fail(const arcadia_host *host, arcadia_call *call, arcadia_code code,
                                          arcadia_effect effect, arcadia_retry retry, const char *message) {
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = (uint32_t)sizeof error;
    error.code = code;
    error.effect = effect;
    error.retry = retry;
    error.message = arcadia_text(message);
    host->fail(call, &error);
    return ARCADIA_FAILED;
}

/* ---- Layout freeze: a line that fails here means a new major ---------------------------------------- */

#if defined(__cplusplus)
#define ARCADIA_ASSERT_LAYOUT(condition, name) static_assert(condition, #name)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define ARCADIA_ASSERT_LAYOUT(condition, name) _Static_assert(condition, #name)
#else
#define ARCADIA_ASSERT_LAYOUT(condition, name) typedef char arcadia_layout_##name[(condition) ? 1 : -1]
#endif

#if UINTPTR_MAX == 0xffffffffffffffffu
ARCADIA_ASSERT_LAYOUT(sizeof(arcadia_str) == 16, str_size);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_error, retry_after_ms) == 16, error_retry_after_ms);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_error, message) == 24, error_message);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_error, detail_json) == 40, error_detail_json);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, name) == 8, host_name);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, log) == 24, host_log);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, checkpoint) == 64, host_checkpoint);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, fail) == 96, host_fail);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, get_string) == 104, host_get_string);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, put_string) == 160, host_put_string);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_host, service) == 200, host_service);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_op, operation) == 16, op_operation);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_op, idempotency_key) == 80, op_idempotency_key);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_op, traceparent) == 144, op_traceparent);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_op, execute_key) == 160, op_execute_key);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_operation, name) == 8, operation_name);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_operation, cancel) == 40, operation_cancel);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_plugin, id) == 16, plugin_id);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_plugin, operations) == 32, plugin_operations);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_plugin, create) == 40, plugin_create);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_plugin, extension) == 64, plugin_extension);
#endif

#ifdef __cplusplus
}
#endif
#endif
