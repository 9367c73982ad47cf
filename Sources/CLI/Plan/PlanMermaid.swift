/// A plan as Mermaid draws it, on GitHub say.
struct PlanMermaid {
    let graph: PlanGraph

    init(_ graph: PlanGraph) { self.graph = graph }

    var text: String {
        var lines = ["flowchart TD"] + graph.blocks.flatMap { self.lines(of: $0, indent: "    ") }
        lines += graph.forward.map { "    \($0.from) --> \($0.to)" }
        lines += graph.back.map { "    \($0.from) -. back .-> \($0.to)" }
        lines += [
            "    classDef irreversible stroke:#c93c37,stroke-width:2px",
            "    classDef pivot stroke:#9a6700,stroke-width:2px", "    classDef waits stroke-dasharray:4 3",
        ]
        return lines.joined(separator: "\n")
    }

    private func lines(of block: PlanGraph.Block, indent: String) -> [String] {
        switch block {
        case .node(let node): return [indent + node.id + label(node.lines) + style(node.mark)]
        case .frame(let id, let title, let lists):
            let inside = lists.joined().flatMap { lines(of: $0, indent: indent + "    ") }
            return ["\(indent)subgraph \(id)\(label([title]))"] + inside + [indent + "end"]
        }
    }

    /// Mermaid knows entities, and takes nothing else for what it is.
    private func label(_ lines: [String]) -> String {
        "[\"" + lines.map(escaped).joined(separator: "<br/>") + "\"]"
    }

    private func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "\"": "#quot;"
            case "<": "#lt;"
            case ">": "#gt;"
            case "#": "#35;"
            case "&": "#amp;"
            default: String(character)
            }
        }.joined()
    }

    private func style(_ mark: PlanGraph.Node.Mark) -> String {
        switch mark {
        case .plain: ""
        case .waits: ":::waits"
        case .irreversible: ":::irreversible"
        case .pivot: ":::pivot"
        }
    }
}
