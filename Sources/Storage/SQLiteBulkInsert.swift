/// Several rows with one statement: starting and ending a statement is a good part of what one row costs.
final class SQLiteBulkInsert: BulkInsert {
    let rowsAtOnce = 64
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
            start + repeatElement(row, count: rowsAtOnce).joined(separator: ", "))
        pending = .allocate(capacity: columnCount * rowsAtOnce)
        pending.initialize(repeating: .null)
    }

    deinit { pending.deallocate() }

    func nextRow() throws -> UnsafeMutableBufferPointer<BorrowedValue> {
        if pendingCount == pending.count {
            pendingCount = 0
            try many.run(borrowing: UnsafeBufferPointer(pending))
        }
        defer { pendingCount += columnCount }
        return UnsafeMutableBufferPointer(rebasing: pending[pendingCount..<pendingCount + columnCount])
    }

    func flush() throws {
        let count = pendingCount
        pendingCount = 0
        if count == pending.count { return try many.run(borrowing: UnsafeBufferPointer(pending)) }
        for start in stride(from: 0, to: count, by: columnCount) {
            try one.run(borrowing: UnsafeBufferPointer(rebasing: pending[start..<start + columnCount]))
        }
    }
}
