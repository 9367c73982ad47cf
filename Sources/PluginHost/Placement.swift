internal import Glibc
internal import SagaCore

/// Where plugins run: in this process, or each in a worker of its own. The operator's decision.
///
/// A plugin that the installation brought with it is trusted, and runs where its manifest wants to. Any other runs in a
/// worker unless the operator says that it is trusted, in `grants.json`: `{"mine": {"placement": "in_process"}}`, or `"*"`
/// for all. What a manifest says can only be tightened: one that asks for a worker gets it, whatever else is written.
public struct PlacementPolicy: Sendable {
    public typealias Placement = PluginManifest.Placement

    /// The program that knows how to be a worker; nil: there are no workers, everything runs in this process.
    let program: String?
    /// A folder whose plugins came with the installation.
    let ownFolder: String?
    /// For everything, whatever is trusted.
    let onlyWorkers: Bool

    public init(program: String?, ownFolder: String?, onlyWorkers: Bool) {
        self.program = program
        self.ownFolder = ownFolder
        self.onlyWorkers = onlyWorkers
    }

    /// Everything in this process: for those who load nothing that they did not build.
    public static let inThisProcess = PlacementPolicy(program: nil, ownFolder: nil, onlyWorkers: false)

    /// - Parameter folder: where the plugin was found.
    func placement(of manifest: PluginManifest, in folder: String, granted: Placement?) -> Placement {
        guard program != nil else { return .inProcess }
        guard !onlyWorkers, manifest.placement != .worker else { return .worker }
        if let granted { return granted }
        return ownFolder.map { folder.hasPrefix($0 + "/") } == true ? .inProcess : .worker
    }
}

/// What a plugin asks to be able to reach of the file system: a folder, or `${config.KEY}` for one that is configured.
public struct FileRule: Sendable, Hashable {
    public let path: String
    public let isWritable: Bool

    /// The folder; nil: the config does not say.
    func folder(_ config: JSONValue) -> String? {
        guard let key = PluginCapabilities.configKey(path) else { return path }
        return config[key]?.stringValue
    }
}

extension WorkerSettings {
    /// - Parameter folder: the plugin's own, which it may read.
    init(
        program: String, library: String, folder: String, manifest: PluginManifest, config: JSONValue,
        grant: PluginGrant?, lock: Int32?, purpose: LoadPurpose = .work
    ) {
        func folders(_ isWritable: Bool) -> [String] {
            manifest.capabilities.files.filter { $0.isWritable == isWritable }.compactMap { $0.folder(config) }
        }
        let writable = purpose == .plan ? [] : folders(true)
        // It has to be there to be let through: a plugin that would make it cannot in a worker.
        for path in writable { mkdir(path, 0o755) }
        let store = library.lastIndex(of: "/").map { String(library[..<$0]) } ?? library
        self.init(
            program: program, library: library, isProgram: manifest.program != nil,
            readable: folders(false) + folders(true) + [folder, store],
            writable: writable,
            memoryBytes: grant?.memoryMegabytes.map { Int64($0) << 20 } ?? Self.standardMemoryBytes,
            graceSeconds: grant?.graceSeconds,
            maySpawn: purpose == .work && manifest.capabilities.processes && grant?.allowsProcesses ?? true,
            lanes: manifest.concurrency == .full && purpose == .work ? Self.standardLanes : 1, lock: lock ?? -1,
            purpose: purpose)
    }
}
