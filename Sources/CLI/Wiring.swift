internal import ArgumentParser
internal import CloudControl
internal import Glibc
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Storage

/// Where a command finds its database and plugins, and how it calls them.
struct HostOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folder for database and plugin store (default: $ARCADIA_DATA, else ~/.local/state/arcadia).",
            valueName: "dir"))
    var data: String?

    @Option(
        name: .long,
        help: ArgumentHelp("Folder with plugins, before those of $ARCADIA_PLUGIN_PATH; repeatable.", valueName: "dir"))
    var plugins: [String] = []

    @Option(
        name: .long,
        help: ArgumentHelp(
            "A plugin's configuration, as PLUGIN.KEY=VALUE; may be repeated.", valueName: "plugin.key=value"))
    var config: [String] = []

    @Option(
        name: .customLong("http-record"),
        help: ArgumentHelp(
            "Write what plugins exchange over HTTP into this file, without tokens.", valueName: "file"))
    var httpRecord: String?

    @Option(
        name: .customLong("http-replay"),
        help: ArgumentHelp("Answer plugins' HTTP requests from this recording.", valueName: "file"))
    var httpReplay: String?

    @Flag(help: "Let in only plugins that the lock file names, as they were locked. ARCADIA_FROZEN=1 says the same.")
    var frozen = false

    @Option(
        name: .customLong("lock-file"),
        help: ArgumentHelp(
            "The lock file (default: $ARCADIA_LOCK_FILE, else plugins.lock.json in the data folder).",
            valueName: "file"))
    var lockFile: String?

    @Flag(name: .shortAndLong, help: "Show what plugins log, too.")
    var verbose = false

    func validate() throws {
        guard httpRecord == nil || httpReplay == nil else {
            throw ValidationError("--http-record writes and --http-replay reads: give one of them")
        }
    }
}

/// Options that every command takes.
struct GlobalOptions: ParsableArguments {
    @OptionGroup var host: HostOptions
    @OptionGroup var server: ServerOptions

    @Option(
        name: .shortAndLong, help: "How results are printed: table, json or jsonl. (default: table)",
        completion: .list(OutputFormat.allCases.map(\.rawValue)), transform: Self.format)
    var output: OutputFormat = .table

    func validate() throws { Terminal.output = output }

    /// The options that say where runs are, as they are to be typed again. eg: ` --server https://host`
    var placeTyped: String {
        [("--data", host.data), ("--server", server.server), ("--context", server.context)]
            .compactMap { name, value in value.map { " \(name) \($0)" } }.joined()
    }

    private static func format(_ text: String) throws -> OutputFormat {
        if let format = OutputFormat(rawValue: text) { return format }
        guard ListFormat(rawValue: text) == nil else {
            throw ValidationError(
                "this command prints no CSV; `inventory list`, `drift list` and `billing lines` do")
        }
        throw ValidationError("expected table, json or jsonl")
    }
}

/// The same for commands whose results are rows of one form.
struct ListOptions: ParsableArguments {
    @OptionGroup var host: HostOptions
    @OptionGroup var server: ServerOptions

    @Option(name: .shortAndLong, help: "How results are printed: table, json, jsonl, or csv with a header.")
    var output: ListFormat = .table

    func validate() throws { Terminal.output = output.other }
}

/// The only place that knows store, plugins and runner together.
struct Wiring {
    let options: HostOptions
    let environment: [String: String]
    let clock = SystemClock()
    let credentials: Credentials
    /// Nothing is started before the first expression that needs jq.
    let expressions = JQEvaluator()
    private let door: ServerDoor

    init(_ options: GlobalOptions) { self.init(options.host, ServerDoor(options.server, options.host)) }
    init(_ options: ListOptions) { self.init(options.host, ServerDoor(options.server, options.host)) }

    /// Of a command that is about this machine, whatever context is in use.
    init(here options: GlobalOptions) { self.init(options.host, ServerDoor(closed: options.server)) }

    /// The same, of one that prints its result in one way only.
    init(here options: HostOptions) { self.init(options, .closed) }

