/// A plan as Graphviz draws it.
struct PlanDot {
    let graph: PlanGraph

    init(_ graph: PlanGraph) { self.graph = graph }

    var text: String {
        var lines = [
            "digraph plan {", "    label=\(quoted([graph.title])); labelloc=t; rankdir=TB;",
            "    node [shape=box, style=rounded, fontname=\"monospace\", fontsize=10];",
            "    edge [fontname=\"monospace\", fontsize=9];",
        ]
        lines += graph.blocks.flatMap { self.lines(of: $0, indent: "    ") }
        lines += graph.forward.map { "    \($0.from) -> \($0.to);" }
        lines += graph.back.map { "    \($0.from) -> \($0.to) [style=dashed, constraint=false, label=\"back\"];" }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private func lines(of block: PlanGraph.Block, indent: String) -> [String] {
        switch block {
        case .node(let node): return ["\(indent)\(node.id) [label=\(quoted(node.lines))\(style(node.mark))];"]
        case .frame(let id, let title, let lists):
            let inside = lists.joined().flatMap { lines(of: $0, indent: indent + "    ") }
            return ["\(indent)subgraph cluster_\(id) {", "\(indent)    label=\(quoted([title]));"] + inside
                + [indent + "}"]
        }
    }

    private func quoted(_ lines: [String]) -> String {
        "\"" + lines.map { $0.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined() }.joined(separator: "\\n")
            + "\""
    }

    private func style(_ mark: PlanGraph.Node.Mark) -> String {
        switch mark {
        case .plain: ""
        case .waits: ", style=\"rounded,dashed\""
        case .irreversible: ", color=\"#c93c37\", penwidth=2"
        case .pivot: ", color=\"#9a6700\", penwidth=2"
        }
    }
}
