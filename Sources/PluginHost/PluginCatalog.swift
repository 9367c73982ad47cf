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
        /// A newer build that lies in its folder and is not let in, so that this one stays in use; nil: there is none.
        public let rejected: Rejected?
        /// `in_process`, `worker`, or `host` for what the host does itself; nil: there is no manifest that says.
        public let placement: String?
        /// What this process saw of its calls, as the API tells it; nil: it is not loaded.
        public let statistics: JSONValue?
        /// By the operator's name for them; nil: nobody whom the operator named.
        public let signer: String?
        /// The lock file names it: another build of it is not let in.
        public let isLocked: Bool
        /// `h1:…`, over all its files; nil: neither lock nor signature asked for it.
        public let integrity: String?

        public var state: State {
            switch refusal?.fact {
            case nil: .loaded
            case .quarantined: .quarantined
            case .disabled: .disabled
            case .modified: .modified
            default: .refused
            }
        }
    }

    /// A build that is not let in while another of the plugin is in use.
    public struct Rejected: Sendable {
        /// What it says of itself; nil: it has no readable manifest.
        public let version: String?
        public let hash: String?
        public let refusal: PluginRefusal
    }

    public enum State: String, Sendable {
        /// Nothing stands in the way: it is loaded when a run needs it.
        case loaded
        case refused
        case quarantined
        /// An operator keeps it out.
        case disabled
        /// It is not what was locked.
        case modified
    }

    public let search: PluginSearch
    let admission: PluginAdmission
    let loader: PluginLoader
    let crashes: CrashCount
    let disabled: DisabledPlugins
    let trust: PluginTrust
    /// Where the host keeps what it loaded.
    public var store: ContentStore { loader.store }

    struct Contents {
        var bundles: [PluginBundle] = []
        /// By id: what is installed.
        var installed: [String: LoadedImage] = [:]
        /// By hash: what is not, or not any more, and runs go on with.
        var others: [String: LoadedImage] = [:]
        /// By hash: what images that are not installed say about themselves; nil: they are gone.
        var manifests: [String: PluginManifest?] = [:]
        /// By id: builds that lie in the folders and are not let in, while those in `bundles` stay in use.
        var rejected: [String: PluginBundle] = [:]

        /// What counts under an id: the host's own, else the first that was found.
        func index(of id: String) -> Int? {
            bundles.firstIndex { $0.id == id && $0.isBuiltIn } ?? bundles.firstIndex { $0.id == id }
        }
    }

    let contents: Monitor<Contents>
    /// One at a time: held by whoever reads the folders anew.
    let reloading = Monitor(())

    /// Reads the manifests.
    ///
    /// - Parameters:
    ///   - config: each plugin's configuration by its id.
    ///   - grants: what the operator grants, by plugin id.
    ///   - crashes: those that are known, of any library.
    ///   - disabled: whom an operator keeps out.
    ///   - trust: what is locked, and whose signatures count.
    ///   - hostPlugins: what the host does itself. No plugin in a folder takes the place of one.
    ///   - writeDown: makes the crash of a worker durable.
    ///   - environment: the value of a variable, for those that manifests name.
    package init(
        search: PluginSearch, dataFolder: String, config: [String: JSONValue] = [:],
        grants: [String: PluginGrant] = [:], crashes: [PluginCrash] = [], marks: CallMarkFile? = nil,
        http: HTTPService? = nil, hostPlugins: [any HostPlugin.Type] = [],
        placement: PlacementPolicy = .inThisProcess, trust: PluginTrust = .everything,
        disabled: [DisabledPlugin] = [],
        writeDown: @escaping @Sendable (PluginCrash) -> Void = { _ in },
        environment: @escaping @Sendable (String) -> String? = { _ in nil }
    ) {
        self.search = search
        self.trust = trust
        self.crashes = CrashCount(
            crashes, limits: grants.compactMapValues(\.crashLimit), writeDown: writeDown)
        self.disabled = DisabledPlugins(disabled)
        let configs = PluginConfigs(dataFolder: dataFolder, given: config, environment: environment)
        admission = PluginAdmission(configs: configs, crashes: self.crashes, trust: trust)
        loader = PluginLoader(
            store: ContentStore(dataFolder: dataFolder), configs: configs, grants: grants, http: http, marks: marks,
            placement: placement, crashes: self.crashes, trust: trust)
        let bundles = Self.find(in: search, beside: hostPlugins.map(PluginBundle.init))
        let credentials = bundles.compactMap(\.manifest).flatMap(\.capabilities.credentials)
        http?.credentials.take(variables: credentials.flatMap(\.environment))
        contents = Monitor(Contents(bundles: bundles))
    }

    /// What lies in the folders, in their order, and what the host does itself.
    static func find(in search: PluginSearch, beside builtIn: [PluginBundle]) -> [PluginBundle] {
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
            contents.bundles.indices.map { entry($0, &contents) }
        }
    }

    /// The first that was found of an id, let in or not; the others are not looked at.
    public func entry(_ id: String) -> Entry? {
        contents.withLock { contents in
            contents.bundles.firstIndex { $0.id == id }.map { entry($0, &contents) }
        }
    }

    private func entry(_ index: Int, _ contents: inout Contents) -> Entry {
        admission.inspect(&contents.bundles[index])
        let bundle = contents.bundles[index]
        var refusal = refusal(of: bundle)
        if refusal == nil, let image = bundle.image, !bundle.isBuiltIn {
            let fact = crashes.quarantine(of: image) ?? loader.remembered(image)
            refusal = fact.map { PluginRefusal($0, path: bundle.folder) }
        }
        let loaded = contents.installed[bundle.id].flatMap { $0.image == bundle.image ? $0 : nil }
        return Entry(
            folder: bundle.folder, id: bundle.id, manifest: bundle.manifest, image: bundle.image, refusal: refusal,
            rejected: bundle.origin == bundle.folder ? nil : contents.rejected[bundle.id]?.asRejected,
            placement: bundle.manifest.map {
                bundle.isBuiltIn ? "host" : loader.place(of: $0, in: bundle.origin).rawValue
            },
            statistics: loaded.map { $0.plugin.statistics.json(crashes: crashes.count(of: $0.image)) },
            signer: bundle.finding?.signer?.name, isLocked: !bundle.isBuiltIn && trust.isLocked(bundle.id),
            integrity: bundle.finding?.contents?.hash)
    }

    /// What stands in a plugin's way, as far as that is known. Nobody keeps out what the host does itself.
    private func refusal(of bundle: PluginBundle) -> PluginRefusal? {
        bundle.isBuiltIn ? nil : disabled.refusal(of: bundle.id, path: bundle.folder) ?? bundle.refusal
    }

    // MARK: - Loading

    /// Loads a plugin as it is installed, once; afterwards its table is at hand.
    func plugin(_ id: String) throws(PluginRefusal) -> (any CallablePlugin)? {
        try contents.withLock { contents throws(PluginRefusal) in try installed(id, &contents)?.plugin }
    }

    func installed(_ id: String, _ contents: inout Contents) throws(PluginRefusal) -> LoadedImage? {
        if let refusal = disabled.refusal(of: id, path: id) { throw refusal }
        if let loaded = contents.installed[id] {
            if let refusal = crashes.quarantine(of: loaded.image) { throw PluginRefusal(refusal, path: id) }
            return loaded
        }
        guard let index = contents.index(of: id), !contents.bundles[index].isBuiltIn else { return nil }
        do throws(PluginRefusal) {
            let loaded = try load(&contents.bundles[index])
            contents.installed[id] = loaded
            return loaded
        } catch {
            contents.bundles[index].refusal = error
            throw error
        }
    }

    /// A plugin as it is installed, in a worker of its own that can plan and nothing else; nil: this host has no workers.
    func planner(_ id: String) throws(PluginRefusal) -> LoadedImage? {
        try contents.withLock { contents throws(PluginRefusal) in
            if let refusal = disabled.refusal(of: id, path: id) { throw refusal }
            guard let index = contents.index(of: id), !contents.bundles[index].isBuiltIn else { return nil }
            admission.inspect(&contents.bundles[index])
            let bundle = contents.bundles[index]
            if let refusal = bundle.refusal { throw refusal }
            if let image = bundle.image, let fact = crashes.quarantine(of: image) {
                throw PluginRefusal(fact, path: bundle.folder)
            }
            return try loader.loadToPlan(bundle)
        }
    }

    /// Looks at a plugin and loads it; once more where its files are others than a moment ago.
    func load(_ bundle: inout PluginBundle) throws(PluginRefusal) -> LoadedImage {
        admission.inspect(&bundle)
        if let refusal = bundle.refusal, refusal.fact != .changing { throw refusal }
        do throws(PluginRefusal) {
            if let refusal = bundle.refusal { throw refusal }
            return try loader.load(bundle)
        } catch {
            guard error.fact == .changing else { throw error }
            let isKept = bundle.isKept
            bundle = PluginBundle(reading: bundle.folder)
            bundle.isKept = isKept
            admission.inspect(&bundle)
            if let refusal = bundle.refusal { throw refusal }
            return try loader.load(bundle)
        }
    }

    /// Loads a plugin now rather than at its first call.
    ///
    /// - Returns: its build; nil: there is none of that id.
    public func load(_ id: String) throws(PluginRefusal) -> PluginImage? { try plugin(id)?.image }

    /// Ends the workers, when no call will come any more, and comes back when what they said last has been heard.
    public func dismissWorkers() {
        let loaded = contents.withLock { Array($0.installed.values) + Array($0.others.values) }
        for image in loaded { (image.plugin as? WorkerPlugin)?.dismiss() }
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

    /// Keeps these plugins out from now on, and lets all others in: calls under way end as they do.
    public func disable(_ plugins: [DisabledPlugin]) { disabled.replace(with: plugins) }

    /// Of those in folders, by id, in the order of the search.
    func folders() -> [(id: String, folder: String)] {
        contents.withLock { contents in contents.bundles.filter { !$0.isBuiltIn }.map { ($0.id, $0.folder) } }
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
        contents.withLock { lookUp(name, &$0) }
    }

    private func lookUp(_ name: OperationName, _ contents: inout Contents) -> OperationLookup {
        guard let index = contents.index(of: name.plugin) else { return .noPlugin }
        admission.inspect(&contents.bundles[index])
        let bundle = contents.bundles[index]
        let operation = bundle.manifest?.operation(name.operation)
        if let refusal = refusal(of: bundle) { return .refused(reason: refusal.reason, operation) }
        guard let operation else { return .noOperation(known: bundle.manifest?.operations.map(\.name) ?? []) }
        return .found(operation)
    }

    public func lookUp(_ name: OperationName, of image: PluginImage?) -> OperationLookup {
        contents.withLock { contents in
            guard let image, let manifest = manifest(of: image, &contents) else { return lookUp(name, &contents) }
            guard let operation = manifest.operation(name.operation) else {
                return .noOperation(known: manifest.operations.map(\.name))
            }
            return .found(operation)
        }
    }

    /// What an image says that is not what is installed; nil: it is, or it is gone.
    private func manifest(of image: PluginImage, _ contents: inout Contents) -> PluginManifest? {
        if let index = contents.index(of: image.plugin) {
            let bundle = contents.bundles[index]
            if bundle.isBuiltIn || bundle.image == image { return nil }
        }
        if let other = contents.others[image.hash] { return other.plugin.manifest }
        if let known = contents.manifests[image.hash] { return known }
        let manifest = loader.manifest(of: image)
        contents.manifests[image.hash] = .some(manifest)
        return manifest
    }

    public func images(of plugins: some Sequence<String>) -> [PluginImage] {
        contents.withLock { contents in
            plugins.compactMap { id in
                if let loaded = try? installed(id, &contents) { return loaded.image }
                guard let index = contents.index(of: id), contents.bundles[index].isBuiltIn else { return nil }
                return contents.bundles[index].image
            }
        }
    }

    public var operationNames: [OperationName] {
        contents.withLock { contents in
            contents.bundles.filter { refusal(of: $0) == nil }.flatMap {
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
