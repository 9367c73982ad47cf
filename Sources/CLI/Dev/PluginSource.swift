internal import Glibc
internal import PluginHost
internal import SagaCore

/// The folder of a plugin that is being developed: its source with a Makefile, as `plugins new` makes it, or the finished
/// plugin folder.
struct PluginSource: Sendable {
    let folder: String
    let id: String
    /// False: what lies there is taken as it is.
    let isBuilt: Bool

    /// - Throws: it is neither.
    init(_ path: String) throws(Failure) {
        guard let folder = Wiring.real(path) else {
            throw Failure("dev.no_plugin", "`--plugin` names \"\(path)\", and there is no such folder", exit: .usage)
        }
        self.folder = folder
        isBuilt = ["Makefile", "makefile", "GNUmakefile"].contains { access(folder + "/" + $0, F_OK) == 0 }
        guard let id = Self.id(in: folder) else {
            throw Failure(
                "dev.no_plugin", "\(path) has no plugin.json with an `id`; expected a plugin, or its source",
                hint: "`arcadia plugins new NAME --lang c` makes one", exit: .usage)
        }
        self.id = id
    }

    /// What a plugin.json calls its plugin; nil: there is none, or it does not say.
    static func id(in folder: String) -> String? {
        json(folder + "/plugin.json")?["id"]?.stringValue
    }

    /// Nil: there is no such file, or it is no JSON.
    static func json(_ path: String) -> JSONValue? {
        text(path).flatMap { try? JSONValue(parsing: $0) }
    }

    private static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return readAll(file)
    }

    /// Why its plugin.json cannot be read; nil: it can. eg: "plugin.json:2:1: the text ends inside an object"
    var mistake: String? {
        guard let text = Self.text(folder + "/plugin.json") else { return "there is no plugin.json that can be read" }
        do throws(JSONError) {
            _ = try JSONDocument(parsing: text)
            return nil
        } catch {
            return "plugin.json:\(error.position.line):\(error.position.column): \(error.message)"
        }
    }

    /// Where `make` leaves the plugin: `build/<id>` or `<id>`, or another folder of that name one or two below; nil: nowhere.
    var built: String? {
        guard isBuilt else { return folder }
        let below = ["build", "."] + FolderListing.names(in: folder)
        return below.lazy.map { folder + "/" + $0 + "/" + id }.first { Self.id(in: $0) != nil }
    }

    /// Files of definitions that lie beside it, the shortest name first, each with the inputs that have to be given.
    /// eg: [("greet.json", []), ("greet-and-fail.json", ["name"])]
    var definitions: [(name: String, inputs: [String])] {
        FolderListing.names(in: folder).sorted { ($0.count, $0) < ($1.count, $1) }.compactMap { name in
            guard name.hasSuffix(".json"), name != "plugin.json", name != "check.json",
                let definition = Self.json(folder + "/" + name), definition["steps"] != nil
            else { return nil }
            let schema = definition["inputs"] ?? [:]
            let required = schema.rows("required").compactMap(\.stringValue)
            return (name, required.filter { schema["properties"]?[$0]?["default"] == nil })
        }
    }
}