    private init(_ options: HostOptions, _ door: ServerDoor) {
        self.options = options
        self.door = door
        _ = ServerPlace.tokenInEnvironment
        environment = [
            "HOME", "ARCADIA_DATA", "ARCADIA_PLUGIN_PATH", "XDG_STATE_HOME", "XDG_DATA_HOME", "ARCADIA_FAULT",
            "ARCADIA_PLACEMENT",
            "ARCADIA_CA_FILE", "ARCADIA_FROZEN", "ARCADIA_LOCK_FILE", "ARCADIA_REQUIRE_SIGNATURE",
        ]
        .reduce(into: [:]) { $0[$1] = Terminal.environment($1) }
        credentials = Credentials(
            folder: Self.dataPath(options.data, environment) + "/credentials",
            variables: Self.tokensInEnvironment)
        showPluginLog()
    }

    /// Taken by the first of a command's wirings, for all of them: they are not in the environment after that.
    private static let tokensInEnvironment = Credentials.takeFromEnvironment(where: Credentials.isTokenVariable)

    /// Of every table in the database.
    static let migrations =
        Migration.runs + CloudTables.migrations + SchedulingTables.migrations + Migration.audit

    /// Who uses this machine, as runs and definitions remember it.
    static var userName: String {
        getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? "user \(geteuid())"
    }

    /// Where a user's own config, grants and tokens lie, wherever a command works.
    static func settingsFolder(_ options: GlobalOptions) -> String {
        let names = ["HOME", "ARCADIA_DATA", "XDG_STATE_HOME"]
        let environment = names.reduce(into: [:]) { $0[$1] = Terminal.environment($1) }
        return dataPath(options.host.data, environment)
    }

    var dataPath: String { Self.dataPath(options.data, environment) }

    /// A path from the root: plugins are told of folders in it.
    private static func dataPath(_ given: String?, _ environment: [String: String]) -> String {
        absolutePath(DataFolder.location(given: given, environment: environment))
    }

    /// The server that is to be asked; nil: the database of this machine is.
    func server() throws(Failure) -> ServerConnection? { try door.connection() }

    /// What a server says, where one is chosen; else what is so here.
    ///
    /// - Parameter here: in the JSON of the API.
    func ask(_ request: ServerRequest, here: () throws -> JSONValue) throws -> JSONValue {
        try server()?.get(request) ?? here()
    }

    func ask(_ list: ServerList, here: () throws -> JSONValue) throws -> JSONValue {
        try server()?.get(list) ?? here()
    }

    /// The data folder, made if it is not there.
    func dataFolder() throws(Failure) -> DataFolder {
        try door.beClosed()
        do throws(StoreError) {
            return try DataFolder(opening: dataPath)
        } catch {
            throw Failure(error)
        }
    }

    /// The store for reading and for asking; it drives nothing.
    func store(_ folder: DataFolder, host: HostID = HostID("")) throws(Failure) -> SQLRunStore {
        do throws(StoreError) {
            return try SQLRunStore(
                SQLiteDatabase(path: folder.database), host: host, now: clock.now, migrations: Self.migrations)
        } catch {
            throw Failure(error)
        }
    }

    /// The store, where there is one: reading makes no folder.
    func existingStore() throws(Failure) -> SQLRunStore? {
        try door.beClosed()
        guard access(dataPath + "/arcadia.db", F_OK) == 0 else { return nil }
        return try store(try dataFolder())
    }

    // MARK: - Plugins

    /// The plugins, with what is known of their crashes. Runs none of them.
    ///
    /// - Parameter trust: nil: what is configured.
    func catalog(
        _ store: SQLRunStore?, marks: CallMarkFile? = nil, trust: PluginTrust? = nil
    ) throws(Failure) -> PluginCatalog {
        try door.beClosed()
        let trust = if let trust { trust } else { try self.trust() }
        for folder in options.plugins where !Self.isFolder(folder) {
            throw Failure(
                "plugins.no_folder", "`--plugins` names \"\(folder)\", and there is no such folder", exit: .usage)
        }
        let catalog = PluginCatalog(
            search: search, dataFolder: realDataPath, config: try pluginConfig(), grants: try grants(),
            crashes: try crashes(store), marks: marks, http: try httpService(),
            hostPlugins: [CloudOperations.self, SignalOperations.self], placement: try placement(),
            trust: trust, disabled: try disabled(store),
            writeDown: { crash in try? store?.record(crash) },
            environment: Terminal.environment)
        warnOfConfig(catalog)
        return catalog
    }

