/// What is different between two definitions: by step, and line by line of their formatted texts.
public struct DefinitionDiff: Sendable {
    /// A definition and what it is called in the diff. eg: "trip@2"
    public struct Side: Sendable {
        public let label: String
        let value: JSONValue
        let lines: [Substring]

        public init(label: String, text: String) throws(JSONError) {
            self.label = label
            value = try JSONValue(parsing: text)
            lines = try DefinitionLayout(text).text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
        }
    }

    /// What became of a step, by its id.
    public struct StepChange: Sendable, Hashable {
        public enum Kind: String, Sendable, Hashable { case added, removed, moved, changed }

        public let id: String
        public let kind: Kind
        /// What it does. eg: "core.echo"; of a step that is made of steps, its form. eg: "parallel"
        public let uses: String
        /// Of a changed step, the keys that differ.
        public let keys: [String]
    }

    public let from: Side
    public let to: Side
    /// Keys of the definition itself that differ, but for its steps.
    public let keys: [String]
    /// Removed ones first, then the others in the order of the newer definition.
    public let steps: [StepChange]
    /// As `diff -u` has it; empty where the formatted texts are the same.
    public let lines: [String]

    public init(from: Side, to: Side) {
        (self.from, self.to) = (from, to)
        keys = Self.changedKeys(from.value.objectValue ?? [:], to.value.objectValue ?? [:], but: ["steps"])
        steps = Self.changes(WrittenStep.all(of: from.value), WrittenStep.all(of: to.value))
        lines = UnifiedDiff(from.lines, to.lines).lines(from: from.label, to: to.label)
    }

    /// They say the same; their layout may differ.
    public var isEmpty: Bool { lines.isEmpty }

    /// `{"from", "to", "same", "keys": [text], "steps": [{"step_id", "change", "uses", "keys"}], "text"}`
    public var json: JSONValue {
        [
            "from": .string(from.label), "to": .string(to.label), "same": .bool(isEmpty),
            "keys": .array(keys.map(JSONValue.string)),
            "steps": .array(steps.map(\.json)), "text": .string(lines.map { $0 + "\n" }.joined()),
        ]
    }

    static func changedKeys(_ old: JSONObject, _ new: JSONObject, but apart: Set<String>) -> [String] {
        let all = old.keys + new.keys.filter { old[$0] == nil }
        return all.filter { !apart.contains($0) && old[$0] != new[$0] }
    }

    private static func changes(_ old: [WrittenStep], _ new: [WrittenStep]) -> [StepChange] {
        let before = Dictionary(uniqueKeysWithValues: old.map { ($0.name, $0) })
        let after = Set(new.map(\.name))
        let moved = moved(old.map(\.name).filter(after.contains), new.map(\.name).filter { before[$0] != nil })
        let removed = old.filter { !after.contains($0.name) }.map { $0.change(.removed) }
        return removed
            + new.compactMap { step in
                guard let earlier = before[step.name] else { return step.change(.added) }
                let keys = changedKeys(earlier.own, step.own, but: [])
                if !keys.isEmpty { return step.change(.changed, keys) }
                return moved.contains(step.name) ? step.change(.moved) : nil
            }
    }

    /// Those that stand elsewhere among the others, as few as there can be.
    private static func moved(_ old: [WrittenStep.Name], _ new: [WrittenStep.Name]) -> Set<WrittenStep.Name> {
        Set(
            new.difference(from: old).insertions.compactMap { change in
                if case .insert(_, let name, _) = change { name } else { nil }
            })
    }
}

extension DefinitionDiff.StepChange {
    fileprivate var json: JSONValue {
        [
            "step_id": .string(id), "change": .string(kind.rawValue), "uses": .string(uses),
            "keys": .array(keys.map(JSONValue.string)),
        ]
    }
}

/// A step as it is written, wherever it stands.
private struct WrittenStep {
    /// What it is found by in the other definition.
    struct Name: Hashable {
        let id: String
        /// Of several steps with one id, which no saga can have: which one, from 0.
        var turn = 0
    }

    private(set) var name: Name
    let uses: String
    /// What it says itself, without the steps in it.
    let own: JSONObject

    func change(_ kind: DefinitionDiff.StepChange.Kind, _ keys: [String] = []) -> DefinitionDiff.StepChange {
        DefinitionDiff.StepChange(id: name.id, kind: kind, uses: uses, keys: keys)
    }

    /// Every step, those within others right after them.
    static func all(of definition: JSONValue) -> [WrittenStep] {
        var steps: [WrittenStep] = []
        collect(.array(definition.arrayValue ?? definition["steps"]?.arrayValue ?? []), into: &steps)
        var turns: [String: Int] = [:]
        for place in steps.indices {
            let id = steps[place].name.id
            steps[place].name.turn = turns[id, default: 0]
            turns[id, default: 0] += 1
        }
        return steps
    }

    private static let bodies = ["parallel", "scope", "steps", "else"]

    /// - Parameter value: a step, or a list of them, or of such lists.
    private static func collect(_ value: JSONValue, into steps: inout [WrittenStep]) {
        switch value {
        case .array(let items): for item in items { collect(item, into: &steps) }
        case .string(let name):
            steps.append(WrittenStep(name: Name(id: fallbackID(steps)), uses: name, own: ["uses": value]))
        case .object(let object):
            var own = object
            own["id"] = nil
            for key in bodies { own[key] = nil }
            let id = object["id"]?.stringValue ?? fallbackID(steps)
            steps.append(WrittenStep(name: Name(id: id), uses: form(of: object), own: own))
            for key in bodies { if let body = object[key]?.arrayValue { collect(.array(body), into: &steps) } }
        default: break
        }
    }

    private static func fallbackID(_ steps: [WrittenStep]) -> String { "step_\(steps.count + 1)" }

    private static func form(of step: JSONObject) -> String {
        step["uses"]?.stringValue ?? ["parallel", "for_each", "saga", "wait", "signal", "scope"].first {
            step[$0] != nil
        }
            ?? "step"
    }
}
