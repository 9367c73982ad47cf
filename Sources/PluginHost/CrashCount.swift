internal import SagaCore
internal import Synchronization

/// When each library crashed, by its hash: what the store knew at the start, and what happened since.
final class CrashCount: Sendable {
    private struct Record: Sendable {
        var times: [Timestamp] = []
        var lastOperation = ""

        mutating func add(_ crash: PluginCrash) {
            if times.allSatisfy({ $0 <= crash.at }) { lastOperation = crash.operation }
            times.append(crash.at)
        }
    }

    private let records: Monitor<[String: Record]>
    /// False: no library crashed, so that a call need not look for its own.
    private let hasAny: Atomic<Bool>
    /// By plugin id; `*` for all others.
    private let limits: [String: CrashLimit]
    private let writeDown: @Sendable (PluginCrash) -> Void

    init(
        _ crashes: [PluginCrash], limits: [String: CrashLimit], writeDown: @escaping @Sendable (PluginCrash) -> Void
    ) {
        records = Monitor(crashes.reduce(into: [:]) { $0[$1.image.hash, default: Record()].add($1) })
        hasAny = Atomic(!crashes.isEmpty)
        self.limits = limits
        self.writeDown = writeDown
    }

    func count(of image: PluginImage) -> Int { record(of: image)?.times.count ?? 0 }

    /// Nil: it may be let in.
    func quarantine(of image: PluginImage) -> PluginRefusal.Fact? {
        guard let record = record(of: image) else { return nil }
        let limit = limits[image.plugin] ?? limits[PluginLoader.allPlugins] ?? .standard
        return limit.broken(by: record.times).map {
            .quarantined(crashes: $0, hours: limit.hours, last: record.lastOperation)
        }
    }

    private func record(of image: PluginImage) -> Record? {
        guard hasAny.load(ordering: .acquiring) else { return nil }
        return records.withLock { $0[image.hash] }
    }

    func note(_ crash: PluginCrash) {
        records.withLock { $0[crash.image.hash, default: Record()].add(crash) }
        hasAny.store(true, ordering: .releasing)
        writeDown(crash)
    }

    func forget(_ hash: String) { records.withLock { $0[hash] = nil } }
}
