internal import SagaCore

/// A row of audit_events as what is hashed.
enum AuditRow {
    /// All that the hash covers, in this order.
    static let names = [
        "event", "at", "actor", "role", "tenant", "origin", "address", "action", "target", "request_id", "outcome",
        "reason", "before_hash", "after_hash",
    ]
    static let columns = names.joined(separator: ", ")
    static let placeholders = names.map { _ in "?" }.joined(separator: ", ")
    /// The place of the hash behind them.
    static let hashColumn = names.count
    private static let numbers: Set = [0, 1]

    static func values(of entry: AuditEntry, event: Int64) -> [SQLValue] {
        [
            .int(event), .int(entry.at.milliseconds), .text(entry.actor), .text(orNull: entry.role),
            .text(orNull: entry.tenant), .text(entry.origin.name), .text(orNull: entry.origin.address),
            .text(entry.action.description), .text(orNull: entry.target), .text(orNull: entry.requestID),
            .text(entry.outcome.rawValue), .text(orNull: entry.reason), .text(orNull: entry.beforeHash),
            .text(orNull: entry.afterHash),
        ]
    }

    /// SHA-256 over the hash before and each column, every one as its length in bytes, a colon and its bytes; numbers in
    /// decimal, NULL as `-`. So no two rows are written the same, and a shell can do it too.
    static func hash(after previous: String, _ values: [SQLValue]) -> String {
        var hash = AuditHash(after: previous)
        for value in values {
            switch value {
            case .null: hash.add(nil)
            case .int(let number): hash.add(Array(String(number).utf8))
            case .text(let text): hash.add(Array(text.utf8))
            case .utf8(let bytes): hash.add(bytes)
            }
        }
        return hash.hex()
    }

    /// The same of a row as it lies in the table.
    static func hash(after previous: String, _ row: any Row) -> String {
        var hash = AuditHash(after: previous)
        for column in names.indices {
            if numbers.contains(column) {
                hash.add(row.int(column).map { Array(String($0).utf8) })
            } else {
                hash.add(row.bytes(column).map { Array($0) })
            }
        }
        return hash.hex()
    }
}

private struct AuditHash {
    private var hash = ContentHash()

    init(after previous: String) { add(Array(previous.utf8)) }

    mutating func add(_ bytes: [UInt8]?) {
        let text = bytes.map { Array("\($0.count):".utf8) + $0 } ?? [UInt8(ascii: "-")]
        text.withUnsafeBytes { hash.update($0) }
    }

    func hex() -> String { hash.hex() }
}
