internal import SagaCore

/// How often each library crashed, by its hash: what the store knew at the start, and what happened since.
final class CrashCount: CrashLedger {
    private let records: Monitor<[String: PluginCatalog.CrashRecord]>
    private let writeDown: @Sendable (PluginCrash) -> Void

    init(
        _ records: [String: PluginCatalog.CrashRecord], writeDown: @escaping @Sendable (PluginCrash) -> Void
    ) {
        self.records = Monitor(records)
        self.writeDown = writeDown
    }

    func record(of hash: String) -> PluginCatalog.CrashRecord? { records.withLock { $0[hash] } }

    func note(_ crash: PluginCrash) {
        records.withLock { records in
            var record = records[crash.image.hash] ?? PluginCatalog.CrashRecord(count: 0, lastOperation: "")
            record.count += 1
            record.lastOperation = crash.operation
            records[crash.image.hash] = record
        }
        writeDown(crash)
    }

    func forget(_ hash: String) { records.withLock { $0[hash] = nil } }
}
