import ArcadiaTesting
import DefinitionGrammar
import Foundation
import SagaCore
import Testing

@Suite struct DefinitionLayoutTests {
    @Test func `keys come in the order of the documentation, a line for each step, what is short on one line`() throws {
        let text = """
            {"steps":["core.echo",
              {"with":{"message":"h\\u0069 \\/ ${ .inputs.n }"},"uses":"core.echo","id":"a","x":1},
              {"uses":"core.sleep","with":{"seconds":1.50},"id":"b",
               "compensation":{"skip":true,"retry":{"jitter":0,"max_attempts":1E2}}}
              ],"odd":[],"inputs":{"properties":{"n":{"type":"string"},"b":{}}, "required":["n"]},
              "version":"1","saga":"trip"}
            """
        #expect(
            try DefinitionLayout(text).text == #"""
                {
                  "saga": "trip",
                  "version": "1",
                  "inputs": {
                    "properties": { "n": { "type": "string" }, "b": {} },
                    "required": ["n"]
                  },
                  "steps": [
                    "core.echo",
                    {
                      "id": "a",
                      "uses": "core.echo",
                      "with": { "message": "h\u0069 \/ ${ .inputs.n }" },
                      "x": 1
                    },
                    {
                      "id": "b",
                      "uses": "core.sleep",
                      "with": { "seconds": 1.50 },
                      "compensation": {
                        "retry": { "max_attempts": 1E2, "jitter": 0 },
                        "skip": true
                      }
                    }
                  ],
                  "odd": []
                }

                """#)
    }

    @Test func `steps within steps are ordered like steps, and what is data is not`() throws {
        let text = #"""
            [{"parallel":[[{"uses":"core.echo","id":"z"}],["core.echo"]],"id":"p"},
             {"steps":[{"with":{"uses":1,"id":2,"steps":[]},"uses":"core.set","id":"s"}],"as":"x","for_each":[1],"id":"f"},
             {"steps":["core.echo"],"for_each":[1, 2],"id":"short"}]
            """#
        #expect(
            try DefinitionLayout(text).text == """
                [
                  {
                    "id": "p",
                    "parallel": [
                      [
                        { "id": "z", "uses": "core.echo" }
                      ],
                      [
                        "core.echo"
                      ]
                    ]
                  },
                  {
                    "id": "f",
                    "for_each": [1],
                    "as": "x",
                    "steps": [
                      {
                        "id": "s",
                        "uses": "core.set",
                        "with": { "uses": 1, "id": 2, "steps": [] }
                      }
                    ]
                  },
                  { "id": "short", "for_each": [1, 2], "steps": ["core.echo"] }
                ]

                """)
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\": 1} x"])
    func `what is not JSON is refused with its position`(text: String) {
        #expect(throws: JSONError.self) { try DefinitionLayout(text) }
    }

    @Test func `every definition that is shipped keeps its meaning`() throws {
        let folder = Fixtures.repository.appendingPathComponent("Plugins")
        var count = 0
        for case let path as String in FileManager.default.enumerator(atPath: folder.path) ?? .init() {
            guard path.contains("/definitions/"), path.hasSuffix(".json") else { continue }
            let text = try String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
            let laid = try DefinitionLayout(text).text
            #expect(try JSONValue(parsing: laid) == JSONValue(parsing: text), "\(path)")
            count += 1
        }
        #expect(count >= 8)
    }

    @Test(arguments: UInt64(1)...100)
    func `laid out, a document has the same value, to the letter of each number and text`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<10 {
            let text = GeneratedDefinition.value(using: &random).text(pretty: Bool.random(using: &random))
            let laid = try DefinitionLayout(text).text
            #expect(try JSONValue(parsing: laid) == JSONValue(parsing: text), "seed \(seed): \(text)")
            #expect(
                Self.tokens(laid).elementsEqual(Self.tokens(text)) { $0.elementsEqual($1) }, "seed \(seed): \(text)")
            #expect(try DefinitionLayout(laid).text == laid, "seed \(seed): \(text)")
            let lines = laid.split(separator: "\n")
            #expect(lines.allSatisfy { !$0.hasSuffix(" ") }, "seed \(seed)")
        }
    }

    /// Everything but layout, sorted: what may not be lost or spelt otherwise.
    private static func tokens(_ text: String) -> [[UInt8]] {
        let token = /"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*|true|false|null|[\[\]{},:]/
        return text.matches(of: token.matchingSemantics(.unicodeScalar)).map { Array($0.output.utf8) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }
}

/// Documents that are nearly definitions.
enum GeneratedDefinition {
    static func value(using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return .random(using: &random)
        case 1: return steps(0, using: &random)
        default:
            return object(
                ["version", "steps", "saga", "inputs", "description", "output", "definitions", "odd"], 0, using: &random
            )
        }
    }

    private static func object(_ keys: [String], _ depth: Int, using random: inout SeededGenerator) -> JSONValue {
        var object = JSONObject()
        for key in keys.shuffled(using: &random) where Bool.random(using: &random) {
            object[key] = member(key, depth, using: &random)
        }
        return .object(object)
    }

    private static func member(_ key: String, _ depth: Int, using random: inout SeededGenerator) -> JSONValue {
        switch key {
        case _ where depth > 3 || Int.random(in: 0..<12, using: &random) == 0: .random(depth: 4, using: &random)
        case "steps", "scope", "else": steps(depth + 1, using: &random)
        case "parallel": .array([steps(depth + 1, using: &random), steps(depth + 1, using: &random)])
        case "retry": object(["jitter", "max_attempts", "on", "multiplier"], depth + 1, using: &random)
        case "compensation": object(["skip", "retry", "with", "uses", "on_failure"], depth + 1, using: &random)
        case "saga", "id", "uses", "version": .string(key + "_" + String(Int.random(in: 0..<10, using: &random)))
        default: .random(depth: 4, using: &random)
        }
    }

    private static func steps(_ depth: Int, using random: inout SeededGenerator) -> JSONValue {
        let keys = [
            "with", "uses", "id", "retry", "compensation", "parallel", "for_each", "steps", "scope", "else", "when",
            "odd",
        ]
        return .array(
            (0..<Int.random(in: 0..<4, using: &random)).map { _ in
                Bool.random(using: &random) ? "core.echo" : object(keys, depth, using: &random)
            })
    }
}
