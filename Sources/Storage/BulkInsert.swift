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
    /// After so many rows, counted from the last `flush`, the next one puts in those before it.
    var rowsAtOnce: Int { get }
    /// Where the next row goes, a value for each column: all of them are to be set, and count as added from now on.
    ///
    /// It may be changed for as long as it is not in. The texts of a row must stay where they are until `flush` has returned.
    func nextRow() throws -> UnsafeMutableBufferPointer<BorrowedValue>
    /// Puts in what was added and is not in yet.
    func flush() throws
}
