internal import SagaCore

/// An event of a stream (the HTML standard, 9.2).
struct ServerEvent: Sendable, Equatable {
    var name = "message"
    var id: String?
    /// Its JSON; null: it is none.
    var data: JSONValue = .null
}

/// Reads events out of the pieces in which a stream comes.
struct ServerEventReader {
    private var rest: [UInt8] = []
    private var event = ServerEvent()
    private var isEmpty = true

    /// The events that are whole with these bytes.
    mutating func read(_ bytes: [UInt8]) -> [ServerEvent] {
        rest += bytes
        var events: [ServerEvent] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let event = take(String(decoding: rest[start..<end], as: UTF8.self)) { events.append(event) }
            start = end + 1
        }
        rest.removeFirst(start)
        return events
    }

    /// The event that this line ends; nil: it ends none.
    private mutating func take(_ line: String) -> ServerEvent? {
        guard !line.isEmpty else {
            defer { (event, isEmpty) = (ServerEvent(), true) }
            return isEmpty ? nil : event
        }
        guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else { return nil }
        let value = String(line[line.index(after: colon)...].drop { $0 == " " })
        switch line[..<colon] {
        case "event": event.name = value
        case "id": event.id = value
        case "data":
            event.data = (try? JSONValue(parsing: value)) ?? .null
            isEmpty = false
        default: break
        }
        return nil
    }
}
