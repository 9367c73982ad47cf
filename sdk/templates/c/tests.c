/* The plugin against a host of its own: make test. */
#define _POSIX_C_SOURCE 200809L
#include "arcadia/testing.h"

#include <dirent.h>
#include <unistd.h>

static char folder[] = "/tmp/greeter-XXXXXX", config[64];
static int failures;

/* What went wrong is said by the step's last failure. */
static void expect(arcadia_test *step, int holds, const char *what) {
    printf("%s  %s\n", holds ? "ok    " : "FAILED", what);
    if (!holds && step->message[0]) printf("        %s\n", step->message);
    failures += !holds;
}

static arcadia_test *step(const char *with) {
    return arcadia_test_begin(arcadia_plugin_entry_v1, config, "greet", with);
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
    arcadia_test *greeting = step("{\"name\":\"Ada\"}");
    expect(greeting, arcadia_test_execute(greeting) == ARCADIA_OK, "execute leaves a greeting");
    const char *file = arcadia_test_text(greeting, "/output/file");
    expect(greeting, file && access(file, F_OK) == 0 && files() == 1,
           "it is where the output says, and nothing else is");
    expect(greeting, arcadia_test_compensate(greeting) == ARCADIA_OK && files() == 0, "compensate takes it back");
    expect(greeting, arcadia_test_compensate(greeting) == ARCADIA_OK, "compensate again is fine");
    arcadia_test_end(greeting);
}

static void survives_a_crash(void) {
    arcadia_test *greeting = step("{\"name\":\"Ada\"}");
    expect(greeting, arcadia_test_probe(greeting) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_NONE,
           "probe finds nothing before");
    arcadia_test_execute(greeting);
    arcadia_test_lose_result(greeting);
    expect(greeting, arcadia_test_execute(greeting) == ARCADIA_OK && files() == 1, "the same key again greets once");
    expect(greeting, arcadia_test_probe(greeting) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_APPLIED,
           "probe finds the greeting");
    expect(greeting, arcadia_test_text(greeting, "/output/file") != NULL, "and says what execute would have said");
    expect(greeting, arcadia_test_compensate(greeting) == ARCADIA_OK && files() == 0, "compensate needs no result");
    arcadia_test_end(greeting);
}

static void says_what_it_did_not_do(void) {
    arcadia_test *greeting = step("{\"name\":\"Ada\"}");
    greeting->disk_full = 1;
    expect(greeting, arcadia_test_execute(greeting) == ARCADIA_FAILED && greeting->effect == ARCADIA_EFFECT_NONE,
           "without a checkpoint nothing is done");
    greeting->disk_full = 0;

    char path[64];
    snprintf(path, sizeof path, "%s/Ada.txt", folder);
    FILE *other = fopen(path, "w");
    if (other) fclose(other);
    expect(greeting, arcadia_test_execute(greeting) == ARCADIA_FAILED && greeting->code == ARCADIA_E_CONFLICT &&
                         greeting->effect == ARCADIA_EFFECT_NONE,
           "what somebody else wrote is a conflict");
    expect(greeting, arcadia_test_compensate(greeting) == ARCADIA_OK && files() == 1, "and is not taken back");
    unlink(path);
    arcadia_test_end(greeting);
}

static void refuses_a_path_for_a_name(void) {
    arcadia_test *greeting = step("{\"name\":\"../Ada\"}");
    expect(greeting,
           arcadia_test_execute(greeting) == ARCADIA_FAILED && greeting->code == ARCADIA_E_INPUT && files() == 0,
           "a name that leads elsewhere is refused");
    arcadia_test_end(greeting);
}

static void refuses_its_configuration(void) {
    const char *elsewhere = "{\"folder\":\"/no/such/place\"}";
    arcadia_test *nowhere = arcadia_test_begin(arcadia_plugin_entry_v1, elsewhere, "greet", NULL);
    expect(nowhere, nowhere->status == ARCADIA_FAILED && nowhere->code == ARCADIA_E_CONFIG,
           "a folder that cannot be is refused");
    arcadia_test_end(nowhere);
}

int main(void) {
    if (!mkdtemp(folder)) return 1;
    snprintf(config, sizeof config, "{\"folder\":\"%s\"}", folder);
    greets_and_takes_it_back();
    survives_a_crash();
    says_what_it_did_not_do();
    refuses_a_path_for_a_name();
    refuses_its_configuration();
    rmdir(folder);
    return failures != 0;
}
