/* arcadia/plugin.hpp: plugins in C++17, over arcadia/plugin.h and arcadia/http.h. One header, nothing to link.
 *
 *     struct Greeter {                                            // the plugin, as it was configured
 *         static constexpr const char *id = "greeter";
 *         static constexpr const char *version = "1.0.0";
 *         explicit Greeter(arcadia::HostCall &call);              // or none: no configuration
 *     };
 *
 *     struct Greet {                                              // an operation; one is made for every call
 *         static constexpr const char *name = "greet";
 *         void execute(Greeter &greeter, arcadia::Call &call);
 *         void compensate(Greeter &greeter, arcadia::Call &call);          // optional
 *         arcadia::Effect probe(Greeter &greeter, arcadia::Call &call);    // optional
 *         static void cancel(Greeter &greeter, arcadia::HostCall &call);   // optional
 *     };
 *
 *     ARCADIA_PLUGIN(Greeter, Greet)
 *
 * `compensable` in plugin.json is true exactly where there is a compensate, `probeable` where there is a probe.
 *
 * HOW A CALL ENDS. Returning is ARCADIA_OK. Failure, thrown, says why and whether the world changed. call.suspend() and
 * call.stop() end it, too, by throwing. Anything else that is thrown becomes ARCADIA_E_BUG with an unknown effect and
 * what() as its message. Nothing that is thrown leaves the plugin: not out of an operation, the plugin's constructor or
 * destructor (declare it noexcept(false) if it throws), health or cancel.
 *
 * THREADS. The host shares one plugin object between its threads. A call is of one thread; from others only what
 * plugin.h marks [any]. Neither a call nor the text it lends outlives the function it was given to.
 *
 * Needs exceptions; -fno-rtti is fine.
 */
#ifndef ARCADIA_PLUGIN_HPP
#define ARCADIA_PLUGIN_HPP

#include "arcadia/http.h"
#include "arcadia/plugin.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace arcadia {

/* ---- What can be said ----------------------------------------------------------------------------- */

/* Did the outside world change? What the host does after a failure depends on this, never on the message. */
enum class Effect : arcadia_effect {
    unknown = ARCADIA_EFFECT_UNKNOWN, /* the step is probed first; when in doubt, this   */
    none = ARCADIA_EFFECT_NONE,       /* may be tried again; there is nothing to take back */
    partial = ARCADIA_EFFECT_PARTIAL, /* the step is taken back                          */
    applied = ARCADIA_EFFECT_APPLIED  /* the step is taken back                          */
};

/* The coarse reason: see plugin.h. */
enum class Code : arcadia_code {
    other = ARCADIA_E_OTHER,
    input = ARCADIA_E_INPUT,
    config = ARCADIA_E_CONFIG,
    auth = ARCADIA_E_AUTH,
    denied = ARCADIA_E_DENIED,
    not_found = ARCADIA_E_NOT_FOUND,
    conflict = ARCADIA_E_CONFLICT,
    quota = ARCADIA_E_QUOTA,
    rate = ARCADIA_E_RATE,
    network = ARCADIA_E_NETWORK,
    remote = ARCADIA_E_REMOTE,
    timeout = ARCADIA_E_TIMEOUT,
    unsupported = ARCADIA_E_UNSUPPORTED,
    bug = ARCADIA_E_BUG
};

enum class Level : arcadia_level {
    trace = ARCADIA_TRACE,
    debug = ARCADIA_DEBUG,
    info = ARCADIA_INFO,
    warn = ARCADIA_WARN,
    error = ARCADIA_ERROR
};

using Milliseconds = std::chrono::milliseconds;

/* Is it worth trying again? Advice. eg: Retry::yes(), Retry::after(std::chrono::seconds(30)) */
struct Retry {
    arcadia_retry advice = ARCADIA_RETRY_NO;
    std::uint32_t after_ms = 0;

    static Retry no() { return {}; }
    static Retry yes() { return {ARCADIA_RETRY_YES, 0}; }
    static Retry after(Milliseconds time) {
        const auto count = time.count() < 0 ? 0 : time.count() > 0xffffffff ? 0xffffffff : time.count();
        return {ARCADIA_RETRY_AFTER, static_cast<std::uint32_t>(count)};
    }
};

