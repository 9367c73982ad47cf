import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Every code of a finding is explained, and every explanation holds.
@Suite struct ExplanationTests {
    /// The codes that findings can have, as the places that give them say: their switches are exhaustive.
    private static func codes() throws -> Set<String> {
        let places = [
            ("DefinitionError+Words.swift", "private var name: String {", "public var message"),
            ("Checks/ProofFinding+Words.swift", "var name: String {", "var message"),
        ]
        return try places.reduce(into: []) { codes, place in
            let path = Fixtures.repository.path + "/Sources/SagaCore/Definition/" + place.0
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let start = try #require(text.range(of: place.1))
            let end = try #require(text.range(of: place.2, range: start.upperBound..<text.endIndex))
            let table = text[start.upperBound..<end.lowerBound]
            codes.formUnion(table.matches(of: /: "([a-z_]+)"/).map { "definition." + $0.output.1 })
        }
    }

    @Test func `every code of a finding is explained, and nothing that is none`() throws {
        let codes = try Self.codes()
        #expect(codes.count >= 31)
        let ofFindings: Set<Explanation.Group> = [.text, .keys, .steps, .operations, .expressions, .flow]
        let explained = Explanation.all.filter { ofFindings.contains($0.group) }.map(\.code)
        #expect(codes.subtracting(explained).sorted() == [])
        #expect(Set(explained).subtracting(codes).sorted() == [])
    }

    @Test func `each code is explained once, with an example of a definition where it is a finding's`() {
        #expect(Set(Explanation.all.map(\.code)).count == Explanation.all.count)
        for explanation in Explanation.all where explanation.group.rawValue < "inputs" || explanation.group == .text {
            #expect(explanation.examples != nil, "\(explanation.code)")
        }
    }

    @Test func `what is said fits 80 columns and is said as sentences are`() {
        for explanation in Explanation.all {
            let group = Explanation.all.filter { $0.group == explanation.group }
            let width = group.map(\.code.count).max() ?? 0
            #expect(2 + width + 2 + explanation.title.count <= 80, "\(explanation.code)")
            #expect(!explanation.title.hasSuffix("."), "\(explanation.code)")
            #expect(explanation.meaning.hasSuffix("."), "\(explanation.code)")
            #expect(!explanation.meaning.contains("  "), "\(explanation.code)")
            for line in Self.shown(explanation).flatMap({ $0.split(separator: "\n") }) {
                #expect(line.count <= 78, "\(explanation.code): \(line)")
            }
        }
    }

    private static func shown(_ explanation: Explanation) -> [String] {
        switch explanation.examples {
        case .definitions(let wrong, let right): [wrong.shown, right.shown]
        case .commands(let wrong, let right): [wrong, right]
        case nil: []
        }
    }

    @Test func `the right examples are laid out as fmt does, and the wrong ones that are JSON`() throws {
        for explanation in Explanation.all {
            guard case .definitions(let wrong, let right) = explanation.examples else { continue }
            #expect(try DefinitionLayout(right.shown).text == right.shown + "\n", "\(explanation.code)")
            guard let laid = try? DefinitionLayout(wrong.shown).text else { continue }
            #expect(laid == wrong.shown + "\n", "\(explanation.code)")
        }
    }

    @Test(arguments: [
        ("definition.unknown_step", "definition.unknown_step"), ("unknown_step", "definition.unknown_step"),
        ("UNKNOWN_STEP", "definition.unknown_step"), ("unknown-step", "definition.unknown_step"),
        ("run.ended", "run.ended"), ("type", "inputs.type"),
    ])
    func `a code is found by its name`(written: String, code: String) {
        #expect(Explanation.find(written)?.code == code)
    }

    @Test(arguments: [
        ("definition.unknwon_step", "definition.unknown_step"), ("unknown_stp", "definition.unknown_step"),
        ("definitions.with", "definition.with"), ("nonsense", nil), ("", nil),
    ])
    func `of a code that is none, the nearest is known`(written: String, code: String?) {
        #expect(Explanation.find(written) == nil)
        #expect(Explanation.nearest(to: written) == code)
    }
}
