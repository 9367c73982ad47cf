/* zoo: a plugin that is good, but for the one thing that -DBAD='"…"' chooses; `ways` lists them all, and which test of
 * `arcadia plugins check` each of them is for.
 *
 * One operation, `make`: it makes the file `name` with `text` in it below `root`, if nobody made it for this key before,
 * and takes it away again. What it made for which key is in a file `.keys/<key>`. `look` reads and changes nothing. */
#define _GNU_SOURCE
#include "arcadia/plugin.h"
#include "arcadia/http.h"

#include <alloca.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const arcadia_host *host;
static volatile int is_nudged;
static volatile char sink;

/* Is this the way to be bad? */
#ifndef BAD
#define BAD "none"
#endif
#ifndef VERSION
#define VERSION "1.0.0"
#endif
#define IS(way) (strcmp(BAD, #way) == 0)

static void nap(int milliseconds) {
    struct timespec time = {milliseconds / 1000, (milliseconds % 1000) * 1000000L};
    while (nanosleep(&time, &time) != 0 && errno == EINTR) {}
}

static void *sleeps(void *nothing) {
    (void)nothing;
    for (;;) pause();
}

static void start_thread(void) {
    pthread_t thread;
    pthread_attr_t small;
    pthread_attr_init(&small);
    pthread_attr_setstacksize(&small, 64 << 10);
    pthread_attr_setdetachstate(&small, PTHREAD_CREATE_DETACHED);
    pthread_create(&thread, &small, sleeps, NULL);
}

static void shrug(int number) { (void)number; }

/* What a plugin must not do to the process, at four moments. */
static void disturb(int moment) {
    if (IS(constructor) && moment == 0) is_nudged = 0;
    if (IS(thread_at_load) && moment == 0) start_thread();
    if (IS(file_at_load) && moment == 0) (void)!open("/dev/null", O_RDONLY);
    if (IS(signal_at_load) && moment == 0) signal(SIGUSR1, shrug);
    if (IS(environment_at_load) && moment == 0) setenv("ZOO", "was here", 1);
    if (IS(prints_at_load) && moment == 0) (void)!write(1, "zoo is loaded\n", 14);
    if (IS(folder_at_entry) && moment == 1) (void)!chdir("/usr/lib");
    if (IS(umask_at_entry) && moment == 1) umask(0);
    if (IS(thread_at_entry) && moment == 1) start_thread();
    if (IS(prints_at_entry) && moment == 1) (void)!write(2, "zoo is asked\n", 13);
    if (IS(signal_at_create) && moment == 2) signal(SIGPIPE, shrug);
    if (IS(umask_at_create) && moment == 2) umask(0);
    if (moment != 3) return;
    if (IS(folder_in_call)) (void)!chdir("/usr/lib");
    if (IS(umask_in_call)) umask(0);
    if (IS(environment_in_call)) setenv("ZOO", "was here", 1);
    if (IS(locale_in_call)) setlocale(LC_ALL, "C.UTF-8");
    if (IS(signal_in_call)) signal(SIGUSR2, SIG_IGN);
    if (IS(closes_input)) close(0);
    if (IS(prints_in_call)) (void)!write(1, "working\n", 8);
    if (IS(leaks_file)) (void)!open("/dev/null", O_RDONLY);
    if (IS(leaks_thread)) start_thread();
    if (IS(leaks_memory)) {
        static char *volatile block;
        block = malloc(4096);
        if (block) memset(block, 1, 4096);
    }
    if (IS(blocks_signals)) {
        sigset_t some;
        sigemptyset(&some);
        sigaddset(&some, SIGTERM);
        pthread_sigmask(SIG_BLOCK, &some, NULL);
    }
}

#ifdef AT_LOAD
__attribute__((constructor)) static void at_load(void) {
    if (IS(constructor_naps)) nap(2500);
    if (IS(socket_at_load)) (void)!socket(AF_INET, SOCK_STREAM, 0);
    disturb(0);
}
#endif

