import DefinitionGrammar
import SagaCore
import Testing

@Suite struct DefinitionDiffTests {
    private static func diff(_ from: String, _ to: String) throws -> DefinitionDiff {
        try DefinitionDiff(
            from: DefinitionDiff.Side(label: "trip@1", text: from), to: DefinitionDiff.Side(label: "trip@2", text: to))
    }

    private static let first = """
        { "saga": "trip", "version": "1",
          "steps": [
            { "id": "a", "uses": "core.echo", "with": { "message": "hi" } },
            { "id": "b", "uses": "core.sleep" },
            { "id": "c", "uses": "core.set" },
            { "id": "d", "uses": "core.echo" } ] }
        """

    @Test func `what became of each step is told, and of the definition's own keys`() throws {
        let diff = try Self.diff(
            Self.first,
            """
            { "saga": "trip", "version": "2", "description": "ours",
              "steps": [
                { "id": "d", "uses": "core.echo" },
                { "uses": "core.echo", "id": "a", "with": { "message": "ho" }, "retry": { "max_attempts": 1 } },
                { "id": "c", "uses": "core.set" },
                { "id": "e", "scope": [ { "id": "f", "uses": "core.fail" } ] } ] }
            """)
        #expect(diff.keys == ["version", "description"])
        #expect(
            diff.steps.map { "\($0.kind.rawValue) \($0.id) \($0.uses) \($0.keys.joined(separator: ","))" } == [
                "removed b core.sleep ", "moved d core.echo ", "changed a core.echo with,retry", "added e scope ",
                "added f core.fail ",
            ])
    }

    @Test func `the lines are those of a unified diff of the formatted texts`() throws {
        let diff = try Self.diff(Self.first, Self.first.replacing("\"hi\"", with: "\"ho\""))
        #expect(
            diff.lines == [
                "--- trip@1", "+++ trip@2", "@@ -2,7 +2,7 @@", "   \"saga\": \"trip\",", "   \"version\": \"1\",",
                "   \"steps\": [",
                "-    { \"id\": \"a\", \"uses\": \"core.echo\", \"with\": { \"message\": \"hi\" } },",
                "+    { \"id\": \"a\", \"uses\": \"core.echo\", \"with\": { \"message\": \"ho\" } },",
                "     { \"id\": \"b\", \"uses\": \"core.sleep\" },", "     { \"id\": \"c\", \"uses\": \"core.set\" },",
                "     { \"id\": \"d\", \"uses\": \"core.echo\" }",
            ])
        #expect(diff.json["text"]?.stringValue == diff.lines.map { $0 + "\n" }.joined())
    }

    @Test func `another layout is no difference`() throws {
        let diff = try Self.diff(Self.first, JSONValue(parsing: Self.first).text)
        #expect(diff.isEmpty && diff.steps.isEmpty && diff.keys.isEmpty && diff.json["same"] == true)
    }

    @Test func `steps with one id, which no saga can have, are told apart by their turn`() throws {
        let two = #"[{ "id": "a", "uses": "core.echo" }, { "id": "a", "uses": "core.set" }]"#
        let same = try Self.diff(two, two)
        #expect(same.steps.isEmpty)
        let other = try Self.diff(two, two.replacing("core.set", with: "core.sleep"))
        #expect(other.steps.map { "\($0.kind.rawValue) \($0.id) \($0.uses)" } == ["changed a core.sleep"])
    }

    @Test func `a bare list of steps has steps by their places`() throws {
        let diff = try Self.diff(#"["core.echo", "core.set"]"#, #"["core.echo", "core.sleep", "core.set"]"#)
        #expect(diff.steps.map { "\($0.kind.rawValue) \($0.id)" } == ["changed step_2", "added step_3"])
    }

    @Test(arguments: UInt64(1)...100)
    func `the lines lead from the one text to the other`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        func list(_ count: Int) -> [String] {
            (0..<count).map { _ in "\"core.x\(Int.random(in: 0..<6, using: &random))\"" }
        }
        let from = list(Int.random(in: 0..<60, using: &random))
        var to = from
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            let start = Int.random(in: 0...to.count, using: &random)
            let end = Int.random(in: start...to.count, using: &random)
            to.replaceSubrange(start..<min(end, start + 5), with: list(Int.random(in: 0..<5, using: &random)))
        }
        let texts = [from, to].map { "[" + $0.joined(separator: ", ") + "]" }
        let diff = try Self.diff(texts[0], texts[1])
        let laid = try texts.map { try DefinitionLayout($0).text.dropLast().split(separator: "\n") }
        #expect(Self.apply(diff.lines, to: laid[0]) == laid[1], "seed \(seed)")
        #expect(diff.isEmpty == (from == to))
    }

    /// What `patch` makes of it; nil: it does not fit.
    private static func apply(_ diff: [String], to old: [Substring]) -> [Substring]? {
        var (new, next) = ([Substring](), 0)
        for line in diff.dropFirst(2) {
            if let header = line.firstMatch(of: /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@$/) {
                let first = Int(header.1)! - (header.2 == "0" ? 0 : 1)
                guard first >= next else { return nil }
                new += old[next..<first]
                next = first
                guard new.count == Int(header.3)! - (header.4 == "0" ? 0 : 1) else { return nil }
                continue
            }
            if line.first != "+" {
                guard next < old.count, old[next] == line.dropFirst() else { return nil }
                next += 1
            }
            if line.first != "-" { new.append(line.dropFirst()) }
        }
        return new + old[next...]
    }
}
