/* The plugin against a host of its own: make test. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/testing.h"

#include <dirent.h>
#include <unistd.h>

static char folder[] = "/tmp/greeter-XXXXXX", config[64];
static int failures;

static void expect(int holds, const char *what) {
    printf("%s  %s\n", holds ? "ok    " : "FAILED", what);
    failures += !holds;
}

static arcadia_test *step(void) {
    return arcadia_test_begin(arcadia_plugin_entry_v1, config, "greet", "{\"name\":\"Ada\"}");
}

/* How many files the folder holds, hidden ones too. */
static int files(void) {
    int count = -2; /* . and .. */
    DIR *listing = opendir(folder);
    while (listing && readdir(listing)) count++;
    if (listing) closedir(listing);
    return count;
}

static void greets_and_takes_it_back(void) {
    arcadia_test *greeting = step();
    expect(arcadia_test_execute(greeting) == ARCADIA_OK, "execute leaves a greeting");
    const char *file = arcadia_test_text(greeting, "/output/file");
    expect(file && access(file, F_OK) == 0 && files() == 1, "it is where the output says, and nothing else is");
    expect(arcadia_test_compensate(greeting) == ARCADIA_OK && files() == 0, "compensate takes it back");
    expect(arcadia_test_compensate(greeting) == ARCADIA_OK, "compensate again is fine");
    arcadia_test_end(greeting);
}

static void survives_a_crash(void) {
    arcadia_test *greeting = step();
    expect(arcadia_test_probe(greeting) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_NONE,
           "probe finds nothing before");
    arcadia_test_execute(greeting);
    arcadia_test_lose_result(greeting);
    expect(arcadia_test_execute(greeting) == ARCADIA_OK && files() == 1, "the same key again greets once");
    expect(arcadia_test_probe(greeting) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_APPLIED,
           "probe finds the greeting");
    expect(arcadia_test_text(greeting, "/output/file") != NULL, "and says what execute would have said");
    expect(arcadia_test_compensate(greeting) == ARCADIA_OK && files() == 0, "compensate needs no result");
    arcadia_test_end(greeting);
}

static void says_what_it_did_not_do(void) {
    arcadia_test *first = step(), *second = step();
    second->disk_full = 1;
    expect(arcadia_test_execute(second) == ARCADIA_FAILED && second->effect == ARCADIA_EFFECT_NONE && files() == 0,
           "without a checkpoint nothing is done");
    second->disk_full = 0;
    arcadia_test_execute(first);
    FILE *other = fopen(arcadia_test_text(first, "/output/file"), "w");
    if (other) fclose(other);
    expect(arcadia_test_execute(second) == ARCADIA_FAILED && second->code == ARCADIA_E_CONFLICT &&
               second->effect == ARCADIA_EFFECT_NONE,
           "what somebody else wrote is a conflict");
    expect(arcadia_test_compensate(second) == ARCADIA_OK && files() == 1, "and is not taken back");
    unlink(arcadia_test_text(first, "/output/file"));
    arcadia_test_end(first);
    arcadia_test_end(second);
}

static void refuses_its_configuration(void) {
    arcadia_test *nowhere = arcadia_test_begin(arcadia_plugin_entry_v1, "{\"folder\":\"/no/such/place\"}", "greet", NULL);
    expect(nowhere->status == ARCADIA_FAILED && nowhere->code == ARCADIA_E_CONFIG, "a folder that cannot be is refused");
    arcadia_test_end(nowhere);
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    snprintf(config, sizeof config, "{\"folder\":\"%s\"}", folder);
    greets_and_takes_it_back();
    survives_a_crash();
    says_what_it_did_not_do();
    refuses_its_configuration();
    rmdir(folder);
    return failures != 0;
}
