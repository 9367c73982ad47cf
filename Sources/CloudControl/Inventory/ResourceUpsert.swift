internal import SagaCore
internal import Storage

/// The one place that writes what is known of a resource: every sighting goes through here, and so does its end.
///
/// Lives within one transaction of its connection.
struct ResourceUpsert {
    let provider: String
    /// When the provider was asked, at the earliest: what the row learned later stands.
    let at: Timestamp
    /// The number of the sweep; 0: seen outside of any.
    let sweep: Int64

    private let connection: any Connection
    private let touch: any Statement
    private let find: any Statement
    private let insert: any Statement
    private let update: any Statement
    private let events: EventLog

    init(
        _ connection: any Connection, provider: String, source: EventSource, at: Timestamp, sweep: Int64 = 0
    ) throws {
        self.connection = connection
        self.provider = provider
        self.at = at
        self.sweep = sweep
        touch = try connection.statement(Self.touchSQL)
        find = try connection.statement(Self.findSQL)
        insert = try connection.statement(Self.insertSQL)
        update = try connection.statement(Self.updateSQL)
        events = try EventLog(connection, source: source, at: at)
    }

    /// What a sighting told us.
    struct Sighting: Hashable {
        enum News: Hashable {
            case discovered, updated, restored, unchanged
            /// The row knows something later: nothing was taken over.
            case outdated
        }

        let news: News
        /// False: this sweep has had the resource before, in another page.
        let isFirst: Bool
    }

    /// Writes down that the resource is there, and how it is.
    func see(_ resource: ProviderResource, in project: Membership) throws -> Sighting {
        let sighted = Sighted(resource, provider: provider)
        if try isUnchanged(sighted, project) { return Sighting(news: .unchanged, isFirst: true) }
        guard let known = try known(sighted.resourceID) else {
            try discover(sighted, project)
            return Sighting(news: .discovered, isFirst: true)
        }
        let isFirst = sweep == 0 || known.lastSweep < sweep
        if known.lastSeenAt > at || known.deletedAt.map({ $0 >= at }) ?? false {
            try pass(over: known)
            return Sighting(news: .outdated, isFirst: isFirst)
        }
        let isChanged = try change(known, sighted, project)
        return Sighting(
            news: known.deletedAt != nil ? .restored : isChanged ? .updated : .unchanged, isFirst: isFirst)
    }

    // MARK: - Known and as before: one statement

    private static let touchSQL = """
        UPDATE cloud_resources SET last_seen_at = ?, last_sweep = ?, stale_strike_count = 0
        WHERE resource_id = ? AND deleted_at IS NULL AND last_seen_at <= ? AND last_sweep < ? AND name = ?
            AND region IS NOT DISTINCT FROM ? AND status IS NOT DISTINCT FROM ? AND size_slug IS NOT DISTINCT FROM ?
            AND tags = ? AND attrs = ? AND (? = 1 OR project IS NOT DISTINCT FROM ?)
        """

    private func isUnchanged(_ sighted: Sighted, _ project: Membership) throws -> Bool {
        // Outside of a sweep this would not find anything: no number is below 0.
        guard sweep > 0 else { return false }
        let fields = sighted.fields
        try touch.run([
            .int(at.milliseconds), .int(sweep), .text(sighted.resourceID), .int(at.milliseconds), .int(sweep),
            .text(fields.name), .text(orNull: fields.region), .text(orNull: fields.status),
            .text(orNull: fields.sizeSlug), sighted.tags, sighted.attrs, .int(project.isKnown ? 0 : 1),
            .int(orNull: project.project),
        ])
        return connection.changes == 1
    }

    // MARK: - New

    private static let insertSQL = """
        INSERT INTO cloud_resources (resource_id, provider, kind, provider_id, name, region, status, size_slug, tags, attrs,
            project, created_at, first_seen_at, last_seen_at, last_sweep)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """

    private func discover(_ sighted: Sighted, _ project: Membership) throws {
        let (resource, fields) = (sighted.resource, sighted.fields)
        try insert.run([
            .text(sighted.resourceID), .text(provider), .text(resource.kind), .text(resource.providerID),
            .text(fields.name), .text(orNull: fields.region), .text(orNull: fields.status),
            .text(orNull: fields.sizeSlug), sighted.tags, sighted.attrs, .int(orNull: project.project),
            .text(orNull: resource.createdAt), .int(at.milliseconds), .int(at.milliseconds), .int(sweep),
        ])
        try events.append(.discovered, of: connection.lastInsertedRow, before: nil, after: fields.json)
    }

    // MARK: - Known, and different

    private static let findSQL = """
        SELECT resource, name, region, status, size_slug, tags, attrs, project, last_seen_at, last_sweep, deleted_at
        FROM cloud_resources WHERE resource_id = ?
        """

    private static let updateSQL = """
        UPDATE cloud_resources SET name = ?, region = ?, status = ?, size_slug = ?, tags = ?, attrs = ?, project = ?,
            created_at = coalesce(created_at, ?), last_seen_at = ?, last_sweep = ?,
            stale_strike_count = 0, deleted_at = NULL
        WHERE resource = ?
        """