/* eg: throw Failure(Code::conflict, "the name web-1 is taken", Effect::none); */
class Failure : public std::exception {
public:
    Failure(Code code, std::string message, Effect effect = Effect::unknown, Retry retry = Retry::no())
        : code(code), effect(effect), retry(retry), message(std::move(message)) {}

    Code code;
    Effect effect;
    Retry retry;
    std::int32_t remote_status = 0; /* HTTP status, errno, a vendor's number */
    std::string message;            /* one line for an operator, no secret   */
    std::string detail_json;        /* an object, or nothing                 */

    const char *what() const noexcept override { return message.c_str(); }
};

/* ---- Text across the border ----------------------------------------------------------------------- */

/* Borrowed. Empty text is there; only {NULL, 0} is absent. */
inline arcadia_str lend(std::string_view text) noexcept { return {text.data() ? text.data() : "", text.size()}; }

inline std::string_view view(arcadia_str text) noexcept {
    return text.ptr ? std::string_view(text.ptr, text.len) : std::string_view();
}

/* What ends a call and is no failure: thrown by call.suspend() and call.stop(). Do not swallow it in catch (...). */
struct Suspended {
    std::int64_t after_ms;
};
struct Stopped {
    Effect effect;
};

class Http;

/* ---- Calls ---------------------------------------------------------------------------------------- */

/* A call by the host, and what can be said to the host meanwhile. Paths are those of plugin.h, as literals. */
class HostCall {
public:
    HostCall(const arcadia_host *host, arcadia_call *handle) noexcept : host(host), handle(handle) {}
    HostCall(const HostCall &) = delete;
    HostCall &operator=(const HostCall &) = delete;

    /* Never pass a secret. fields_json: an object, or nothing. */
    void log(Level level, std::string_view message, std::string_view fields_json = {}) noexcept {
        host->log(handle, static_cast<arcadia_level>(level), lend(message), optional(fields_json));
    }

    /* Still alive. True: stop soon. */
    bool heartbeat(int percent = -1, std::string_view note = {}) noexcept {
        return host->heartbeat(handle, percent, optional(note)) == 1;
    }

    bool cancel_requested() noexcept { return host->cancel_requested(handle) != 0; }

    /* Becomes readable when cancel_requested() turns true, for poll(); -1: there is none. */
    int cancel_fd() noexcept { return host->cancel_fd(handle); }

    /* Nothing: there is no deadline. */
    std::optional<Milliseconds> time_left() noexcept {
        const std::int64_t left = host->deadline_ms(handle);
        if (left == INT64_MAX) return std::nullopt;
        return Milliseconds(left);
    }

    /* Readers. Nothing: absent, or null. What is there and of another type is thrown as Code::input, with the effect that
     * the call has had so far. */
    std::optional<std::string_view> get_string(const char *path, Effect effect = Effect::unknown) {
        arcadia_str text;
        if (!found(host->get_string(handle, path, &text), path, "text", effect)) return std::nullopt;
        return view(text);
    }
    std::optional<std::int64_t> get_int64(const char *path, Effect effect = Effect::unknown) {
        std::int64_t number;
        if (!found(host->get_int64(handle, path, &number), path, "a whole number", effect)) return std::nullopt;
        return number;
    }
    std::optional<double> get_double(const char *path, Effect effect = Effect::unknown) {
        double number;
        if (!found(host->get_double(handle, path, &number), path, "a number", effect)) return std::nullopt;
        return number;
    }
    std::optional<bool> get_bool(const char *path, Effect effect = Effect::unknown) {
        std::int32_t flag;
        if (!found(host->get_bool(handle, path, &flag), path, "true or false", effect)) return std::nullopt;
        return flag != 0;
    }
    /* The same for what has to be there: what is absent is thrown as Code::input, too. */
    std::string_view need_string(const char *path, Effect effect = Effect::unknown) {
        return needed(get_string(path, effect), path, effect);
    }
    std::int64_t need_int64(const char *path, Effect effect = Effect::unknown) {
        return needed(get_int64(path, effect), path, effect);
    }
    double need_double(const char *path, Effect effect = Effect::unknown) {
        return needed(get_double(path, effect), path, effect);
    }
    bool need_bool(const char *path, Effect effect = Effect::unknown) {
        return needed(get_bool(path, effect), path, effect);
    }

