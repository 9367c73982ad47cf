/// A field of the current record: where it lies in the reader's buffer. Quotes are gone already.
struct CSVField {
    var start: Int
    var count: Int
    /// It has doubled quotes that are still to be halved; done once the record is whole.
    var isEscaped: Bool
}

/// Splits bytes into records as RFC 4180 has it, with one buffer at a time as its only memory.
///
/// Lines end with LF or CRLF, the last one with either or neither; empty lines and a byte order mark are passed over.
/// Everything else that the RFC does not allow is refused with its place.
struct CSVReader: ~Copyable {
    /// Puts the next bytes into the space given and answers how many; 0: there are no more.
    typealias Source = (UnsafeMutableRawBufferPointer) throws -> Int

    /// Gives a buffer of `bufferSize` to go on in. What was read into the one before stays there, but for the record at its
    /// end, which is not whole.
    typealias NextBuffer = () throws -> UnsafeMutablePointer<UInt8>

    /// A record longer than this is no line of an invoice: most likely a quote is open.
    static let longestRecord = 1 << 20
    private static let mostFields = 1000
    /// Of the first 45 bytes, those that end a piece of an unquoted field: NUL, LF, CR, quote, comma.
    private static let special: UInt64 = 1 | 1 << 10 | 1 << 13 | 1 << 34 | 1 << 44

    /// Space for the bytes of a buffer and the sentinel behind them.
    static let bufferSize = longestRecord + 1

    private let source: Source
    private let nextBuffer: NextBuffer
    private(set) var bytes: UnsafeMutablePointer<UInt8>
    private let capacity = longestRecord
    /// Where the next record starts, and where the bytes end; a newline stands behind them as a sentinel.
    private var start = 0
    private var end = 0
    private var isAtEnd = false
    private var fieldBuffer: UnsafeMutablePointer<CSVField>
    private(set) var count = 0
    /// Where the current record starts, in `bytes`.
    private(set) var recordStart = 0
    /// The line the current record starts on, from 1; a record may have several.
    private(set) var line = 0
    private var nextLine = 1

    var fields: UnsafePointer<CSVField> { UnsafePointer(fieldBuffer) }

    init(source: @escaping Source, nextBuffer: @escaping NextBuffer) throws {
        self.source = source
        self.nextBuffer = nextBuffer
        bytes = try nextBuffer()
        fieldBuffer = .allocate(capacity: Self.mostFields)
    }

    deinit { fieldBuffer.deallocate() }

    /// The bytes of a field. They stay in their buffer.
    @inline(__always)
    func field(_ index: Int) -> UnsafeBufferPointer<UInt8> {
        let field = fieldBuffer[index]
        return UnsafeBufferPointer(start: bytes + field.start, count: field.count)
    }

