/// Several rows with one statement: starting and ending a statement is a good part of what one row costs.
final class SQLiteBulkInsert: BulkInsert {
    private static let rowsAtOnce = 32
    private let columnCount: Int
    private let one: SQLiteStatement
    private let many: SQLiteStatement
    private let pending: UnsafeMutableBufferPointer<BorrowedValue>
    private var pendingCount = 0

    init(connection: SQLiteConnection, table: String, columns: [String]) throws {
        columnCount = columns.count
        let row = "(" + columns.map { _ in "?" }.joined(separator: ", ") + ")"
        let start = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
        one = try connection.preparedStatement(start + row)
        many = try connection.preparedStatement(
            start + repeatElement(row, count: Self.rowsAtOnce).joined(separator: ", "))
        pending = .allocate(capacity: columnCount * Self.rowsAtOnce)
    }

    deinit { pending.deallocate() }

    func append(_ row: UnsafeBufferPointer<BorrowedValue>) throws {
        precondition(row.count == columnCount)
        (pending.baseAddress! + pendingCount).initialize(from: row.baseAddress!, count: columnCount)
        pendingCount += columnCount
        guard pendingCount == pending.count else { return }
        pendingCount = 0
        try many.run(borrowing: UnsafeBufferPointer(pending))
    }

    func flush() throws {
        let count = pendingCount
        pendingCount = 0
        for start in stride(from: 0, to: count, by: columnCount) {
            try one.run(borrowing: UnsafeBufferPointer(rebasing: pending[start..<start + columnCount]))
        }
    }
}
