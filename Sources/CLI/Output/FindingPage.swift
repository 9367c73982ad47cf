internal import Glibc
internal import SagaCore

/// What a check found, for a person: code and sentence, the place, the line with a mark under it, and a hint.
enum FindingPage {
    /// - Parameter finding: of a report, here or by a server.
    static func say(_ finding: JSONValue, _ severity: DefinitionError.Severity, in source: DefinitionSource) {
        let colour: Style.Colour = severity == .error ? .red : .yellow
        let label = "\(severity.rawValue)[\(finding.shown("code"))]:"
        Terminal.say(Style.bold.on(label, STDERR_FILENO, colour: colour) + " " + finding.shown("message"))
        for line in place(finding, in: source, colour) { Terminal.sayAsIs(line) }
        if let hint = finding["hint"]?.stringValue { Terminal.say("hint: " + hint) }
        Terminal.sayAsIs("")
    }

    private static func place(_ finding: JSONValue, in source: DefinitionSource, _ colour: Style.Colour) -> [String] {
        func rule(_ text: String) -> String { Style.plain.on(text, STDERR_FILENO, colour: .blue) }
        guard let line = number("line", of: finding), let column = number("column", of: finding) else {
            return [rule(" -->") + " \(source.name)"]
        }
        let indent = String(repeating: " ", count: String(line).count)
        let place = rule(indent + "-->") + " \(source.name):\(line):\(column)"
        let endLine = number("end_line", of: finding)
        let end = endLine.flatMap { line in number("end_column", of: finding).map { (line, $0) } }
        let excerpt = Excerpt(of: source.text, line: line, column: column, end: end)
        let lines = excerpt?.lines(width: Terminal.talkWidth, rule: rule) {
            Style.bold.on($0, STDERR_FILENO, colour: colour)
        }
        return [place] + (lines.map { [rule(indent + " |")] + $0 } ?? [])
    }

    private static func number(_ key: String, of finding: JSONValue) -> Int? { finding[key]?.intValue.map { Int($0) } }
}