/* ---- The world --------------------------------------------------------------------------------------- */

typedef struct place {
    char root[2048];
    char name[512];
    char key[256];
    char text[4096];
    char file[4096];
    char record[4096];
} place;

static int get(arcadia_call *call, const char *path, char *text, size_t size) {
    arcadia_str value;
    if (host->get_string(call, path, &value) != 1 || value.len >= size) return -1;
    memcpy(text, value.ptr, value.len);
    text[value.len] = 0;
    return strlen(text) == value.len ? 0 : -1;
}

static int fits(const char *name) {
    return name[0] && name[0] != '.' && !strchr(name, '/') && strlen(name) < 200;
}

static int find(arcadia_call *call, const arcadia_op *op, place *it) {
    if (get(call, "/config/root", it->root, sizeof it->root) != 0) return -1;
    if (get(call, "/with/name", it->name, sizeof it->name) != 0 || !fits(it->name)) return -1;
    if (get(call, "/with/text", it->text, sizeof it->text) != 0) return -1;
    snprintf(it->key, sizeof it->key, "%.*s", (int)op->execute_key.len, op->execute_key.ptr);
    snprintf(it->file, sizeof it->file, "%s/%s", it->root, it->name);
    snprintf(it->record, sizeof it->record, "%s/.keys", it->root);
    mkdir(it->record, 0700);
    snprintf(it->record, sizeof it->record, "%s/.keys/%s", it->root, it->key);
    return 0;
}

static int is_there(const char *path) { return access(path, F_OK) == 0; }

static int put_file(const char *path, const char *text, int flags) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
    if (file < 0) return -1;
    size_t length = strlen(text);
    int bad = write(file, text, length) != (ssize_t)length;
    close(file);
    return bad ? -1 : 0;
}

static arcadia_status refuse(arcadia_call *call, const char *why) {
    arcadia_effect effect = IS(input_effect_unknown) ? ARCADIA_EFFECT_UNKNOWN : ARCADIA_EFFECT_NONE;
    if (IS(says_nothing)) why = "";
    if (IS(says_too_much)) why = "first line\nsecond line";
    if (IS(fails_silently_on_odd_input)) return ARCADIA_FAILED;
    return arcadia_fail(host, call, ARCADIA_E_INPUT, effect, ARCADIA_RETRY_NO, why);
}

static arcadia_status broken(arcadia_call *call, const char *why) {
    return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_UNKNOWN, ARCADIA_RETRY_NO, why);
}

/* ---- make ---------------------------------------------------------------------------------------------- */

static arcadia_str kept_text;
static arcadia_call *kept_call;
static char shared[4096];

static void *found_elsewhere(void *call) {
    host->suspend(call, 1);
    return NULL;
}

