extension AuditReport.Damage {
    /// Stable, for programs.
    public var code: String {
        switch self {
        case .changed: "audit.changed"
        case .missing: "audit.missing"
        case .added: "audit.added"
        case .head: "audit.head"
        case .headUnknown: "audit.head_unknown"
        }
    }

    /// What is, then what was expected.
    public var message: String {
        switch self {
        case .changed(let event): "event \(event) of the audit log is not what was written"
        case .missing(let from, let through):
            from == through
                ? "event \(from) of the audit log is missing"
                : "events \(from) to \(through) of the audit log are missing"
        case .added(let event): "event \(event) of the audit log was put in by something else than arcadia"
        case .head: "the head of the audit log is not that of its last event"
        case .headUnknown(let hash):
            "no event of the audit log has the hash \(hash.prefix(16))…: the log was cut off before it, or written anew"
        }
    }

    public var hint: String {
        "compare with a backup: what follows the place proves nothing any more, what lies before it is whole"
    }
}
