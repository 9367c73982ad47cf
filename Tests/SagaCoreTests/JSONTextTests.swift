import DefinitionGrammar
import SagaCore
import Testing

@Suite struct JSONTextTests {
    @Test func `compact text has no space and only the escapes JSON requires`() {
        let value: JSONValue = [
            "text": "a\"b\\c/d\u{8}\u{C}\n\r\t\u{0}\u{1F}\u{7F}é😀\u{2028}", "list": [1, .null, true, false, [], [:]],
            "n\"": .number("1.50"),
        ]
        #expect(
            value.text == #"{"text":"a\"b\\c/d\b\f\n\r\t\u0000\u001f"# + "\u{7F}é😀\u{2028}"
                + #"","list":[1,null,true,false,[],{}],"n\"":1.50}"#)
        #expect(value.description == value.text)
        #expect(value.text(pretty: false) == value.text)
    }

    @Test func `writing adds to what is there`() {
        var bytes = Array("x".utf8)
        JSONValue.array([1, "é"]).write(into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"x[1,"é"]"#)
    }

    @Test func `pretty text has a line for each member and item, and empty containers on one line`() {
        let value: JSONValue = ["b": [1, ["c": "d"]], "a": [:], "e": [], "f": [.null]]
        #expect(
            value.text(pretty: true) == """
                {
                  "b": [
                    1,
                    {
                      "c": "d"
                    }
                  ],
                  "a": {},
                  "e": [],
                  "f": [
                    null
                  ]
                }
                """)
        #expect(JSONValue.object([:]).text(pretty: true) == "{}")
        #expect(JSONValue("a").text(pretty: true) == "\"a\"")
    }

    @Test(arguments: UInt64(1)...200)
    func `a value written and read again is the same value, its members in their order`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            let value = JSONValue.random(using: &random)
            for text in [value.text, value.text(pretty: true)] {
                let back = try JSONValue(parsing: text)
                #expect(back == value, "seed \(seed)")
                #expect(back.hashValue == value.hashValue, "seed \(seed)")
                #expect(back.sameJSON(as: value), "seed \(seed)")
                #expect(back.text == value.text, "seed \(seed)")
                #expect(try JSONDocument(parsing: text).value == value, "seed \(seed)")
            }
        }
    }
}

extension JSONValue {
    static func random(depth: Int = 0, using random: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(depth > 4 ? 6 : 9), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int64(truncatingIfNeeded: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return JSONValue(Double(bitPattern: random.next())) ?? 0
        case 4, 5: return .string(text(using: &random))
        case 6:
            return .array(
                (0..<Int.random(in: 0..<6, using: &random)).map { _ in .random(depth: depth + 1, using: &random) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<24, using: &random) {
                object[text(using: &random)] = .random(depth: depth + 2, using: &random)
            }
            return .object(object)
        }
    }

    private static func text(using random: inout SeededGenerator) -> String {
        let odd: [Unicode.Scalar] = [
            "\"", "\\", "/", "\n", "\0", "\u{1F}", "\u{7F}", "é", "€", "😀", "\u{FFFF}", "\u{301}",
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<20, using: &random) {
            let ascii = Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &random))
            scalars.append(Bool.random(using: &random) ? ascii : odd[Int.random(in: 0..<odd.count, using: &random)])
        }
        return String(scalars)
    }
}