/* Before anything is done. Other than 0: the status to return. */
static int misbehave(arcadia_call *call, const arcadia_op *op, const place *it) {
    (void)op;
    (void)it;
    if (IS(crashes)) abort();
    if (IS(divides_by_zero)) raise(SIGFPE);
    if (IS(opens_socket)) (void)!socket(AF_INET, SOCK_STREAM, 0);
    if (IS(exits)) exit(0);
    if (IS(loops)) for (;;) nap(1000);
    if (IS(example_fails)) return broken(call, "not today"), 4;
    if (IS(status_unknown)) return 78;
    if (IS(failed_silently)) return 4;
    if (IS(suspended_silently)) return 2;
    if (IS(cancelled_unasked)) return 3;
    if (IS(found_in_execute)) host->found(call, ARCADIA_EFFECT_APPLIED);
    if (IS(ok_after_fail)) broken(call, "and yet");
    if (IS(suspends_and_goes_on)) host->suspend(call, 10);
    if (IS(keeps_input)) {
        if (kept_text.ptr) sink = kept_text.ptr[0];
        kept_text = op->with_json;
    }
    if (IS(keeps_lent)) {
        if (kept_text.ptr) sink = kept_text.ptr[0];
        host->get_string(call, "/with/name", &kept_text);
    }
    if (IS(keeps_operation)) {
        static const arcadia_op *kept;
        if (kept) sink = (char)kept->attempt;
        kept = op;
    }
    if (IS(reads_to_the_nul)) sink = (char)strlen(op->with_json.ptr);
    if (IS(key_to_the_nul)) sink = (char)strlen(op->idempotency_key.ptr);
    if (IS(uses_call_late)) {
        if (kept_call) host->heartbeat(kept_call, -1, arcadia_text(NULL));
        kept_call = call;
    }
    if (IS(silent)) nap(700);
    if (IS(slow_to_stop) && host->cancel_requested(call)) nap(2500);
    if (IS(naps_when_nudged)) {
        for (int i = 0; i < 200 && !is_nudged; i++) nap(1);
        if (is_nudged) nap(2500);
    }
    if (IS(cancel_blocks) || IS(cancel_crashes_late)) nap(20);
    int32_t slept = 0;
    if (IS(suspend_elsewhere) && host->get_bool(call, "/checkpoint/slept", &slept) != 1) {
        host->put_bool(call, "/checkpoint/slept", 1);
        pthread_t thread;
        pthread_create(&thread, NULL, found_elsewhere, call);
        pthread_join(thread, NULL);
        return 2;
    }
    if (IS(log_not_text)) host->log(call, ARCADIA_INFO, arcadia_text("caf\xe9"), arcadia_text(NULL));
    if (IS(path_unknown)) host->put_int64(call, "/result/x", 1);
    if (IS(output_not_json)) host->result(call, arcadia_text("{\"path\": "));
    return 0;
}

#ifdef HEAVY_ON_STACK
__attribute__((noinline)) static void use_stack(void) {
    volatile char large[3 << 20];
    for (size_t i = sizeof large; i > 1024; i -= 1024) large[i - 1] = 1;
}
#endif

static int mark_checkpoint(arcadia_call *call) {
    host->put_bool(call, "/checkpoint/begun", 1);
    return host->checkpoint(call, arcadia_text(NULL));
}

static arcadia_status answer(arcadia_call *call, const place *it) {
    char text[4096];
    snprintf(text, sizeof text, "%s", it->text);
    if (IS(shares_a_variable)) {
        snprintf(shared, sizeof shared, "%s", it->text);
        nap(2);
        snprintf(text, sizeof text, "%s", shared);
    }
    if (IS(output_by_chance)) snprintf(text, sizeof text, "%d %ld", (int)getpid(), (long)time(NULL) + (long)clock());
    if (IS(looks_around) && access("/etc/passwd", R_OK) == 0 && open("/etc/passwd", O_RDONLY | O_CLOEXEC) >= 0)
        snprintf(text, sizeof text, "there is more");
    int refused = host->put_string(call, "/output/path", arcadia_text(it->name));
    if (IS(crashes_when_refused) && refused) abort();
    if (IS(output_unfit)) return host->put_int64(call, "/output/text", 1), ARCADIA_OK;
    host->put_string(call, "/output/text", arcadia_text(text));
    return ARCADIA_OK;
}

static arcadia_status make_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    place it;
    if (IS(crashes_without_name)) {
        arcadia_str name = {NULL, 0};
        host->get_string(call, "/with/name", &name);
        sink = name.ptr[0];
    }
    if (IS(crashes_on_long_text)) {
        char small[64];
        arcadia_str text = {NULL, 0};
        if (host->get_string(call, "/with/text", &text) == 1 && text.len > sizeof small) abort();
    }
    if (IS(crashes_by_chance)) {
        arcadia_str text = {NULL, 0};
        if (host->get_string(call, "/with/text", &text) == 1 && memmem(text.ptr, text.len, "%s", 2)) abort();
    }
    if (find(call, op, &it) != 0) return refuse(call, "`name` and `text` must be short texts");
    int status = misbehave(call, op, &it);
    if (status) return status - 1;
    disturb(3);
