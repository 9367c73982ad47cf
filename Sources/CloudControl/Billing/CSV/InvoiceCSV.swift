/// The lines of an invoice, typed, one after another. Memory does not grow with the file.
struct InvoiceCSV: ~Copyable {
    /// From 1.
    private(set) var ordinal = 0
    /// Milliseconds since 1970, UTC.
    private(set) var startsAt: Int64 = 0
    private(set) var endsAt: Int64 = 0
    private(set) var micros: Int64 = 0
    let columns: InvoiceColumns
    private var reader: CSVReader
    private var starts = TimeMemory()
    private var ends = TimeMemory()

    /// Reads the header.
    ///
    /// - Parameters:
    ///   - source: puts the next bytes into the space given and answers how many; 0: there are no more.
    ///   - nextBuffer: gives the reader a buffer to go on in; the lines so far stay in theirs.
    init(source: @escaping CSVReader.Source, nextBuffer: @escaping CSVReader.NextBuffer) throws {
        var reader = try CSVReader(source: source, nextBuffer: nextBuffer)
        columns = try Self.header(&reader)
        self.reader = reader
    }

    private static func header(_ reader: inout CSVReader) throws -> InvoiceColumns {
        guard try reader.next() else { throw InvoiceProblem(fact: .empty, line: 1, column: 1) }
        try checkUTF8(reader)
        var names: [String] = []
        var places: [Int] = []
        for index in 0..<reader.count {
            names.append(String(decoding: reader.field(index), as: UTF8.self))
            places.append(reader.position(of: reader.fields[index].start).column)
        }
        return try InvoiceColumns(names) { places[$0] }
    }

    /// The bytes of a field of this line, which stays in its buffer; an empty one where the file has no such column.
    @inline(__always)
    func field(_ place: Int) -> UnsafeBufferPointer<UInt8> {
        place < 0 ? UnsafeBufferPointer(start: nil, count: 0) : reader.field(place)
    }

    /// Reads the next line; false: there is none.
    mutating func next() throws -> Bool {
        guard try reader.next() else { return false }
        guard reader.count == columns.count else { throw wrongCount() }
        try Self.checkUTF8(reader)
        guard !reader.field(columns.product).isEmpty else { throw problem(.productMissing, in: columns.product) }
        try readTimes()
        micros = try amount()
        ordinal += 1
        return true
    }

    private mutating func readTimes() throws {
        startsAt = try starts.milliseconds(reader.field(columns.start)) ?? time(columns.start, "start")
        starts.remember(reader.field(columns.start), startsAt)
        endsAt = try ends.milliseconds(reader.field(columns.end)) ?? time(columns.end, "end")
        ends.remember(reader.field(columns.end), endsAt)
    }

    private func time(_ place: Int, _ column: String) throws -> Int64 {
        let bytes = reader.field(place)
        guard let milliseconds = CalendarTime.milliseconds(bytes) else {
            throw problem(.time(column: column, text: String(decoding: bytes.prefix(80), as: UTF8.self)), in: place)
        }
        return milliseconds
    }

    private func amount() throws -> Int64 {
        do throws(MoneyError) {
            return try Money(bytes: reader.field(columns.amount)).micros
        } catch {
            throw problem(.amount(error), in: columns.amount)
        }
    }

    private func wrongCount() -> InvoiceProblem {
        let (line, column) = reader.position(of: reader.recordStart)
        let fact: InvoiceProblem.Fact =
            reader.isUnended && reader.count < columns.count
            ? .cutOff(fields: reader.count, expected: columns.count)
            : .fieldCount(reader.count, expected: columns.count)
        return InvoiceProblem(fact: fact, line: line, column: column)
    }

    func problem(_ fact: InvoiceProblem.Fact, in place: Int) -> InvoiceProblem {
        let (line, column) = reader.position(of: reader.fields[place].start)
        return InvoiceProblem(fact: fact, line: line, column: column)
    }

    /// Nearly all lines are ASCII, which eight bytes at a time tell.
    private static func checkUTF8(_ reader: borrowing CSVReader) throws {
        if isASCII(reader.record) { return }
        for index in 0..<reader.count where String(validating: reader.field(index), as: UTF8.self) == nil {
            let (line, column) = reader.position(of: reader.fields[index].start)
            throw InvoiceProblem(fact: .notUTF8, line: line, column: column)
        }
    }

    private static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let raw = UnsafeRawBufferPointer(bytes)
        var seen: UInt64 = 0
        var at = 0
        while at + 8 <= raw.count {
            seen |= raw.loadUnaligned(fromByteOffset: at, as: UInt64.self)
            at += 8
        }
        while at < raw.count {
            seen |= UInt64(raw[at])
            at += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}

/// The last time that was read: most lines of an invoice span the whole month.
private struct TimeMemory {
    private var words: (UInt64, UInt64, UInt64) = (0, 0, 0)
    private var last: UInt8 = 0
    private var known: Int64 = 0

    @inline(__always)
    func milliseconds(_ bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        guard bytes.count == 25 else { return nil }
        let raw = UnsafeRawBufferPointer(bytes)
        return raw.loadUnaligned(as: UInt64.self) == words.0
            && raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == words.1
            && raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self) == words.2 && raw[24] == last ? known : nil
    }

    mutating func remember(_ bytes: UnsafeBufferPointer<UInt8>, _ milliseconds: Int64) {
        guard bytes.count == 25 else { return }
        let raw = UnsafeRawBufferPointer(bytes)
        words = (
            raw.loadUnaligned(as: UInt64.self), raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self),
            raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        )
        last = raw[24]
        known = milliseconds
    }
}
