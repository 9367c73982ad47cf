internal import Storage

/// Lines on their way from the thread that reads them to the one that writes them, with the bytes their texts lie in.
///
/// Belongs to one of the two at a time: that is why it may be handed over.
final class LineBlock: @unchecked Sendable {
    /// Of the file; texts of the rows lie here.
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: CSVReader.bufferSize)
    /// Row after row, `columnCount` values each.
    private(set) var values: UnsafeMutablePointer<BorrowedValue>
    private(set) var valueCount = 0
    private var capacity = 64 * 16
    /// What of the rows does not lie in `bytes`.
    private var others: [UnsafeMutableBufferPointer<UInt8>] = []

    init() { values = .allocate(capacity: capacity) }

    deinit {
        clear()
        values.deallocate()
        bytes.deallocate()
    }

    var rows: UnsafeBufferPointer<BorrowedValue> { UnsafeBufferPointer(start: values, count: valueCount) }

    /// Room for another row, to be filled at once: the next one may move it.
    @inline(__always)
    func addRow(columnCount: Int) -> UnsafeMutablePointer<BorrowedValue> {
        if valueCount + columnCount > capacity { grow() }
        defer { valueCount += columnCount }
        return values + valueCount
    }

    /// Keeps the bytes for as long as the rows are kept.
    func keep(_ text: [UInt8]) -> UnsafeBufferPointer<UInt8> {
        let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.count)
        _ = copy.initialize(fromContentsOf: text)
        others.append(copy)
        return UnsafeBufferPointer(copy)
    }

    func clear() {
        valueCount = 0
        for text in others { text.deallocate() }
        others.removeAll(keepingCapacity: true)
    }

    private func grow() {
        let larger = UnsafeMutablePointer<BorrowedValue>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: values, count: valueCount)
        values.deallocate()
        values = larger
        capacity *= 2
    }
}
