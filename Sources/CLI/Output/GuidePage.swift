internal import SagaCore

/// `DefinitionGuide` as a page of 80 columns.
enum GuidePage {
    static var lines: [String] {
        var lines = text(DefinitionGuide.beginning) + [""] + indented(DefinitionGuide.whole)
        lines += ["", heading("steps"), "  A step has an `id` and one of these:"]
        lines += DefinitionGuide.forms.flatMap(entry)
        lines += ["", "  Besides, it can have:"] + DefinitionGuide.besides.flatMap(entry)
        lines += ["", heading("expressions")] + text(DefinitionGuide.expressions)
        lines += ["", heading("compensation")] + text(DefinitionGuide.compensation)
        return lines + ["", heading("where to go on")] + next
    }

    static var json: JSONValue {
        func entries(_ list: [DefinitionGuide.Entry]) -> JSONValue {
            .array(
                list.map {
                    ["key": .string($0.key), "meaning": .string($0.meaning), "example": .string($0.example)]
                })
        }
        return [
            "topic": .string(DefinitionGuide.topic), "example": .string(DefinitionGuide.whole),
            "forms": entries(DefinitionGuide.forms), "besides": entries(DefinitionGuide.besides),
            "expressions": .string(DefinitionGuide.expressions),
            "compensation": .string(DefinitionGuide.compensation),
        ]
    }

    private static func heading(_ title: String) -> String { Style.bold.on(title) }

    private static func text(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

    private static func indented(_ text: String, by spaces: Int = 2) -> [String] {
        self.text(text).map { String(repeating: " ", count: spaces) + $0 }
    }

    private static func entry(_ entry: DefinitionGuide.Entry) -> [String] {
        ["    \(Style.bold.on(pad(entry.key, 12)))  \(entry.meaning)"] + indented(entry.example, by: 6)
    }

    private static var next: [String] {
        let width = DefinitionGuide.next.map(\.0.count).max() ?? 0
        return DefinitionGuide.next.map { "  \(pad($0, width))  \($1)" }
    }
}
