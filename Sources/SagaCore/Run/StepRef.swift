/// A step of a run: its place among the saga's steps, and, within a `for_each`, of which item.
public struct StepRef: Sendable, Hashable, ExpressibleByIntegerLiteral {
    /// From 0.
    public let index: Int
    /// The item's place in each `for_each` around the step, the outermost first, from 0.
    public let item: [Int]

    public init(_ index: Int, item: [Int] = []) {
        self.index = index
        self.item = item
    }

    public init(integerLiteral index: Int) { self.init(index) }
}

extension StepRef {
    /// The item as a journal row has it: `3`, or `3.0` within two; nil outside of any.
    public var itemText: String? { item.isEmpty ? nil : item.map(String.init).joined(separator: ".") }

    /// The item a journal row names; nil: it makes no sense.
    public static func item(_ text: String?) -> [Int]? {
        guard let text else { return [] }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        return parts.allSatisfy { $0 != nil } ? parts.map { $0! } : nil
    }
}

/// What steps are called: `create`, `network/create` within a saga, `servers[3]/create` within a `for_each`.
///
/// One pattern a step, with `[]` for the place of an item.
public struct StepLabels: Sendable {
    public let patterns: [String]

    public init(_ patterns: [String]) { self.patterns = patterns }

    init(steps: [Step], body: [Int]) {
        var patterns = Array(repeating: "", count: steps.count)
        Self.name(body, "", steps, &patterns)
        self.patterns = patterns
    }

    private static func name(_ list: [Int], _ prefix: String, _ steps: [Step], _ patterns: inout [String]) {
        for index in list {
            let step = steps[index]
            patterns[index] = prefix + step.id
            let inner =
                switch step.form {
                case .forEach: prefix + step.id + "[]/"
                case .saga: prefix + step.id + "/"
                case .call, .parallel, .scope: prefix
                }
            for list in step.form.lists { name(list, inner, steps, &patterns) }
        }
    }

    public subscript(ref: StepRef) -> String {
        guard patterns.indices.contains(ref.index) else { return "" }
        guard !ref.item.isEmpty else { return patterns[ref.index] }
        var places = ref.item[...]
        var label = ""
        for character in patterns[ref.index] {
            if character == "]", let place = places.popFirst() { label += String(place) }
            label.append(character)
        }
        return label
    }

    /// The step that is called so.
    public func ref(_ label: String) -> StepRef? {
        var item: [Int] = []
        var pattern = ""
        var digits: String?
        for character in label {
            if character == "]", let text = digits {
                guard let place = Int(text) else { return nil }
                item.append(place)
                digits = nil
            }
            if digits != nil { digits?.append(character) } else { pattern.append(character) }
            if character == "[" { digits = "" }
        }
        return patterns.firstIndex(of: pattern).map { StepRef($0, item: item) }
    }
}
