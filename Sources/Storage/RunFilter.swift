public import SagaCore

/// Which runs a list shows; what is not said does not matter.
public struct RunFilter: Sendable, Hashable {
    public var statuses: [RunStatus] = []
    public var saga: String?
    /// Made not before.
    public var since: Timestamp?
    /// Made before.
    public var olderThan: Timestamp?
    /// Only those that an operator has wait, or only the others.
    public var isPaused: Bool?
    /// A text that the id, the saga, the error or the inputs hold, in capitals or not.
    public var text: String?
    /// Only this tenant's; nil: everybody's.
    public var tenant: String?

    public init(
        statuses: [RunStatus] = [], saga: String? = nil, since: Timestamp? = nil, olderThan: Timestamp? = nil,
        isPaused: Bool? = nil, text: String? = nil, tenant: String? = nil
    ) {
        self.statuses = statuses
        self.saga = saga
        self.since = since
        self.olderThan = olderThan
        self.isPaused = isPaused
        self.text = text
        self.tenant = tenant
    }

    func conditions(before: RunKey?) -> ([String], [SQLValue]) {
        var conditions: [String] = []
        var values: [SQLValue] = []
        func add(_ condition: String, _ value: SQLValue) {
            conditions.append(condition)
            values.append(value)
        }
        if !statuses.isEmpty {
            conditions.append("r.status IN (\(statuses.map { _ in "?" }.joined(separator: ", ")))")
            values += statuses.map { .text($0.rawValue) }
            // Says so once more in the words of the partial index, for open runs among ten million ended ones.
            if statuses.allSatisfy({ !$0.isEnded }) { conditions.append("r.finished_at IS NULL") }
        }
        if let saga { add("r.saga = ?", .text(saga)) }
        if let since { add("r.created_at >= ?", .int(since.milliseconds)) }
        if let olderThan { add("r.created_at < ?", .int(olderThan.milliseconds)) }
        if let isPaused { conditions.append(isPaused ? "r.paused IS NOT NULL" : "r.paused IS NULL") }
        if let tenant { add("r.tenant = ?", .text(tenant)) }
        if let before { add("r.run < ?", .int(before.number)) }
        if let text {
            let columns = ["r.run_id", "r.saga", "r.error", "r.inputs"]
            conditions.append("(" + columns.map { "\($0) LIKE ? ESCAPE '\\'" }.joined(separator: " OR ") + ")")
            values += columns.map { _ in .text("%" + Self.escaped(text) + "%") }
        }
        return (conditions, values)
    }

    private static func escaped(_ text: String) -> String {
        String(text.flatMap { "\\%_".contains($0) ? ["\\", $0] : [$0] })
    }
}

/// A page of a list, and where the next one begins.
public struct Page<Item: Sendable>: Sendable {
    public let items: [Item]
    /// Opaque; nil: this was the last.
    public let next: String?

    public init(_ items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

/// Where a page begins: a number under a letter, so that one list's cursor is not taken for another's.
public enum PageCursor {
    static func text(_ letter: String, _ number: Int64) -> String { letter + String(number, radix: 36) }

    static func number(_ letter: String, _ text: String) throws(StoreError) -> Int64 {
        guard text.hasPrefix(letter), let number = Int64(text.dropFirst(letter.count), radix: 36), number >= 0 else {
            throw StoreError(
                code: "cursor", message: "\"\(text)\" is no cursor of this list; expected `next` of the page before")
        }
        return number
    }
}

extension SQLRunStore {
    /// A page of runs, the newest first; runs that are made meanwhile do not move it.
    ///
    /// - Parameter cursor: `next` of the page before.
    public func list(
        _ filter: RunFilter = RunFilter(), cursor: String? = nil, limit: Int = 50
    ) throws(StoreError) -> Page<RunRow> {
        let before = try cursor.map { text throws(StoreError) in
            RunKey(number: try PageCursor.number("r", text))
        }
        let rows = try database.read { try RunQueries.list(filter, before: before, limit: limit, $0) }
        let isMore = rows.count > limit
        let page = Array(rows.prefix(limit))
        return Page(page, next: isMore ? page.last.map { PageCursor.text("r", $0.key.number) } : nil)
    }

    /// The same page as the text of `{"runs": […], "next": "…" or null}`, each run as its `RunRow.summary`, sooner.
    public func listText(
        _ filter: RunFilter = RunFilter(), cursor: String? = nil, limit: Int = 50
    ) throws(StoreError) -> [UInt8] {
        let before = try cursor.map { text throws(StoreError) in
            RunKey(number: try PageCursor.number("r", text))
        }
        return try database.read { connection in
            var json = JSONWriter()
            json.beginObject()
            json.key("runs")
            let next = try RunQueries.write(filter, before: before, limit: limit, into: &json, connection)
            json.key("next")
            json.text(next.map { PageCursor.text("r", $0.number) })
            json.endObject()
            return json.bytes
        }
    }

    /// A page of a run's journal, in the order it happened.
    public func journal(
        of key: RunKey, cursor: String? = nil, limit: Int = 100
    ) throws(StoreError) -> Page<StoredEvent> {
        let after = try cursor.map { text throws(StoreError) in Int(try PageCursor.number("j", text)) } ?? 0
        let events = try database.read { try RunQueries.events(of: key, after: after, limit: limit + 1, $0) }
        let isMore = events.count > limit
        let page = Array(events.prefix(limit))
        return Page(page, next: isMore ? page.last.map { PageCursor.text("j", Int64($0.sequence)) } : nil)
    }
}
