internal import SagaCore

/// A plan as boxes and arrows, whatever draws them.
struct PlanGraph {
    struct Node {
        enum Mark { case plain, waits, irreversible, pivot }

        /// eg: "s1"
        let id: String
        /// The step's name first.
        let lines: [String]
        let mark: Mark
    }

    /// A step, or a frame around lists of steps, which stand side by side.
    indirect enum Block {
        case node(Node)
        case frame(id: String, title: String, lists: [[Block]])
    }

    struct Edge {
        let from: String
        let to: String
    }

    let title: String
    let blocks: [Block]
    /// What comes after what.
    private(set) var forward: [Edge] = []
    /// What is taken back after what.
    private(set) var back: [Edge] = []

    init(_ plan: JSONValue) {
        title = Self.line(plan.shown("saga") + (plan["version"]?.stringValue.map { " version \($0)" } ?? ""))
        let waits = Set(plan.rows("waits").map { $0.shown("step_number") })
        let irreversible = Set(plan.rows("irreversible").map { $0.shown("step_number") })
        blocks = Self.blocks(plan["steps"] ?? [], Marks(waits: waits, irreversible: irreversible))
        connect(blocks)
        connectBack(plan, stands: irreversible)
    }

    /// By their numbers.
    private struct Marks {
        let waits: Set<String>
        let irreversible: Set<String>

        func mark(_ step: JSONValue) -> Node.Mark {
            let number = step.shown("step_number")
            if irreversible.contains(number) { return .irreversible }
            if step["pivot"]?.boolValue == true { return .pivot }
            return waits.contains(number) ? .waits : .plain
        }
    }

    // MARK: - Boxes

    private static func blocks(_ list: JSONValue, _ marks: Marks) -> [Block] {
        (list.arrayValue ?? []).map { step in
            let id = "s\(step.shown("step_number"))"
            let lists = lists(of: step)
            guard !lists.isEmpty else { return .node(Node(id: id, lines: lines(step), mark: marks.mark(step))) }
            return .frame(id: id, title: frameTitle(step), lists: lists.map { blocks($0, marks) })
        }
    }

    private static func lists(of step: JSONValue) -> [JSONValue] {
        step.rows("branches") + [step["steps"], step["else"]].compactMap { $0 }
    }

    private static func lines(_ step: JSONValue) -> [String] {
        var lines = ["\(step.shown("step_number"))  \(step.shown("step_id"))", step.shown("uses")]
        if let condition = step["when"]?.stringValue {
            lines.append((step["left_out"]?.boolValue == true ? "left out, not " : "when ") + condition)
        }
        lines += step["forecast"]?.rows("resources").prefix(3).map(PlanWords.resource) ?? []
        return lines.map { line($0.cut(to: 60)) }
    }

    /// No drawing can show a control character, and some end with it.
    private static func line(_ text: String) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09, 0x0A, 0x0D: line.append(" ")
            case ..<0x20, 0x7F..<0xA0, 0xFFFE, 0xFFFF: line.append("\u{FFFD}")
            default: line.append(scalar)
            }
        }
        return String(line)
    }

    private static func frameTitle(_ step: JSONValue) -> String {
        let what =
            switch step.shown("form") {
            case "parallel": "at once"
            case "for_each": "for each of \(step["count"]?.unlessNull?.text ?? step.shown("items"))"
            case "saga": "saga \(step.shown("saga"))"
            default: "scope" + (step["else"] == nil ? "" : ", and what is done else")
            }
        return line("\(step.shown("step_number"))  \(step.shown("step_id")): \(what)")
    }

    // MARK: - Arrows

    private mutating func connect(_ list: [Block]) {
        for (block, next) in zip(list, list.dropFirst()) {
            for from in Self.ends(block) {
                for to in Self.beginnings(next) { forward.append(Edge(from: from, to: to)) }
            }
        }
        for case .frame(_, _, let lists) in list { for list in lists { connect(list) } }
    }

    private static func beginnings(_ block: Block) -> [String] {
        switch block {
        case .node(let node): [node.id]
        case .frame(_, _, let lists): lists.flatMap { $0.first.map(beginnings) ?? [] }
        }
    }

    private static func ends(_ block: Block) -> [String] {
        switch block {
        case .node(let node): [node.id]
        case .frame(_, _, let lists): lists.flatMap { $0.last.map(ends) ?? [] }
        }
    }

    /// From each step to the one that is taken back next after it.
    private mutating func connectBack(_ plan: JSONValue, stands: Set<String>) {
        for (step, _) in (plan["steps"] ?? []).planSteps() {
            guard step.shown("compensation") == "compensate", !stands.contains(step.shown("step_number")),
                let next = step["if_it_fails"]?.rows("takes_back").first(where: { $0.shown("extent") == "whole" })
            else { continue }
            back.append(Edge(from: "s\(step.shown("step_number"))", to: "s\(next.shown("step_number"))"))
        }
    }
}
