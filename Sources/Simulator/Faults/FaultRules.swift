/// The faults that are planned. The first rule that strikes a request is the one it gets.
struct FaultRules: Sendable {
    /// Why a list of faults was refused.
    struct Mistake: Error, Sendable {
        let text: String

        init(_ text: String) { self.text = text }
    }

    static let none = FaultRules()

    private var rules: [FaultRule] = []

    private init() {}

    /// Reads a JSON array of rules, or an object that has them as `rules`. An error names the entry, from 1.
    init(parsing bytes: [UInt8]) throws(Mistake) {
        guard let document = JSON(parsing: bytes) else { throw Mistake("the faults are not JSON") }
        guard let entries = document.array ?? document["rules"]?.array else {
            throw Mistake("the faults are not a list of rules")
        }
        for (index, entry) in entries.enumerated() {
            do {
                rules.append(try FaultRule(entry))
            } catch {
                throw Mistake("entry \(index + 1) of the faults \(error.text)")
            }
        }
    }

    mutating func next(for call: Call, _ random: inout SeededRandom) -> FaultRule? {
        for index in rules.indices where rules[index].strikes(call, &random) { return rules[index] }
        return nil
    }

    var json: JSON { ["rules": .array(rules.map(\.json))] }
}
