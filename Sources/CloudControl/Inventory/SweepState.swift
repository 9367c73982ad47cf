public import SagaCore
internal import Storage

/// How current what is known of one kind is.
public struct SweepState: Sendable, Hashable {
    public let kind: String
    /// When the newest sweep began, whatever became of it.
    public let newestAt: Timestamp
    /// The newest sweep came to its end and saw the whole list.
    public let isComplete: Bool
    /// When the newest one began that saw the whole list; nil: none did yet.
    public let completeAt: Timestamp?

    /// Of a comparison, to be said beside its result; nil where what is known is of the newest sweep.
    public var warning: String? {
        guard !isComplete else { return nil }
        return "the sync of \(newestAt) did not see all \(kind)s; "
            + (completeAt.map { "what is compared is of \($0)" } ?? "none has yet")
    }

    /// One a kind that was ever swept.
    static func all(of provider: String, _ connection: any Connection) throws -> [SweepState] {
        try connection.rows(
            """
            WITH newest AS (
                SELECT kind, MAX(sweep) AS sweep, MAX(CASE WHEN outcome = 'complete' THEN sweep END) AS complete
                FROM cloud_sweeps WHERE provider = ? GROUP BY kind)
            SELECT n.kind, s.started_at, s.outcome = 'complete', c.started_at FROM newest n
            JOIN cloud_sweeps s ON s.sweep = n.sweep LEFT JOIN cloud_sweeps c ON c.sweep = n.complete ORDER BY n.kind
            """, [.text(provider)]
        ) {
            SweepState(
                kind: $0.text(0) ?? "", newestAt: Timestamp(milliseconds: $0.int(1) ?? 0), isComplete: $0.int(2) == 1,
                completeAt: $0.int(3).map(Timestamp.init(milliseconds:)))
        }
    }
}

extension Inventory {
    /// How current what is known of a provider's resources is; nothing where it was never synced.
    public func states(of provider: String) throws -> [SweepState] {
        try database.snapshot { try SweepState.all(of: provider, $0) }
    }

    /// What is to be said beside a comparison: "no drift" of an account that nobody has looked at lately is no good
    /// news. Sentences, one a kind that was not seen whole.
    public func warnings(of provider: String) throws -> [String] {
        let states = try states(of: provider)
        return states.isEmpty ? ["nothing was synced yet"] : states.compactMap(\.warning)
    }
}
