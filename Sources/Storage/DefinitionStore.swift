public import SagaCore

/// Definitions that operators stored: each version is there once and never changes.
///
/// A tenant sees its own and the platform's; of one name, its own come first.
public struct DefinitionStore: Sendable {
    private let database: any Database

    public init(_ database: any Database) { self.database = database }

    /// Stores a checked definition under the name it gives itself.
    ///
    /// - Returns: it, and whether the very same text was stored before.
    /// - Throws: `DefinitionRefusal` when another text has that version; `StoreError`.
    public func put(
        _ saga: Saga, by: String, tenant: String? = nil, at now: Timestamp, witness: Witness? = nil
    ) throws -> (entry: DefinitionEntry, isNew: Bool) {
        let (entry, isNew) = try write { connection -> (DefinitionEntry?, Bool) in
            try connection.run(
                """
                INSERT INTO saga_stored_definitions (name, version, hash, text, stored_by, tenant, stored_at)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    .text(saga.name), .text(orNull: saga.version), .text(saga.definitionHash), .text(saga.definition),
                    .text(by), .text(orNull: tenant), .int(now.milliseconds),
                ])
            let isNew = connection.changes == 1
            if isNew {
                let after: JSONValue = ["hash": .string(saga.definitionHash)]
                let name = saga.name + (saga.version.map { " \($0)" } ?? "")
                try witness?(Change(target: name, before: nil, after: after), connection)
            }
            let entry = try connection.first(
                Self.select + "WHERE name = ? AND coalesce(version, '') = ? AND coalesce(tenant, '') = ?",
                [.text(saga.name), .text(saga.version ?? ""), .text(tenant ?? "")], Self.entry)
            return (entry, isNew)
        }
        guard let entry, entry.hash == saga.definitionHash else {
            throw DefinitionRefusal(.otherText(name: saga.name, version: saga.version))
        }
        return (entry, isNew)
    }

    /// A definition by name.
    ///
    /// - Parameter version: nil: the one stored last.
    public func find(_ name: String, version: String? = nil, tenant: String? = nil) throws(StoreError)
        -> DefinitionEntry?
    {
        try database.read { connection in
            try connection.first(
                Self.select + """
                    WHERE name = ?1 AND (?2 IS NULL OR version = ?2) AND (tenant IS NULL OR tenant = ?3)
                    ORDER BY tenant IS NULL, definition DESC LIMIT 1
                    """, [.text(name), .text(orNull: version), .text(orNull: tenant)], Self.entry)
        }
    }

    /// The versions of a name, the newest first; a tenant's own before the platform's.
    public func versions(of name: String, tenant: String? = nil) throws(StoreError) -> [DefinitionEntry] {
        try database.read { connection in
            try connection.rows(
                Self.select + """
                    WHERE name = ? AND (tenant IS NULL OR tenant = ?) ORDER BY tenant IS NULL, definition DESC
                    """, [.text(name), .text(orNull: tenant)], Self.entry)
        }
    }

    /// Of each name the version that would be run, by name.
    public func newest(tenant: String? = nil) throws(StoreError) -> [DefinitionEntry] {
        let all = try database.read { connection in
            try connection.rows(
                Self.select + "WHERE tenant IS NULL OR tenant = ? ORDER BY name, tenant IS NULL, definition DESC",
                [.text(orNull: tenant)], Self.entry)
        }
        return all.enumerated().filter { $0 == 0 || all[$0 - 1].name != $1.name }.map(\.element)
    }

    private static let select =
        "SELECT name, version, hash, text, stored_by, tenant, stored_at FROM saga_stored_definitions "

    private static func entry(_ row: any Row) throws -> DefinitionEntry {
        DefinitionEntry(
            name: row.text(0) ?? "", version: row.text(1), hash: row.text(2) ?? "", text: row.text(3) ?? "",
            source: .stored(
                by: row.text(4) ?? "", at: row.moment(6) ?? Timestamp(milliseconds: 0), tenant: row.text(5)))
    }

    private func write<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result {
        try database.write { connection in try connection.transaction { try body(connection) } }
    }
}

/// Why a definition is not stored.
public struct DefinitionRefusal: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case otherText(name: String, version: String?)
        /// It is to be stored under a name that it does not give itself.
        case otherName(String, given: String)
        case unknown(name: String, version: String?)
    }

    public let fact: Fact
    public init(_ fact: Fact) { self.fact = fact }

    public var code: String {
        switch fact {
        case .otherText: "definition.version_taken"
        case .otherName: "definition.other_name"
        case .unknown: "definition.unknown"
        }
    }

    public var message: String {
        switch fact {
        case .otherText(let name, let version?): "version \"\(version)\" of \"\(name)\" is stored with another text"
        case .otherText(let name, nil): "\"\(name)\" is stored without a version, and with another text"
        case .otherName(let name, let given): "the definition calls itself \"\(name)\"; expected \"\(given)\""
        case .unknown(let name, let version?): "there is no version \"\(version)\" of a definition \"\(name)\""
        case .unknown(let name, nil): "there is no definition \"\(name)\""
        }
    }

    public var hint: String? {
        switch fact {
        case .otherText(_, let version?): "a version never changes: raise `version` to one after \"\(version)\""
        case .otherText(_, nil): "a version never changes: give it a `version`"
        case .otherName: nil
        case .unknown: "`arcadia definitions list` shows what there is"
        }
    }
}
