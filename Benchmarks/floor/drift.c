/* The least that a comparison of desired state with the inventory costs: the limit the drift sweep is held against.
 *
 *   cc -O2 -o drift drift.c -lsqlite3
 *   ./drift FILE
 *
 * FILE is a database that `arcadia-bench drift-make` has filled. Every provisioned resource is read with what it is, in one
 * pass; each member of its spec is looked for among the columns, else in attrs, and compared byte by byte. The JSON is walked
 * where it lies: keys without escapes, values by their span, strings and nesting respected, nothing copied. What differs is
 * counted, and that is all: nothing is read twice, nothing is written, no other spelling of the same value is known.
 *
 * Prints one line of JSON. The time is from preparing the statement to its last row.
 */
#define _POSIX_C_SOURCE 200809L
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

struct span { const char *at; size_t count; };

struct members { const char *at, *end; struct span key, value; int has_escape; };

static int same(struct span a, const char *at, size_t count) { return a.count == count && memcmp(a.at, at, count) == 0; }

static void skip_space(struct members *m) { while (m->at < m->end && (unsigned char)*m->at <= ' ') m->at++; }

/* Behind the closing quote of the string at `at`; NULL: it does not end. */
static const char *end_of_string(struct members *m, const char *at)
{
    m->has_escape = 0;
    for (at++; at < m->end; at++) {
        if (*at == '"') return at + 1;
        if (*at == '\\') m->has_escape = 1, at++;
    }
    return NULL;
}

static const char *end_of_value(struct members *m)
{
    const char *at = m->at;
    if (*at == '"') return end_of_string(m, at);
    if (*at != '{' && *at != '[') {
        m->has_escape = 0;
        while (at < m->end && *at != ',' && *at != '}' && (unsigned char)*at > ' ') at++;
        return at;
    }
    for (int depth = 0; at < m->end;) {
        if (*at == '"') {
            if (!(at = end_of_string(m, at))) return NULL;
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') depth--;
        at++;
        if (depth == 0) return at;
    }
    return NULL;
}

static int start(struct members *m, const char *text, int count)
{
    *m = (struct members){.at = text, .end = text + count};
    return text && count > 1 && *m->at++ == '{';
}

static int next(struct members *m)
{
    skip_space(m);
    if (m->at < m->end && *m->at == ',') m->at++, skip_space(m);
    if (m->at >= m->end || *m->at != '"') return 0;
    const char *end = end_of_string(m, m->at);
    if (!end || m->has_escape) return 0;
    m->key = (struct span){m->at + 1, (size_t)(end - 1 - (m->at + 1))};
    m->at = end;
    skip_space(m);
    if (m->at >= m->end || *m->at++ != ':') return 0;
    skip_space(m);
    if (m->at >= m->end || !(end = end_of_value(m))) return 0;
    m->value = (struct span){m->at, (size_t)(end - m->at)};
    m->at = end;
    return 1;
}

enum { RESOURCE, SPEC, VERSION, DELETED, NAME, REGION, STATUS, SIZE, TAGS, ATTRS };

static int column_of(struct span key)
{
    if (same(key, "name", 4)) return NAME;
    if (same(key, "region", 6)) return REGION;
    if (same(key, "status", 6)) return STATUS;
    if (same(key, "size_slug", 9)) return SIZE;
    return 0;
}

static int is_as_asked(sqlite3_stmt *row, struct members *spec)
{
    int column = column_of(spec->key);
    if (column) {
        const char *text = (const char *)sqlite3_column_text(row, column);
        size_t count = (size_t)sqlite3_column_bytes(row, column);
        return text && *spec->value.at == '"' && !spec->has_escape && spec->value.count == count + 2
            && memcmp(spec->value.at + 1, text, count) == 0;
    }
    if (same(spec->key, "tags", 4)) {
        const char *text = (const char *)sqlite3_column_text(row, TAGS);
        return text && same(spec->value, text, (size_t)sqlite3_column_bytes(row, TAGS));
    }
    struct members attrs;
    const char *text = (const char *)sqlite3_column_text(row, ATTRS);
    if (!start(&attrs, text, sqlite3_column_bytes(row, ATTRS))) return 0;
    while (next(&attrs))
        if (same(attrs.key, spec->key.at, spec->key.count)) return same(attrs.value, spec->value.at, spec->value.count);
    return 1;
}

int main(int argc, char **argv)
{
    if (argc != 2) return fputs("usage: drift FILE\n", stderr), 2;
    sqlite3 *db;
    sqlite3_stmt *row;
    if (sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) return 1;
    double from = seconds();
    const char *sql = "SELECT d.resource, d.spec, d.spec_version, r.deleted_at, r.name, r.region, r.status, r.size_slug,"
                      " r.tags, r.attrs FROM cloud_provisioned d JOIN cloud_resources r ON r.resource = d.resource"
                      " ORDER BY d.resource";
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK) return fprintf(stderr, "%s\n", sqlite3_errmsg(db)), 1;

    long checked = 0, drifted = 0;
    while (sqlite3_step(row) == SQLITE_ROW) {
        checked++;
        if (sqlite3_column_type(row, DELETED) != SQLITE_NULL) {
            drifted++;
            continue;
        }
        struct members spec;
        const char *text = (const char *)sqlite3_column_text(row, SPEC);
        if (!start(&spec, text, sqlite3_column_bytes(row, SPEC))) return 1;
        while (next(&spec)) drifted += !is_as_asked(row, &spec);
    }
    printf("{\"program\":\"drift\",\"checked\":%ld,\"drifted_fields\":%ld,\"seconds\":%.4f}\n", checked, drifted,
           seconds() - from);
    return 0;
}
