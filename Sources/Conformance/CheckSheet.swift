internal import Glibc
internal import PluginHost
internal import SagaCore

/// `check.json` beside plugin.json: what it takes to try a plugin that its manifest does not say. Optional.
///
/// ```json
/// { "config": { "poll_seconds": 0.01 },
///   "folders": { "root": { "draft.txt": "a file that is there before" } },
///   "ignore": [".cache"], "varies": ["took_ms"],
///   "server": { "command": ["./fake.py"], "url": "base_url", "state": "/state", "ignore": ["created_at"],
///               "before": [{ "method": "POST", "path": "/reset" }] },
///   "operations": { "move": [{ "with": { "from": "draft.txt" }, "context": {} }] } }
/// ```
struct CheckSheet: Sendable {
    /// What an operation is tried with.
    struct Sample: Sendable {
        let operation: String
        let with: JSONValue
        let context: JSONObject
    }

    struct Server: Sendable {
        /// Prints a line with its URL, and answers until it is ended.
        let command: [String]
        let folder: String
        /// The config's key that the URL goes into.
        let urlKey: String
        /// Answers GET with everything there is, as JSON.
        let state: String?
        /// Keys of that which do not count, wherever they stand, and such as "/tags" only there.
        let ignore: Set<String>
        /// Made before each try.
        let before: [JSONValue]
    }

    private(set) var config: JSONObject = [:]
    /// Files that are there before, by the config's key of their folder.
    private(set) var folders: [String: [String: String]] = [:]
    /// Beginnings of paths in those folders that do not count.
    private(set) var ignore: [String] = []
    /// Keys of outputs that are others each time.
    private(set) var varies: Set<String> = []
    private(set) var server: Server?
    private(set) var samples: [String: [Sample]] = [:]

    private static let keys = ["config", "folders", "ignore", "varies", "server", "operations"]

    init(beside folder: PluginFolder) throws(CheckProblem) {
        let path = folder.path + "/check.json"
        guard access(path, F_OK) == 0, let bytes = try? PluginFolder.bytes(of: path) else { return }
        let json: JSONValue
        do throws(JSONError) {
            json = try JSONDocument(parsing: String(decoding: bytes, as: UTF8.self)).value
        } catch {
            throw CheckProblem(.sheet("\(error.position.line):\(error.position.column): \(error.message)"))
        }
        guard let object = json.objectValue else { throw CheckProblem(.sheet("it is \(json.typeName), no object")) }
        if let other = object.keys.first(where: { !Self.keys.contains($0) }) {
            let known = Self.keys.joined(separator: ", ")
            throw CheckProblem(.sheet("\"\(other)\" is not one of its keys; they are \(known)"))
        }
        config = object["config"]?.objectValue ?? [:]
        for (key, files) in object["folders"]?.objectValue ?? [:] {
            folders[key] = (files.objectValue ?? [:]).reduce(into: [:]) { $0[$1.key] = $1.value.stringValue ?? "" }
        }
        ignore = object["ignore"]?.arrayValue?.compactMap(\.stringValue) ?? []
        varies = Set(object["varies"]?.arrayValue?.compactMap(\.stringValue) ?? [])
        server = try object["server"].map { json throws(CheckProblem) in try Self.server(json, folder: folder.path) }
        for (operation, list) in object["operations"]?.objectValue ?? [:] {
            samples[operation] = (list.arrayValue ?? []).map {
                Sample(operation: operation, with: $0["with"] ?? [:], context: $0["context"]?.objectValue ?? [:])
            }
        }
    }

    private static func server(_ json: JSONValue, folder: String) throws(CheckProblem) -> Server {
        let command = json["command"]?.arrayValue?.compactMap(\.stringValue) ?? []
        guard !command.isEmpty, let key = json["url"]?.stringValue else {
            throw CheckProblem(
                .sheet("`server` needs a `command`, a list, and `url`, the config's key for its address"))
        }
        return Server(
            command: command, folder: folder, urlKey: key, state: json["state"]?.stringValue,
            ignore: Set(json["ignore"]?.arrayValue?.compactMap(\.stringValue) ?? []),
            before: json["before"]?.arrayValue ?? [])
    }

    /// An output without what is another each time.
    func steady(_ output: JSONValue) -> JSONValue {
        var kept = JSONObject()
        for (key, value) in output.objectValue ?? [:] where !varies.contains(key) { kept[key] = value }
        return .object(kept)
    }

    /// What an operation is tried with: what stands here, else the examples of the manifest.
    func samples(of operation: PluginManifest.ManifestOperation) -> [Sample] {
        let given =
            samples[operation.name]
            ?? operation.examples.map { Sample(operation: operation.name, with: $0["with"] ?? [:], context: [:]) }
        return given.map {
            let with = operation.operation.input.fillingDefaults(in: $0.with)
            return Sample(operation: $0.operation, with: with, context: $0.context)
        }
    }
}
