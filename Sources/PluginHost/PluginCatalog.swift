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

    public let search: PluginSearch
    private let admission: PluginAdmission
    private let loader: PluginLoader
    private let crashes: CrashCount

    private struct Contents {
        var bundles: [PluginBundle] = []
        var loaded: [String: any CallablePlugin] = [:]
        /// What counts under an id: the host's own, else the first that was found.
        func index(of id: String) -> Int? {
            bundles.firstIndex { $0.id == id && $0.isBuiltIn } ?? bundles.firstIndex { $0.id == id }
        }
    }

    private let contents: Monitor<Contents>

    /// Reads the manifests.
    ///
    /// - Parameters:
    ///   - config: each plugin's configuration by its id.
    ///   - grants: what the operator grants, by plugin id.
    ///   - crashes: those that are known, of any library.
    ///   - hostPlugins: what the host does itself. No plugin in a folder takes the place of one.
    ///   - writeDown: makes the crash of a worker durable.
    ///   - environment: the value of a variable, for those that manifests name.
    public init(
        search: PluginSearch, dataFolder: String, config: [String: JSONValue] = [:],
        grants: [String: PluginGrant] = [:], crashes: [PluginCrash] = [], marks: CallMarkFile? = nil,
        http: HTTPService? = nil, hostPlugins: [any HostPlugin.Type] = [],
        placement: PlacementPolicy = .inThisProcess,
        writeDown: @escaping @Sendable (PluginCrash) -> Void = { _ in },
        environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.search = search
        self.crashes = CrashCount(
            crashes, limits: grants.compactMapValues(\.crashLimit), writeDown: writeDown)
        let configs = PluginConfigs(dataFolder: dataFolder, given: config, environment: environment)
        admission = PluginAdmission(configs: configs, crashes: self.crashes)
        loader = PluginLoader(
            store: ContentStore(dataFolder: dataFolder), configs: configs, grants: grants, http: http, marks: marks,
            placement: placement, crashes: self.crashes)
        let bundles = Self.find(in: search, beside: hostPlugins.map(PluginBundle.init))
        let credentials = bundles.compactMap(\.manifest).flatMap(\.capabilities.credentials)
        http?.credentials.take(variables: credentials.flatMap(\.environment))
        contents = Monitor(Contents(bundles: bundles))
    }

    /// What lies in the folders, in their order, and what the host does itself.
    private static func find(in search: PluginSearch, beside builtIn: [PluginBundle]) -> [PluginBundle] {
        var found: [PluginBundle] = []
        for folder in search.bundles() {
            var bundle = PluginBundle(reading: folder)
            if bundle.refusal == nil, let first = (builtIn + found).first(where: { $0.id == bundle.id }) {
                bundle.refusal = PluginRefusal(.duplicateID(bundle.id, other: first.folder), path: folder)
            }
            found.append(bundle)
        }
        return found + builtIn
    }

    // MARK: - Looking

    /// Of every plugin found, let in or not.
    public var ids: [String] { contents.withLock { $0.bundles.map(\.id) } }

    /// Every plugin found, let in or not, in the order of the search.
    ///
    /// A plugin that was refused when it was last loaded is shown as refused for as long as it is the same build.
    public func entries() -> [Entry] {
        contents.withLock { contents in
            for index in contents.bundles.indices { admission.inspect(&contents.bundles[index]) }
            return contents.bundles.map { bundle in
                var refusal = bundle.refusal
                if refusal == nil, let image = bundle.image, let hash = bundle.manifestHash {
                    let fact = crashes.quarantine(of: image) ?? loader.remembered(image, manifestHash: hash)
                    refusal = fact.map { PluginRefusal($0, path: bundle.folder) }
                }
                return Entry(
                    folder: bundle.folder, id: bundle.id, manifest: bundle.manifest, image: bundle.image,
                    refusal: refusal,
                    placement: bundle.manifest.map {
                        bundle.isBuiltIn ? "host" : loader.place(of: $0, in: bundle.folder).rawValue
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
            admission.inspect(&contents.bundles[index])
            if let refusal = contents.bundles[index].refusal { throw refusal }
            do throws(PluginRefusal) {
                let loaded = try loader.load(contents.bundles[index])
                contents.loaded[id] = loaded
                return loaded
            } catch {
                contents.bundles[index].refusal = error
                throw error
            }
        }
    }

    /// The image that executed a step, from the content store, when the installed one is another.
    private func pinned(_ image: PluginImage) throws(PluginRefusal) -> (any CallablePlugin)? {
        try contents.withLock { contents throws(PluginRefusal) in
            if let loaded = contents.loaded[image.hash] { return loaded }
            let loaded = try loader.load(image)
            contents.loaded[image.hash] = loaded
            return loaded
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
}

extension PluginCatalog: OperationCatalog {
    public func lookUp(_ name: OperationName) -> OperationLookup {
        contents.withLock { contents in
            guard let index = contents.index(of: name.plugin) else { return .noPlugin }
            admission.inspect(&contents.bundles[index])
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
