import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Definitions as operators write them, each with one mistake, and what `arcadia check` says of it.
///
/// With `ARCADIA_RECORD=1` what is said and the page are written anew, and the tests fail, so that nobody takes a
/// recording for a check.
@Suite struct MistakesTests {
    private static let folder = Fixtures.folder.appendingPathComponent("definitions/mistakes")
    private static let page = Fixtures.repository.appendingPathComponent("docs/mistakes.md")
    private static var isRecording: Bool { ProcessInfo.processInfo.environment["ARCADIA_RECORD"] == "1" }

    private let arcadia = Arcadia()
    private let mistakes: [SeededMistake]

    init() throws { mistakes = try SeededMistake.all(in: Self.folder) }

    @Test func `each mistake is found with its place and its words, and nothing else is`() throws {
        #expect(mistakes.count >= 200)
        let result = Command.run(
            Arcadia.program, arcadia.arguments(["check"] + mistakes.map(\.file)), at: Self.folder.path)
        let said = Self.findings(in: result.talk)
        #expect(Set(said.keys).isSubset(of: mistakes.map(\.file)))
        for mistake in mistakes {
            let findings = said[mistake.file] ?? []
            #expect(findings.count == 1, "\(mistake.file): \(findings)")
            if Self.isRecording {
                try mistake.record(findings.joined(separator: "\n"))
            } else {
                #expect(findings.joined(separator: "\n") == mistake.expected, "\(mistake.file)")
            }
        }
        if Self.isRecording { Issue.record("recorded what is said; run again without ARCADIA_RECORD") }
    }

    /// What is said of each file: a finding begins with its code, names its place, and ends with an empty line.
    private static func findings(in talk: String) -> [String: [String]] {
        var findings: [String: [String]] = [:]
        for block in talk.components(separatedBy: "\n\n") {
            let lines = block.components(separatedBy: "\n").drop { $0.prefixMatch(of: /(error|warning)\[/) == nil }
            let place = lines.dropFirst().first?.firstMatch(of: /--> ([^:]+)/)
            guard let place else { continue }
            findings[String(place.output.1), default: []].append(lines.joined(separator: "\n") + "\n")
        }
        return findings
    }

    @Test func `once it is mended, nothing is found`() throws {
        let files = mistakes.map { arcadia.folder.file("mended/\($0.file)", $0.mended) }
        let result = Command.run(Arcadia.program, arcadia.arguments(["check"] + files + ["--output", "json"]))
        let reports = try #require(result.json?["definitions"]?.arrayValue)
        #expect(reports.count == files.count)
        for (mistake, report) in zip(mistakes, reports) {
            let findings = (report["errors"]?.arrayValue ?? []) + (report["warnings"]?.arrayValue ?? [])
            #expect(findings.isEmpty, "\(mistake.file): \(findings)")
        }
    }

    @Test func `every mending is one place of the text, and every definition has a line in the list`() throws {
        for mistake in mistakes {
            for piece in mistake.mending {
                #expect(mistake.text.components(separatedBy: piece.replace).count == 2, "\(mistake.file): \(piece)")
            }
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        let definitions = files.filter { $0.hasSuffix(".json") && $0 != SeededMistake.list }.sorted()
        #expect(definitions == mistakes.map(\.file).sorted())
        let expectations = files.filter { $0.hasSuffix(".txt") }.sorted()
        #expect(expectations == mistakes.map { $0.name + ".txt" }.sorted())
    }

    @Test func `the page says what the definitions and the list say`() throws {
        let written = try String(contentsOf: Self.page, encoding: .utf8)
        let page = try MistakesPage(Self.folder).replacing(in: written)
        if Self.isRecording {
            try page.write(to: Self.page, atomically: true, encoding: .utf8)
            Issue.record("recorded \(Self.page.lastPathComponent) anew; run again without ARCADIA_RECORD")
        } else {
            #expect(page == written)
        }
    }
}
