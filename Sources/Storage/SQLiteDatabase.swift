internal import Foundation
internal import GRDB
internal import GRDBSQLite
public import SagaCore

/// SQLite through GRDB: its pool gives one writer and several readers over a WAL.
///
/// GRDB looks after connections, their threads and their closing. Statements are raw handles: on the way of a run they
/// cost half of what GRDB's own do.
public final class SQLiteDatabase: Database, @unchecked Sendable {
    public let dialect = Dialect.sqlite
    private let pool: DatabasePool
    /// A connection that only counts commits, made when somebody asks.
    private let watcher = Monitor<DatabaseQueue?>(nil)
    /// Statements by connection. A pool hands a connection to one thread at a time, the table is behind a lock.
    private let connections = Monitor<[OpaquePointer: SQLiteConnection]>([:])

    /// Opens or makes the database.
    ///
    /// What durability rests on is set, then read back: distributions and wrappers change the defaults.
    public init(path: String) throws(StoreError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 8
        configuration.foreignKeysEnabled = false
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
        } catch {
            throw StoreError(error, path: path)
        }
        // Not in prepareDatabase: GRDB sets NORMAL when it turns on the WAL, after that.
        try write { try $0.run("PRAGMA synchronous = FULL") }
        try checkDurability()
    }

    private func checkDurability() throws(StoreError) {
        let (mode, level) = try write { connection in
            (
                try connection.first("PRAGMA journal_mode") { $0.text(0) ?? "" },
                try connection.first("PRAGMA synchronous") { $0.int(0) ?? -1 }
            )
        }
        guard mode == "wal", level == 2 else {
            throw StoreError(
                code: "modes",
                message:
                    "the database runs with journal_mode \(mode ?? "?") and synchronous \(level ?? -1); expected wal and 2 (full)",
                hint: "the folder may lie on a network file system, where a WAL does not work")
        }
    }

    public func read<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result {
        do {
            return try pool.read { db in try body(connection(of: db)) }
        } catch {
            throw StoreError(error, path: pool.path)
        }
    }

    public func write<Result>(_ body: (any Connection) throws -> Result) throws(StoreError) -> Result {
        do {
            return try pool.writeWithoutTransaction { db in try body(connection(of: db)) }
        } catch {
            throw StoreError(error, path: pool.path)
        }
    }

    /// SQLite counts for each connection what others commit, so one is kept that does nothing else.
    public func commitMark() throws(StoreError) -> Int64 {
        do {
            return try watcher.withLock { watcher in
                let queue = try watcher ?? DatabaseQueue(path: pool.path, configuration: Self.watching)
                watcher = queue
                return try queue.read { db in try Int64.fetchOne(db, sql: "PRAGMA data_version") ?? 0 }
            }
        } catch {
            throw StoreError(error, path: pool.path)
        }
    }

    private static var watching: Configuration {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        return configuration
    }

    deinit { close() }

    /// Closes every connection; the last one folds the WAL into the database.
    public func close() {
        connections.withLock { known in
            for connection in known.values { connection.finalizeStatements() }
            known.removeAll()
        }
        watcher.withLock { try? $0?.close() }
        try? pool.close()
    }

    private func connection(of db: GRDB.Database) -> SQLiteConnection {
        let handle = db.sqliteConnection!
        return connections.withLock { known in
            if let connection = known[handle] { return connection }
            let connection = SQLiteConnection(handle)
            known[handle] = connection
            return connection
        }
    }
}

/// As of a `Monitor`: what it holds is used by other threads.
extension SQLiteDatabase: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: ["path": pool.path]) }
}

/// What SQLite said, with its code: `extended` tells a full disk from a broken one.
struct SQLiteFailure: Error {
    let code: Int32
    let message: String

    var isConstraint: Bool { code & 0xFF == SQLITE_CONSTRAINT }
}

final class SQLiteConnection: Connection {
    let dialect = Dialect.sqlite
    private let handle: OpaquePointer
    private var statements: [String: SQLiteStatement] = [:]

    init(_ handle: OpaquePointer) { self.handle = handle }

    func statement(_ sql: String) throws -> any Statement { try preparedStatement(sql) }

    func preparedStatement(_ sql: String) throws -> SQLiteStatement {
        if let known = statements[sql] { return known }
        var prepared: OpaquePointer?
        guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil) == SQLITE_OK,
            let prepared
        else { throw failure() }
        let statement = SQLiteStatement(prepared, connection: handle)
        statements[sql] = statement
        return statement
    }

    func executeScript(_ sql: String) throws {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure() }
    }

    func bulkInsert(into table: String, columns: [String]) throws -> any BulkInsert {
        try SQLiteBulkInsert(connection: self, table: table, columns: columns)
    }

    var changes: Int { Int(sqlite3_changes(handle)) }
    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    func finalizeStatements() {
        for statement in statements.values { statement.finalize() }
        statements.removeAll()
    }

    private func failure() -> SQLiteFailure {
        SQLiteFailure(code: sqlite3_extended_errcode(handle), message: String(cString: sqlite3_errmsg(handle)))
    }
}

final class SQLiteStatement: Statement {
    private let statement: OpaquePointer
    private let connection: OpaquePointer

    init(_ statement: OpaquePointer, connection: OpaquePointer) {
        self.statement = statement
        self.connection = connection
    }

