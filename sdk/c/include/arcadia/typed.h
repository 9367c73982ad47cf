/* arcadia/typed.h: the extension "arcadia.typed/1". Plain C functions as operations.
 *
 *     #include "arcadia/typed.h"
 *     static uint32_t add(uint32_t a, uint32_t b) { return a + b; }
 *     ARCADIA_TYPED_PLUGIN("sums", "1.0.0", ARCADIA_FUNCTION(add, (uint32, "sum"), "add", (uint32, "a"), (uint32, "b")));
 *
 * is a whole plugin. plugin.json gives the operation its signature, from which its input and output schemas follow
 * without any code running:
 *
 *     { "name": "add", "signature": "uint32 sum = add(uint32 a, uint32 b)" }
 *
 * and `with` {"a": 2, "b": 3} puts out {"sum": 5}. The host turns JSON into arguments and the result into JSON, through
 * libffi. It is for what computes or reads: a typed function has no compensate and no probe.
 *
 * SIGNATURES, one text in plugin.json and in the table; they must agree, or the plugin is refused when it is loaded
 *
 *     signature  result operation "(" [ argument { "," argument } ] ")"
 *     result     type | type name "="  |  "void"  |  "status"
 *     argument   type name  |  "call", which may only come first
 *     operation  the operation's name;  name: as in C
 *
 *     type                     in C                           in JSON
 *     bool                     bool, _Bool                    true, false
 *     int8 int16 int32 int64   int8_t int16_t …               a whole number in the type's range
 *     uint8 uint16 …           uint8_t uint16_t …             the same
 *     float double             float, double                  a number in the type's range
 *     cstr                     const char *                   text; NUL-terminated UTF-8
 *     bytes                    const uint8_t *, size_t        text, taken as UTF-8, or {"base64": "…"}; argument only
 *     call                     arcadia_call *                 nothing: the handle of this call
 *     status                   arcadia_status                 what was put under /output; result only
 *     void                     void                           nothing; result only
 *
 * ARGUMENTS are given by name, all of them, and no other. What does not fit is not passed on: the function is not
 * called, and the step fails with ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE and no retry, naming the argument. Nothing is cut
 * or wrapped: 300 is no uint8, 1.5 no int32, text with a NUL in it no cstr. Integers are exact up to all 64 bits. Whole
 * numbers of up to 64 bits have to be held exactly by a float or double, too; fractions are rounded to the nearest.
 * Pointers are borrowed until the function returns, and never NULL; bytes of length 0 point somewhere, too.
 *
 * RESULTS are put under their name, or under "value" where the signature gives none. A cstr stays yours: a literal, or
 * memory that lives until the thread's next call; NULL is null. The host copies it at once. Where the caller has to free
 * it, use ARCADIA_FUNCTION_FREED, and the host calls your own function for that. A float that is not finite and a text
 * that is not UTF-8 fail the step: `bad_output`, effect APPLIED.
 *
 * FAILURE. A function without `call` cannot fail: whatever it returns is its result, also -1. One that can takes `call`
 * first and reports as every operation does: host->fail(), after which the step has failed whatever is returned. A
 * function that returns `status` may do all that an operation may: put several values, suspend, be cancelled. Return
 * codes and errno of a library are turned into that by a wrapper of three lines.
 *
 * A function that has no `call` gives no sign of life: leave heartbeat_seconds out of plugin.json where one may take
 * long. `concurrency` counts for typed functions as for all; a library that is not thread-safe wants "serial".
 */
#ifndef ARCADIA_TYPED_H
#define ARCADIA_TYPED_H

#include "plugin.h"

