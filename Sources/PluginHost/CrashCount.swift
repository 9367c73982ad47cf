internal import SagaCore
internal import Synchronization

/// How often each library crashed, by its hash: what the store knew at the start, and what happened since.
final class CrashCount: Sendable {
    private let records: Monitor<[String: PluginCatalog.CrashRecord]>
    /// False: no library crashed, so that a call need not look for its own.
    private let hasAny: Atomic<Bool>
    private let writeDown: @Sendable (PluginCrash) -> Void

    init(
        _ records: [String: PluginCatalog.CrashRecord], writeDown: @escaping @Sendable (PluginCrash) -> Void
    ) {
        self.records = Monitor(records)
        hasAny = Atomic(!records.isEmpty)
        self.writeDown = writeDown
    }

    func count(of image: PluginImage) -> Int { record(of: image)?.count ?? 0 }

    /// Nil: it may be let in.
    func quarantine(of image: PluginImage) -> PluginRefusal.Fact? {
        guard let record = record(of: image), record.count >= PluginCatalog.crashLimit else { return nil }
        return .quarantined(crashes: record.count, last: record.lastOperation)
    }

    private func record(of image: PluginImage) -> PluginCatalog.CrashRecord? {
        guard hasAny.load(ordering: .acquiring) else { return nil }
        return records.withLock { $0[image.hash] }
    }

    func note(_ crash: PluginCrash) {
        records.withLock { records in
            var record = records[crash.image.hash] ?? PluginCatalog.CrashRecord(count: 0, lastOperation: "")
            record.count += 1
            record.lastOperation = crash.operation
            records[crash.image.hash] = record
        }
        hasAny.store(true, ordering: .releasing)
        writeDown(crash)
    }

    func forget(_ hash: String) { records.withLock { $0[hash] = nil } }
}
