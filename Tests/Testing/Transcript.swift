public import Foundation
import Testing

/// A file of cases, each with what is given and what is said to it, compared word for word.
///
/// `### name`, the given text, `---`, the expected text. With `ARCADIA_RECORD=1` the file is written anew, and the test
/// fails, so that nobody takes a recording for a check.
public struct Transcript {
    public struct Case {
        public let name: String
        public let given: String
        public fileprivate(set) var expected: String
    }

    public private(set) var cases: [Case] = []
    private let url: URL
    private var isChanged = false

    public init(fixture: String) throws {
        url = Fixtures.folder.appendingPathComponent(fixture)
        let text = try String(contentsOf: url, encoding: .utf8)
        for block in ("\n" + text).components(separatedBy: "\n### ").dropFirst() {
            let name = block.prefix { $0 != "\n" }
            let rest = block.dropFirst(name.count + 1)
            let halves = ("\n" + rest).components(separatedBy: "\n---\n")
            let given = String(halves[0].dropFirst())
            let expected = halves.count > 1 ? halves[1].trimmingCharacters(in: .newlines) : ""
            cases.append(Case(name: String(name), given: given, expected: expected))
        }
    }

    private static var isRecording: Bool { ProcessInfo.processInfo.environment["ARCADIA_RECORD"] == "1" }

    public mutating func compare(_ index: Int, with actual: String) {
        if Self.isRecording {
            isChanged = isChanged || cases[index].expected != actual
            cases[index].expected = actual
        } else {
            #expect(actual == cases[index].expected, "\(cases[index].name)")
        }
    }

    public func finish() throws {
        guard Self.isRecording else { return }
        let text = cases.map { "### \($0.name)\n\($0.given)\n---\n\($0.expected)\n" }.joined(separator: "\n")
        try text.write(to: url, atomically: true, encoding: .utf8)
        Issue.record("recorded \(url.lastPathComponent) anew; run again without ARCADIA_RECORD")
    }
}

/// Files of the tests, and the repository they lie in.
public enum Fixtures {
    public static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    public static let folder = repository.appendingPathComponent("Tests/Fixtures")
}
