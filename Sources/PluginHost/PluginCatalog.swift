internal import Glibc
public import SagaCore

/// The plugins of a host: found and read without running a line of them, loaded when a run needs them.
public final class PluginCatalog: @unchecked Sendable {
    /// A plugin's folder and what is known about it.
    public struct Entry: Sendable {
        public let folder: String
        /// The manifest's id, or the folder's name where there is no readable manifest.
        public let id: String
        public let manifest: PluginManifest?
        public let image: PluginImage?
        public let refusal: PluginRefusal?
        /// `in_process`, `worker`, or `host` for what the host does itself; nil: there is no manifest that says.
        public let placement: String?
        /// What this process saw of its calls, as the API tells it; nil: it is not loaded.
        public let statistics: JSONValue?

        public var state: State {
            guard let refusal else { return .loaded }
            if case .quarantined = refusal.fact { return .quarantined }
            return .refused
        }
    }

    public enum State: String, Sendable {
        /// Nothing stands in the way: it is loaded when a run needs it.
        case loaded
        case refused
        case quarantined
    }

    /// What a library's crashes amount to.
    public struct CrashRecord: Sendable, Hashable {
        public var count: Int
        public var lastOperation: String

        public init(count: Int, lastOperation: String) {
            self.count = count
            self.lastOperation = lastOperation
        }
    }

    /// So many crashes of one library, and it is not let in again.
    public static let crashLimit = 3

    public let search: PluginSearch
    private let dataFolder: String
    private let store: ContentStore
    private let config: [String: JSONValue]
    /// What the operator grants, by plugin id; a plugin that is not there gets what its manifest asks for.
    private let grants: [String: PluginGrant]
    private let http: HTTPService?
    private let environment: [String: String]
    /// Where a crash while loading is noted; nil where nothing is loaded.
    private let marks: CallMarkFile?
    private let placement: PlacementPolicy

    private struct Bundle {
        let folder: String
        let id: String
        let manifest: PluginManifest?
        let manifestHash: String?
        var refusal: PluginRefusal?
        /// The library was looked at, and this is its image.
        var image: PluginImage?
        var isInspected = false
        /// The host does it itself; there is no library.
        var isBuiltIn = false
    }

    private struct Contents {
        var bundles: [Bundle] = []
        var loaded: [String: any CallablePlugin] = [:]
        /// What counts under an id: the host's own, else the first that was found.
        func index(of id: String) -> Int? {
            bundles.firstIndex { $0.id == id && $0.isBuiltIn } ?? bundles.firstIndex { $0.id == id }
        }
    }

    private let contents: Monitor<Contents>
    private let crashes: CrashCount

    /// Reads the manifests.
    ///
    /// - Parameters:
    ///   - config: each plugin's configuration by its id.
    ///   - grants: what the operator grants, by plugin id.
    ///   - crashes: by the library's hash.
    ///   - hostPlugins: what the host does itself. No plugin in a folder takes the place of one.
    ///   - writeDown: makes the crash of a worker durable.
    ///   - environment: the value of a variable, for those that manifests name.
    public init(
        search: PluginSearch, dataFolder: String, config: [String: JSONValue] = [:],
        grants: [String: PluginGrant] = [:], crashes: [String: CrashRecord] = [:], marks: CallMarkFile? = nil,
        http: HTTPService? = nil, hostPlugins: [any HostPlugin.Type] = [],
        placement: PlacementPolicy = .inThisProcess,
        writeDown: @escaping @Sendable (PluginCrash) -> Void = { _ in },
        environment: (String) -> String? = { _ in nil }
    ) {
        self.search = search
        self.dataFolder = dataFolder
        self.config = config
        self.grants = grants
        self.http = http
        self.marks = marks
        self.placement = placement
        store = ContentStore(dataFolder: dataFolder)
        let builtIn = hostPlugins.map(Self.read)
        var bundles: [Bundle] = []
        for folder in search.bundles() {
            var bundle = Self.read(folder)
            if bundle.refusal == nil, let first = (builtIn + bundles).first(where: { $0.id == bundle.id }) {
                bundle.refusal = PluginRefusal(.duplicateID(bundle.id, other: first.folder), path: folder)
            }
            bundles.append(bundle)
        }
        bundles += builtIn
        let manifests = bundles.compactMap(\.manifest)
        self.environment = manifests.flatMap(\.environment).reduce(into: [:]) {
            $0[$1.variable] = environment($1.variable)
        }
        http?.credentials.take(variables: manifests.flatMap(\.capabilities.credentials).flatMap(\.environment))
        self.crashes = CrashCount(crashes, writeDown: writeDown)
        contents = Monitor(Contents(bundles: bundles))
    }

