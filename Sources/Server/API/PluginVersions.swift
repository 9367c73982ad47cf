public import PluginHost
public import SagaCore
public import Storage

/// Plugins with their versions: what is installed, and what runs go on with beside it.
public enum PluginVersions {
    /// `{plugins, gone}`: each as `Entry.json` with `versions`; and what runs hold of plugins that no folder has.
    ///
    /// - Parameter store: nil: there is none, so no run holds anything.
    public static func list(_ catalog: PluginCatalog, _ store: SQLRunStore?) throws(StoreError) -> JSONValue {
        let runs = try store?.runsByImage() ?? [:]
        let entries = catalog.entries()
        let held = runs.keys.sorted { ($0.plugin, $0.version, $0.hash) < ($1.plugin, $1.version, $1.hash) }
        let plugins = entries.map { entry in
            var object = entry.json.objectValue ?? [:]
            let others = entry.counts ? held.filter { $0.plugin == entry.id && $0 != entry.image } : []
            object["versions"] = .array(
                ((entry.counts ? entry.image : nil).map { [$0] } ?? []).map { version($0, true, runs[$0] ?? 0) }
                    + (entry.isOfHost ? [] : others.map { version($0, false, runs[$0] ?? 0) }))
            return JSONValue.object(object)
        }
        let known = Set(entries.map(\.id))
        let gone = held.filter { !known.contains($0.plugin) }.map { image in
            var object = version(image, false, runs[image] ?? 0).objectValue ?? [:]
            object["plugin"] = .string(image.plugin)
            return JSONValue.object(object)
        }
        return ["plugins": .array(plugins), "gone": .array(gone)]
    }

    /// Of one plugin, the newest first: those that are installed, needed, or have a copy in the store.
    static func all(
        of entry: PluginCatalog.Entry, _ uses: [ImageUse], _ copies: ContentStore
    ) -> [JSONValue] {
        guard !entry.isOfHost else { return [] }
        var rows: [JSONValue] = []
        if let image = entry.image, entry.counts, !uses.contains(where: { $0.image == image }) {
            rows.append(version(image, true, 0, copies))
        }
        for use in uses where use.image.plugin == entry.id {
            let isInstalled = use.image == entry.image
            let row = version(use.image, isInstalled, use.runs, copies, use)
            guard isInstalled || use.runs + use.failedRuns > 0 || row["bytes"] != .null else { continue }
            rows.append(row)
        }
        return rows
    }

    private static func version(_ image: PluginImage, _ isInstalled: Bool, _ runs: Int) -> JSONValue {
        [
            "version": .string(image.version), "hash": .string(image.hash), "installed": .bool(isInstalled),
            "runs": .int(Int64(runs)),
        ]
    }

    private static func version(
        _ image: PluginImage, _ isInstalled: Bool, _ runs: Int, _ copies: ContentStore, _ use: ImageUse? = nil
    ) -> JSONValue {
        var object = version(image, isInstalled, runs).objectValue ?? [:]
        object["first_used_at"] = use?.firstUsedAt.map { .string($0.description) } ?? .null
        object["last_used_at"] = use?.lastUsedAt.map { .string($0.description) } ?? .null
        object["compensable"] = .int(Int64(use?.failedRuns ?? 0))
        object["bytes"] = copies.bytes(of: image.hash).map { .int(Int64($0)) } ?? .null
        return .object(object)
    }
}

extension PluginCatalog.Entry {
    /// False: another of the same id was found before it.
    fileprivate var counts: Bool {
        if case .duplicateID = refusal?.fact { return false }
        return true
    }

    fileprivate var isOfHost: Bool { placement == "host" }
}

/// Which copies of plugins runs still need.
public enum PluginPruning {
    /// Removes what nobody needs from the store.
    ///
    /// - Parameters:
    ///   - keepDays: a run that failed needs its plugins for so long after its end; nil: for as long as it is there.
    public static func prune(
        _ catalog: PluginCatalog, _ store: SQLRunStore, keepDays: Int?, isRehearsal: Bool, at now: Timestamp
    ) throws -> StorePrune {
        let installed = Set(catalog.entries().compactMap(\.image?.hash))
        return try catalog.store.prune(installed: installed, isRehearsal: isRehearsal) {
            try store.imageUses().reduce(into: [:]) { needed, use in
                if let why = why(use, keepDays: keepDays, at: now) { needed[use.image.hash] = why }
            }
        }
    }

    private static func why(_ use: ImageUse, keepDays: Int?, at now: Timestamp) -> String? {
        if use.runs > 0 { return "\(runs(use.runs)) under way \(use.runs == 1 ? "goes" : "go") on with it" }
        guard use.failedRuns > 0 else { return nil }
        if let keepDays, let last = use.lastFailureAt, now - last >= Int64(keepDays) * 86_400_000 { return nil }
        return "\(runs(use.failedRuns)) that failed can be taken back with it"
    }

    private static func runs(_ count: Int) -> String { count == 1 ? "1 run" : "\(count) runs" }
}

extension StorePrune {
    /// `{removed, kept, bytes, dry_run}`; each of them `{plugin, version, hash, bytes, why}`.
    public var json: JSONValue {
        [
            "removed": .array(removed.map(\.json)), "kept": .array(kept.map(\.json)), "bytes": .int(Int64(bytes)),
            "dry_run": .bool(isRehearsal),
        ]
    }
}

extension StorePrune.Copy {
    fileprivate var json: JSONValue {
        [
            "plugin": plugin.map(JSONValue.string) ?? .null, "version": version.map(JSONValue.string) ?? .null,
            "hash": .string(hash), "bytes": .int(Int64(bytes)), "why": why.map(JSONValue.string) ?? .null,
        ]
    }
}
