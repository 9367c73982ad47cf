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

/// Where a value starts, its key if it has one, and the same for all within it; in bytes from the start of the text.
private struct Place: Sendable {
    var offset = 0
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

    mutating func valueEnds() {
        let place = open.removeLast()
        if open.isEmpty { root = place } else { open[open.count - 1].children.append(place) }
    }
}

/// A text that can tell line and column of a byte without reading from the start.
private struct Lines: Sendable {
    private let bytes: [UInt8]
    private let starts: [Int]

    init(_ text: String) {
        bytes = Array(text.utf8)
        starts = [0] + bytes.indices.lazy.filter { [bytes] in bytes[$0] == Byte.newline }.map { $0 + 1 }
    }

    func position(of offset: Int) -> JSONPosition {
        var low = 0
        var high = starts.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= offset { low = middle } else { high = middle }
        }
        let column = bytes[starts[low]..<offset].count { !Byte.isContinuation($0) }
        return JSONPosition(line: low + 1, column: column + 1)
    }
}
