/// jq 1.6 keeps every number as a double. Numbers that a double does not hold may pass through an expression, and come out
/// as they went in; to calculate with one is an error, since the result would be a little wrong without a word.
///
/// Whether one only passes through is found out by a second evaluation, in which other numbers stand in its place: what
/// passed through has changed to the other number, what does not depend on it has not changed, and everything else was
/// calculated from it.
struct RoundedNumbers {
    /// By what stands in its place: the number.
    private var originals: [UInt64: JSONValue] = [:]
    private var standIns: [ExactNumber: Double] = [:]

    /// Nil: there are none in it, and one evaluation will do.
    init?(in scope: JSONValue) {
        var numbers: [ExactNumber: JSONValue] = [:]
        Self.collect(scope, into: &numbers)
        guard !numbers.isEmpty else { return nil }
        // In their order, so that what is compared and sorted stays as it is.
        for (rank, (exact, value)) in numbers.sorted(by: { $0.key < $1.key }).enumerated() {
            let standIn = Self.standIn(for: Self.jqDouble(value), rank: rank + 1)
            standIns[exact] = standIn
            originals[standIn.bitPattern] = value
        }
    }

    /// A number that jq would make another of.
    static func isRounded(_ value: JSONValue) -> Bool {
        switch value {
        case .int(let number): return number.magnitude > 1 << 53 && isRounded(ExactNumber(number), Double(number))
        case .number(let text):
            guard let double = Double(text), double.isFinite else { return true }
            return isRounded(ExactNumber(text), double)
        default: return false
        }
    }

    private static func isRounded(_ exact: ExactNumber, _ double: Double) -> Bool {
        exact != ExactNumber(double.description)
    }

    private static func collect(_ value: JSONValue, into numbers: inout [ExactNumber: JSONValue]) {
        switch value {
        case .int, .number: if isRounded(value), let exact = ExactNumber(value) { numbers[exact] = value }
        case .array(let items): for item in items { collect(item, into: &numbers) }
        case .object(let members): for member in members { collect(member.value, into: &numbers) }
        default: break
        }
    }

    /// Large still, but small enough that adding one makes a difference; a fraction, which no ordinary number of this size has.
    private static func standIn(for double: Double, rank: Int) -> Double {
        guard double.magnitude >= 0x1p53 else { return double + double.ulp * Double(rank) }
        let number = 0x1p51 + Double(rank) + 0.5
        return double < 0 ? -0x1p52 + number : number
    }

    /// jq has no infinity: beyond the range of a double it takes the largest.
    private static func jqDouble(_ value: JSONValue) -> Double {
        if let double = value.doubleValue { return double }
        let isNegative = value.text.first == "-"
        return isNegative ? -Double.greatestFiniteMagnitude : .greatestFiniteMagnitude
    }

    /// The scope with other numbers in the place of those.
    func replaced(in scope: JSONValue) -> JSONValue {
        switch scope {
        case .int, .number:
            guard Self.isRounded(scope), let exact = ExactNumber(scope), let standIn = standIns[exact] else {
                return scope
            }
            return JSONValue(standIn) ?? scope
        case .array(let items): return .array(items.map(replaced))
        case .object(let members): return .object(JSONObject(members.map { ($0.key, replaced(in: $0.value)) }))
        default: return scope
        }
    }

    /// The result with the numbers that passed through as they went in; nil: something was calculated from one.
    ///
    /// - Parameters:
    ///   - result: with the numbers as jq rounds them.
    ///   - other: with the others in their place.
    func restored(_ result: JSONValue, _ other: JSONValue) -> JSONValue? {
        switch (result, other) {
        case (.array(let items), .array(let others)):
            guard items.count == others.count else { return nil }
            var restored: [JSONValue] = []
            for (item, other) in zip(items, others) {
                guard let value = self.restored(item, other) else { return nil }
                restored.append(value)
            }
            return .array(restored)
        case (.object(let members), .object(let others)):
            guard members.count == others.count else { return nil }
            var restored = JSONObject()
            for (key, value) in members {
                guard let other = others[key], let value = self.restored(value, other) else { return nil }
                restored[key] = value
            }
            return .object(restored)
        case (.int, _), (.number, _): return restoredNumber(result, other)
        default: return result == other ? result : nil
        }
    }

    private func restoredNumber(_ result: JSONValue, _ other: JSONValue) -> JSONValue? {
        guard let double = result.doubleValue, let otherDouble = other.doubleValue else { return nil }
        if let original = originals[otherDouble.bitPattern], Self.jqDouble(original) == double { return original }
        return double == otherDouble ? result : nil
    }
}