    private func known(_ resourceID: String) throws -> KnownResource? {
        var known: KnownResource?
        try find.forEachRow([.text(resourceID)]) { known = try KnownResource($0) }
        return known
    }

    /// Writes the row anew, and the event if there is something to tell. Answers whether there was.
    private func change(_ known: KnownResource, _ sighted: Sighted, _ project: Membership) throws -> Bool {
        var fields = sighted.fields
        // Once seen, always compared: drift tells a member that went away from one that never was.
        for (key, _) in known.fields.attrs where fields.attrs[key] == nil { fields.attrs[key] = .null }
        let newProject = project.isKnown ? project.project : known.project
        try update.run([
            .text(fields.name), .text(orNull: fields.region), .text(orNull: fields.status),
            .text(orNull: fields.sizeSlug), sighted.tags, .json(.object(fields.attrs)), .int(orNull: newProject),
            .text(orNull: sighted.resource.createdAt), .int(at.milliseconds), .int(max(known.lastSweep, sweep)),
            .int(known.resource),
        ])
        var changes = MeaningfulFields.changes(from: known.fields, to: fields) ?? FieldChanges()
        try noteMove(from: known.project, to: newProject, in: &changes)
        if let deletedAt = known.deletedAt {
            changes.before["deleted_at"] = .string(deletedAt.description)
            changes.after["deleted_at"] = .null
            try events.append(.restored, of: known.resource, before: changes.before, after: changes.after)
        } else if !changes.isEmpty {
            let kind: ResourceEvent.Kind = changes.areTagsOnly ? .tagged : .updated
            try events.append(kind, of: known.resource, before: changes.before, after: changes.after)
        }
        return !changes.isEmpty
    }

    /// A move between projects is an event, since somebody else pays from now on. The first project is none: providers
    /// say it a while after they show the resource.
    private func noteMove(from old: Int64?, to new: Int64?, in changes: inout FieldChanges) throws {
        guard let old, let new, old != new else { return }
        changes.note("project", try projectName(old), try projectName(new))
    }

    private func projectName(_ project: Int64) throws -> JSONValue {
        try connection.first("SELECT name FROM cloud_projects WHERE project = ?", [.int(project)]) {
            .string($0.text(0) ?? "")
        } ?? .null
    }

    /// The row stays as it is, but this sweep has seen it.
    private func pass(over known: KnownResource) throws {
        try connection.run(
            "UPDATE cloud_resources SET last_sweep = ? WHERE resource = ?",
            [.int(max(known.lastSweep, sweep)), .int(known.resource)])
    }

    // MARK: - Gone

    /// Leaves a tombstone, and says so in an event. False: it has one already, or was seen meanwhile.
    func delete(resourceID: String) throws -> Bool {
        guard let known = try known(resourceID), known.deletedAt == nil, known.lastSeenAt <= at,
            sweep == 0 || known.lastSweep < sweep
        else { return false }
        try connection.run(
            "UPDATE cloud_resources SET deleted_at = ?, stale_strike_count = stale_strike_count + ? WHERE resource = ?",
            [.int(at.milliseconds), .int(sweep == 0 ? 0 : 1), .int(known.resource)])
        try events.append(.deleted, of: known.resource, before: known.fields.json, after: nil)
        return true
    }
}

/// Which project a resource is in, as far as it is known.
enum Membership: Hashable {
    /// Nobody could say: what is written stays.
    case unknown
    /// Nil: in none.
    case known(Int64?)

    var isKnown: Bool { self != .unknown }

    var project: Int64? {
        if case .known(let project) = self { project } else { nil }
    }
}

/// A resource as it was seen, with the texts that are compared and stored.
private struct Sighted {
    let resource: ProviderResource
    let resourceID: String
    let fields: ResourceFields
    let tags: SQLValue
    let attrs: SQLValue

    init(_ resource: ProviderResource, provider: String) {
        self.resource = resource
        resourceID = Inventory.resourceID(provider: provider, kind: resource.kind, providerID: resource.providerID)
        fields = ResourceFields(resource)
        tags = .json(.array(fields.tags.map(JSONValue.string)))
        attrs = .json(.object(fields.attrs))
    }
}

/// A row of cloud_resources, as far as a sighting may change it.
private struct KnownResource {
    let resource: Int64
    let fields: ResourceFields
    let project: Int64?
    let lastSeenAt: Timestamp
    let lastSweep: Int64
    let deletedAt: Timestamp?

    init(_ row: any Row) throws {
        resource = row.int(0) ?? 0
        fields = ResourceFields(
            name: row.text(1) ?? "", region: row.text(2), status: row.text(3), sizeSlug: row.text(4),
            tags: try row.json(5)?.arrayValue?.compactMap(\.stringValue) ?? [],
            attrs: try row.json(6)?.objectValue ?? [:])
        project = row.int(7)
        lastSeenAt = Timestamp(milliseconds: row.int(8) ?? 0)
        lastSweep = row.int(9) ?? 0
        deletedAt = row.int(10).map(Timestamp.init(milliseconds:))
    }
}
