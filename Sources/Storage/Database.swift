public import SagaCore

/// A database, whichever it is: a writer, some readers, SQL in and rows out.
///
/// The SQL is one text for all of them; what differs stands in `Dialect`. A driver is one file.
public protocol Database: AnyObject, Sendable {
    var dialect: Dialect { get }
    /// One connection, one snapshot, for as long as `body` runs.
    func read<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result
    /// The one connection that writes. `body` sees to its own transactions; nobody else writes meanwhile.
    func write<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result
    /// A number that is another one when anybody has committed since, in this process or elsewhere.
    func commitMark() throws(StoreError) -> Int64
}

/// A connection, for the length of one `read` or `write`.
public protocol Connection: AnyObject {
    var dialect: Dialect { get }
    /// A prepared statement, kept with the connection.
    func statement(_ sql: String) throws -> any Statement
    /// Several statements that return nothing, as in a migration.
    func executeScript(_ sql: String) throws
    /// For many rows of one table.
    func bulkInsert(into table: String, columns: [String]) throws -> any BulkInsert
    /// Rows changed by the last statement.
    var changes: Int { get }
    var lastInsertedRow: Int64 { get }
}

/// A prepared statement. Not for two threads at once: its connection is not either.
public protocol Statement: AnyObject {
    /// Runs it to its end.
    func run(_ values: [SQLValue]) throws
    /// Runs it and hands out each row; the row is good only inside `body`.
    func forEachRow(_ values: [SQLValue], _ body: (any Row) throws -> Void) throws
}

/// The current row of a statement; columns count from 0.
public protocol Row {
    func int(_ column: Int) -> Int64?
    func text(_ column: Int) -> String?
    /// JSON text, parsed where it lies.
    func json(_ column: Int) throws -> JSONValue?
    /// The UTF-8 of a text where it lies: nothing is copied, and it is good until the next row only. Nil: NULL.
    func bytes(_ column: Int) -> UnsafeRawBufferPointer?
}

extension Row {
    public func moment(_ column: Int) -> Timestamp? { int(column).map(Timestamp.init(milliseconds:)) }
}

public enum SQLValue: Sendable, Hashable {
    case null
    case int(Int64)
    case text(String)
    /// A text, as the UTF-8 it was written as.
    case utf8([UInt8])

    public static func text(orNull text: String?) -> SQLValue { text.map(SQLValue.text) ?? .null }
    public static func int(orNull number: Int64?) -> SQLValue { number.map(SQLValue.int) ?? .null }
    public static func moment(_ moment: Timestamp?) -> SQLValue { int(orNull: moment?.milliseconds) }
    public static func json(_ value: JSONValue?) -> SQLValue {
        guard let value else { return .null }
        var bytes: [UInt8] = []
        value.write(into: &bytes)
        return .utf8(bytes)
    }
}

extension Connection {
    public func run(_ sql: String, _ values: [SQLValue] = []) throws { try statement(sql).run(values) }

    public func rows<Value>(_ sql: String, _ values: [SQLValue] = [], _ read: (any Row) throws -> Value) throws
        -> [Value]
    {
        var result: [Value] = []
        try statement(sql).forEachRow(values) { result.append(try read($0)) }
        return result
    }

    public func first<Value>(_ sql: String, _ values: [SQLValue] = [], _ read: (any Row) throws -> Value) throws
        -> Value?
    {
        var result: Value?
        try statement(sql).forEachRow(values) { row in
            if result == nil { result = try read(row) }
        }
        return result
    }

    /// All or nothing, durable when it returns.
    public func transaction<Result>(_ body: () throws -> Result) throws -> Result {
        try run(dialect.beginWrite)
        do {
            let result = try body()
            try run("COMMIT")
            return result
        } catch {
            // After some errors (a full disk) SQLite has rolled back already, and says so: the first error is the one to tell.
            try? run("ROLLBACK")
            throw error
        }
    }
}
