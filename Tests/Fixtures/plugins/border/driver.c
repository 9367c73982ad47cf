/* A host that prints what comes over the border: driver LIBRARY. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/testing.h"

#include <dlfcn.h>

typedef const arcadia_plugin *(*entry_function)(const arcadia_host *);

static entry_function entry;

static void tell(const char *how, const char *place, arcadia_test *step) {
    static const char *statuses[] = {"ok", "suspended", "cancelled", "failed"};
    static const char *effects[] = {"unknown", "none", "partial", "applied"};
    printf("%s %s: %s", how, place, statuses[step->status]);
    if (step->suspended_ms >= 0) printf(" for %lld ms", (long long)step->suspended_ms);
    if (step->message[0]) printf(", code %d, effect %s", step->code, effects[step->effect]);
    if (step->retry) printf(", retry %d after %u ms", step->retry, step->retry_after_ms);
    if (step->remote_status) printf(", remote %d", step->remote_status);
    if (strlen(step->message) > 200) printf(": a message of %zu bytes", strlen(step->message));
    else if (step->message[0]) printf(": %s", step->message);
    if (step->detail && step->detail[0]) printf(" %s", step->detail);
    if (strlen(step->logged) > 200) printf(" [%d a message of %zu bytes]", step->logged_level, strlen(step->logged));
    else if (step->logged[0]) printf(" [%d %s]", step->logged_level, step->logged);
    printf("\n");
}

static arcadia_test *begin(const char *key, const char *how, const char *operation, const char *with) {
    char config[128];
    snprintf(config, sizeof config, "{\"%s\":\"%s\"}", key, how);
    return arcadia_test_begin(entry, config, operation, with);
}

static void throw_everywhere(const char *how) {
    char with[128];
    snprintf(with, sizeof with, "{\"how\":\"%s\"}", how);
    arcadia_test *step = begin("none", "", "throw", with);
    arcadia_test_execute(step);
    tell(how, "execute", step);
    arcadia_test_compensate(step);
    tell(how, "compensate", step);
    arcadia_test_probe(step);
    tell(how, "probe", step);
    arcadia_test_end(step);

    step = begin("create", how, "throw", with);
    tell(how, "create", step);
    arcadia_test_end(step);

    step = begin("health", how, "throw", with);
    arcadia_test_reset(step);
    step->status = step->plugin->health(step->instance, (arcadia_call *)(void *)step);
    tell(how, "health", step);
    arcadia_test_end(step);

    step = begin("cancel", how, "throw", with);
    arcadia_test_reset(step);
    arcadia_test_operation(step)->cancel(step->instance, (arcadia_call *)(void *)step);
    tell(how, "cancel", step);
    arcadia_test_end(step);

    arcadia_test_end(begin("destroy", how, "throw", with));
    printf("%s destroy: came back\n", how);
}

int main(int count, char **arguments) {
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = library ? dlsym(library, ARCADIA_ENTRY_SYMBOL) : NULL;
    if (!symbol) return fprintf(stderr, "%s\n", library ? "no entry" : dlerror()), 1;
    memcpy(&entry, &symbol, sizeof entry);
    setvbuf(stdout, NULL, _IOLBF, 0);

    static const char *hows[] = {"failure", "error",      "number", "text",    "memory",
                                 "nested",  "destructor", "long",   "suspend", "stop",
                                 "missing"};
    for (size_t i = 0; i < sizeof hows / sizeof *hows; i++) throw_everywhere(hows[i]);

    arcadia_test *step = begin("none", "", "copy",
                               "{\"text\":\"a\\u00e9\\u0000b\",\"whole\":9007199254740993,\"real\":0.5,"
                                                   "\"flag\":true,\"json\":[1,{\"a\":null}]}");
    arcadia_test_execute(step);
    tell("everything", "execute", step);
    printf("output %s\n", arcadia_test_text(step, "/output"));
    printf("checkpoint %s\n", step->durable);
    arcadia_test_end(step);

    step = begin("none", "", "copy", "{\"whole\":\"not a number\"}");
    arcadia_test_execute(step);
    tell("wrong type", "execute", step);
    arcadia_test_end(step);

    step = begin("none", "", "copy", "{}");
    step->disk_full = 1;
    arcadia_test_execute(step);
    tell("full disk", "execute", step);
    printf("compensate %s, probe %s\n", arcadia_test_operation(step)->compensate ? "there" : "none",
           arcadia_test_operation(step)->probe ? "there" : "none");
    arcadia_test_end(step);

    arcadia_host old = *arcadia_test_host();
    old.struct_size = offsetof(arcadia_host, service);
    printf("an older host: %s\n", entry(&old) ? "let in" : "refused");
    return 0;
}
