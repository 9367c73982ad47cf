public import PluginHost
public import SagaCore
public import Storage

extension PluginCatalog.Entry {
    /// `json` with `{crashes, definitions, config, limits, environment, versions}`: what this build did, what it ships, the
    /// schema of its configuration and the variables that set it, what a call may take, and what other versions are kept.
    ///
    /// - Parameters:
    ///   - crashes: of all plugins, the newest first.
    ///   - uses: of all images, the newest first.
    ///   - copies: where images are kept.
    ///   - isSeen: whether who asks may know of a run.
    public func detail(
        crashes: [PluginCrash], uses: [ImageUse], copies: ContentStore, isSeen: (RunID) throws -> Bool
    ) rethrows -> JSONValue {
        var object = json.objectValue ?? [:]
        object["crashes"] = .array(
            try crashes.filter { $0.image.hash == image?.hash }.prefix(100).map { crash in
                let run = try crash.run.flatMap { try isSeen($0) ? $0 : nil }
                return [
                    "at": .string(crash.at.description), "cause": .string(crash.cause),
                    "operation": .string(crash.operation),
                    "run_id": run.map { .string($0.description) } ?? .null,
                ]
            })
        object["definitions"] = .array(shippedNames.map(JSONValue.string))
        object["versions"] = .array(PluginVersions.all(of: self, uses, copies))
        object["config"] = manifest.map { $0.config.source } ?? .null
        object["limits"] = manifest.map(\.limits) ?? .null
        object["environment"] = .object(
            (manifest?.environment ?? []).reduce(into: [:]) { $0[$1.variable] = .string($1.key) })
        return .object(object)
    }
}

extension PluginManifest {
    /// `{heartbeat_seconds, timeout_seconds}`; null: no limit.
    fileprivate var limits: JSONValue {
        [
            "heartbeat_seconds": source["heartbeat_seconds"] ?? .null,
            "timeout_seconds": source["timeout_seconds"] ?? .null,
        ]
    }
}
