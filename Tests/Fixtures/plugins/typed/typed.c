/* typed: a function for every type and every way to take and give, as C and as C++. */
#include "arcadia/typed.h"

#include <stdbool.h>
#include <stdlib.h>

#ifndef ID
#define ID "typed"
#endif

static const arcadia_host *host;

/* Counted, so that a test can tell whether a function was entered. */
static int64_t times;
static int64_t entered(void) { return times; }

/* ---- every type, in and out ------------------------------------------------------------------------ */

#define SAME(type, word)                                                                                               \
    static type same_##word(type x) {                                                                                  \
        times++;                                                                                                       \
        return x;                                                                                                      \
    }
SAME(bool, bool)
SAME(int8_t, int8)
SAME(int16_t, int16)
SAME(int32_t, int32)
SAME(int64_t, int64)
SAME(uint8_t, uint8)
SAME(uint16_t, uint16)
SAME(uint32_t, uint32)
SAME(uint64_t, uint64)
SAME(float, float)
SAME(double, double)
SAME(const char *, cstr)

/* ---- more than registers hold ------------------------------------------------------------------------ */

/* Each with a weight of its own, so that two that are exchanged show. */
static double mixed(int8_t a, double b, uint16_t c, float d, int32_t e, double f, uint64_t g, float h, int64_t i,
                    double j, uint8_t k, float l, int16_t m, double n, bool o, double p) {
    return a + 2 * b + 3 * c + 4 * d + 5 * (double)e + 6 * f + 7 * (double)g + 8 * h + 9 * (double)i + 10 * j + 11 * k + 12 * l +
           13 * m + 14 * n + 15 * o + 16 * p;
}

static int64_t whole(int8_t a, uint8_t b, int16_t c, uint16_t d, int32_t e, uint32_t f, int64_t g, int8_t h, int16_t i,
                     int32_t j) {
    return a + 10 * b + 100 * c + 1000 * d + 10000 * (int64_t)e + 100000 * (int64_t)f + 1000000 * g +
           10000000 * (int64_t)h + 100000000 * (int64_t)i + 1000000000 * (int64_t)j;
}

/* Bytes are two arguments of C, here on both sides of the last register. */
static uint64_t bytes_last(uint64_t a, uint64_t b, uint64_t c, const char *d, uint64_t e, const uint8_t *data,
                           size_t length, const char *last) {
    uint64_t sum = a + b + c + e + strlen(d) + strlen(last);
    for (size_t i = 0; i < length; i++) sum = sum * 31 + data[i];
    return sum;
}

/* ---- bytes and text -------------------------------------------------------------------------------------- */

static uint64_t length(const uint8_t *data, size_t length) { return data ? length : UINT64_MAX; }
static uint64_t text_length(const char *text) { return strlen(text); }

static uint32_t sum(const uint8_t *data, size_t length) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++) sum += data[i];
    return sum;
}

static const char *nothing_there(void) { return NULL; }
static const char *not_utf8(void) { return "\xC3("; }

static int64_t live;
static int64_t unreleased(void) { return live; }
static void let_go(void *text) {
    live--;
    free(text);
}
static char *reversed(const char *text) {
    size_t length = strlen(text);
    char *copy = (char *)malloc(length + 1);
    live++;
    for (size_t i = 0; i < length; i++) copy[i] = text[length - 1 - i];
    copy[length] = 0;
    return copy;
}
static char *broken(void) {
    char *text = reversed("(\xC3");
    text[0] = '\xC3';
    text[1] = '(';
    return text;
}

static double divide(double by) { return 1 / by; }
static float doubled(float x) { return x * 2; }
static void nothing(void) { times++; }

/* ---- failing -------------------------------------------------------------------------------------------- */

static int64_t digit(arcadia_call *call, const char *text) {
    if (text[0] < '0' || text[0] > '9' || text[1] != 0) {
        arcadia_fail(host, call, ARCADIA_E_NOT_FOUND, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "there is no digit");
        return -1;
    }
    return text[0] - '0';
}

static void refuse(arcadia_call *call) {
    arcadia_fail(host, call, ARCADIA_E_DENIED, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "never");
}