#ifdef HEAVY_ON_STACK
    use_stack();
#endif
    if (IS(makes_before_checkpoint)) {
        char path[5000];
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        snprintf(path, sizeof path, "%s.%ld", it.file, now.tv_nsec);
        arcadia_str made;
        if (host->get_string(call, "/checkpoint/made", &made) != 1) {
            put_file(path, it.text, O_EXCL);
            host->put_string(call, "/checkpoint/made", arcadia_text(path));
            if (host->checkpoint(call, arcadia_text(NULL)) != 0) return broken(call, "no checkpoint");
        }
        return answer(call, &it);
    }
    if (is_there(it.record) && !IS(makes_twice) && !IS(says_another_thing)) return answer(call, &it);
    if (IS(says_another_thing) && is_there(it.record)) snprintf(it.text, sizeof it.text, "it was there");
    int is_written = mark_checkpoint(call) == 0;
    if (!is_written && !IS(ignores_checkpoint))
        return arcadia_fail(host, call, ARCADIA_E_OTHER, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "no checkpoint");
    if (is_there(it.file) && !is_there(it.record) && !IS(makes_twice))
        return arcadia_fail(host, call, ARCADIA_E_CONFLICT, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "it exists");
    /* The record says first what is about to be made. */
    if (put_file(it.record, it.name, O_TRUNC) != 0 || put_file(it.file, it.text, IS(makes_twice) ? O_APPEND : O_TRUNC) != 0)
        return broken(call, "it cannot be written");
    return answer(call, &it);
}

static arcadia_status make_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    place it;
    arcadia_str text;
    if (find(call, op, &it) != 0) return refuse(call, "`name` and `text` must be short texts");
    if (IS(takes_nothing_back)) return ARCADIA_OK;
    if (IS(compensate_fails)) return broken(call, "it is in use");
    if (IS(compensate_crashes)) abort();
    if (IS(compensate_status)) return 9;
    if (IS(leaves_something)) {
        char path[5000];
        snprintf(path, sizeof path, "%s.bak", it.file);
        put_file(path, "", O_TRUNC);
    }
    if (IS(makes_before_checkpoint)) {
        char path[5000];
        if (get(call, "/checkpoint/made", path, sizeof path) == 0) unlink(path);
        return ARCADIA_OK;
    }
    if (IS(needs_the_output) && host->get_string(call, "/result/path", &text) != 1) return ARCADIA_OK;
    if (!is_there(it.record)) {
        if (IS(needs_execute) && host->get_string(call, "/checkpoint/begun", &text) == 0)
            return broken(call, "there is nothing to take back");
        if (IS(marks_what_never_was) && host->get_string(call, "/checkpoint/begun", &text) == 0) {
            char path[5000];
            snprintf(path, sizeof path, "%s/gone", it.root);
            put_file(path, "", O_TRUNC);
        }
        if (IS(once_only) && host->get_string(call, "/result/path", &text) == 1)
            return broken(call, "it was taken back before");
        if (IS(worse_the_second_time) && host->get_string(call, "/result/path", &text) == 1) {
            char path[5000];
            snprintf(path, sizeof path, "%s/kept.txt", it.root);
            unlink(path);
        }
        return ARCADIA_OK;
    }
    if (IS(takes_back_all)) {
        char path[5000];
        snprintf(path, sizeof path, "%s/a.txt", it.root);
        unlink(path);
        snprintf(path, sizeof path, "%s/b.txt", it.root);
        unlink(path);
    }
    unlink(it.file);
    unlink(it.record);
    return ARCADIA_OK;
}

