/// Where databases differ. Everything else in this module is one SQL text for all.
public enum Dialect: Sendable, Hashable {
    case sqlite

    /// Takes the write lock at once: a transaction that finds out halfway that it may not write cannot be waited for.
    public var beginWrite: String {
        switch self {
        case .sqlite: "BEGIN IMMEDIATE"
        }
    }

    /// Ends a CREATE TABLE: types are checked by the table itself.
    public var strict: String {
        switch self {
        case .sqlite: "STRICT"
        }
    }

    /// As `strict`, for a table whose rows lie in the order of its key.
    public var strictClustered: String {
        switch self {
        case .sqlite: "STRICT, WITHOUT ROWID"
        }
    }

    /// A member of a JSON column, as text.
    public func member(_ path: String, of column: String) -> String {
        switch self {
        case .sqlite: "json_extract(\(column), '$.\(path)')"
        }
    }

    /// Whether a JSON list of texts in a column holds the text bound to the one `?` of this condition.
    public func holdsText(_ column: String) -> String {
        switch self {
        case .sqlite: "EXISTS (SELECT 1 FROM json_each(\(column)) WHERE json_each.value = ?)"
        }
    }

    /// A trigger that lets no row of a table be changed (`UPDATE`) or removed (`DELETE`). Its name is what it says.
    public func refusing(_ verb: String, on table: String, as name: String) -> String {
        switch self {
        case .sqlite: "CREATE TRIGGER \(name) BEFORE \(verb) ON \(table) BEGIN SELECT RAISE(ABORT, '\(name)'); END;"
        }
    }
}
