internal import SagaCore

/// How two values of a field are compared, where the usual way does not do.
///
/// The usual way, `meaning`: scalars as text (`1`, `1.0` and `"1"` are the same), lists as sets, null as empty.
public enum FieldComparator: String, Sendable, Hashable, CaseIterable {
    case meaning
    /// As `meaning`, and upper and lower case are the same.
    case caseless
    /// As `meaning`, but the order of a list counts, and so does how often an item stands in it.
    case ordered
    /// As numbers, also where they are written as strings: `"1.0"` is `1`. What is no number compares as `meaning`.
    case number

    func areEqual(_ expected: JSONValue, _ actual: JSONValue) -> Bool {
        if expected.means(actual), self != .ordered { return true }
        switch self {
        case .meaning: return false
        case .caseless: return expected.canonicalText.lowercased() == actual.canonicalText.lowercased()
        case .ordered: return Self.areEqualInOrder(expected, actual)
        case .number: return Self.number(expected).flatMap { Self.number(actual)?.means($0) } ?? false
        }
    }

    private static func areEqualInOrder(_ expected: JSONValue, _ actual: JSONValue) -> Bool {
        guard case .array(let ours) = expected, case .array(let theirs) = actual else { return expected.means(actual) }
        return ours.count == theirs.count && zip(ours, theirs).allSatisfy { areEqualInOrder($0, $1) }
    }

    private static func number(_ value: JSONValue) -> JSONValue? {
        switch value {
        case .int, .number: value
        case .string(let text): (try? JSONValue(parsing: text)).flatMap { number($0.stringValue == nil ? $0 : .null) }
        case .null, .bool, .array, .object: nil
        }
    }
}

/// Which fields are compared in another way than usual, as providers' adapters declare it.
public struct FieldComparators: Sendable, Hashable {
    private var comparators: [String: FieldComparator] = [:]

    public init() {}

    /// Declares one.
    public mutating func declare(provider: String, kind: String, field: String, _ comparator: FieldComparator) {
        comparators["\(provider):\(kind):\(field)"] = comparator
    }

    func comparator(provider: String, kind: String, field: String) -> FieldComparator {
        comparators.isEmpty ? .meaning : comparators["\(provider):\(kind):\(field)"] ?? .meaning
    }
}