    // MARK: - Looking

    private static func read(_ folder: String) -> Bundle {
        let name = folder.split(separator: "/").last.map(String.init) ?? folder
        let path = folder + "/plugin.json"
        do throws(PluginRefusal) {
            try FileTrust.checkFolder(folder)
            let bytes = try FileTrust.read(path)
            guard bytes.count <= PluginManifest.byteLimit else {
                throw PluginRefusal(.manifestTooLarge(bytes.count), path: path)
            }
            let manifest: PluginManifest
            do throws(PluginRefusal.Fact) {
                manifest = try PluginManifest(parsing: String(decoding: bytes, as: UTF8.self))
            } catch {
                throw PluginRefusal(error, path: folder)
            }
            var bundle = Bundle(
                folder: folder, id: manifest.id, manifest: manifest, manifestHash: bytes.contentHash, refusal: nil)
            if manifest.abiMajor != 1 {
                bundle.refusal = PluginRefusal(.abiMajor(found: manifest.abiMajor, known: 1), path: folder)
            } else if manifest.id != name {
                bundle.refusal = PluginRefusal(.folderIsNotID(folder: name, id: manifest.id), path: folder)
            }
            return bundle
        } catch {
            return Bundle(folder: folder, id: name, manifest: nil, manifestHash: nil, refusal: error)
        }
    }

    private static func read(_ plugin: any HostPlugin.Type) -> Bundle {
        let hash = Array(plugin.manifest.utf8).contentHash
        do throws(PluginRefusal.Fact) {
            let manifest = try PluginManifest(parsing: plugin.manifest)
            var bundle = Bundle(
                folder: "the host itself", id: plugin.id, manifest: manifest, manifestHash: hash, refusal: nil)
            bundle.image = PluginImage(plugin: plugin.id, version: manifest.version, hash: hash)
            (bundle.isInspected, bundle.isBuiltIn) = (true, true)
            return bundle
        } catch {
            preconditionFailure("the host's own \(plugin.id): \(PluginRefusal(error, path: plugin.id).reason)")
        }
    }

    /// Looks at a plugin's library: trust, bytes, quarantine, and what happened when it was loaded before. Runs nothing.
    private func inspect(_ index: Int, _ contents: inout Contents) {
        guard !contents.bundles[index].isInspected else { return }
        contents.bundles[index].isInspected = true
        guard contents.bundles[index].refusal == nil, let manifest = contents.bundles[index].manifest else { return }
        let folder = contents.bundles[index].folder
        let path = folder + "/" + manifest.fileName
        do throws(PluginRefusal) {
            guard access(path, F_OK) == 0 else {
                throw PluginRefusal(.noLibrary(manifest.fileName), path: folder)
            }
            let bytes = try FileTrust.read(path)
            let image = PluginImage(plugin: manifest.id, version: manifest.version, hash: bytes.contentHash)
            contents.bundles[index].image = image
            try Self.checkELF(bytes, of: manifest, path: path)
            if let fact = crashes.quarantine(of: image) { throw PluginRefusal(fact, path: path) }
            _ = try checkedConfig(manifest, folder: folder)
        } catch {
            contents.bundles[index].refusal = error
        }
    }

    private static func checkELF(
        _ bytes: [UInt8], of manifest: PluginManifest, path: String
    ) throws(PluginRefusal) {
        guard manifest.program == nil else { return }
        do throws(PluginRefusal.Fact) {
            try ELFImage(bytes).checkEntry(prefix: LoadedPlugin.entryPrefix, major: 1)
        } catch {
            throw PluginRefusal(error, path: path)
        }
    }

    /// Of every plugin found, let in or not.
    public var ids: [String] { contents.withLock { $0.bundles.map(\.id) } }