static arcadia_status both(arcadia_call *call, int32_t left, int32_t right) {
    if (right == 0)
        return arcadia_fail(host, call, ARCADIA_E_INPUT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "nothing divides by 0");
    host->put_int64(call, "/output/quotient", left / right);
    host->put_int64(call, "/output/rest", left % right);
    return ARCADIA_OK;
}

ARCADIA_FUNCTIONS(
    functions,
    ARCADIA_FUNCTION(entered, (int64), "entered"),
    ARCADIA_FUNCTION(same_bool, (bool), "bool", (bool, "x")),
    ARCADIA_FUNCTION(same_int8, (int8), "int8", (int8, "x")),
    ARCADIA_FUNCTION(same_int16, (int16), "int16", (int16, "x")),
    ARCADIA_FUNCTION(same_int32, (int32), "int32", (int32, "x")),
    ARCADIA_FUNCTION(same_int64, (int64), "int64", (int64, "x")),
    ARCADIA_FUNCTION(same_uint8, (uint8), "uint8", (uint8, "x")),
    ARCADIA_FUNCTION(same_uint16, (uint16), "uint16", (uint16, "x")),
    ARCADIA_FUNCTION(same_uint32, (uint32), "uint32", (uint32, "x")),
    ARCADIA_FUNCTION(same_uint64, (uint64), "uint64", (uint64, "x")),
    ARCADIA_FUNCTION(same_float, (float), "float", (float, "x")),
    ARCADIA_FUNCTION(same_double, (double), "double", (double, "x")),
    ARCADIA_FUNCTION(same_cstr, (cstr), "cstr", (cstr, "x")),
    ARCADIA_FUNCTION(mixed, (double), "mixed", (int8, "a"), (double, "b"), (uint16, "c"), (float, "d"), (int32, "e"),
                     (double, "f"), (uint64, "g"), (float, "h"), (int64, "i"), (double, "j"), (uint8, "k"),
                     (float, "l"), (int16, "m"), (double, "n"), (bool, "o"), (double, "p")),
    ARCADIA_FUNCTION(whole, (int64), "whole", (int8, "a"), (uint8, "b"), (int16, "c"), (uint16, "d"), (int32, "e"),
                     (uint32, "f"), (int64, "g"), (int8, "h"), (int16, "i"), (int32, "j")),
    ARCADIA_FUNCTION(bytes_last, (uint64), "bytes_last", (uint64, "a"), (uint64, "b"), (uint64, "c"), (cstr, "d"),
                     (uint64, "e"), (bytes, "data"), (cstr, "last")),
    ARCADIA_FUNCTION(length, (uint64, "length"), "bytes.length", (bytes, "data")),
    ARCADIA_FUNCTION(text_length, (uint64, "length"), "text.length", (cstr, "text")),
    ARCADIA_FUNCTION(sum, (uint32, "sum"), "bytes.sum", (bytes, "data")),
    ARCADIA_FUNCTION(nothing_there, (cstr), "nothing_there"),
    ARCADIA_FUNCTION(not_utf8, (cstr), "not_utf8"),
    ARCADIA_FUNCTION(unreleased, (int64), "unreleased"),
    ARCADIA_FUNCTION_FREED(let_go, reversed, (cstr, "text"), "reversed", (cstr, "text")),
    ARCADIA_FUNCTION_FREED(let_go, broken, (cstr), "broken"),
    ARCADIA_FUNCTION(divide, (double), "divide", (double, "by")),
    ARCADIA_FUNCTION(doubled, (float), "twice", (float, "x")),
    ARCADIA_FUNCTION(nothing, (void), "nothing"),
    ARCADIA_FUNCTION(digit, (int64, "digit"), "digit", (call), (cstr, "text")),
    ARCADIA_FUNCTION(refuse, (void), "refuse", (call)),
    ARCADIA_FUNCTION(both, (status), "both", (call), (int32, "left"), (int32, "right")));

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    static const arcadia_plugin plugin = {
        sizeof(arcadia_plugin), ARCADIA_ABI_MINOR, 0, 0, ID, "1.0.0", NULL, NULL, NULL, NULL, functions};
    host = lent;
    return &plugin;
}
