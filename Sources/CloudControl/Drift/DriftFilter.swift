internal import SagaCore
internal import Storage

/// Which drift to list; what is nil does not matter.
public struct DriftFilter: Sendable, Hashable {
    /// Nil: all, the closed ones too.
    public var status: DriftRow.Status? = .open
    /// As `Inventory.show` takes it.
    public var resource: String?
    /// A pattern with `*` and `?`.
    public var field: String?
    /// The project's name or its id at the provider.
    public var project: String?
    public var limit = 100
    /// Only those with a greater `drift_id`.
    public var after: Int64?
    /// Only those up to this `drift_id`.
    public var through: Int64?
    /// `next` of the list before.
    public var cursor: String?

    public init() {}

    func conditions(_ scope: Scope, _ connection: any Connection) throws -> (sql: String, values: [SQLValue]) {
        var parts: [String] = []
        var values: [SQLValue] = []
        func add(_ sql: String, _ value: SQLValue?, times: Int = 1) {
            guard let value else { return }
            parts.append(sql)
            values += [SQLValue](repeating: value, count: times)
        }
        // The word of the partial index, so that closed drift costs open drift nothing.
        if status == .open {
            parts.append("f.status = 'open'")
        } else {
            add("f.status = ?", status.map { .text($0.rawValue) })
        }
        add("f.resource = ?", try resource.map { .int(try InventoryQueries.find($0, scope, connection).number) })
        add("f.field LIKE ? ESCAPE '\\'", field.map { .text(Glob($0).like) })
        add("(p.name = ? OR p.provider_id = ?)", project.map(SQLValue.text), times: 2)
        add("f.drift > ?", after.map(SQLValue.int))
        add("f.drift <= ?", through.map(SQLValue.int))
        add("f.drift > ?", try cursor.map { .int(try ListPlace.keys(of: $0, in: .drift)[0]) })
        if let within = scope.condition(onProject: "r.project") {
            parts.append(within.sql)
            values += within.values
        }
        return (parts.isEmpty ? "" : "WHERE " + parts.joined(separator: " AND "), values)
    }
}