    /* Any part as JSON text. */
    std::optional<std::string_view> get_json(const char *path) noexcept {
        arcadia_str text;
        return host->get_json(handle, path, &text) == 1 ? std::optional(view(text)) : std::nullopt;
    }
    /* Items or members; nothing where there is neither an array nor an object. */
    std::optional<std::int64_t> count(const char *path) noexcept {
        const std::int64_t number = host->count(handle, path);
        return number >= 0 ? std::optional(number) : std::nullopt;
    }
    std::optional<std::string_view> get_key(const char *path, std::int64_t position) noexcept {
        arcadia_str name;
        return host->get_key(handle, path, position, &name) == 1 ? std::optional(view(name)) : std::nullopt;
    }

    /* The table of an optional service, or null. eg: "arcadia.http/1" */
    const void *service(const char *id) noexcept { return host->service(handle, id); }

    /* HTTP by the host. Throws Code::unsupported where it lends none: ask before you do anything. */
    Http http();

    const arcadia_host *const host;
    arcadia_call *const handle;

protected:
    static arcadia_str optional(std::string_view text) noexcept {
        return text.empty() ? arcadia_str{nullptr, 0} : lend(text);
    }

private:
    static bool found(std::int32_t answer, const char *path, const char *expected, Effect effect) {
        if (answer >= 0) return answer == 1;
        throw Failure(Code::input, "`" + std::string(path) + "` is not " + expected, effect);
    }
    template <class Value> static Value needed(std::optional<Value> value, const char *path, Effect effect) {
        if (!value) throw Failure(Code::input, "`" + std::string(path) + "` is missing", effect);
        return *value;
    }
};

/* One call of an operation. Text is borrowed until the function returns. */
class Call : public HostCall {
public:
    Call(const arcadia_host *host, arcadia_call *handle, const arcadia_op &op) noexcept
        : HostCall(host, handle), op(op) {}

    const arcadia_op &op; /* everything else: attempt, step_number, traceparent … */

    std::string_view run_id() const noexcept { return view(op.run_id); }
    std::string_view step_id() const noexcept { return view(op.step_id); }
    /* The same for every attempt of this step in this direction, and for no other. */
    std::string_view idempotency_key() const noexcept { return view(op.idempotency_key); }
    /* The key that execute has, in compensate and probe too: what to look for. */
    std::string_view execute_key() const noexcept { return view(op.execute_key); }
    /* An earlier call of this step wrote one down. */
    bool has_checkpoint() const noexcept { return op.checkpoint_json.ptr != nullptr; }
    /* compensate: execute completed. */
    bool has_result() const noexcept { return op.result_json.ptr != nullptr; }

    /* Writers, below /output and /checkpoint. What the host does not take is thrown as Code::bug. */
    void put_string(const char *path, std::string_view value) {
        taken(host->put_string(handle, path, lend(value)), path);
    }
    void put_int64(const char *path, std::int64_t value) { taken(host->put_int64(handle, path, value), path); }
    void put_double(const char *path, double value) { taken(host->put_double(handle, path, value), path); }
    void put_bool(const char *path, bool value) { taken(host->put_bool(handle, path, value ? 1 : 0), path); }
    void put_json(const char *path, std::string_view json) { taken(host->put_json(handle, path, lend(json)), path); }
    /* The whole output, an object. */
    void result(std::string_view json) { taken(host->result(handle, lend(json)), "/output"); }

    /* What was put under /checkpoint becomes durable before this returns. If it cannot, throws, with the effect that
     * the step has had so far. */
    void checkpoint(Effect so_far) { durable(host->checkpoint(handle, {nullptr, 0}), so_far); }
    void checkpoint(std::string_view json, Effect so_far) { durable(host->checkpoint(handle, lend(json)), so_far); }

