/* The plugin against a host of its own: make test. */
#include "arcadia/testing.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>

namespace fs = std::filesystem;

static fs::path folder;
static int failures;

/* A step of a run; it ends with its owner. */
using Step = std::unique_ptr<arcadia_test, decltype(&arcadia_test_end)>;

static Step step(const char *with = R"({"name":"Ada"})", const fs::path &place = folder) {
    const std::string config = "{\"folder\":\"" + place.string() + "\"}";
    return Step(arcadia_test_begin(arcadia_plugin_entry_v1, config.c_str(), "greet", with), arcadia_test_end);
}

/* What went wrong is said by the step's last failure. */
static void expect(const Step &step, bool holds, const char *what) {
    std::cout << (holds ? "ok      " : "FAILED  ") << what << "\n";
    if (!holds && step->message[0]) std::cout << "        " << step->message << "\n";
    failures += !holds;
}

/* How many files the folder holds, hidden ones too. */
static auto files() { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

static void greets_and_takes_it_back() {
    const Step greeting = step();
    expect(greeting, arcadia_test_execute(greeting.get()) == ARCADIA_OK, "execute leaves a greeting");
    const char *file = arcadia_test_text(greeting.get(), "/output/file");
    expect(greeting, file && fs::exists(file) && files() == 1, "it is where the output says, and nothing else is");
    expect(greeting, arcadia_test_compensate(greeting.get()) == ARCADIA_OK && files() == 0, "compensate takes it back");
    expect(greeting, arcadia_test_compensate(greeting.get()) == ARCADIA_OK, "compensate again is fine");
}

static void survives_a_crash() {
    const Step greeting = step();
    expect(greeting, arcadia_test_probe(greeting.get()) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_NONE,
           "probe finds nothing before");
    arcadia_test_execute(greeting.get());
    arcadia_test_lose_result(greeting.get());
    expect(greeting, arcadia_test_execute(greeting.get()) == ARCADIA_OK && files() == 1,
           "the same key again greets once");
    expect(greeting, arcadia_test_probe(greeting.get()) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_APPLIED,
           "probe finds the greeting");
    expect(greeting, arcadia_test_text(greeting.get(), "/output/file") != nullptr,
           "and says what execute would have said");
    expect(greeting, arcadia_test_compensate(greeting.get()) == ARCADIA_OK && files() == 0,
           "compensate needs no result");
}

static void says_what_it_did_not_do() {
    const Step greeting = step();
    greeting->disk_full = 1;
    expect(greeting, arcadia_test_execute(greeting.get()) == ARCADIA_FAILED && greeting->effect == ARCADIA_EFFECT_NONE,
           "without a checkpoint nothing is done");
    greeting->disk_full = 0;
    const fs::path file = folder / "Ada.txt";
    std::ofstream(file).close();
    expect(greeting, arcadia_test_execute(greeting.get()) == ARCADIA_FAILED && greeting->code == ARCADIA_E_CONFLICT &&
                         greeting->effect == ARCADIA_EFFECT_NONE,
           "what somebody else wrote is a conflict");
    expect(greeting, arcadia_test_compensate(greeting.get()) == ARCADIA_OK && files() == 1, "and is not taken back");
    fs::remove(file);
}

static void refuses_a_path_for_a_name() {
    const Step greeting = step(R"({"name":"../Ada"})");
    expect(greeting, arcadia_test_execute(greeting.get()) == ARCADIA_FAILED && greeting->code == ARCADIA_E_INPUT &&
                         files() == 0,
           "a name that leads elsewhere is refused");
}

static void refuses_its_configuration() {
    const Step nowhere = step(nullptr, "/no/such/place");
    expect(nowhere, nowhere->status == ARCADIA_FAILED && nowhere->code == ARCADIA_E_CONFIG,
           "a folder that cannot be is refused");
}

int main() {
    char pattern[] = "/tmp/greeter-XXXXXX";
    if (!mkdtemp(pattern)) return 1;
    folder = pattern;
    greets_and_takes_it_back();
    survives_a_crash();
    says_what_it_did_not_do();
    refuses_a_path_for_a_name();
    refuses_its_configuration();
    fs::remove(folder);
    return failures != 0;
}
