import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// The part of `docs/mistakes.md` that is made of the definitions and their list.
struct MistakesPage {
    private let mistakes: [SeededMistake]
    private let sources: JSONObject
    private static let begin = "<!-- made of Tests/Fixtures/definitions/mistakes: ARCADIA_RECORD=1 -->"
    private static let end = "<!-- end of what is made -->"

    init(_ folder: URL) throws {
        mistakes = try SeededMistake.all(in: folder)
        sources = try #require(SeededMistake.list(in: folder)["sources"]?.objectValue)
    }

    /// The page with this part as it is now.
    func replacing(in page: String) throws -> String {
        let start = try #require(page.range(of: Self.begin + "\n"))
        let stop = try #require(page.range(of: Self.end, range: start.upperBound..<page.endIndex))
        return page[..<start.upperBound] + text + page[stop.lowerBound...]
    }

    private var text: String {
        var parts = [totals]
        for area in areas {
            let rows = mistakes.filter { $0.area == area }
            parts.append("### \(area.prefix(1).uppercased())\(area.dropFirst())\n\n" + table(rows))
        }
        parts.append("## Sources\n\nRead in 2026-11.\n\n" + footnotes)
        return "\n" + parts.joined(separator: "\n\n") + "\n\n"
    }

    private var areas: [String] {
        mistakes.reduce(into: []) { areas, mistake in
            if areas.last != mistake.area { areas.append(mistake.area) }
        }
    }

    private var totals: String {
        let warnings = mistakes.count(where: \.isWarning)
        var lines = [
            "\(mistakes.count) mistakes.", "", "| | Arcadia | Conductor | Step Functions |", "|---|---|---|---|",
        ]
        for verdict in SeededMistake.Neighbour.Verdict.allCases {
            let ours = verdict == .before ? "\(mistakes.count)\(warnings > 0 ? " (\(warnings) as warnings)" : "")" : "0"
            let others = [\SeededMistake.conductor, \SeededMistake.stepFunctions].map { neighbour in
                "\(mistakes.count { $0[keyPath: neighbour].verdict == verdict })"
            }
            lines.append("| \(verdict.words) | \(ours) | \(others.joined(separator: " | ")) |")
        }
        return lines.joined(separator: "\n")
    }

    private func table(_ rows: [SeededMistake]) -> String {
        let head = "| mistake | found here as | Conductor | Step Functions |\n|---|---|---|---|\n"
        return head
            + rows.map { row in
                let code = "`\(row.code ?? "")`" + (row.isWarning ? ", a warning" : "")
                let link = "[\(row.idea)](../Tests/Fixtures/definitions/mistakes/\(row.file))"
                return "| \(link) | \(code) | \(cell(row.conductor)) | \(cell(row.stepFunctions)) |"
            }.joined(separator: "\n")
    }

    private func cell(_ neighbour: SeededMistake.Neighbour) -> String {
        let notes = neighbour.sources.map { "[^\($0)]" }.joined()
        return neighbour.verdict.words + (neighbour.note.isEmpty ? "" : ": " + neighbour.note) + notes
    }

    private var footnotes: String {
        sources.map { "[^\($0.key)]: \($0.value.stringValue ?? "")" }.joined(separator: "\n")
    }
}

extension SeededMistake.Neighbour.Verdict {
    var words: String {
        switch self {
        case .before: "before the run"
        case .run: "when it runs"
        case .silent: "not at all"
        case .unsaid: "docs do not say"
        case .inexpressible: "cannot be written"
        }
    }
}