    /* Ends the call, which comes again after this time: no thread is held, a restart does not matter, and what was put
     * under /checkpoint comes back. */
    [[noreturn]] void suspend(Milliseconds after) { throw Suspended{after.count()}; }

    /* Ends the call because the host asked for it. */
    [[noreturn]] void stop(Effect effect) { throw Stopped{effect}; }
    void stop_if_requested(Effect effect) {
        if (cancel_requested()) stop(effect);
    }

private:
    static void taken(std::int32_t answer, const char *path) {
        if (answer != 0) throw Failure(Code::bug, "the host did not take `" + std::string(path) + "`");
    }
    static void durable(std::int32_t answer, Effect so_far) {
        if (answer != 0) throw Failure(Code::other, "the checkpoint was not written", so_far, Retry::yes());
    }
};

/* ---- HTTP by the host ----------------------------------------------------------------------------- */

struct Request {
    std::string method; /* eg: "GET" */
    std::string url;    /* absolute, percent-encoded */
    std::string body = {};
    std::vector<std::pair<std::string, std::string>> headers = {};
    std::string credential = {};         /* the name of one in plugin.json; the host adds the header */
    Milliseconds timeout = Milliseconds(0); /* 0: the host's 30 seconds */
    bool once = false;                   /* do not try again, whatever the method */
};

/* An answer, or why none came. Lives no longer than the call. */
class Response {
public:
    const std::int32_t status; /* 200 to 599; 0: no answer came, and failure() says why */

    Response(const arcadia_http *http, arcadia_call *call, std::int32_t status, arcadia_http_response *answer) noexcept
        : status(status), http(http), call(call), answer(answer) {}
    Response(Response &&other) noexcept
        : status(other.status), http(other.http), call(other.call), answer(std::exchange(other.answer, nullptr)) {}
    Response &operator=(Response &&) = delete;
    ~Response() {
        if (answer) http->release(call, answer);
    }

    bool is_success() const noexcept { return status >= 200 && status < 300; }
    /* False: surely no byte left this machine, so whatever was asked for did not happen. */
    bool was_sent() const noexcept { return answer && http->sent(call, answer) != 0; }
    /* Borrowed, like header(), for as long as the response lives. */
    std::string_view body() const noexcept { return answer ? view(http->body(call, answer)) : std::string_view(); }
    std::optional<std::string_view> header(const char *name) const noexcept {
        arcadia_str value;
        return answer && http->header(call, answer, name, &value) == 1 ? std::optional(view(value)) : std::nullopt;
    }

    /* With code, effect and retry as HTTP can know them: UNKNOWN after a POST that broke off. You know the API better:
     * change what is to be changed, and throw it. */
    Failure failure() const {
        if (!answer) return Failure(Code::other, "the call is over");
        arcadia_error error;
        std::memset(&error, 0, sizeof error);
        error.struct_size = sizeof error;
        if (http->error(call, answer, &error) != 0)
            return Failure(Code::remote, "the answer was " + std::to_string(status) + ", which is no success");
        Failure failure(static_cast<Code>(error.code), std::string(view(error.message)),
                        static_cast<Effect>(error.effect), Retry{error.retry, error.retry_after_ms});
        failure.remote_status = error.remote_status;
        failure.detail_json = std::string(view(error.detail_json));
        return failure;
    }

    /* Goes on if it is a success (200 to 299). A rate that is used up suspends the step until its turn, which uses up
     * no attempt. Everything else throws failure(). */
    const Response &checked() const {
        if (is_success()) return *this;
        Failure why = failure();
        if (why.code == Code::rate && (!was_sent() || status == 429))
            throw Suspended{why.retry.after_ms ? why.retry.after_ms : 1000};
        throw why;
    }

private:
    const arcadia_http *http;
    arcadia_call *call;
    arcadia_http_response *answer;
};

class Http {
public:
    Http(const arcadia_http *table, arcadia_call *call) noexcept : table(table), call(call) {}