    /// Every plugin found, let in or not, in the order of the search.
    ///
    /// A plugin that was refused when it was last loaded is shown as refused for as long as it is the same build.
    public func entries() -> [Entry] {
        contents.withLock { contents in
            for index in contents.bundles.indices { inspect(index, &contents) }
            return contents.bundles.map { bundle in
                var refusal = bundle.refusal
                if refusal == nil, let image = bundle.image, let hash = bundle.manifestHash {
                    let fact = crashes.quarantine(of: image) ?? remembered(image, manifestHash: hash)
                    refusal = fact.map { PluginRefusal($0, path: bundle.folder) }
                }
                return Entry(
                    folder: bundle.folder, id: bundle.id, manifest: bundle.manifest, image: bundle.image,
                    refusal: refusal,
                    placement: bundle.manifest.map {
                        bundle.isBuiltIn ? "host" : place(of: $0, in: bundle.folder).rawValue
                    },
                    statistics: contents.loaded[bundle.id].map { loaded in
                        loaded.statistics.json(crashes: self.crashes.count(of: loaded.image))
                    })
            }
        }
    }

    // MARK: - Loading

    /// Loads a plugin, once; afterwards its table is at hand.
    func plugin(_ id: String) throws(PluginRefusal) -> (any CallablePlugin)? {
        try contents.withLock { contents throws(PluginRefusal) in
            if let loaded = contents.loaded[id] {
                if let refusal = crashes.quarantine(of: loaded.image) { throw PluginRefusal(refusal, path: id) }
                return loaded
            }
            guard let index = contents.index(of: id) else { return nil }
            guard !contents.bundles[index].isBuiltIn else { return nil }
            inspect(index, &contents)
            if let refusal = contents.bundles[index].refusal { throw refusal }
            do throws(PluginRefusal) {
                let loaded = try load(contents.bundles[index])
                contents.loaded[id] = loaded
                return loaded
            } catch {
                contents.bundles[index].refusal = error
                throw error
            }
        }
    }

    private func load(_ bundle: Bundle) throws(PluginRefusal) -> any CallablePlugin {
        guard let manifest = bundle.manifest, let image = bundle.image else {
            throw PluginRefusal(.noManifest, path: bundle.folder)
        }
        let config = try checkedConfig(manifest, folder: bundle.folder)
        let library = bundle.folder + "/" + manifest.fileName
        let bytes = try FileTrust.read(library)
        // Between the inspection and now somebody may have put another file there: look again.
        try Self.checkELF(bytes, of: manifest, path: library)
        let now = PluginImage(plugin: image.plugin, version: image.version, hash: bytes.contentHash)
        let path = try store.put(bytes, hash: now.hash, file: manifest.fileName)
        _ = try store.put(Array(manifest.source.text.utf8), hash: now.hash, file: "plugin.\(manifest.version).json")
        do throws(PluginRefusal.Fact) {
            return try open(path, manifest, now, config, folder: bundle.folder)
        } catch {
            remember(error, now, manifestHash: bundle.manifestHash)
            throw PluginRefusal(error, path: bundle.folder)
        }
    }

    /// From here on the plugin's code runs: what it does to the process is noted against it.
    private func open(
        _ path: String, _ manifest: PluginManifest, _ image: PluginImage, _ config: JSONValue, folder: String
    ) throws(PluginRefusal.Fact) -> any CallablePlugin {
        let http = pluginHTTP(manifest, config)
        if let program = placement.program, place(of: manifest, in: folder) == .worker {
            let settings = WorkerSettings(
                program: program, library: path, folder: folder, manifest: manifest, config: config,
                grant: grants[manifest.id], lock: marks?.lock)
            return try WorkerPlugin(
                manifest: manifest, image: image, config: config, http: http, settings: settings, crashes: crashes)
        }
        guard manifest.program == nil else { throw .workerNotStarted("this host has none") }
        let slot = marks?.enterLoading(image)
        defer { if let slot { marks?.leaveLoading(slot) } }
        return try LoadedPlugin(
            path: path, manifest: manifest, image: image, config: config, http: http)
    }