static arcadia_status make_probe(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    place it;
    if (find(call, op, &it) != 0) return refuse(call, "`name` and `text` must be short texts");
    if (IS(probe_silent)) return ARCADIA_OK;
    int is_made = is_there(it.record) && is_there(it.file);
    arcadia_str made;
    if (IS(makes_before_checkpoint)) is_made = host->get_string(call, "/checkpoint/made", &made) == 1;
    if (IS(probe_forgets)) is_made = 0;
    if (IS(probe_boasts)) is_made = 1;
    if (IS(probe_touches)) {
        char path[5000];
        snprintf(path, sizeof path, "%s/looked", it.root);
        put_file(path, "", O_TRUNC);
    }
    host->found(call, is_made ? ARCADIA_EFFECT_APPLIED : ARCADIA_EFFECT_NONE);
    return is_made ? answer(call, &it) : ARCADIA_OK;
}

static void make_cancel(arcadia_instance *instance, arcadia_call *call) {
    (void)instance;
    (void)call;
    is_nudged = 1;
    if (IS(cancel_blocks)) nap(1500);
    if (IS(cancel_crashes)) abort();
}

/* ---- look ------------------------------------------------------------------------------------------------ */

static arcadia_status look_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    char path[4096];
    if (get(call, "/config/root", path, sizeof path) != 0) return refuse(call, "`root` must be a folder");
    if (IS(looks_and_touches)) {
        strcat(path, "/seen");
        put_file(path, "", O_TRUNC);
    }
    return ARCADIA_OK;
}

/* ---- ask: a request to the other side ----------------------------------------------------------------------- */

#ifdef WITH_HTTP
static arcadia_status ask_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    char url[512];
    if (get(call, "/config/url", url, 400) != 0) return refuse(call, "`url` must be an address");
    strcat(url, "/things");
    const arcadia_http *http = host->service(call, ARCADIA_HTTP);
    if (!http && !IS(needs_service) && !IS(silent_without_service))
        return arcadia_fail(host, call, ARCADIA_E_UNSUPPORTED, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "no HTTP");
    if (!http && IS(silent_without_service)) return ARCADIA_FAILED;
    char body[512];
    snprintf(body, sizeof body, "{\"key\": \"%.*s\"}", (int)op->execute_key.len, op->execute_key.ptr);
    char key[64];
    snprintf(key, sizeof key, "%ld-%d", (long)clock(), (int)getpid());
    arcadia_str known;
    if (IS(asks_without_key) && host->get_string(call, "/checkpoint/key", &known) == 1) return ARCADIA_OK;
    if (IS(asks_without_key)) snprintf(body, sizeof body, "{\"key\": \"%s\"}", key);
    arcadia_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = (uint32_t)sizeof request;
    request.method = arcadia_text("POST");
    request.url = arcadia_text(url);
    request.body = arcadia_text(body);
    arcadia_http_response *response = NULL;
    int32_t status = http->perform(call, &request, &response);
    arcadia_error error;
    memset(&error, 0, sizeof error);
    error.struct_size = (uint32_t)sizeof error;
    if (http->error(call, response, &error) == 0) {
        if (IS(says_none_unanswered) && status == 0) error.effect = ARCADIA_EFFECT_NONE;
        host->fail(call, &error);
        return ARCADIA_FAILED;
    }
    arcadia_str answer = http->body(call, response);
    if (IS(trusts_the_answer)) sink = answer.ptr[answer.len - 1];
    if (answer.len < 4 || answer.ptr[0] != '{')
        return arcadia_fail(host, call, ARCADIA_E_REMOTE, ARCADIA_EFFECT_UNKNOWN, ARCADIA_RETRY_NO, "no JSON");
    if (!IS(asks_without_key)) return ARCADIA_OK;
    host->put_string(call, "/checkpoint/key", arcadia_text(key));
    return host->checkpoint(call, arcadia_text(NULL)) == 0 ? ARCADIA_OK : broken(call, "no checkpoint");
}

