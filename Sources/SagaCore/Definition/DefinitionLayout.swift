/// A definition as `arcadia fmt` writes it: the keys in the order of the documentation, two spaces a level, what is short
/// on one line, a line for each step. Numbers and texts stay as they were written.
public struct DefinitionLayout: Sendable {
    /// What a line is kept within, where it can be.
    public static let width = 80

    /// The formatted text, with a line break at its end.
    public let text: String

    /// - Parameter text: any JSON; what is no definition is laid out, too.
    public init(_ text: String) throws(JSONError) {
        let document = try JSONDocument(parsing: text)
        let place: DefinitionPlace = document.value.arrayValue != nil ? .list(.step) : .definition
        var writer = LayoutWriter()
        writer.write(document.written.ordered(as: place), as: place, level: 0, isOpen: true)
        self.text = writer.text + "\n"
    }
}

/// What stands at a place of a definition: in which order its keys are written, and what stands at each.
indirect enum DefinitionPlace {
    case definition
    case step
    case list(DefinitionPlace)
    /// Any names, and at each of them the same.
    case byName(DefinitionPlace)
    case object([String])
    /// Data: the order is its author's.
    case data

    private static let definitionKeys = [
        "$schema", "saga", "version", "description", "inputs", "concurrency_key", "timeout_seconds", "definitions",
        "steps", "output", DefinitionBundle.key,
    ]
    private static let stepKeys = [
        "id", "uses", "parallel", "for_each", "saga", "wait", "signal", "scope", "version", "description", "when", "as",
        "max_concurrency", "with", "on_failure", "retry", "timeout_seconds", "total_timeout_seconds", "compensation",
        "pivot", "steps", "else", "output",
    ]
    private static let retryKeys = ["max_attempts", "initial_seconds", "multiplier", "max_seconds", "jitter", "on"]
    private static let compensationKeys = ["uses", "with", "retry", "timeout_seconds", "on_failure", "skip"]

    var keys: [String] {
        switch self {
        case .definition: Self.definitionKeys
        case .step: Self.stepKeys
        case .object(let keys): keys
        case .list, .byName, .data: []
        }
    }

    func place(of key: String) -> DefinitionPlace {
        switch self {
        case .definition:
            switch key {
            case "steps": .list(.step)
            case "definitions": .byName(.definition)
            default: .data
            }
        case .step:
            switch key {
            case "steps", "scope", "else": .list(.step)
            case "parallel": .list(.list(.step))
            case "retry": .object(Self.retryKeys)
            case "compensation": .object(Self.compensationKeys)
            case "signal": .object(DefinitionReader.hostCalls["signal"]?.keys ?? [])
            default: .data
            }
        case .object: key == "retry" ? .object(Self.retryKeys) : .data
        case .byName(let place): place
        case .list, .data: .data
        }
    }

    var item: DefinitionPlace { if case .list(let place) = self { place } else { .data } }

    /// A list of steps, or of such lists.
    var isSteps: Bool { if case .list = self { true } else { false } }
}

extension JSONWritten {
    /// With the keys in the order of the documentation; others stand behind them, as they were.
    fileprivate func ordered(as place: DefinitionPlace) -> JSONWritten {
        switch self {
        case .scalar: return self
        case .array(let items): return .array(items.map { $0.ordered(as: place.item) })
        case .object(let members):
            let rank = Dictionary(uniqueKeysWithValues: place.keys.enumerated().map { ($1, $0) })
            let sorted = members.enumerated().sorted {
                (rank[$0.element.name] ?? .max, $0.offset) < (rank[$1.element.name] ?? .max, $1.offset)
            }
            return .object(
                sorted.map { _, member in
                    Member(
                        name: member.name, key: member.key,
                        value: member.value.ordered(as: place.place(of: member.name)))
                })
        }
    }
}

private struct LayoutWriter {
    private(set) var text = ""
    /// Characters on the line so far.
    private var column = 0

    /// - Parameter isOpen: it gets a line for each member or item, however short it is.
    mutating func write(_ value: JSONWritten, as place: DefinitionPlace, level: Int, isOpen: Bool, after: Int = 0) {
        switch value {
        case .array(let items) where !items.isEmpty && (isOpen || !fits(value, after)):
            write(open: "[", items, close: "]", level) { writer, item, after in
                let isOpen = place.item.isSteps
                writer.write(item, as: place.item, level: level + 1, isOpen: isOpen, after: after)
            }
        case .object(let members) where !members.isEmpty && (isOpen || !fits(value, after)):
            write(open: "{", members, close: "}", level) { writer, member, after in
                writer.put(member.key + ": ")
                let place = place.place(of: member.name)
                writer.write(member.value, as: place, level: level + 1, isOpen: place.isSteps, after: after)
            }
        default: put(value.line)
        }
    }

    private mutating func write<Part>(
        open: String, _ parts: [Part], close: String, _ level: Int, _ write: (inout LayoutWriter, Part, Int) -> Void
    ) {
        put(open)
        for (place, part) in parts.enumerated() {
            startLine(level + 1)
            let isLast = place == parts.count - 1
            write(&self, part, isLast ? 0 : 1)
            if !isLast { put(",") }
        }
        startLine(level)
        put(close)
    }

    /// - Parameter after: how many characters are to follow on the line.
    private func fits(_ value: JSONWritten, _ after: Int) -> Bool {
        column + value.line.count + after <= DefinitionLayout.width
    }

    private mutating func put(_ piece: String) {
        text += piece
        column += piece.count
    }

    private mutating func startLine(_ level: Int) {
        text += "\n" + String(repeating: " ", count: level * 2)
        column = level * 2
    }
}
