public import Foundation
public import SagaCore

/// A folder that is gone when its owner is.
public final class TemporaryFolder: Sendable {
    public let url: URL
    public var path: String { url.path }

    public init() {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("arcadia-test-\(UUID().uuidString)")
        try! FileManager.default.createDirectory(
            at: url, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    public func file(_ name: String, _ text: String) -> String {
        let file = url.appendingPathComponent(name)
        try! FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try! text.write(to: file, atomically: true, encoding: .utf8)
        return file.path
    }

    public func text(_ name: String) -> String? {
        try? String(contentsOf: url.appendingPathComponent(name), encoding: .utf8)
    }

    /// Every file and folder below, with the files' text; what plugins keep for themselves is left out.
    public func tree(_ name: String = "") -> [String: String] {
        let root = url.appendingPathComponent(name)
        var tree: [String: String] = [:]
        for case let path as String in FileManager.default.enumerator(atPath: root.path) ?? .init() {
            guard !path.hasPrefix(".arcadia") else { continue }
            let file = root.appendingPathComponent(path)
            tree[path] = (try? String(contentsOf: file, encoding: .utf8)) ?? "(folder)"
        }
        return tree
    }
}

/// Plugins built once for all tests of a process, by the same command their authors use.
public enum BuiltPlugins {
    /// `core`, `files`, `scripted` and `web`.
    public static let folder: String = {
        for plugin in [
            "Plugins/core", "Plugins/files", "Plugins/digitalocean", "Tests/Fixtures/plugins/scripted",
            "Tests/Fixtures/plugins/web",
        ] {
            build(["Plugins/assemble", plugin, keeper.path + "/plugins"])
        }
        return keeper.path + "/plugins"
    }()

    /// `planner`, whose operations end their process, and one of which can be planned.
    public static let planner: String = {
        build(["Plugins/assemble", "Tests/Fixtures/plugins/planner", keeper.path + "/planner-plugins"])
        return keeper.path + "/planner-plugins"
    }()

    /// One folder for each way to be wrong.
    public static let bad: String = {
        build(["Tests/Fixtures/plugins/bad/build.sh", keeper.path + "/bad"])
        return keeper.path + "/bad"
    }()

    /// Whatever a plugin must not do: `hostile` itself, and below `at_load` one folder for each way to misbehave early.
    public static let hostile: String = {
        build(["Tests/Fixtures/plugins/hostile/build.sh", keeper.path + "/hostile-plugins"])
        return keeper.path + "/hostile-plugins"
    }()

    /// Typed functions: `typed`, `loose`, and one plugin for each way in which their table can be wrong.
    public static let typed: String = {
        build(["Tests/Fixtures/plugins/typed/build.sh", keeper.path + "/typed"])
        return keeper.path + "/typed"
    }()

    /// One folder for each way of `Tests/Fixtures/plugins/zoo/ways`.
    public static let zoo: String = {
        build(["Tests/Fixtures/plugins/zoo/build.sh", keeper.path + "/zoo"])
        return keeper.path + "/zoo"
    }()

    /// `1.0.0/marked`, `1.1.0/marked` which asks for more, and `1.2.0/marked` which asks for less again. Where a line of it
    /// runs, stderr says "marked: a line of it ran".
    public static let marked: String = {
        build(["Tests/Fixtures/plugins/marked/build.sh", keeper.path + "/marked"])
        return keeper.path + "/marked"
    }()

    /// One version of the plugin `diary`, in a folder of its own.
    ///
    /// - Parameters:
    ///   - says: members of its plugin.json besides. eg: `"continues": ["1.0.0"],`
    ///   - flags: of the compiler.
    public static func diary(_ version: String, says: String = "", _ flags: String...) -> String {
        let name =
            "diary-"
            + ([version, says] + flags).joined(separator: "-").map {
                $0.isLetter || $0.isNumber ? String($0) : "_"
            }.joined()
        return versions.withLock { known in
            let folder = keeper.path + "/" + name
            guard known.insert(name).inserted else { return folder }
            let words = ["Tests/Fixtures/plugins/versions/build.sh", folder, version, "--says", says]
            build(words + flags)
            return folder
        }
    }

    private static let versions = Monitor<Set<String>>([])
    private static let keeper = TemporaryFolder()

    private static func build(_ command: [String]) {
        let result = Command.run(
            Fixtures.repository.path + "/" + command[0], Array(command.dropFirst()), at: Fixtures.repository.path)
        precondition(result.code == 0, "\(command): \(result.errors)")
    }
}

/// What a process said and how it ended.
public struct CommandResult: Sendable {
    public let output: String
    public let errors: String
    /// The exit code, or minus the signal.
    public let code: Int32

    public var json: JSONValue? { try? JSONValue(parsing: output) }

    /// What it said, but that the plugin whose configuration `Arcadia` gives every command is not there.
    public var talk: String {
        let warning = "warning: `--config` names plugin \"files\", and there is no such plugin\n"
        return errors.hasPrefix(warning) ? String(errors.dropFirst(warning.count)) : errors
    }
}

public enum Command {
    public static func run(
        _ program: String, _ arguments: [String], at folder: String? = nil, environment: [String: String] = [:],
        input: String = ""
    ) -> CommandResult {
        // Files, not pipes: a child that a plugin left behind would keep a pipe open for ever.
        let files = TemporaryFolder()
        let process = try! ChildProcess(
            program, arguments, at: folder, environment: environment, input: .file(files.file("in", input)),
            output: .file(files.path + "/out"), errors: .file(files.path + "/err"))
        let code = process.waitUntilExit()
        return CommandResult(output: files.text("out") ?? "", errors: files.text("err") ?? "", code: code)
    }
}

/// The real program, with a data folder and a folder of files of its own.
public struct Arcadia: Sendable {
    public let folder = TemporaryFolder()
    public let plugins: [String]

    /// - Parameter trusted: the plugins run in the host's own process, unless ARCADIA_TEST_PLACEMENT asks for workers.
    public init(plugins: [String] = [BuiltPlugins.folder], trusted: Bool = true) {
        self.plugins = plugins
        guard trusted, ProcessInfo.processInfo.environment["ARCADIA_TEST_PLACEMENT"] != "worker" else { return }
        _ = folder.file(".config/arcadia/grants.json", #"{ "*": { "placement": "in_process" } }"#)
    }

    /// The environment of every command: nothing of whoever runs the tests.
    private var own: [String: String] { ["HOME": folder.path, "ARCADIA_SCRIPTED_FOLDER": folder.path] }

    public var data: String { folder.path + "/data" }
    public var files: String { folder.path + "/files" }

    /// Where SwiftPM put the products: beside the test bundle.
    public static let program: String = {
        let bundle = Bundle(for: TemporaryFolder.self).bundleURL
        let beside = bundle.appendingPathComponent("arcadia").path
        return FileManager.default.isExecutableFile(atPath: beside)
            ? beside : bundle.deletingLastPathComponent().appendingPathComponent("arcadia").path
    }()

    public func arguments(_ words: [String]) -> [String] {
        words + ["--data", data, "--config", "files.root=\(files)"] + plugins.flatMap { ["--plugins", $0] }
    }

    @discardableResult
    public func callAsFunction(
        _ words: String..., input: String = "", environment: [String: String] = [:]
    ) -> CommandResult {
        Command.run(
            Self.program, arguments(words), environment: environment.merging(own) { a, _ in a },
            input: input)
    }

    /// Starts it and comes back at once.
    public func start(_ words: String..., environment: [String: String] = [:]) -> ChildProcess {
        try! ChildProcess(Self.program, arguments(words), environment: environment.merging(own) { a, _ in a })
    }

    /// A run of a definition, as JSON.
    @discardableResult
    public func run(_ definition: String, _ words: String..., environment: [String: String] = [:]) -> (
        code: Int32, run: JSONValue, errors: String
    ) {
        let file = folder.file("definition.json", definition)
        let result = Command.run(
            Self.program, arguments(["run", file, "--output", "json"] + words),
            environment: environment.merging(own) { a, _ in a })
        return (result.code, result.json ?? .null, result.errors)
    }

    /// The newest run.
    public func newestRun() -> JSONValue? {
        guard let id = self("runs", "list", "--output", "json").json?["runs"]?.arrayValue?.first?["run_id"]?.stringValue
        else { return nil }
        return self("runs", "show", id, "--output", "json").json
    }
}

extension JSONValue {
    /// `echo: compensated` and so on: a run's ledger in one glance.
    public var ledger: [String] {
        (self["steps"]?.arrayValue ?? []).map {
            "\($0["step_id"]?.stringValue ?? "?"): \($0["status"]?.stringValue ?? "?")"
        }
    }

    public var statuses: [String] { (self["steps"]?.arrayValue ?? []).map { $0["status"]?.stringValue ?? "?" } }
    public func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
}

extension Arcadia {
    /// A plugins folder with only some of the built ones.
    public static func copy(_ names: [String]) -> TemporaryFolder {
        let folder = TemporaryFolder()
        for name in names {
            try! FileManager.default.copyItem(
                atPath: BuiltPlugins.folder + "/" + name, toPath: folder.path + "/" + name)
        }
        return folder
    }

    /// Asks until there is an answer; nil after 20 s.
    public func eventually<Value>(_ ask: (Arcadia) -> Value?) -> Value? {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if let value = ask(self) { return value }
        }
        return nil
    }
}
