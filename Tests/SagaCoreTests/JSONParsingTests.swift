import SagaCore
import Testing

@Suite struct JSONParsingTests {
    @Test(
        arguments: [
            ("null", .null), ("true", true), ("false", false), ("0", 0), ("-1", -1), ("\"\"", ""), ("[]", []),
            ("{}", [:]),
            (" \t\r\n 1 \t\r\n ", 1),
            ("[1,[2,[]],{}]", [1, [2, []], [:]]),
            (#"{"a":{"b":[null]},"":1}"#, ["a": ["b": [.null]], "": 1]),
            (#"{ "a" : 1 , "b" : [ 1 , 2 ] }"#, ["a": 1, "b": [1, 2]]),
        ] as [(String, JSONValue)])
    func `every kind of value is read, with space anywhere between`(text: String, value: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == value)
    }

    @Test(arguments: [
        (#""a\"b\\c\/d\b\f\n\r\t""#, "a\"b\\c/d\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"),
        (#""\ud83d\ude00 \uD83D\uDE00""#, "😀 😀"),
        (#""\u0000""#, "\0"),
        ("\"\u{7F}\u{2028}\u{2029}\u{FEFF}é😀\"", "\u{7F}\u{2028}\u{2029}\u{FEFF}é😀"),
        (#""\uFFFF\ufffe""#, "\u{FFFF}\u{FFFE}"),
        (#""12345678\n12345678 and é on\tboth sides""#, "12345678\n12345678 and é on\tboth sides"),
    ])
    func `strings are read with every escape, and everything else as it is`(text: String, value: String) throws {
        let read = try JSONValue(parsing: text).stringValue
        #expect(read.map { Array($0.unicodeScalars) } == Array(value.unicodeScalars))
    }

    @Test func `a string of any length is read whole, wherever its one odd character stands`() throws {
        for length in 0..<40 {
            for place in 0...length {
                for (odd, written) in [("é", "é"), ("\"", "\\\""), ("\n", "\\n"), ("\\", "\\\\"), ("", "")] {
                    let before = String(repeating: "x", count: place)
                    let after = String(repeating: "y", count: length - place)
                    #expect(
                        try JSONValue(parsing: "[\"\(before)\(written)\(after)\"]") == [.string(before + odd + after)])
                }
            }
        }
    }

    @Test func `control characters are found at every place of a string`() {
        for length in 0..<20 {
            for place in 0...length {
                for control in [0x00, 0x01, 0x1F] as [UInt8] {
                    var bytes = Array(repeating: UInt8(ascii: "x"), count: length)
                    bytes.insert(control, at: place)
                    let text = "\"" + String(decoding: bytes, as: UTF8.self) + "\""
                    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
                    #expect(error?.fact == .controlCharacter(control))
                    #expect(error?.position == JSONPosition(line: 1, column: place + 2))
                }
            }
        }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0xAF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0x80], [0xC3],
            [0xF0, 0x9F, 0x98], [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func `bytes that are not UTF-8 are an error where they stand`(broken: [UInt8]) {
        for escape in ["", "\\n"] {
            let bytes = Array("{\n \"é\(escape)".utf8) + broken + Array("\": 1}".utf8)
            let error = #expect(throws: JSONError.self) { try parse(bytes) }
            #expect(error?.fact == .notUTF8(byte: broken[0]))
            #expect(error?.position == JSONPosition(line: 2, column: 4 + escape.utf8.count))
        }
        let outside = #expect(throws: JSONError.self) { try parse(Array("[1, ".utf8) + broken + Array("]".utf8)) }
        #expect(outside?.fact == .notUTF8(byte: broken[0]))
        #expect(outside?.position == JSONPosition(line: 1, column: 5))
    }

    @Test func `a string that breaks off within a character is an error`() {
        let error = #expect(throws: JSONError.self) { try parse(Array("\"ab".utf8) + [0xC3]) }
        #expect(error?.fact == .endsInside(.string, expected: .quote))
    }

    @Test func `bytes are read like text, and none at all are empty`() throws {
        #expect(try parse(Array(#"{"größe":[1,"€"]}"#.utf8)) == ["größe": [1, "€"]])
        let error = #expect(throws: JSONError.self) { try parse([]) }
        #expect(error?.fact == .empty)
    }

    @Test func `a text that stops anywhere is an error and never a crash`() throws {
        let text = #"{"a":[1.5e+3,-2,true,null,{"b":"x\n\ud83d\ude00é"}],"c":false}"#
        #expect(throws: Never.self) { try JSONValue(parsing: text) }
        let bytes = Array(text.utf8)
        for length in 0..<bytes.count {
            #expect(throws: JSONError.self, "the first \(length) bytes") { try parse(Array(bytes.prefix(length))) }
        }
    }

    @Test func `any byte anywhere gives a value or an error and never a crash`() {
        let bytes = Array(#"{"a":[1.5e+3,-0,true,{"b":"x\n\u00e9é"}]}"#.utf8)
        for place in bytes.indices {
            for byte in UInt8.min...UInt8.max {
                var changed = bytes
                changed[place] = byte
                guard let value = try? parse(changed) else { continue }
                #expect((try? JSONValue(parsing: value.text)) == value, "byte \(byte) at \(place)")
            }
        }
    }

    @Test func `128 levels are read and 129 are not`() throws {
        func nested(_ levels: Int) -> String {
            String(repeating: "[{\"a\":", count: levels / 2) + (levels % 2 == 1 ? "[]" : "1")
                + String(repeating: "}]", count: levels / 2)
        }
        #expect(throws: Never.self) { try JSONValue(parsing: nested(128)) }
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: nested(129)) }
        #expect(error?.fact == .tooDeep(limit: 128))
        // Beside each other is not inside each other.
        #expect(throws: Never.self) { try JSONValue(parsing: "[" + String(repeating: "[],", count: 1000) + "{}]") }
    }

    @Test func `a key twice is an error however many keys there are, at any depth`() {
        for count in [2, 16, 17, 18, 200] {
            let members = (1..<count).map { "\"k\($0)\":\($0)" } + ["\"k1\":0"]
            let error = #expect(throws: JSONError.self) {
                try JSONValue(parsing: "[{\"k1\":{}},\n{\(members.joined(separator: ",\n"))}]")
            }
            #expect(error?.fact == .duplicateKey("k1", first: JSONPosition(line: 2, column: 2)))
            #expect(error?.position.line == count + 1)
        }
    }

    @Test func `keys that differ in their escapes only are the same key`() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: #"{"a":1,"b":{"a":2},"\u0061":3}"#) }
        #expect(error?.fact == .duplicateKey("a", first: JSONPosition(line: 1, column: 2)))
    }

    @Test(arguments: [
        "[1,]", "[,1]", "[1,,2]", "[1 2]", "[", "]", "[1", "{", "}", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}",
        "{a:1}",
        "{\"a\":1,}", "{,}", "{\"a\":1 \"b\":2}", "{1:1}", "{null:1}", "{\"a\":1]", "[1}", "1 2", "1,", "{}{}", "[]]",
        "tru", "truex", "nulll", "TRUE", "nul", "-", "+1", "01", "-01", "00", "1.", ".5", "-.5", "1.e3", "1e", "1e+",
        "1e-",
        "1.5.5", "1e5.5", "0x1", "1_000", "Infinity", "-Infinity", "NaN", "-NaN", "--1", "1-", "1e5e5", "2.", "'a'",
        "\"a",
        "\"\\", "\"\\u", "\"\\u12", "\"\\u123\"", "\"\\uD800\"", "\"\\uDC00\"", "\"\\uD800\\u0041\"", "\"\\uD800\\n\"",
        "\"\\x41\"", "\"\\'\"", "\"\\0\"", "\"\n\"", "\"\t\"", "\"\r\"", "// a\n1", "1 // a", "/* a */ 1", "# a\n1", "",
        " ", "\u{FEFF}1", "\u{A0}1", "[1\u{B}]", "[1\u{C}]", "\u{2028}1", "\"\u{0}\"", "\0", "1\0", "undefined", "=",
        "é",
    ])
    func `what JSON does not allow is an error`(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }
}

func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
    let result = bytes.withUnsafeBytes { bytes in
        Result { () throws(JSONError) in try JSONValue(parsing: bytes) }
    }
    return try result.get()
}
