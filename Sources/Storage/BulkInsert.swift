/// A value of a row on its way into a table, borrowed from whoever holds it.
public enum BorrowedValue {
    case null
    case int(Int64)
    /// UTF-8.
    case text(UnsafeBufferPointer<UInt8>)
}

/// Puts many rows into one table, for when there are a million of them: nothing is copied, several rows go in at once.
///
/// Belongs to the connection it was made of, and to the `write` it was made in.
public protocol BulkInsert: AnyObject {
    /// Puts in rows, one after another, each with a value for each column. All are in when it returns.
    func insert(_ rows: UnsafeBufferPointer<BorrowedValue>) throws
}
