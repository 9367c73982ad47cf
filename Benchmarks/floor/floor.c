/* The least that durability costs a saga run on SQLite: the limit the host is held against.
 *
 *   cc -O2 -o floor floor.c -lsqlite3
 *   ./floor --runs 60000 --in-flight 1000 --file /var/tmp/floor.db
 *   ./floor --mode commits --count 10000 --file /var/tmp/floor.db
 *   ./floor --mode four --count 3000 --file /var/tmp/floor.db
 *
 * A run is one row in `runs` and one journal row a step; its first step shares a transaction with
 * its row, its last with its end. Each transaction carries one step of every run in flight, so
 * nothing here could be left out and still be found after a crash. No plugin is called, nothing is
 * read back, nothing is checked: what the host needs beyond this is its own.
 *
 * It is the floor of a plain program: one row a statement, SQLite's defaults but for WAL and FULL.
 * Statements of 16 rows made 1.35 times as many runs with 1,000 in flight, 1.15 with 64, none with 1.
 *
 * `--mode four` is the limit for the latency of one three-step run that waits for each commit: its
 * start and its three steps.
 *
 * FILE is removed first, and created anew. Prints one line of JSON. The time is from the first
 * BEGIN to the end of the last COMMIT; opening and closing are not in it.
 */
#define _POSIX_C_SOURCE 200809L
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char *const SCHEMA =
    "CREATE TABLE runs ("
    "  id INTEGER PRIMARY KEY,"
    "  run_id TEXT,"
    "  saga TEXT,"
    "  status TEXT,"
    "  inputs TEXT,"
    "  created_at INTEGER,"
    "  finished_at INTEGER"
    ");"
    "CREATE TABLE journal ("
    "  run INTEGER,"
    "  seq INTEGER,"
    "  kind TEXT,"
    "  step INTEGER,"
    "  attempt INTEGER,"
    "  output TEXT,"
    "  at INTEGER,"
    "  PRIMARY KEY (run, seq)"
    ") WITHOUT ROWID;"
    "CREATE TABLE commits (id INTEGER PRIMARY KEY, note TEXT);";

static sqlite3 *db;

static void must(int code, int wanted)
{
    if (code != wanted) {
        fprintf(stderr, "floor: %s\n", db ? sqlite3_errmsg(db) : sqlite3_errstr(code));
        exit(1);
    }
}

static void sql(const char *text) { must(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK); }

static sqlite3_stmt *prepare(const char *text)
{
    sqlite3_stmt *statement;
    must(sqlite3_prepare_v3(db, text, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL), SQLITE_OK);
    return statement;
}

static void step(sqlite3_stmt *statement)
{
    must(sqlite3_step(statement), SQLITE_DONE);
    must(sqlite3_reset(statement), SQLITE_OK);
}

static void text(sqlite3_stmt *statement, int at, const char *value, int length)
{
    sqlite3_bind_text(statement, at, value, length, SQLITE_STATIC);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

// MARK: - Opening

static void expect(const char *pragma, const char *wanted)
{
    sqlite3_stmt *statement = prepare(pragma);
    must(sqlite3_step(statement), SQLITE_ROW);
    const char *found = (const char *)sqlite3_column_text(statement, 0);
    if (!found || strcmp(found, wanted) != 0) {
        fprintf(stderr, "floor: %s is %s, not %s\n", pragma, found ? found : "nothing", wanted);
        exit(1);
    }
    sqlite3_finalize(statement);
}

static void create(const char *file, long page_size, long checkpoint)
{
    static const char *const endings[] = {"", "-wal", "-shm", "-journal"};
    char line[4096];
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(line, sizeof line, "%s%s", file, endings[i]);
        unlink(line);
    }

    must(sqlite3_open(file, &db), SQLITE_OK);
    snprintf(line, sizeof line, "PRAGMA page_size = %ld", page_size);
    sql(line);
    expect("PRAGMA journal_mode = WAL", "wal");
    sql("PRAGMA synchronous = FULL");
    // SQLite takes a setting it does not know in silence, and a limit that is not durable is none.
    expect("PRAGMA synchronous", "2");
    snprintf(line, sizeof line, "%ld", page_size);
    expect("PRAGMA page_size", line);
    snprintf(line, sizeof line, "PRAGMA wal_autocheckpoint = %ld", checkpoint);
    sql(line);
    sql(SCHEMA);
}

// MARK: - Runs

struct flight {
    int64_t run; // 0: nothing in flight here
    int64_t done;
};

/* A UUIDv7: the host's run ids are time-ordered too, which is kinder to an index than chance is. */
static void make_run_id(char id[37], int64_t now_us)
{
    static uint64_t state = 0x9e3779b97f4a7c15;
    uint64_t ms = (uint64_t)now_us / 1000;
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    snprintf(id, 37, "%08x-%04x-7%03x-8%03x-%012llx", (unsigned)(ms >> 16), (unsigned)(ms & 0xffff),
             (unsigned)(now_us % 1000), (unsigned)(state >> 52), (unsigned long long)(state & 0xffffffffffff));
}

