/// What a stable code means, for whoever meets it: `arcadia explain CODE`.
///
/// The texts stand in `Explanation+….swift`, a group in each; every code of a `DefinitionError` has one.
public struct Explanation: Sendable, Hashable {
    /// eg: `definition.unknown_step`.
    public let code: String
    public let group: Group
    /// What is wrong, in a few words.
    public let title: String
    /// What it means and why it is insisted on: paragraphs with an empty line between them, each on one line.
    public let meaning: String
    /// Nil where nothing short shows it.
    public let examples: Examples?

    public enum Group: String, Sendable, Hashable, CaseIterable {
        case text, keys, steps, operations, expressions, flow, inputs, stored, runs

        /// A heading.
        public var title: String {
            switch self {
            case .text: "the text of a definition"
            case .keys: "keys and values"
            case .steps: "steps"
            case .operations: "operations and their inputs"
            case .expressions: "expressions"
            case .flow: "what a run could not do"
            case .inputs: "inputs of a run"
            case .stored: "definitions by their names"
            case .runs: "what is asked of a run"
            }
        }
    }

    /// The mistake, and how it is right.
    public enum Examples: Sendable, Hashable {
        case definitions(wrong: Example, right: Example)
        case commands(wrong: String, right: String)
    }

    /// A definition small enough to show.
    public struct Example: Sendable, Hashable, ExpressibleByStringLiteral {
        /// As it is shown; "…" stands for what is too long.
        public let shown: String
        /// The whole text.
        public let text: String

        public init(stringLiteral text: String) { (shown, self.text) = (text, text) }

        /// - Parameter whole: what "…" stands for.
        init(_ shown: String, whole: String) {
            self.shown = shown
            let halves = shown.split(separator: "…", maxSplits: 1, omittingEmptySubsequences: false)
            text = halves.joined(separator: whole)
        }
    }

    /// Every one, by group.
    public static let all =
        text + keys + neverGiven + steps + operations + expressions + neverFilled + flow + proofs
        + inputs + stored + runs

    /// - Parameter code: with or without the word before its dot, in capitals or not; nil: nothing is called so.
    public static func find(_ code: String) -> Explanation? {
        let wanted = code.lowercased().replacing("-", with: "_")
        return all.first { $0.code == wanted } ?? all.first { $0.code == "definition." + wanted }
            ?? all.first { $0.code.hasSuffix("." + wanted) }
    }

    /// The code that was most likely meant.
    public static func nearest(to code: String) -> String? {
        let word = code.lowercased().split(separator: ".").last.map(String.init) ?? ""
        return closest(to: code, among: all.map(\.code))
            ?? all.first { $0.code.hasSuffix("." + (closest(to: word, among: all.map(\.name)) ?? "?")) }?.code
    }

    /// The code without the word before its dot.
    private var name: String { String(code.drop { $0 != "." }.dropFirst()) }

    /// `{"code", "group", "title", "meaning", "wrong"?, "right"?}`
    public var json: JSONValue {
        var object: JSONObject = [
            "code": .string(code), "group": .string(group.rawValue), "title": .string(title),
            "meaning": .string(meaning),
        ]
        switch examples {
        case .definitions(let wrong, let right):
            object["wrong"] = .string(wrong.shown)
            object["right"] = .string(right.shown)
        case .commands(let wrong, let right):
            object["wrong"] = .string(wrong)
            object["right"] = .string(right)
        case nil: break
        }
        return .object(object)
    }
}

extension Explanation {
    init(_ code: String, _ title: String, _ meaning: String, in group: Group, wrong: Example, right: Example) {
        self.init(
            code: "definition." + code, group: group, title: title, meaning: meaning,
            examples: .definitions(wrong: wrong, right: right))
    }

    init(_ code: String, _ title: String, _ meaning: String, in group: Group, typed wrong: String, right: String) {
        self.init(
            code: code, group: group, title: title, meaning: meaning, examples: .commands(wrong: wrong, right: right))
    }

    init(_ code: String, _ title: String, _ meaning: String, in group: Group) {
        self.init(code: code, group: group, title: title, meaning: meaning, examples: nil)
    }
}