    func run(_ values: [SQLValue]) throws {
        try bind(values)
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return
            case SQLITE_ROW: continue
            default: throw failure()
            }
        }
    }

    func forEachRow(_ values: [SQLValue], _ body: (any Row) throws -> Void) throws {
        try bind(values)
        defer { sqlite3_reset(statement) }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return
            case SQLITE_ROW: try body(SQLiteRow(statement: statement))
            default: throw failure()
            }
        }
    }

    /// Runs it with values that stay where they are meanwhile: none is copied.
    func run(borrowing values: UnsafeBufferPointer<BorrowedValue>) throws {
        for index in values.indices {
            guard bind(borrowing: values[index], at: Int32(truncatingIfNeeded: index &+ 1)) == SQLITE_OK else {
                throw failure()
            }
        }
        defer { sqlite3_reset(statement) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure() }
    }

    func finalize() { sqlite3_finalize(statement) }

    private func bind(_ values: [SQLValue]) throws {
        for (index, value) in values.enumerated() {
            let position = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(statement, position)
                case .int(let number): sqlite3_bind_int64(statement, position, number)
                case .text(let text): bind(text, at: position)
                case .utf8(let bytes): bytes.withUnsafeBytes { bind($0, at: position) }
                }
            guard code == SQLITE_OK else { throw failure() }
        }
    }

    @inline(__always)
    private func bind(borrowing value: BorrowedValue, at position: Int32) -> Int32 {
        switch value {
        case .null: return sqlite3_bind_null(statement, position)
        case .int(let number): return sqlite3_bind_int64(statement, position, number)
        case .text(let text):
            // No destructor is SQLITE_STATIC: SQLite reads the bytes where they are.
            let start = UnsafeRawPointer(text.baseAddress)?.assumingMemoryBound(to: CChar.self) ?? emptyText
            return sqlite3_bind_text64(statement, position, start, UInt64(text.count), nil, UInt8(SQLITE_UTF8))
        }
    }

    private func bind(_ text: String, at position: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bind(UnsafeRawBufferPointer($0), at: position) }
    }

    private func bind(_ bytes: UnsafeRawBufferPointer, at position: Int32) -> Int32 {
        // A null pointer would bind NULL: the empty string has none of its own.
        sqlite3_bind_text64(
            statement, position, bytes.assumingMemoryBound(to: CChar.self).baseAddress ?? emptyText,
            UInt64(bytes.count), Self.copied, UInt8(SQLITE_UTF8))
    }

    /// SQLITE_TRANSIENT, which C spells as a cast that Swift does not import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func failure() -> SQLiteFailure {
        SQLiteFailure(code: sqlite3_extended_errcode(connection), message: String(cString: sqlite3_errmsg(connection)))
    }
}

private nonisolated(unsafe) let emptyText = UnsafePointer<CChar>(strdup("")!)

struct SQLiteRow: Row {
    let statement: OpaquePointer

    func int(_ column: Int) -> Int64? {
        guard sqlite3_column_type(statement, Int32(column)) != SQLITE_NULL else { return nil }
        return sqlite3_column_int64(statement, Int32(column))
    }

    func text(_ column: Int) -> String? {
        bytes(column).map { String(decoding: $0, as: UTF8.self) }
    }

    func json(_ column: Int) throws -> JSONValue? {
        try bytes(column).map { try JSONValue(parsing: $0) }
    }

    func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
        guard let text = sqlite3_column_text(statement, Int32(column)) else { return nil }
        return UnsafeRawBufferPointer(start: text, count: Int(sqlite3_column_bytes(statement, Int32(column))))
    }
}

extension StoreError {
    /// The words for what went wrong below: what is, then what to do.
    init(_ error: any Error, path: String) {
        if let error = error as? StoreError {
            self = error
            return
        }
        if let error = error as? JSONError {
            self.init(code: "damaged", message: "a JSON column in \(path) cannot be read: \(error.message)", hint: nil)
            return
        }
        let code: Int32
        let said: String
        switch error {
        case let error as SQLiteFailure: (code, said) = (error.code & 0xFF, error.message)
        case let error as DatabaseError: (code, said) = (error.resultCode.rawValue, error.message ?? "")
        default: (code, said) = (-1, "\(error)")
        }
        switch code {
        case SQLITE_FULL:
            self.init(
                code: "full", message: "the disk that holds \(path) is full; nothing was written",
                hint: "make room, then `arcadia resume` goes on from the last durable line")
        case SQLITE_BUSY, SQLITE_LOCKED:
            self.init(
                code: "busy", message: "another process kept the database \(path) locked for more than 10 s",
                hint: "see who has it open: `fuser \(path)`")
        case SQLITE_NOTADB, SQLITE_CORRUPT:
            self.init(code: "damaged", message: "\(path) is not a sound SQLite database: \(said)", hint: nil)
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_CANTOPEN:
            self.init(code: "io", message: "\(path) cannot be opened for writing: \(said)", hint: nil)
        case SQLITE_IOERR:
            self.init(
                code: "io", message: "the disk that holds \(path) reported an error: \(said)",
                hint: "check the disk; `arcadia resume` goes on from the last durable line")
        default:
            self.init(code: "other", message: "the database \(path) said: \(said)", hint: nil)
        }
    }
}