static void advance_runs(long runs, long steps, long in_flight)
{
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE");
    sqlite3_stmt *commit = prepare("COMMIT");
    sqlite3_stmt *insert_run = prepare(
        "INSERT INTO runs (id, run_id, saga, status, inputs, created_at) VALUES (?, ?, 'order', 'running', ?, ?)");
    sqlite3_stmt *insert_step = prepare(
        "INSERT INTO journal (run, seq, kind, step, attempt, output, at) VALUES (?, ?, ?, ?, ?, ?, ?)");
    sqlite3_stmt *finish_run = prepare("UPDATE runs SET status = 'completed', finished_at = ? WHERE id = ?");

    struct flight *flights = calloc((size_t)in_flight, sizeof *flights);
    int64_t started = 0, finished = 0;
    long commits = 0;

    double from = seconds();
    while (finished < runs) {
        step(begin);
        for (struct flight *f = flights; f < flights + in_flight; f++) {
            if (f->run == 0) {
                if (started == runs) continue;
                *f = (struct flight){.run = ++started};
                int64_t now = wall_us();
                char id[37];
                make_run_id(id, now);
                sqlite3_bind_int64(insert_run, 1, f->run);
                text(insert_run, 2, id, 36);
                text(insert_run, 3, "{}", 2);
                sqlite3_bind_int64(insert_run, 4, now);
                step(insert_run);
            }

            int64_t now = wall_us();
            sqlite3_bind_int64(insert_step, 1, f->run);
            sqlite3_bind_int64(insert_step, 2, f->done + 1);
            text(insert_step, 3, "completed", 9);
            sqlite3_bind_int64(insert_step, 4, f->done);
            sqlite3_bind_int64(insert_step, 5, 1);
            text(insert_step, 6, "{}", 2);
            sqlite3_bind_int64(insert_step, 7, now);
            step(insert_step);

            if (++f->done == steps) {
                sqlite3_bind_int64(finish_run, 1, now);
                sqlite3_bind_int64(finish_run, 2, f->run);
                step(finish_run);
                f->run = 0;
                finished++;
            }
        }
        step(commit);
        commits++;
    }
    double took = seconds() - from;

    printf("{\"program\":\"floor\",\"runs\":%ld,\"steps\":%ld,\"in_flight\":%ld,\"seconds\":%.4f,"
           "\"runs_per_s\":%.0f,\"steps_per_s\":%.0f,\"commits\":%ld}\n",
           runs, steps, in_flight, took, runs / took, runs * steps / took, commits);

    free(flights);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    sqlite3_finalize(insert_run);
    sqlite3_finalize(insert_step);
    sqlite3_finalize(finish_run);
}

// MARK: - Bare commits

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* COUNT times IN_A_ROW commits of one small row each; the latency is that of all IN_A_ROW together. */
static void time_commits(const char *program, long count, long in_a_row)
{
    sqlite3_stmt *insert = prepare("INSERT INTO commits (note) VALUES (?)");
    double *took = malloc((size_t)count * sizeof *took);
    text(insert, 1, "{}", 2);

    for (long i = 0; i < count; i++) {
        double from = seconds();
        for (long j = 0; j < in_a_row; j++) step(insert);
        took[i] = seconds() - from;
    }

    qsort(took, (size_t)count, sizeof *took, by_value);
    printf("{\"program\":\"%s\",\"count\":%ld,\"p50_us\":%.1f,\"p99_us\":%.1f}\n", program, count,
           took[count / 2] * 1e6, took[count * 99 / 100] * 1e6);

    free(took);
    sqlite3_finalize(insert);
}

// MARK: - Command line

static int usage(void)
{
    fputs("usage: floor --runs N [--steps K] [--in-flight B] [--file PATH] [--checkpoint PAGES] [--page-size BYTES]\n"
          "       floor --mode commits|four --count N [--file PATH] [--checkpoint PAGES] [--page-size BYTES]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *mode = "runs", *file = "floor.db";
    long runs = 10000, steps = 3, in_flight = 1, count = 10000, checkpoint = 1000, page_size = 4096;
    const struct { const char *name; long *value; long least; } numbers[] = {
        {"--runs", &runs, 1},   {"--steps", &steps, 1},           {"--in-flight", &in_flight, 1},
        {"--count", &count, 1}, {"--checkpoint", &checkpoint, 0}, {"--page-size", &page_size, 512},
    };
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) return usage();
        const char *option = argv[i], *value = argv[i + 1];
        size_t n = 0, known = sizeof numbers / sizeof *numbers;
        if (strcmp(option, "--mode") == 0) { mode = value; continue; }
        if (strcmp(option, "--file") == 0) { file = value; continue; }
        while (n < known && strcmp(option, numbers[n].name) != 0) n++;
        if (n == known) return usage();
        char *end;
        *numbers[n].value = strtol(value, &end, 10);
        if (end == value || *end || *numbers[n].value < numbers[n].least) return usage();
    }

    int as_runs = strcmp(mode, "runs") == 0, as_commits = strcmp(mode, "commits") == 0;
    if (!as_runs && !as_commits && strcmp(mode, "four") != 0) return usage();

    create(file, page_size, checkpoint);
    if (as_runs) advance_runs(runs, steps, in_flight);
    else time_commits(mode, count, as_commits ? 1 : 4);
    must(sqlite3_close(db), SQLITE_OK);
    return 0;
}