    /* Makes a request and waits for the whole answer, or for none: nothing is thrown for either. */
    Response send(const Request &request) const {
        std::vector<arcadia_http_header> headers;
        for (const auto &header : request.headers) headers.push_back({lend(header.first), lend(header.second)});
        arcadia_http_request asked;
        std::memset(&asked, 0, sizeof asked);
        asked.struct_size = sizeof asked;
        asked.flags = request.once ? ARCADIA_HTTP_ONCE : 0;
        asked.method = lend(request.method);
        asked.url = lend(request.url);
        if (!request.credential.empty()) asked.credential = lend(request.credential);
        if (!request.body.empty()) asked.body = lend(request.body);
        asked.headers = headers.data();
        asked.header_count = headers.size();
        asked.timeout_ms = request.timeout.count();
        arcadia_http_response *answer = nullptr;
        const std::int32_t status = table->perform(call, &asked, &answer);
        return Response(table, call, status, answer);
    }

private:
    const arcadia_http *table;
    arcadia_call *call;
};

inline Http HostCall::http() {
    if (const void *table = service(ARCADIA_HTTP)) return Http(static_cast<const arcadia_http *>(table), handle);
    throw Failure(Code::unsupported,
                  "this host lends no HTTP: plugin.json must ask for it, with \"capabilities\": { \"services\": "
                  "[\"" ARCADIA_HTTP "\"] }, and the operator must grant it");
}

/* ---- The border: nothing below throws ------------------------------------------------------------- */

namespace border {

/* What an exception says, in a buffer: there may be no memory left. */
class Words {
public:
    explicit Words(const std::exception &thrown) noexcept { add(thrown, 8); }
    arcadia_str lent() const noexcept { return {text, used}; }

private:
    char text[1024];
    std::size_t used = 0;

    void add(const char *words) noexcept {
        for (; *words && used < sizeof text; words++) text[used++] = *words;
        if (!*words) return;
        while (used > 0 && (text[used - 1] & 0xc0) == 0x80) used--; /* half a character says nothing */
        if (used > 0) used--;
    }