    private func place(of manifest: PluginManifest, in folder: String) -> PluginManifest.Placement {
        let granted = grants[manifest.id]?.placement ?? grants[Self.allPlugins]?.placement
        return placement.placement(of: manifest, in: folder, granted: granted)
    }

    /// Stands for every plugin in `grants.json`.
    static let allPlugins = "*"

    /// The service as the plugin may use it; nil: it does not ask for it, or the operator does not grant it.
    private func pluginHTTP(_ manifest: PluginManifest, _ config: JSONValue) -> PluginHTTP? {
        let service = PluginCapabilities.httpService
        let grant = grants[manifest.id]
        guard let http, manifest.capabilities.services.contains(service), grant?.allows(service: service) ?? true else {
            return nil
        }
        return PluginHTTP(
            service: http, manifest.capabilities, config: config, given: givenConfig(manifest), grant: grant)
    }

    /// What the operator wrote: in the file, on the command line, or in the environment.
    private func givenConfig(_ manifest: PluginManifest) -> JSONValue {
        guard var given = (config[manifest.id] ?? [:]).objectValue else { return config[manifest.id] ?? [:] }
        for (variable, key) in manifest.environment where given[key] == nil {
            given[key] = environment[variable].map(JSONValue.string)
        }
        return .object(given)
    }

    private func checkedConfig(_ manifest: PluginManifest, folder: String) throws(PluginRefusal) -> JSONValue {
        let given = givenConfig(manifest)
        let filled = placing(dataFolder: manifest.config.fillingDefaults(in: given))
        if let violation = manifest.config.violations(of: filled).first {
            throw PluginRefusal(.config(violation), path: folder)
        }
        return filled
    }

    /// `${data}` at the start of a config's text stands for the host's data folder, so that a plugin can have a default.
    private func placing(dataFolder value: JSONValue) -> JSONValue {
        guard let object = value.objectValue else { return value }
        var placed = object
        for (key, value) in object {
            guard let text = value.stringValue, text.hasPrefix("${data}") else { continue }
            placed[key] = .string(dataFolder + text.dropFirst("${data}".count))
        }
        return .object(placed)
    }

    /// The image that executed a step, from the content store, when the installed one is another.
    private func pinned(_ image: PluginImage) throws(PluginRefusal) -> (any CallablePlugin)? {
        try contents.withLock { contents throws(PluginRefusal) in
            if let loaded = contents.loaded[image.hash] { return loaded }
            let manifestPath = store.path(image.hash, file: "plugin.\(image.version).json")
            guard crashes.quarantine(of: image) == nil, access(manifestPath, R_OK) == 0,
                let manifest = try? PluginManifest(
                    parsing: String(decoding: FileTrust.read(manifestPath), as: UTF8.self))
            else { return nil }
            let path = store.path(image.hash, file: manifest.fileName)
            guard access(path, R_OK) == 0, try FileTrust.read(path).contentHash == image.hash else { return nil }
            let config = try checkedConfig(manifest, folder: path)
            do throws(PluginRefusal.Fact) {
                let loaded = try open(path, manifest, image, config, folder: path)
                contents.loaded[image.hash] = loaded
                return loaded
            } catch {
                throw PluginRefusal(error, path: path)
            }
        }
    }

    enum Resolution {
        case plugin(any CallablePlugin)
        /// Nothing can make this call in this process; a sentence.
        case unavailable(String)
    }

    /// The plugin to make a call: for compensate and probe the very image that executed the step, where there still is one.
    func resolve(_ call: StepCall) -> Resolution {
        do throws(PluginRefusal) {
            let current = try plugin(call.operation.plugin)
            guard let executed = call.executedBy, executed.hash != current?.image.hash else {
                guard let current else { return .unavailable("plugin \"\(call.operation.plugin)\" is not there") }
                return .plugin(current)
            }
            return try resolve(call, executedBy: executed, current: current)
        } catch {
            if let executed = call.executedBy, let pinned = try? pinned(executed) { return .plugin(pinned) }
            return .unavailable("plugin \"\(call.operation.plugin)\" was refused: \(error.reason)")
        }
    }