    /// The bytes of the current record, with its line's end.
    var record: UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: bytes + recordStart, count: min(start, end) - recordStart)
    }

    /// The last line, and nothing ends it: what it lacks was probably cut off.
    var isUnended: Bool { start > end }

    /// Reads the next record into `fields`; false: there is none.
    mutating func next() throws -> Bool {
        while true {
            switch try scan() {
            case .record(let next, let lines):
                recordStart = start
                start = next
                line = nextLine
                nextLine += lines
                if count == 1, fieldBuffer[0].count == 0, bytes[recordStart] != ASCII.quote { continue }
                unescape()
                return true
            case .needsMore:
                try refill()
            case .end:
                return false
            }
        }
    }

    /// What a look at the bytes from `start` on came to.
    private enum Scan {
        /// It goes on at `next`, so many lines below.
        case record(next: Int, lines: Int)
        case needsMore
        case end
    }

    private mutating func scan() throws -> Scan {
        guard start < end else { return isAtEnd ? .end : .needsMore }
        count = 0
        var at = start
        var lines = 1
        while true {
            let fieldStart = at
            var isEscaped = false
            var length: Int
            if bytes[at] == ASCII.quote {
                guard let close = try closingQuote(after: at, &lines, &isEscaped) else { return .needsMore }
                length = close - fieldStart - 1
                at = close + 1
                try add(CSVField(start: fieldStart + 1, count: length, isEscaped: isEscaped))
            } else {
                at = try endOfPlainField(from: at)
                try add(CSVField(start: fieldStart, count: at - fieldStart, isEscaped: false))
            }
            switch bytes[at] {
            case ASCII.comma:
                at += 1
            case ASCII.newline:
                guard at < end || isAtEnd else { return .needsMore }
                return .record(next: at + 1, lines: lines)
            case ASCII.carriageReturn:
                guard at + 1 < end || isAtEnd else { return .needsMore }
                guard bytes[at + 1] == ASCII.newline else { throw problem(.textAfterQuote, at: at) }
                return .record(next: at + 2, lines: lines)
            default:
                throw problem(.textAfterQuote, at: at)
            }
        }
    }

    /// Stands on the comma or the line's end behind the field.
    @inline(__always)
    private func endOfPlainField(from start: Int) throws -> Int {
        var at = start
        while true {
            let byte = bytes[at]
            if byte > ASCII.comma || Self.special &>> UInt64(byte) & 1 == 0 {
                at += 1
                continue
            }
            switch byte {
            case ASCII.comma, ASCII.newline: return at
            case ASCII.carriageReturn where bytes[at + 1] == ASCII.newline: return at
            case ASCII.carriageReturn where at < end: at += 1
            case ASCII.quote: throw problem(.quoteInPlainField, at: at)
            default: throw problem(.zeroByte, at: at)
            }
        }
    }

    /// The quote that ends the field; nil: it is not there yet.
    private func closingQuote(after open: Int, _ lines: inout Int, _ isEscaped: inout Bool) throws -> Int? {
        var at = open + 1
        while true {
            while at < end, bytes[at] != ASCII.quote {
                if bytes[at] == ASCII.newline { lines += 1 }
                if bytes[at] == 0 { throw problem(.zeroByte, at: at) }
                at += 1
            }
            if at + 1 >= end, !isAtEnd { return nil }
            guard at < end else { throw problem(.openQuote, at: open) }
            guard at + 1 < end, bytes[at + 1] == ASCII.quote else { return at }
            isEscaped = true
            at += 2
        }
    }

    private mutating func add(_ field: CSVField) throws {
        guard count < Self.mostFields else { throw problem(.tooManyFields(limit: Self.mostFields), at: field.start) }
        fieldBuffer[count] = field
        count += 1
    }

    /// Halves doubled quotes where they lie. Not before the record is whole: until then it may be read once more.
    private mutating func unescape() {
        for index in 0..<count where fieldBuffer[index].isEscaped {
            let field = fieldBuffer[index]
            var (from, to) = (field.start, field.start)
            while from < field.start + field.count {
                bytes[to] = bytes[from]
                from += bytes[from] == ASCII.quote ? 2 : 1
                to += 1
            }
            fieldBuffer[index].count = to - field.start
        }
    }

    /// Takes what is left into the next buffer and fills the rest of it.
    private mutating func refill() throws {
        let rest = end - start
        guard rest < capacity else { throw tooLong() }
        let isFirst = nextLine == 1 && start == 0 && rest == 0
        if !isFirst {
            let before = bytes
            bytes = try nextBuffer()
            bytes.update(from: before + start, count: rest)
        }
        start = 0
        end = rest
        while end < capacity, !isAtEnd {
            let space = UnsafeMutableRawBufferPointer(start: bytes + end, count: capacity - end)
            let count = try source(space)
            end += count
            isAtEnd = count == 0
        }
        bytes[end] = ASCII.newline
        if isFirst, end >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { start = 3 }
    }

    // MARK: - Places

    /// Line and column of a byte of the current record, both from 1; the column counts characters.
    func position(of offset: Int, fromLine line: Int? = nil, recordStart: Int? = nil) -> (line: Int, column: Int) {
        var line = line ?? self.line
        var lineStart = recordStart ?? self.recordStart
        for place in lineStart..<max(lineStart, min(offset, end)) where bytes[place] == ASCII.newline {
            line += 1
            lineStart = place + 1
        }
        let column = (lineStart..<max(lineStart, min(offset, end))).count { bytes[$0] & 0xC0 != 0x80 }
        return (line, column + 1)
    }

    private func problem(_ fact: InvoiceProblem.Fact, at offset: Int) -> InvoiceProblem {
        let (line, column) = position(of: offset, fromLine: nextLine, recordStart: start)
        return InvoiceProblem(fact: fact, line: line, column: column)
    }

    /// The record fills the buffer: its first open quote is what there is to say, if it has one.
    private func tooLong() -> InvoiceProblem {
        var (at, open): (Int, Int?) = (start, nil)
        while at < end {
            if bytes[at] == ASCII.quote { open = open == nil ? at : nil }
            at += 1
        }
        if let open { return problem(.openQuote, at: open) }
        return problem(.tooLong(limit: Self.longestRecord), at: start)
    }
}