    /* And what it was thrown because of. */
    void add(const std::exception &thrown, int depth) noexcept {
        add(thrown.what());
#ifdef __cpp_rtti
        try {
            if (depth > 0) std::rethrow_if_nested(thrown);
        } catch (const std::exception &inner) {
            add(": ");
            add(inner, depth - 1);
        } catch (...) {
        }
#else
        (void)depth;
#endif
    }
};

inline arcadia_error blank() noexcept {
    arcadia_error error;
    std::memset(&error, 0, sizeof error);
    error.struct_size = sizeof error;
    return error;
}

inline arcadia_status fail(HostCall &call, const Failure &failure) noexcept {
    arcadia_error error = blank();
    error.code = static_cast<arcadia_code>(failure.code);
    error.effect = static_cast<arcadia_effect>(failure.effect);
    error.retry = failure.retry.advice;
    error.retry_after_ms = failure.retry.after_ms;
    error.remote_status = failure.remote_status;
    error.message = lend(failure.message);
    if (!failure.detail_json.empty()) error.detail_json = lend(failure.detail_json);
    call.host->fail(call.handle, &error);
    return ARCADIA_FAILED;
}

inline arcadia_status fail(HostCall &call, arcadia_code code, arcadia_effect effect, arcadia_str message) noexcept {
    arcadia_error error = blank();
    error.code = code;
    error.effect = effect;
    error.message = message;
    call.host->fail(call.handle, &error);
    return ARCADIA_FAILED;
}

inline arcadia_status bug(HostCall &call, arcadia_str message) noexcept {
    return fail(call, ARCADIA_E_BUG, ARCADIA_EFFECT_UNKNOWN, message);
}

inline arcadia_status stop(HostCall &call, Effect effect) noexcept {
    fail(call, ARCADIA_E_OTHER, static_cast<arcadia_effect>(effect), lend("stopped, because the host asked for it"));
    return ARCADIA_CANCELLED;
}

inline arcadia_status suspend(HostCall &call, std::int64_t after_ms) noexcept {
    if (call.host->suspend(call.handle, after_ms) == 0) return ARCADIA_SUSPENDED;
    return fail(call, ARCADIA_E_OTHER, ARCADIA_EFFECT_UNKNOWN, lend("the host did not take the timer"));
}

/* A probe, create and health are asked again instead. */
inline arcadia_status not_yet(HostCall &call, std::int64_t after_ms) noexcept {
    arcadia_error error = blank();
    const Retry later = Retry::after(Milliseconds(after_ms));
    error.retry = later.advice;
    error.retry_after_ms = later.after_ms;
    error.message = lend("it cannot be told yet");
    call.host->fail(call.handle, &error);
    return ARCADIA_FAILED;
}

/* Runs the author's code; whatever it throws ends here. */
template <class Body> arcadia_status guarded(HostCall &call, bool may_suspend, Body &&body) noexcept {
    try {
        body();
        return ARCADIA_OK;
    } catch (const Failure &failure) {
        return fail(call, failure);
    } catch (const Suspended &suspended) {
        return may_suspend ? suspend(call, suspended.after_ms) : not_yet(call, suspended.after_ms);
    } catch (const Stopped &stopped) {
        return stop(call, stopped.effect);
    } catch (const std::exception &thrown) {
        return bug(call, Words(thrown).lent());
    } catch (...) {
        return bug(call, lend("something was thrown that is no std::exception"));
    }
}

/* Where there is no call to fail: the operator is told. */
template <class Body>
void contained(const arcadia_host *host, arcadia_call *call, const char *place, Body &&body) noexcept {
    try {
        body();
    } catch (const std::exception &thrown) {
        host->log(call, ARCADIA_ERROR, Words(thrown).lent(), {nullptr, 0});
    } catch (...) {
        host->log(call, ARCADIA_ERROR, lend(place), {nullptr, 0});
    }
}

/* Which functions an operation has. */
template <class Op, class Plugin>
using Compensates = decltype(std::declval<Op &>().compensate(std::declval<Plugin &>(), std::declval<Call &>()));
template <class Op, class Plugin>
using Probes = decltype(std::declval<Op &>().probe(std::declval<Plugin &>(), std::declval<Call &>()));
template <class Op, class Plugin>
using Cancels = decltype(Op::cancel(std::declval<Plugin &>(), std::declval<HostCall &>()));
template <class Op, class Plugin>
using Executes = decltype(std::declval<Op &>().execute(std::declval<Plugin &>(), std::declval<Call &>()));
template <class Plugin, class Unused>
using Ails = decltype(std::declval<Plugin &>().health(std::declval<HostCall &>()));

/* The mere name, so that a function with other arguments is no operation without one. */
template <class Op, class> using NamesCompensate = decltype(&Op::compensate);
template <class Op, class> using NamesProbe = decltype(&Op::probe);
template <class Op, class> using NamesCancel = decltype(&Op::cancel);
template <class Plugin, class> using NamesHealth = decltype(&Plugin::health);

template <template <class, class> class Trait, class A, class B, class = void> struct Has : std::false_type {};
template <template <class, class> class Trait, class A, class B>
struct Has<Trait, A, B, std::void_t<Trait<A, B>>> : std::true_type {};

/* One plugin and its operations, as the C tables that a host reads. */
template <class Plugin, class... Ops> struct Library {
    static inline const arcadia_host *host = nullptr;

    static Plugin &of(arcadia_instance *instance) noexcept { return *reinterpret_cast<Plugin *>(instance); }

    template <class Op> struct Functions {
        static_assert(Has<Executes, Op, Plugin>::value, "expected: void execute(Plugin &, arcadia::Call &)");
        static constexpr bool compensates = Has<Compensates, Op, Plugin>::value;
        static constexpr bool probes = Has<Probes, Op, Plugin>::value;
        static constexpr bool cancels = Has<Cancels, Op, Plugin>::value;
        static_assert(compensates || !Has<NamesCompensate, Op, Plugin>::value,
                      "expected: void compensate(Plugin &, arcadia::Call &)");
        static_assert(probes || !Has<NamesProbe, Op, Plugin>::value,
                      "expected: arcadia::Effect probe(Plugin &, arcadia::Call &)");
        static_assert(cancels || !Has<NamesCancel, Op, Plugin>::value,
                      "expected: static void cancel(Plugin &, arcadia::HostCall &)");

        static arcadia_status execute(arcadia_instance *instance, arcadia_call *handle, const arcadia_op *op) noexcept {
            Call call(host, handle, *op);
            return guarded(call, true, [&] { Op().execute(of(instance), call); });
        }

        static arcadia_status compensate(arcadia_instance *instance, arcadia_call *handle,
                                         const arcadia_op *op) noexcept {
            Call call(host, handle, *op);
            return guarded(call, true, [&] {
                if constexpr (compensates) Op().compensate(of(instance), call);
            });
        }

        static arcadia_status probe(arcadia_instance *instance, arcadia_call *handle, const arcadia_op *op) noexcept {
            Call call(host, handle, *op);
            return guarded(call, false, [&] {
                if constexpr (probes) {
                    const Effect effect = Op().probe(of(instance), call);
                    if (effect == Effect::unknown) throw Failure(Code::other, "it cannot be told");
                    host->found(handle, static_cast<arcadia_effect>(effect));
                }
            });
        }

        static void cancel(arcadia_instance *instance, arcadia_call *handle) noexcept {
            contained(host, handle, "cancel threw something that is no std::exception", [&] {
                HostCall call(host, handle);
                if constexpr (cancels) Op::cancel(of(instance), call);
            });
        }

        static constexpr arcadia_operation table = {
            sizeof(arcadia_operation), 0, Op::name, execute, compensates ? compensate : nullptr,
            probes ? probe : nullptr, cancels ? cancel : nullptr};
    };

    static arcadia_status create(arcadia_call *handle, arcadia_instance **instance) noexcept {
        HostCall call(host, handle);
        return guarded(call, false, [&] {
            if constexpr (std::is_constructible_v<Plugin, HostCall &>)
                *instance = reinterpret_cast<arcadia_instance *>(new Plugin(call));
            else
                *instance = reinterpret_cast<arcadia_instance *>(new Plugin());
        });
    }

    static void destroy(arcadia_instance *instance) noexcept {
        contained(host, nullptr, "the plugin's destructor threw something that is no std::exception",
                  [&] { delete reinterpret_cast<Plugin *>(instance); });
    }

    static constexpr bool ails = Has<Ails, Plugin, void>::value;
    static_assert(ails || !Has<NamesHealth, Plugin, void>::value, "expected: void health(arcadia::HostCall &)");

    static arcadia_status health(arcadia_instance *instance, arcadia_call *handle) noexcept {
        HostCall call(host, handle);
        return guarded(call, false, [&] {
            if constexpr (ails) of(instance).health(call);
        });
    }

    static constexpr const arcadia_operation *operations[] = {&Functions<Ops>::table...};
    static constexpr arcadia_plugin table = {sizeof(arcadia_plugin), ARCADIA_ABI_MINOR, 0, sizeof...(Ops),
                                             Plugin::id,             Plugin::version,   operations,
                                             create,                 destroy,           ails ? health : nullptr,
                                             nullptr};

    static const arcadia_plugin *entry(const arcadia_host *lent) noexcept {
        if (!ARCADIA_HAS(arcadia_host, lent, service)) return nullptr;
        host = lent;
        return &table;
    }
};

} // namespace border
} // namespace arcadia

/* The library's one symbol. eg: ARCADIA_PLUGIN(Greeter, Greet, Wave) */
#define ARCADIA_PLUGIN(PLUGIN, ...)                                                                                \
    extern "C" ARCADIA_EXPORT const arcadia_plugin *arcadia_plugin_entry_v1(const arcadia_host *host) {            \
        return ::arcadia::border::Library<PLUGIN, __VA_ARGS__>::entry(host);                                       \
    }

#endif
