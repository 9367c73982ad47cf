/// Several rows with one statement: starting and ending a statement is a good part of what one row costs.
final class SQLiteBulkInsert: BulkInsert {
    private static let rowsAtOnce = 64
    private let columnCount: Int
    private let one: SQLiteStatement
    private let many: SQLiteStatement

    init(connection: SQLiteConnection, table: String, columns: [String]) throws {
        columnCount = columns.count
        let row = "(" + columns.map { _ in "?" }.joined(separator: ", ") + ")"
        let start = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES "
        one = try connection.preparedStatement(start + row)
        many = try connection.preparedStatement(
            start + repeatElement(row, count: Self.rowsAtOnce).joined(separator: ", "))
    }

    func insert(_ rows: UnsafeBufferPointer<BorrowedValue>) throws {
        precondition(rows.count % columnCount == 0)
        var rest = rows[...]
        while rest.count >= columnCount * Self.rowsAtOnce {
            try many.run(borrowing: UnsafeBufferPointer(rebasing: rest.prefix(columnCount * Self.rowsAtOnce)))
            rest = rest.dropFirst(columnCount * Self.rowsAtOnce)
        }
        while !rest.isEmpty {
            try one.run(borrowing: UnsafeBufferPointer(rebasing: rest.prefix(columnCount)))
            rest = rest.dropFirst(columnCount)
        }
    }
}
