import SagaCore

/// A saga of any forms within each other, made from a seed, and what goes wrong in it: of each step whatever its label
/// comes to. Nothing of it fails for good when it is taken back, so every run of it ends completed or rolled back.
struct RandomScenario {
    /// A list of steps on the way to a step, and the step's place there.
    struct Turn: Equatable {
        let list: Int
        let place: Int
        /// The list is done once an item.
        let isOfItems: Bool
    }

    private let seed: UInt64
    private var random: SplitMix
    private var lists = 0
    private var definitions = JSONObject()
    /// How each call comes to be done, by its id.
    private(set) var ways: [String: [Turn]] = [:]
    private(set) var definition: JSONValue = .null

    init(seed: UInt64) {
        self.seed = seed
        random = SplitMix(seed)
        var definition: JSONObject = ["saga": "s"]
        definition["steps"] = list(depth: 0, [], isOfItems: false)
        definition["definitions"] = .object(definitions)
        self.definition = .object(definition)
    }

    // MARK: - What goes wrong

    func deeds(_ label: String) -> [World.Deed] {
        switch fate(label) {
        case ..<66: []
        case ..<74: [.fail(.none)]
        case ..<80: [.fail(.partial)]
        case ..<86: [.lose]
        case ..<92: [.suspend(milliseconds: 50), .suspend(milliseconds: 200)]
        default: [.fail(.none, retry: .yes), .fail(.none, retry: .yes)]
        }
    }

    func undoing(_ label: String) -> [World.Deed] {
        switch fate("undo " + label) {
        case ..<80: []
        case ..<87: [.lose]
        case ..<93: [.suspend(milliseconds: 80)]
        default: [.fail(.none, retry: .yes), .fail(.none, retry: .yes)]
        }
    }

    /// From 0 to 99, the same for the same label.
    private func fate(_ label: String) -> UInt64 {
        var mixed = SplitMix(label.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
        return mixed.next() % 100
    }

    // MARK: - Steps

    private mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

    private mutating func list(depth: Int, _ way: [Turn], isOfItems: Bool) -> JSONValue {
        lists += 1
        let list = lists
        return .array(
            (0..<Int.random(in: 1...(depth == 0 ? 4 : 2), using: &random)).map { place in
                step(depth, way + [Turn(list: list, place: place, isOfItems: isOfItems)])
            })
    }

    private mutating func step(_ depth: Int, _ way: [Turn]) -> JSONValue {
        let id = "s\(ways.count)"
        ways[id] = way
        var step: JSONObject = ["id": .string(id)]
        if chance(8) { step["when"] = .bool(chance(50)) }
        if depth > 2 || chance(55) { call(&step) } else { hold(&step, depth, way) }
        return .object(step)
    }

    private mutating func call(_ step: inout JSONObject) {
        if chance(8) { return step["wait"] = ["seconds": 30] }
        step["uses"] = chance(70) ? "test.make" : "test.plain"
        if chance(15) { step["compensation"] = ["uses": "test.undo"] }
    }

    private mutating func hold(_ step: inout JSONObject, _ depth: Int, _ way: [Turn]) {
        func onFailure(_ isWaiting: Bool) -> JSONValue { isWaiting ? "wait" : "cancel" }
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
            step["on_failure"] = onFailure(chance(40))
            step["parallel"] = .array(
                (0..<Int.random(in: 2...3, using: &random)).map { _ in list(depth: depth + 1, way, isOfItems: false) })
        case 1:
            step["on_failure"] = onFailure(chance(40))
            step["for_each"] = .array((0..<Int64.random(in: 0...3, using: &random)).map(JSONValue.int))
            step["max_concurrency"] = .int(Int64.random(in: 1...3, using: &random))
            step["steps"] = list(depth: depth + 1, way, isOfItems: true)
        case 2:
            let name = "d\(definitions.count)"
            // Its place is taken before those within it take theirs.
            definitions[name] = .null
            let steps = list(depth: depth + 1, way, isOfItems: false)
            definitions[name] = ["saga": .string(name), "steps": steps]
            step["saga"] = .string(name)
        default: scope(&step, depth, way)
        }
    }

    private mutating func scope(_ step: inout JSONObject, _ depth: Int, _ way: [Turn]) {
        let end = ["compensate_all", "compensate_scope", "retry"].randomElement(using: &random)!
        step["on_failure"] = .string(end)
        step["scope"] = list(depth: depth + 1, way, isOfItems: false)
        if end == "retry" { step["retry"] = ["max_attempts": 3, "initial_seconds": 1] }
        if end != "compensate_all", chance(40) { step["else"] = list(depth: depth + 1, way, isOfItems: false) }
    }
}
