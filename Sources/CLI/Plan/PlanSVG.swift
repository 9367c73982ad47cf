internal import SagaCore

/// A plan as a picture that needs nothing else: no font, no script, light or dark as whoever looks at it likes.
struct PlanSVG {
    private let graph: PlanGraph
    private let layout: PlanLayout

    private static let margin = 24.0
    private static let top = 44.0
    private static let bottom = 40.0
    /// Where the way back runs, beside the boxes.
    private static let lane = 56.0
    private static let legend = "solid: forward    dashed: taken back next    red: cannot be taken back"

    init(_ graph: PlanGraph) {
        self.graph = graph
        layout = PlanLayout(graph.blocks, x: Self.margin, y: Self.top + Self.margin)
    }

    var text: String {
        let letters = Double(max(graph.title.count, Self.legend.count))
        let width = max(layout.width + Self.lane, letters * PlanLayout.letter) + 2 * Self.margin
        let height = layout.height + Self.top + 2 * Self.margin + Self.bottom
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" role=\"img\" aria-labelledby=\"title\">",
            "<title id=\"title\">Plan of \(Self.escaped(graph.title))</title>", Self.style,
            "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>",
            "<text class=\"title\" x=\"\(Self.number(Self.margin))\" y=\"30\">\(Self.escaped(graph.title))</text>",
        ]
        lines += layout.frames.map(frame)
        lines += graph.forward.compactMap(forward) + graph.back.compactMap(back)
        lines += layout.nodes.map(node)
        lines.append(
            "<text class=\"small\" x=\"\(Self.number(Self.margin))\" y=\"\(Self.number(height - 18))\" xml:space=\"preserve\">\(Self.legend)</text>"
        )
        return (lines + ["</svg>"]).joined(separator: "\n")
    }

    private static let style = """
        <style>
        svg { --ink: #1f2328; --soft: #59636e; --line: #818b98; --paper: #ffffff; --box: #f6f8fa; --bad: #c93c37; --turn: #9a6700; }
        @media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --soft: #9198a1; --line: #656c76; --paper: #0d1117; --box: #161b22; --bad: #f47067; --turn: #d4a72c; } }
        text { font: 12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: var(--ink); }
        .title { font-size: 15px; font-weight: 600; } .name { font-weight: 600; } .small, .soft { fill: var(--soft); }
        .small { font-size: 11px; } .paper { fill: var(--paper); }
        .box { fill: var(--box); stroke: var(--line); } .waits { stroke-dasharray: 4 3; }
        .irreversible { stroke: var(--bad); stroke-width: 2; } .pivot { stroke: var(--turn); stroke-width: 2; }
        .frame { fill: none; stroke: var(--line); stroke-dasharray: 2 3; }
        .go, .back { fill: none; stroke: var(--soft); stroke-width: 1.4; } .back { stroke-dasharray: 5 4; }
        .head { fill: var(--soft); }
        </style>
        """

    // MARK: - Boxes

    private func frame(_ frame: (title: String, box: PlanLayout.Box)) -> String {
        let box = frame.box
        return Self.rectangle("frame", box)
            + "<text class=\"small\" x=\"\(Self.number(box.x + 12))\" y=\"\(Self.number(box.y + 18))\">\(Self.escaped(frame.title))</text>"
    }

    private func node(_ placed: (node: PlanGraph.Node, box: PlanLayout.Box)) -> String {
        let box = placed.box
        let mark =
            switch placed.node.mark {
            case .plain: "box"
            case .waits: "box waits"
            case .irreversible: "box irreversible"
            case .pivot: "box pivot"
            }
        let texts = placed.node.lines.enumerated().map { index, line in
            let y = box.y + PlanLayout.padding + 10 + Double(index) * PlanLayout.line
            return
                "<text class=\"\(index == 0 ? "name" : "soft")\" x=\"\(Self.number(box.x + PlanLayout.padding))\" y=\"\(Self.number(y))\" xml:space=\"preserve\">\(Self.escaped(line))</text>"
        }
        return Self.rectangle(mark, box) + texts.joined()
    }

    private static func rectangle(_ style: String, _ box: PlanLayout.Box) -> String {
        "<rect class=\"\(style)\" x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(box.width))\" height=\"\(number(box.height))\" rx=\"6\"/>"
    }

    // MARK: - Arrows

    /// From the bottom of one to the top of the other.
    private func forward(_ edge: PlanGraph.Edge) -> String? {
        guard let from = layout.box(edge.from), let to = layout.box(edge.to) else { return nil }
        let (x1, y1, x2, y2) = (from.middle, from.bottom, to.middle, to.y - 6)
        let bend = (y2 - y1) / 2
        return Self.path(
            "go",
            "M\(Self.point(x1, y1)) C\(Self.point(x1, y1 + bend)) \(Self.point(x2, y2 - bend)) \(Self.point(x2, y2))")
            + Self.head(x2, to.y, dx: 0, dy: 1)
    }

    /// From the right side of one, around whatever stands between, to the right side of the other.
    private func back(_ edge: PlanGraph.Edge) -> String? {
        guard let from = layout.box(edge.from), let to = layout.box(edge.to) else { return nil }
        let between = layout.nodes.map(\.box).filter { $0.y >= to.y && $0.bottom <= from.bottom }
        let lane = (between.map(\.right).max() ?? max(from.right, to.right)) + 30
        let (y1, y2) = (from.y + from.height / 3, to.y + to.height * 2 / 3)
        return Self.path(
            "back",
            "M\(Self.point(from.right, y1)) C\(Self.point(lane, y1)) \(Self.point(lane, y1)) \(Self.point(lane, (y1 + y2) / 2)) S\(Self.point(lane, y2)) \(Self.point(to.right + 6, y2))"
        )
            + Self.head(to.right, y2, dx: -1, dy: 0)
    }

    private static func path(_ style: String, _ path: String) -> String { "<path class=\"\(style)\" d=\"\(path)\"/>" }

    /// A tip at this point, in this direction.
    private static func head(_ x: Double, _ y: Double, dx: Double, dy: Double) -> String {
        let (left, right) = (
            point(x - 7 * dx - 4 * dy, y - 7 * dy - 4 * dx), point(x - 7 * dx + 4 * dy, y - 7 * dy + 4 * dx)
        )
        return "<path class=\"head\" d=\"M\(point(x, y)) L\(left) L\(right) Z\"/>"
    }

    private static func point(_ x: Double, _ y: Double) -> String { "\(number(x)),\(number(y))" }

    /// To the tenth.
    private static func number(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: String(character)
            }
        }.joined()
    }
}
