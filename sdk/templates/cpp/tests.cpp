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

static void expect(bool holds, const char *what) {
    std::cout << (holds ? "ok      " : "FAILED  ") << what << "\n";
    failures += !holds;
}

/* A step of a run; it ends with its owner. */
using Step = std::unique_ptr<arcadia_test, decltype(&arcadia_test_end)>;

static Step step(const fs::path &place = folder) {
    const std::string config = "{\"folder\":\"" + place.string() + "\"}";
    return Step(arcadia_test_begin(arcadia_plugin_entry_v1, config.c_str(), "greet", R"({"name":"Ada"})"),
                arcadia_test_end);
}

/* How many files the folder holds, hidden ones too. */
static auto files() { return std::distance(fs::directory_iterator(folder), fs::directory_iterator()); }

static void greets_and_takes_it_back() {
    const Step greeting = step();
    expect(arcadia_test_execute(greeting.get()) == ARCADIA_OK, "execute leaves a greeting");
    const char *file = arcadia_test_text(greeting.get(), "/output/file");
    expect(file && fs::exists(file) && files() == 1, "it is where the output says, and nothing else is");
    expect(arcadia_test_compensate(greeting.get()) == ARCADIA_OK && files() == 0, "compensate takes it back");
    expect(arcadia_test_compensate(greeting.get()) == ARCADIA_OK, "compensate again is fine");
}

static void survives_a_crash() {
    const Step greeting = step();
    expect(arcadia_test_probe(greeting.get()) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_NONE,
           "probe finds nothing before");
    arcadia_test_execute(greeting.get());
    arcadia_test_lose_result(greeting.get());
    expect(arcadia_test_execute(greeting.get()) == ARCADIA_OK && files() == 1, "the same key again greets once");
    expect(arcadia_test_probe(greeting.get()) == ARCADIA_OK && greeting->found == ARCADIA_EFFECT_APPLIED,
           "probe finds the greeting");
    expect(arcadia_test_text(greeting.get(), "/output/file") != nullptr, "and says what execute would have said");
    expect(arcadia_test_compensate(greeting.get()) == ARCADIA_OK && files() == 0, "compensate needs no result");
}

static void says_what_it_did_not_do() {
    const Step first = step(), second = step();
    second->disk_full = 1;
    expect(arcadia_test_execute(second.get()) == ARCADIA_FAILED && second->effect == ARCADIA_EFFECT_NONE &&
               files() == 0,
           "without a checkpoint nothing is done");
    second->disk_full = 0;
    arcadia_test_execute(first.get());
    const fs::path file = arcadia_test_text(first.get(), "/output/file");
    std::ofstream(file, std::ios::trunc).close();
    expect(arcadia_test_execute(second.get()) == ARCADIA_FAILED && second->code == ARCADIA_E_CONFLICT &&
               second->effect == ARCADIA_EFFECT_NONE,
           "what somebody else wrote is a conflict");
    expect(arcadia_test_compensate(second.get()) == ARCADIA_OK && files() == 1, "and is not taken back");
    fs::remove(file);
}

static void refuses_its_configuration() {
    const Step nowhere = step("/no/such/place");
    expect(nowhere->status == ARCADIA_FAILED && nowhere->code == ARCADIA_E_CONFIG, "a folder that cannot be is refused");
}

int main() {
    char pattern[] = "/tmp/greeter-XXXXXX";
    if (!mkdtemp(pattern)) return 1;
    folder = pattern;
    greets_and_takes_it_back();
    survives_a_crash();
    says_what_it_did_not_do();
    refuses_its_configuration();
    fs::remove(folder);
    return failures != 0;
}
