/// When a fault strikes.
struct FaultRule: Sendable {
    private let method: String?
    /// The parts of the path; `*` is any part, `**` at the end is any rest.
    private let path: [String]?
    private let name: String
    let fault: Fault
    /// How many times it strikes; nil: without end.
    private let count: Int?
    private let probability: Double?
    /// How many requests that match pass first.
    private let after: Int
    private let source: JSON

    private var matched = 0
    private var struck = 0

    private static let settings: Set<String> = [
        "method", "path", "fault", "count", "probability", "after", "retry_after", "seconds", "times", "closes_early",
    ]

    /// Reads one entry; the error is a sentence about it, without its number.
    init(_ entry: JSON) throws(FaultRules.Mistake) {
        guard let members = entry.members else { throw .init("is not an object") }
        if let other = members.first(where: { !Self.settings.contains($0.key) })?.key {
            throw .init("has a setting \"\(other)\", and there is none of that name")
        }
        guard let name = entry["fault"]?.string else { throw .init("names no \"fault\"") }
        guard let fault = Fault(name, settings: entry) else {
            throw .init("names the fault \"\(name)\"; there are \(Fault.names.joined(separator: ", "))")
        }
        self.name = name
        self.fault = fault
        method = try Self.method(entry)
        path = try Self.path(entry)
        count = try Self.number("count", entry)
        after = try Self.number("after", entry) ?? 0
        probability = try Self.probability(entry)
        source = entry
    }

    private static func method(_ entry: JSON) throws(FaultRules.Mistake) -> String? {
        guard let value = entry["method"] else { return nil }
        guard let method = value.string?.uppercased(),
            ["GET", "POST", "PUT", "PATCH", "DELETE", "*"].contains(method)
        else { throw .init("has a \"method\" that is none: GET (HEAD too), POST, PUT, PATCH, DELETE or *") }
        return method == "*" ? nil : method
    }

    private static func path(_ entry: JSON) throws(FaultRules.Mistake) -> [String]? {
        guard let value = entry["path"] else { return nil }
        guard let path = value.string, path.hasPrefix("/") else {
            throw .init("has a \"path\" that does not begin with /, such as /v2/droplets/*/actions")
        }
        return path.split(separator: "/").map(String.init)
    }

    private static func number(_ name: String, _ entry: JSON) throws(FaultRules.Mistake) -> Int? {
        guard let value = entry[name] else { return nil }
        guard let number = value.integer, number >= 0 else { throw .init("has a \"\(name)\" that is no count") }
        return number
    }

    private static func probability(_ entry: JSON) throws(FaultRules.Mistake) -> Double? {
        guard let value = entry["probability"] else { return nil }
        guard let number = value.double, (0...1).contains(number) else {
            throw .init("has a \"probability\" that is not from 0 to 1")
        }
        return number
    }

    private func matches(_ call: Call) -> Bool {
        guard method == nil || method == call.method else { return false }
        guard let path else { return true }
        let isOpen = path.last == "**"
        let parts = isOpen ? path.dropLast() : path[...]
        guard isOpen ? call.path.count >= parts.count : call.path.count == parts.count else { return false }
        return zip(parts, call.path).allSatisfy { $0 == "*" || $0 == $1 }
    }

    /// Whether the fault strikes this request. Counts it.
    mutating func strikes(_ call: Call, _ random: inout SeededRandom) -> Bool {
        guard matches(call) else { return false }
        matched += 1
        guard matched > after, struck < count ?? .max else { return false }
        if let probability, !random.chance(probability) { return false }
        struck += 1
        return true
    }

    /// The rule's name in the log of requests.
    var title: String { name }

    var json: JSON {
        source.with([
            .init(key: "matched", value: .integer(matched)), .init(key: "struck", value: .integer(struck)),
        ])
    }
}