    /// What `--config` says of a plugin that is not there is most likely a slip, and without a word would do nothing.
    private func warnOfConfig(_ catalog: PluginCatalog) {
        guard !options.config.isEmpty else { return }
        let known = catalog.ids
        var told: Set<String> = []
        for setting in options.config {
            let plugin = String(setting.prefix { $0 != "." })
            guard !known.contains(plugin), told.insert(plugin).inserted else { continue }
            Terminal.say("warning: `--config` names plugin \"\(plugin)\", and there is no such plugin")
            if let near = closest(to: plugin, among: known) { Terminal.say("hint: did you mean \"\(near)\"?") }
        }
    }

    var search: PluginSearch {
        PluginSearch(given: options.plugins, environment: environment, executable: executablePath)
    }

    /// Where plugins run; `ARCADIA_PLACEMENT=worker` leaves nothing in this process, whatever is trusted.
    func placement() throws(Failure) -> PlacementPolicy {
        let wanted = environment["ARCADIA_PLACEMENT"] ?? ""
        guard wanted.isEmpty || wanted == "worker" else {
            throw Failure(
                "placement.unknown", "ARCADIA_PLACEMENT is \"\(wanted)\"; expected \"worker\", or nothing",
                hint: "what may run in this process stands in grants.json: {\"mine\": {\"placement\": \"in_process\"}}",
                exit: .usage)
        }
        return PlacementPolicy(program: "/proc/self/exe", ownFolder: search.own, onlyWorkers: !wanted.isEmpty)
    }

    private var realDataPath: String {
        Self.real(dataPath) ?? dataPath
    }

    private var executablePath: String? {
        Self.real("/proc/self/exe")
    }

    /// Where a path leads, without links; nil: to nothing.
    static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// What plugins may do, where the operator says less or more than their manifests ask for: `grants.json` in the data
    /// folder, and for plugins that it does not name the user's own.
    func grants() throws(Failure) -> [String: PluginGrant] {
        var grants = try self.grants(UserConfiguration.folder + "/grants.json")
        for (plugin, grant) in try self.grants(dataPath + "/grants.json") { grants[plugin] = grant }
        return grants
    }

    private func grants(_ path: String) throws(Failure) -> [String: PluginGrant] {
        guard let text = readFile(path) else { return [:] }
        let value = try parsed(text, of: path)
        guard let object = value.objectValue else {
            throw Failure(
                "grants.shape", "\(path) is \(value.typeName); expected an object with a key for each plugin",
                exit: .badData)
        }
        var grants: [String: PluginGrant] = [:]
        for (plugin, value) in object {
            do throws(GrantMistake) {
                grants[plugin] = try PluginGrant(reading: value, plugin: plugin)
            } catch {
                throw Failure("grants.key", "\(path): \(error.message)", hint: error.hint, exit: .badData)
            }
        }
        return grants
    }

    /// HTTP for plugins. Nothing is loaded before the first request.
    private func httpService() throws(Failure) -> HTTPService {
        let rehearsal = try Rehearsal.read(environment["ARCADIA_FAULT"])
        do throws(CassetteProblem) {
            return HTTPService(
                credentials: credentials, caFile: environment["ARCADIA_CA_FILE"], cassette: try cassette(),
                faults: rehearsal)
        } catch {
            throw Failure("http.recording", error.message, exit: .usage)
        }
    }

    private func cassette() throws(CassetteProblem) -> Cassette? {
        if let file = options.httpReplay {
            return try Cassette(playing: file, text: readFile(file))
        }
        return try options.httpRecord.map { file throws(CassetteProblem) in try Cassette(recordingTo: file) }
    }

    private func crashes(_ store: SQLRunStore?) throws(Failure) -> [PluginCrash] {
        do throws(StoreError) {
            return try store?.crashes() ?? []
        } catch {
            throw Failure(error)
        }
    }

    /// `config.json` in the data folder, `{"files": {"root": "/srv/files"}}`, then `--config files.root=/srv/files`.
    private func pluginConfig() throws(Failure) -> [String: JSONValue] {
        var config: [String: JSONValue] = [:]
        let path = dataPath + "/config.json"
        if let text = readFile(path) {
            let value = try parsed(text, of: path)
            guard let object = value.objectValue else {
                throw Failure(
                    "config.shape", "\(path) is \(value.typeName); expected an object with a key for each plugin",
                    exit: .badData)
            }
            for (plugin, value) in object { config[plugin] = value }
        }
        for setting in options.config { try apply(setting, to: &config) }
        return config
    }

