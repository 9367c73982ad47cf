/// A parsed JSON text that still knows where everything stood.
public struct JSONDocument: Sendable {
    public let value: JSONValue
    private let root: Place
    private let lines: Lines

    public init(parsing text: String) throws(JSONError) {
        var recorder = PlaceRecorder()
        value = try JSONValue(parsing: text, &recorder)
        root = recorder.root
        lines = Lines(text)
    }

    /// Where the value starts; nil when there is none.
    public func position(of pointer: JSONPointer) -> JSONPosition? {
        place(of: pointer).map { lines.position(of: $0.offset) }
    }

    /// Where the key of the member starts, at its quote; nil when the pointer leads to no member of an object.
    public func position(ofKey pointer: JSONPointer) -> JSONPosition? {
        place(of: pointer)?.key.map { lines.position(of: $0) }
    }

    /// Where the value has ended: the place after its last character.
    public func end(of pointer: JSONPointer) -> JSONPosition? {
        place(of: pointer).map { lines.position(of: $0.end) }
    }

    /// Where the key of the member has ended, after its closing quote.
    public func end(ofKey pointer: JSONPointer) -> JSONPosition? {
        place(of: pointer)?.key.map { lines.position(of: lines.endOfString(from: $0)) }
    }

    /// The value with every number, string and key as it was written.
    public var written: JSONWritten { written(value, root) }

    private func written(_ value: JSONValue, _ place: Place) -> JSONWritten {
        switch value {
        case .array(let items): .array(zip(items, place.children).map { written($0, $1) })
        case .object(let object): .object(zip(object, place.children).map { member($0, $1) })
        default: .scalar(lines.text(place.offset..<place.end))
        }
    }

    private func member(_ member: JSONObject.Element, _ place: Place) -> JSONWritten.Member {
        let start = place.key ?? place.offset
        return JSONWritten.Member(
            name: member.key, key: lines.text(start..<lines.endOfString(from: start)),
            value: written(member.value, place))
    }

    /// Walks the value and the places beside each other: both have their children in the order written.
    private func place(of pointer: JSONPointer) -> Place? {
        var value = value
        var place = root
        for token in pointer.tokens {
            switch value {
            case .object(let object):
                guard let child = object.place(of: token), let member = object[token] else { return nil }
                value = member
                place = place.children[child]
            case .array(let items):
                guard let child = JSONPointer.item(token), child < items.count else { return nil }
                value = items[child]
                place = place.children[child]
            default: return nil
            }
        }
        return place
    }
}

/// Where a value starts and has ended, its key if it has one, and the same for all within it; in bytes from the start of the text.
private struct Place: Sendable {
    var offset = 0
    var end = 0
    var key: Int?
    var children: [Place] = []
}

private struct PlaceRecorder: JSONRecorder {
    private(set) var root = Place()
    private var open: [Place] = []
    private var key: Int?

    mutating func key(at offset: Int) { key = offset }

    mutating func valueStarts(at offset: Int) {
        open.append(Place(offset: offset, key: key))
        key = nil
    }

    mutating func valueEnds(at offset: Int) {
        var place = open.removeLast()
        place.end = offset
        if open.isEmpty { root = place } else { open[open.count - 1].children.append(place) }
    }
}

/// A text that can tell line and column of a byte without reading from the start.
private struct Lines: Sendable {
    private let bytes: [UInt8]
    private let starts: [Int]
    /// How many characters there are before every so many bytes: a line may be the whole of a long document.
    private let counted: [Int]
    private static let stride = 256

    init(_ text: String) {
        bytes = Array(text.utf8)
        var (counted, count) = ([Int](), 0)
        for (index, byte) in bytes.enumerated() {
            if index % Self.stride == 0 { counted.append(count) }
            if !Byte.isContinuation(byte) { count += 1 }
        }
        self.counted = counted
        starts = [0] + bytes.indices.lazy.filter { [bytes] in bytes[$0] == Byte.newline }.map { $0 + 1 }
    }

    func position(of offset: Int) -> JSONPosition {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        return JSONPosition(line: low + 1, column: characters(before: offset) - characters(before: starts[low]) + 1)
    }

    private func characters(before offset: Int) -> Int {
        guard !counted.isEmpty else { return 0 }
        let block = min(offset / Self.stride, counted.count - 1)
        return counted[block] + bytes[(block * Self.stride)..<offset].count { !Byte.isContinuation($0) }
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// - Parameter start: of the opening quote.
    /// - Returns: the byte after the closing one.
    func endOfString(from start: Int) -> Int {
        var place = start + 1
        while bytes[place] != Byte.quote { place += bytes[place] == Byte.backslash ? 2 : 1 }
        return place + 1
    }
}