#ifdef __cplusplus
#include <type_traits>
extern "C" {
#endif

#define ARCADIA_TYPED "arcadia.typed/1"

/* One function. Static, as the plugin's table is. */
typedef struct arcadia_typed_function {
    uint32_t struct_size;
    uint32_t reserved;       /* 0                                                                                     */
    const char *signature;   /* eg: "uint32 sum = add(uint32 a, uint32 b)"; spaces do not matter                      */
    void (*function)(void);  /* of the type that the signature says, cast [call]                                      */
    void (*release)(void *); /* given a cstr result that is not NULL, once it is copied; NULL: nothing to free [call] */
} arcadia_typed_function;

/* What extension("arcadia.typed/1") returns. An operation is here or in the plugin's table, not in both; a plugin that
 * has typed functions may have no others. */
typedef struct arcadia_typed {
    uint32_t struct_size;
    uint32_t function_count;
    const arcadia_typed_function *functions; /* function_count of them, each of its struct_size                       */
} arcadia_typed;

/* ---- Making the table: compiled into the plugin, no part of the binary contract ---------------------- */

/* One entry: ARCADIA_FUNCTION(function, (result), "operation", (argument), …), with up to 16 arguments, each a type and
 * a name in parentheses. eg:
 *     ARCADIA_FUNCTION(crc32_z, (uint64, "checksum"), "crc32", (uint64, "start"), (bytes, "data"))
 *     ARCADIA_FUNCTION(greet, (status), "greet", (call), (cstr, "name"))
 * A function that has another type than the one written here does not compile: proved by _Generic in C11 and newer, by
 * a static_assert in C++11 and newer, by nothing in C99. Parameters count as C sees them: `int` and `int32_t` are one,
 * `long long` and `int64_t` are not, nor are `char *` and `const char *`. */
#define ARCADIA_FUNCTION(function, result, ...)                                                                        \
    ARCADIA_ENTRY(function, ARCADIA_TYPE_OF result, 0, ARCADIA_RESULT_OF result, __VA_ARGS__)

/* The same for a function whose result, a `char *`, the caller frees. eg:
 *     ARCADIA_FUNCTION_FREED(free, reversed, (cstr, "text"), "reverse", (cstr, "text")) */
#define ARCADIA_FUNCTION_FREED(release, function, result, ...)                                                         \
    ARCADIA_ENTRY(function, ARCADIA_FREED_OF result, ARCADIA_RELEASE(release), ARCADIA_RESULT_OF result, __VA_ARGS__)

/* Defines a function for the `extension` of your arcadia_plugin. eg: ARCADIA_FUNCTIONS(functions, entry, entry, …); */
#define ARCADIA_FUNCTIONS(name, ...)                                                                                   \
    static const arcadia_typed_function name##_entries[] = {__VA_ARGS__};                                              \
    static const void *name(const char *id) {                                                                          \
        static const arcadia_typed table = {(uint32_t)sizeof(arcadia_typed),                                           \
                                            (uint32_t)(sizeof name##_entries / sizeof name##_entries[0]),              \
                                            name##_entries};                                                           \
        return strcmp(id, ARCADIA_TYPED) == 0 ? &table : NULL;                                                         \
    }                                                                                                                  \
    struct arcadia_typed

/* Defines a whole plugin that has typed functions and nothing else. eg: ARCADIA_TYPED_PLUGIN("sums", "1.0.0", entry, …); */
#define ARCADIA_TYPED_PLUGIN(id, version, ...)                                                                         \
    ARCADIA_FUNCTIONS(arcadia_typed_extension, __VA_ARGS__);                                                           \
    const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *host) {                                          \
        static const arcadia_plugin plugin = {(uint32_t)sizeof(arcadia_plugin), ARCADIA_ABI_MINOR, 0, 0, id, version,  \
                                              NULL, NULL, NULL, NULL, arcadia_typed_extension};                        \
        (void)host;                                                                                                    \
        return &plugin;                                                                                                \
    }                                                                                                                  \
    struct arcadia_typed

/* ---- How: nothing below is for use -------------------------------------------------------------------- */

#define ARCADIA_ENTRY(function, type, release, result, ...)                                                            \
    {                                                                                                                  \
        (uint32_t)(sizeof(arcadia_typed_function) +                                                                    \
                   0 * ARCADIA_PROOF(function, type, (ARCADIA_EACH(ARCADIA_TYPE_OF, ARCADIA_COMMA, void, __VA_ARGS__)))), \
            0,                                                                                                         \
            result ARCADIA_OPERATION(__VA_ARGS__, ~) "(" ARCADIA_EACH(ARCADIA_ARGUMENT_OF, ARCADIA_COMMA_TEXT, "",     \
                                                                      __VA_ARGS__) ")",                                \
            (void (*)(void))(function), release                                                                        \
    }

/* The words of a signature, as C types and as text. <stdbool.h> makes `bool` a macro for `_Bool`. */
#ifdef __cplusplus
#define ARCADIA_C_bool bool
#else
#define ARCADIA_C_bool _Bool
#endif
#define ARCADIA_C__Bool ARCADIA_C_bool
#define ARCADIA_C_int8 int8_t
#define ARCADIA_C_int16 int16_t
#define ARCADIA_C_int32 int32_t
#define ARCADIA_C_int64 int64_t
#define ARCADIA_C_uint8 uint8_t
#define ARCADIA_C_uint16 uint16_t
#define ARCADIA_C_uint32 uint32_t
#define ARCADIA_C_uint64 uint64_t
#define ARCADIA_C_float float
#define ARCADIA_C_double double
#define ARCADIA_C_cstr const char *
#define ARCADIA_C_bytes const uint8_t *, size_t
#define ARCADIA_C_call arcadia_call *
#define ARCADIA_C_status arcadia_status
#define ARCADIA_C_void void
#define ARCADIA_FREED_cstr char *

#define ARCADIA_WORD_bool "bool"
#define ARCADIA_WORD__Bool "bool"
#define ARCADIA_WORD_int8 "int8"
#define ARCADIA_WORD_int16 "int16"
#define ARCADIA_WORD_int32 "int32"
#define ARCADIA_WORD_int64 "int64"
#define ARCADIA_WORD_uint8 "uint8"
#define ARCADIA_WORD_uint16 "uint16"
#define ARCADIA_WORD_uint32 "uint32"
#define ARCADIA_WORD_uint64 "uint64"
#define ARCADIA_WORD_float "float"
#define ARCADIA_WORD_double "double"
#define ARCADIA_WORD_cstr "cstr"
#define ARCADIA_WORD_bytes "bytes"
#define ARCADIA_WORD_call "call"
#define ARCADIA_WORD_status "status"
#define ARCADIA_WORD_void "void"

/* (uint32, "sum"): its type; as a result "uint32 sum = "; as an argument "uint32 sum". (uint32) has no name. */
#define ARCADIA_TYPE_OF(...) ARCADIA_TYPE_OF_(__VA_ARGS__, ~)
#define ARCADIA_TYPE_OF_(type, ...) ARCADIA_C_##type
#define ARCADIA_FREED_OF(...) ARCADIA_FREED_OF_(__VA_ARGS__, ~)
#define ARCADIA_FREED_OF_(type, ...) ARCADIA_FREED_##type
#define ARCADIA_RESULT_OF(...) ARCADIA_THIRD(__VA_ARGS__, ARCADIA_RESULT_2, ARCADIA_RESULT_1, ~)(__VA_ARGS__)
#define ARCADIA_RESULT_1(type) ARCADIA_WORD_##type " "
#define ARCADIA_RESULT_2(type, name) ARCADIA_WORD_##type " " name " = "
#define ARCADIA_ARGUMENT_OF(...) ARCADIA_THIRD(__VA_ARGS__, ARCADIA_ARGUMENT_2, ARCADIA_ARGUMENT_1, ~)(__VA_ARGS__)
#define ARCADIA_ARGUMENT_1(type) ARCADIA_WORD_##type
#define ARCADIA_ARGUMENT_2(type, name) ARCADIA_WORD_##type " " name
#define ARCADIA_OPERATION(operation, ...) operation
#define ARCADIA_THIRD(first, second, third, ...) third
#define ARCADIA_COMMA() ,
#define ARCADIA_COMMA_TEXT() ", "

/* `macro` of each argument in parentheses, `comma` between them; `none` where only the operation is there. */
#define ARCADIA_EACH(macro, comma, none, ...)                                                                          \
    ARCADIA_JOIN(ARCADIA_EACH_, ARCADIA_COUNT(__VA_ARGS__, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, ~)) \
    (macro, comma, none, __VA_ARGS__, ~)
#define ARCADIA_JOIN(left, right) ARCADIA_JOIN_(left, right)
#define ARCADIA_JOIN_(left, right) left##right
#define ARCADIA_COUNT(o, a, b, c, d, e, f, g, h, i, j, k, l, m, n, p, q, count, ...) count
#define ARCADIA_EACH_0(m, c, none, o, ...) none
#define ARCADIA_EACH_1(m, c, none, o, a, ...) m a
#define ARCADIA_EACH_2(m, c, none, o, a, ...) m a c() ARCADIA_EACH_1(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_3(m, c, none, o, a, ...) m a c() ARCADIA_EACH_2(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_4(m, c, none, o, a, ...) m a c() ARCADIA_EACH_3(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_5(m, c, none, o, a, ...) m a c() ARCADIA_EACH_4(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_6(m, c, none, o, a, ...) m a c() ARCADIA_EACH_5(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_7(m, c, none, o, a, ...) m a c() ARCADIA_EACH_6(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_8(m, c, none, o, a, ...) m a c() ARCADIA_EACH_7(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_9(m, c, none, o, a, ...) m a c() ARCADIA_EACH_8(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_10(m, c, none, o, a, ...) m a c() ARCADIA_EACH_9(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_11(m, c, none, o, a, ...) m a c() ARCADIA_EACH_10(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_12(m, c, none, o, a, ...) m a c() ARCADIA_EACH_11(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_13(m, c, none, o, a, ...) m a c() ARCADIA_EACH_12(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_14(m, c, none, o, a, ...) m a c() ARCADIA_EACH_13(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_15(m, c, none, o, a, ...) m a c() ARCADIA_EACH_14(m, c, none, o, __VA_ARGS__)
#define ARCADIA_EACH_16(m, c, none, o, a, ...) m a c() ARCADIA_EACH_15(m, c, none, o, __VA_ARGS__)

/* Some size, if the function is of this type; else it does not compile. */
#if !defined(__cplusplus) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
struct arcadia_no_prototype;
/* A function declared as f() is compatible with any parameters, so also with one that nobody has. */
#define ARCADIA_PROOF(function, type, parameters)                                                                      \
    sizeof(struct {                                                                                                    \
        int proof;                                                                                                     \
        _Static_assert(_Generic(&(function), type(*) parameters: 1, default: 0),                                       \
                       #function " does not have the type that its signature says");                                  \
        _Static_assert(_Generic(&(function), type(*)(struct arcadia_no_prototype): 0, default: 1),                     \
                       #function " is declared without its parameters");                                              \
    })
#define ARCADIA_RELEASE(release) _Generic(&(release), void (*)(void *): (release))
#elif defined(__cplusplus)
#define ARCADIA_PROOF(function, type, parameters)                                                                      \
    sizeof(arcadia_typed_proof<std::is_convertible<decltype(&function), type(*) parameters>::value>)
#else
#define ARCADIA_PROOF(function, type, parameters) 0u
#endif
#ifndef ARCADIA_RELEASE
#define ARCADIA_RELEASE(release) release
#endif

#if UINTPTR_MAX == 0xffffffffffffffffu
ARCADIA_ASSERT_LAYOUT(sizeof(size_t) == 8, typed_size_t);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_typed_function, signature) == 8, typed_function_signature);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_typed_function, release) == 24, typed_function_release);
ARCADIA_ASSERT_LAYOUT(offsetof(arcadia_typed, functions) == 8, typed_functions);
#endif

#ifdef __cplusplus
}
/* Function pointers convert only to their own type, or from noexcept to it. */
template <bool is_of_type> struct arcadia_typed_proof {
    static_assert(is_of_type, "the function does not have the type that its signature says");
    int proof;
};
#endif
#endif
