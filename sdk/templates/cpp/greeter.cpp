/* greeter: leaves a greeting in a folder, as <folder>/<name>.txt, and takes it back. */
#include "arcadia/plugin.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

namespace fs = std::filesystem;
using arcadia::Code;
using arcadia::Effect;
using arcadia::Failure;
using arcadia::Retry;

/* The plugin as it was configured: one object, which all calls share from several threads. */
struct GreeterPlugin {
    static constexpr const char *id = "greeter";
    static constexpr const char *version = "1.0.0";

    fs::path folder;

    explicit GreeterPlugin(arcadia::HostCall &call) : folder(call.need_string("/config/folder")) {
        std::error_code error;
        fs::create_directory(folder, error);
        if (!fs::is_directory(folder))
            throw Failure(Code::config, "`folder` cannot be made; expected the path of a folder in one that exists",
                          Effect::none);
    }
};

/* The files of one step. */
struct Paths {
    fs::path file;
    fs::path draft; /* the same in every call of the step, so that what a crash leaves is found again */

    Paths(const GreeterPlugin &plugin, arcadia::Call &call)
        : file(plugin.folder / (read_name(call) + ".txt")),
          draft(plugin.folder / ("." + std::string(call.run_id()) + "-" + std::to_string(call.op.step_number))) {}

    /* Not one that would lead elsewhere: what an expression fills in can be any text. */
    static std::string read_name(arcadia::Call &call) {
        const std::string name(call.need_string("/with/name", Effect::none));
        if (name.empty() || name.size() > 64 || name[0] == '.' || name.find('/') != name.npos)
            throw Failure(
                Code::input, "`name` is to be a file's; expected up to 64 bytes without a slash, no dot first", Effect::none);
        return name;
    }

    /* Is the file there, and did the step with this key write it? The key is how it ends. */
    bool are_of(std::string_view key) const {
        std::ifstream stream(file, std::ios::binary);
        const std::string text(std::istreambuf_iterator<char>(stream), {});
        return !key.empty() && text.size() >= key.size() && text.substr(text.size() - key.size()) == key;
    }

    /* Complete under another name first: nobody sees half a greeting, and nothing is overwritten. */
    std::error_code write(std::string_view text) const {
        std::error_code error;
        std::ofstream stream(draft, std::ios::binary | std::ios::trunc);
        stream << text;
        stream.close();
        if (stream)
            fs::create_hard_link(draft, file, error);
        else
            error = std::make_error_code(std::errc::io_error);
        clear();
        return error;
    }

    void clear() const {
        std::error_code ignored;
        fs::remove(draft, ignored);
    }
};

/* One is made for every call. */
struct Greet {
    static constexpr const char *name = "greet";

    void execute(GreeterPlugin &plugin, arcadia::Call &call) {
        const Paths paths(plugin, call);
        if (paths.are_of(call.idempotency_key()))
            paths.clear(); /* an earlier call got this far, and no further */
        else
            write(paths, call);
        call.put_string("/output/file", paths.file.string());
    }

    /* Takes back what execute did, all of it or only some; not being there any more is fine. */
    void compensate(GreeterPlugin &plugin, arcadia::Call &call) {
        if (!call.has_checkpoint()) return; /* never came to the effect */
        const Paths paths(plugin, call);
        std::error_code error;
        paths.clear();
        /* execute_key: idempotency_key is compensate's own here. */
        if (paths.are_of(call.execute_key())) fs::remove(paths.file, error);
        if (error) throw Failure(Code::other, "the greeting is still there", Effect::applied, Retry::yes());
    }

    /* What became of a call that never returned? Changes nothing. */
    Effect probe(GreeterPlugin &plugin, arcadia::Call &call) {
        const Paths paths(plugin, call);
        if (!paths.are_of(call.execute_key())) return Effect::none;
        call.put_string("/output/file", paths.file.string());
        return Effect::applied;
    }

private:
    void write(const Paths &paths, arcadia::Call &call) {
        /* Durable before the effect: without it, compensate knows that nothing was done. */
        call.checkpoint(R"({"begun":true})", Effect::none);
        const std::error_code error =
            paths.write("Hello, " + Paths::read_name(call) + "!\n" + std::string(call.idempotency_key()));
        if (error == std::errc::file_exists)
            throw Failure(Code::conflict, paths.file.string() + " exists already", Effect::none);
        if (error)
            throw Failure(Code::other, paths.file.string() + " was not written: " + error.message(), Effect::none,
                          Retry::yes());
    }
};

} // namespace

ARCADIA_PLUGIN(GreeterPlugin, Greet)