    private func apply(_ setting: String, to config: inout [String: JSONValue]) throws(Failure) {
        guard let equals = setting.firstIndex(of: "="), let dot = setting[..<equals].firstIndex(of: ".") else {
            throw Failure(
                "config.setting", "`--config` takes PLUGIN.KEY=VALUE; found \"\(setting)\"",
                hint: "`--config files.root=/srv/files`, say", exit: .usage)
        }
        let plugin = String(setting[..<dot])
        let key = String(setting[setting.index(after: dot)..<equals])
        let text = String(setting[setting.index(after: equals)...])
        var object = config[plugin]?.objectValue ?? [:]
        object[key] = Self.value(text)
        config[plugin] = .object(object)
    }

    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// A number, true, false or JSON where it reads as such, else the text.
    static func value(_ text: String) -> JSONValue { (try? JSONValue(parsing: text)) ?? .string(text) }

    func readFile(_ path: String) -> String? { Self.text(of: path) }

    /// Nil: there is none, or it is not UTF-8, or larger than 64 MB.
    static func text(of path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        return readAll(file)
    }

    /// - Parameter told: whoever shows a line otherwise says true.
    func showPluginLog(unless told: @escaping @Sendable (PluginLog.Line) -> Bool = { _ in false }) {
        let floor: Int32 = options.verbose ? 0 : 3
        PluginLog.show { line in
            guard !told(line), line.level >= floor else { return }
            Terminal.say("\(line.levelName): \(line.label.map { "\($0): " } ?? "")\(line.message)")
        }
    }

    // MARK: - A host

    /// Everything it takes to drive runs.
    ///
    /// - Parameter audience: looks on while plugins are called.
    func host(observer: (any RunObserver)?, audience: (any CallAudience)? = nil) throws(Failure) -> Host {
        let folder = try dataFolder()
        // Plugins may print: what they say goes to stderr, so that stdout stays ours.
        Terminal.keepStandardOutput()
        let (marks, threads, database, store) = try storing { () throws(StoreError) in
            let marks = try CallMarkFile(dataFolder: folder.path)
            let threads = HostThreads()
            let database = try SQLiteDatabase(path: folder.database)
            let store = try SQLRunStore(
                database, host: marks.host, now: clock.now, workers: threads, migrations: Self.migrations)
            return (marks, threads, database, store)
        }
        return try Host(
            wiring: self, folder: folder, database: database, store: store, marks: marks, threads: threads,
            observer: observer, audience: audience)
    }

    /// What makes the calls of steps: of plugins, and of what the host does itself.
    func dispatcher(
        _ catalog: PluginCatalog, database: SQLiteDatabase, store: SQLRunStore, marks: CallMarkFile,
        threads: HostThreads, audience: (any CallAudience)? = nil
    ) -> PluginDispatcher {
        let cloud = Cloud.operations(database: database, clock: clock, catalog: catalog, marks: marks)
        let signals = SignalOperations(signals: store, clock: clock)
        return PluginDispatcher(
            catalog: catalog, threads: threads, marks: marks, hostPlugins: [cloud, signals], audience: audience)
    }
}

/// JSON from a file, or a failure that says where it is not.
func parsed(_ text: String, of file: String) throws(Failure) -> JSONValue {
    do throws(JSONError) {
        return try JSONDocument(parsing: text).value
    } catch {
        throw Failure(
            "file.not_json", "\(file):\(error.position.line):\(error.position.column): \(error.message)", exit: .badData
        )
    }
}

func readStandardInput() -> String? {
    guard let file = fdopen(dup(STDIN_FILENO), "r") else { return nil }
    defer { fclose(file) }
    return readAll(file)
}

func readAll(_ file: UnsafeMutablePointer<FILE>) -> String? {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&buffer, 1, buffer.count, file)
        if count == 0 { break }
        bytes.append(contentsOf: buffer[..<count])
        if bytes.count > 64 << 20 { return nil }
    }
    return ferror(file) == 0 ? String(validating: bytes, as: UTF8.self) : nil
}