static arcadia_status ask_compensate(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    char url[1024];
    if (get(call, "/config/url", url, 400) != 0) return refuse(call, "`url` must be an address");
    const arcadia_http *http = host->service(call, ARCADIA_HTTP);
    if (!http) return broken(call, "no HTTP");
    arcadia_str key = op->execute_key;
    if (IS(asks_without_key) && host->get_string(call, "/checkpoint/key", &key) != 1) return ARCADIA_OK;
    snprintf(url + strlen(url), 512, "/things/%.*s", (int)key.len, key.ptr);
    arcadia_http_request request;
    memset(&request, 0, sizeof request);
    request.struct_size = (uint32_t)sizeof request;
    request.method = arcadia_text("DELETE");
    request.url = arcadia_text(url);
    arcadia_http_response *response = NULL;
    int32_t status = http->perform(call, &request, &response);
    return status == 204 || status == 404 ? ARCADIA_OK : broken(call, "it cannot be deleted");
}
#endif

/* ---- things and balance: an adapter's ----------------------------------------------------------------------- */

#ifdef WITH_ADAPTER
/* Seven things, three on a page. */
static arcadia_status things_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    char cursor[32], text[1024];
    int is_paged = get(call, "/with/cursor", cursor, sizeof cursor) == 0;
    int first = is_paged ? atoi(cursor) : 0, end = is_paged ? first + 3 : 7;
    if (end > 7) end = 7;
    if (IS(inventory_forgets_the_last) && !is_paged) end = 6;
    size_t length = (size_t)snprintf(text, sizeof text, "{\"resources\": [");
    for (int i = first; i < end; i++) {
        int number = i;
        if (IS(inventory_repeats) && i == 4) number = 3;
        if (IS(inventory_pages_overlap) && is_paged && i == 3) number = 2;
        length += (size_t)snprintf(
            text + length, sizeof text - length,
            "%s{\"kind\": \"thing\", \"provider_id\": \"%d\", \"name\": \"\", \"tags\": [], \"attrs\": {}}",
            i > first ? ", " : "", number);
    }
    int next = IS(inventory_circles) && end == 7 ? 3 : end;
    int is_last = next == 7 || (IS(inventory_ends_early) && end == 6);
    if (is_paged && !is_last) snprintf(text + length, sizeof text - length, "], \"next\": \"%d\"}", next);
    else snprintf(text + length, sizeof text - length, "]}");
    host->result(call, arcadia_text(text));
    return ARCADIA_OK;
}

static arcadia_status balance_execute(arcadia_instance *instance, arcadia_call *call, const arcadia_op *op) {
    (void)instance;
    (void)op;
    host->result(call, arcadia_text(IS(money_in_binary) ? "{\"month\": {\"amount\": 12.1}}" : "{\"month\": {\"amount\": \"12.10\"}}"));
    return ARCADIA_OK;
}
#endif

/* ---- The plugin --------------------------------------------------------------------------------------------- */

struct arcadia_instance {
    int file;
    pthread_t thread;
};

static arcadia_status create(arcadia_call *call, arcadia_instance **instance) {
    disturb(2);
    if (IS(create_says_nothing)) return ARCADIA_FAILED;
    if (IS(create_crashes)) abort();
    if (IS(create_picky))
        return arcadia_fail(host, call, ARCADIA_E_CONFIG, ARCADIA_EFFECT_NONE, ARCADIA_RETRY_NO, "`root` is too short");
    arcadia_instance *it = calloc(1, sizeof *it);
    if (!it) return ARCADIA_FAILED;
    if (IS(instance_leaks_file)) it->file = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (IS(instance_leaks_thread)) start_thread();
    *instance = it;
    return ARCADIA_OK;
}

static void destroy(arcadia_instance *instance) {
    if (IS(destroy_naps)) nap(1500);
    if (IS(destroy_twice)) free(instance);
    if (IS(instance_leaks_memory)) {
        static char *volatile block;
        block = malloc(8192);
        if (block) memset(block, 1, 8192);
    }
    free(instance);
}

