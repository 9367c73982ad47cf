/// What verifying the log found.
public struct AuditReport: Sendable, Hashable {
    /// The first thing that is not as it was written. What comes after it proves nothing any more.
    public enum Damage: Sendable, Hashable {
        /// The row, or the hash before it, is not what was written.
        case changed(Int64)
        /// Rows that are not there.
        case missing(from: Int64, through: Int64)
        /// A row that the head knows nothing of.
        case added(Int64)
        /// The head is gone, or has another hash than the last row.
        case head
        /// No row has the hash that was kept elsewhere: the log was cut off before it, or written anew.
        case headUnknown(String)
    }

    /// Rows read.
    public let events: Int64
    /// The hash of the last one, to be kept elsewhere; nil: there is none, or the log is damaged.
    public let head: String?
    public let damage: Damage?
    /// Events since the head that was kept elsewhere.
    public let sinceKnownHead: Int64?

    public init(events: Int64, head: String?, damage: Damage?, sinceKnownHead: Int64?) {
        (self.events, self.head, self.damage, self.sinceKnownHead) = (events, head, damage, sinceKnownHead)
    }
}

/// Takes the rows of the log one after the other.
struct AuditCheck {
    private let knownHead: String?
    private var events: Int64 = 0
    private var last: Int64 = 0
    private var hash = ""
    private var damage: AuditReport.Damage?
    private var knownAt: Int64?

    init(knownHead: String?) { self.knownHead = knownHead }

    mutating func take(_ row: any Row) {
        events += 1
        guard damage == nil else { return }
        let event = row.int(0) ?? 0
        if event != last + 1 {
            damage = event > last + 1 ? .missing(from: last + 1, through: event - 1) : .changed(event)
            return
        }
        let computed = AuditRow.hash(after: hash, row)
        guard computed == row.text(AuditRow.hashColumn) else {
            damage = .changed(event)
            return
        }
        (last, hash) = (event, computed)
        if computed == knownHead { knownAt = event }
    }

    func report(head: AuditHead?) -> AuditReport {
        let damage = damage ?? tailDamage(head) ?? knownHeadDamage
        return AuditReport(
            events: events, head: damage == nil && last > 0 ? hash : nil, damage: damage,
            sinceKnownHead: damage == nil ? knownAt.map { last - $0 } : nil)
    }

    private func tailDamage(_ head: AuditHead?) -> AuditReport.Damage? {
        guard let head else { return .head }
        if head.event > last { return .missing(from: last + 1, through: head.event) }
        if head.event < last { return .added(head.event + 1) }
        return head.hash == hash ? nil : .head
    }

    private var knownHeadDamage: AuditReport.Damage? {
        guard let knownHead, knownAt == nil else { return nil }
        return .headUnknown(knownHead)
    }
}
