/* Throws whatever it is told to, wherever a host calls in: `how` in `with` for operations, in the configuration for the
 * rest. */
#include "arcadia/plugin.hpp"

#include <new>
#include <stdexcept>

namespace {

using arcadia::Effect;
using arcadia::Failure;

struct ThrowsWhenItGoes {
    ~ThrowsWhenItGoes() noexcept(false) { throw std::runtime_error("thrown by a destructor"); }
};

void raise(std::string_view how) {
    if (how == "failure") {
        Failure failure(arcadia::Code::conflict, "the name is taken", Effect::none,
                        arcadia::Retry::after(std::chrono::milliseconds(1500)));
        failure.remote_status = 409;
        failure.detail_json = R"({"name":"web-1"})";
        throw failure;
    }
    if (how == "error") throw std::runtime_error("no luck");
    if (how == "number") throw 42;
    if (how == "text") throw "just text";
    if (how == "memory") throw std::bad_alloc();
    if (how == "nested") {
        try {
            throw std::runtime_error("the disk is full");
        } catch (...) {
            std::throw_with_nested(std::logic_error("the page was not written"));
        }
    }
    if (how == "destructor") ThrowsWhenItGoes();
    if (how == "long") throw std::runtime_error(std::string(1022, 'x') + "\xc3\xa9 and more");
    if (how == "suspend") throw arcadia::Suspended{2500};
    if (how == "stop") throw arcadia::Stopped{Effect::partial};
}

struct Border {
    static constexpr const char *id = "border";
    static constexpr const char *version = "1.0.0";

    std::string destroy, health_, cancel;

    explicit Border(arcadia::HostCall &call)
        : destroy(call.get_string("/config/destroy").value_or("")),
          health_(call.get_string("/config/health").value_or("")),
          cancel(call.get_string("/config/cancel").value_or("")) {
        raise(call.get_string("/config/create").value_or(""));
    }
    ~Border() noexcept(false) { raise(destroy); }

    void health(arcadia::HostCall &) { raise(health_); }
};

struct Throw {
    static constexpr const char *name = "throw";

    static void raise_as_told(arcadia::Call &call) {
        raise(call.need_string("/with/how"));
        if (call.need_string("/with/how") == "missing") call.need_int64("/with/number");
    }
    void execute(Border &, arcadia::Call &call) { raise_as_told(call); }
    void compensate(Border &, arcadia::Call &call) { raise_as_told(call); }
    Effect probe(Border &, arcadia::Call &call) {
        raise_as_told(call);
        return Effect::unknown;
    }
    static void cancel(Border &border, arcadia::HostCall &) { raise(border.cancel); }
};

/* Neither compensable nor probeable; reads and writes everything there is. */
struct Copy {
    static constexpr const char *name = "copy";

    void execute(Border &, arcadia::Call &call) {
        if (auto text = call.get_string("/with/text")) call.put_string("/output/text", *text);
        if (auto whole = call.get_int64("/with/whole")) call.put_int64("/output/whole", *whole);
        if (auto real = call.get_double("/with/real")) call.put_double("/output/real", *real);
        if (auto flag = call.get_bool("/with/flag")) call.put_bool("/output/flag", *flag);
        if (auto json = call.get_json("/with/json")) call.put_json("/output/json", *json);
        call.put_int64("/output/members", call.count("/with").value_or(-1));
        call.put_string("/output/first", call.get_key("/with", 0).value_or("none"));
        call.put_bool("/output/absent", !call.get_string("/with/nothing") && !call.get_json("/with/nothing"));
        call.heartbeat(50, "halfway");
        call.put_string("/checkpoint/note", "copied");
        call.checkpoint(Effect::none);
        call.log(arcadia::Level::warn, "copied");
    }
};

} // namespace

ARCADIA_PLUGIN(Border, Throw, Copy)