    private func resolve(
        _ call: StepCall, executedBy executed: PluginImage, current: (any CallablePlugin)?
    ) throws(PluginRefusal) -> Resolution {
        if let pinned = try pinned(executed) { return .plugin(pinned) }
        let name = "\(executed.plugin) \(executed.version) (build \(executed.hash.prefix(8)))"
        guard let current else {
            return .unavailable(
                "step \"\(call.stepID)\" was executed by \(name), which is gone, and no other version is there")
        }
        let canStandIn =
            current.image.version == executed.version || current.manifest.compensates.contains(executed.version)
        guard canStandIn else {
            return .unavailable(
                "step \"\(call.stepID)\" was executed by \(name), which is gone; \(current.image.plugin) \(current.image.version) does not say that it can stand in for it (`compensates` in its plugin.json)"
            )
        }
        return .plugin(current)
    }

    /// Lets an image in again that crashed too often: its crashes are forgotten here, as they are in the store.
    public func forgetCrashes(of hash: String) {
        contents.withLock { contents in
            crashes.forget(hash)
            for index in contents.bundles.indices where contents.bundles[index].image?.hash == hash {
                guard case .quarantined = contents.bundles[index].refusal?.fact else { continue }
                (contents.bundles[index].refusal, contents.bundles[index].isInspected) = (nil, false)
            }
        }
    }

    /// What the host does itself, under that id.
    func builtIn(_ id: String) -> (image: PluginImage, manifest: PluginManifest)? {
        contents.withLock { contents in
            guard let bundle = contents.bundles.first(where: { $0.id == id && $0.isBuiltIn }), let image = bundle.image,
                let manifest = bundle.manifest
            else { return nil }
            return (image, manifest)
        }
    }

    // MARK: - Refusals that only loading shows

    private func remember(_ fact: PluginRefusal.Fact, _ image: PluginImage, manifestHash: String?) {
        // A config can be mended without touching the plugin: such a refusal is found anew each time.
        switch fact {
        case .config, .createFailed, .workerNotStarted, .workerEnded, .workerSilent, .quarantined: return
        case .remembered(let code, _) where code == "plugin.create_failed": return
        default: break
        }
        let refusal = PluginRefusal(fact, path: "")
        let note: JSONValue = [
            "manifest": .string(manifestHash ?? ""), "code": .string(refusal.code), "reason": .string(refusal.reason),
        ]
        _ = try? store.put(Array(note.text.utf8), hash: image.hash, file: Self.noteName(manifestHash))
    }

    private func remembered(_ image: PluginImage, manifestHash: String) -> PluginRefusal.Fact? {
        let path = store.path(image.hash, file: Self.noteName(manifestHash))
        guard access(path, R_OK) == 0, let bytes = try? FileTrust.read(path),
            let note = try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self)),
            let code = note["code"]?.stringValue, let reason = note["reason"]?.stringValue
        else { return nil }
        return .remembered(code: code, reason: reason)
    }

    private static func noteName(_ manifestHash: String?) -> String { "refused.\(manifestHash?.prefix(16) ?? "").json" }
}

extension PluginCatalog: OperationCatalog {
    public func lookUp(_ name: OperationName) -> OperationLookup {
        contents.withLock { contents in
            guard let index = contents.index(of: name.plugin) else { return .noPlugin }
            inspect(index, &contents)
            let bundle = contents.bundles[index]
            let operation = bundle.manifest?.operation(name.operation)
            if let refusal = bundle.refusal { return .refused(reason: refusal.reason, operation) }
            guard let operation else { return .noOperation(known: bundle.manifest?.operations.map(\.name) ?? []) }
            return .found(operation)
        }
    }

    public var operationNames: [OperationName] {
        contents.withLock { contents in
            contents.bundles.filter { $0.refusal == nil }.flatMap {
                $0.manifest?.operations.map(\.operation.name) ?? []
            }
        }
    }

    /// Loads the plugins a saga uses, so that a plugin that cannot be loaded shows before the run begins.
    ///
    /// - Returns: refusals by plugin id.
    public func load(for saga: Saga) -> [String: PluginRefusal] {
        var refusals: [String: PluginRefusal] = [:]
        for id in Set(saga.steps.map(\.uses.plugin)) {
            do throws(PluginRefusal) {
                _ = try plugin(id)
            } catch {
                refusals[id] = error
            }
        }
        return refusals
    }
}