static arcadia_status health(arcadia_instance *instance, arcadia_call *call) {
    (void)instance;
    (void)call;
    if (IS(health_naps)) nap(1500);
    if (IS(health_crashes)) abort();
    return IS(health_says_nothing) ? ARCADIA_FAILED : ARCADIA_OK;
}

static const void *extension(const char *id) {
    if (IS(extension_for_all)) return &host;
    if (IS(extension_by_beginning)) return strncmp(id, "arcadia", 7) == 0 ? &host : NULL;
    if (IS(extension_copies)) {
        char copy[256];
        for (size_t i = 0; id[i]; i++) ((volatile char *)copy)[i] = id[i];
        return NULL;
    }
    return NULL;
}

#ifdef PROBE_UNDECLARED
#define LOOK_PROBE make_probe
#else
#define LOOK_PROBE NULL
#endif
#define OPERATION sizeof(arcadia_operation), 0
static const arcadia_operation make = {OPERATION, "make", make_execute, make_compensate, make_probe, make_cancel};
static const arcadia_operation look = {OPERATION, "look", look_execute, NULL, LOOK_PROBE, NULL};
#ifdef WITH_ADAPTER
static const arcadia_operation things = {OPERATION, "inventory.things", things_execute, NULL, NULL, NULL};
static const arcadia_operation balance = {OPERATION, "billing.balance", balance_execute, NULL, NULL, NULL};
static const arcadia_operation *const operations[] = {&things, &balance};
#elif defined(WITH_HTTP)
static const arcadia_operation ask = {OPERATION, "ask", ask_execute, ask_compensate, NULL, NULL};
static const arcadia_operation *const operations[] = {&ask};
#else
static const arcadia_operation *const operations[] = {&make, &look};
#endif

static const arcadia_plugin plugin = {
    .struct_size = (uint32_t)sizeof(arcadia_plugin),
    .abi_minor = ARCADIA_ABI_MINOR,
    .operation_count = sizeof operations / sizeof operations[0],
    .id = "zoo",
    .version = VERSION,
    .operations = operations,
    .create = create,
    .destroy = destroy,
    .health = health,
    .extension = extension,
};

#ifdef EXPORTS_MORE
ARCADIA_EXPORT int zoo_helper(void);
int zoo_helper(void) { return 1; }
#endif
#ifdef UNIQUE_SYMBOL
__asm__(".globl zoo_once\n.type zoo_once, @gnu_unique_object\n.data\nzoo_once: .long 0\n.size zoo_once, 4\n.text\n");
extern int zoo_once;
#endif
#ifdef STATIC_TLS
static volatile __thread int zoo_errno __attribute__((tls_model("initial-exec")));
#endif
#ifdef NEEDS_MISSING
int nobody_has_this(void);
#endif
#ifdef TEXT_RELOCATIONS
__asm__(".text\nzoo_address: .quad plugin_in_text\n.hidden plugin_in_text\n.data\nplugin_in_text: .long 0\n.text\n");
#endif

const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *lent) {
    host = lent;
    disturb(1);
#ifdef NEEDS_MISSING
    sink = (char)nobody_has_this();
#endif
#ifdef STATIC_TLS
    zoo_errno++;
#endif
#ifdef UNIQUE_SYMBOL
    if (ONCE && zoo_once++) return NULL;
#endif
    if (IS(entry_naps)) nap(20000);
    if (IS(refuses_newer_host) && (lent->abi_minor > ARCADIA_ABI_MINOR || lent->struct_size != sizeof *lent)) return NULL;
    if (IS(copies_newer_host)) {
        arcadia_host mine;
        for (size_t i = 0; i < lent->struct_size; i++) ((volatile char *)&mine)[i] = ((const char *)lent)[i];
        if (lent->struct_size > sizeof mine) abort();
    }
    return &plugin;
}
