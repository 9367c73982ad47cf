import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Typed functions of a real library: what goes in comes out, exactly.
@Suite struct TypedCallTests {
    @Test(arguments: [
        ("bool", ["true", "false"]),
        ("int8", ["-128", "-1", "0", "1", "127"]),
        ("int16", ["-32768", "-129", "-1", "0", "32767"]),
        ("int32", ["-2147483648", "-32769", "-1", "0", "2147483647"]),
        ("int64", ["-9223372036854775808", "-9007199254740993", "-1", "0", "9007199254740993", "9223372036854775807"]),
        ("uint8", ["0", "128", "255"]),
        ("uint16", ["0", "32768", "65535"]),
        ("uint32", ["0", "2147483648", "4294967295"]),
        ("uint64", ["0", "9007199254740993", "9223372036854775808", "18446744073709551615"]),
        ("float", ["-3.4028235e+38", "3.4028235e+38", "1e-45", "-0.1", "0.1", "-0.0", "0", "16777216", "-16777216"]),
        (
            "double",
            [
                "-1.7976931348623157e+308", "1.7976931348623157e+308", "5e-324", "-0.1", "0.1", "-0.0", "0",
                "9007199254740992", "-9007199254740992", "9223372036854775808",
            ]
        ),
        ("cstr", [#""""#, #""a""#, #""grüße, 世界 \n \"quoted\" \\ 👩‍👩‍👧""#, #""\u0001\u007f""#]),
    ])
    func `every type comes back as it went in, at its limits too`(type: String, values: [String]) throws {
        for value in values {
            let expected = try JSONValue(parsing: value)
            let found = try #require(TypedPlugins.call("typed.\(type)", "{\"x\": \(value)}")["value"])
            #expect(found.sameJSON(as: expected), "\(type) \(value) came back as \(found.text)")
            if value == "-0.0" { #expect(found.text == "-0.0") }
        }
    }

    @Test(arguments: [
        ("int8", "1.0", "1"), ("int8", "1e2", "100"), ("int64", "9.223372036854775807e18", "9223372036854775807"),
        ("uint64", "1.8446744073709551615e19", "18446744073709551615"), ("uint8", "-0", "0"),
        ("double", "3", "3"), ("double", "0.30000000000000004", "0.30000000000000004"),
        ("float", "0.123456789", "0.12345679"), ("double", "1e-400", "0"),
        ("double", "100000000000000000000000", "1e+23"),
    ])
    func `a number may be written in any way, and comes back in the shortest`(
        type: String, written: String, expected: String
    ) throws {
        #expect(try TypedPlugins.text("typed.\(type)", "{\"x\": \(written)}") == "{\"value\":\(expected)}")
    }

    @Test func `more arguments than registers, integers and fractions by turns, each arrive in their place`() throws {
        let with = """
            { "a": -128, "b": 0.5, "c": 65535, "d": -1.25, "e": -2147483648, "f": 1e9, "g": 4294967296, "h": 0.75,
              "i": -4294967297, "j": -3.5, "k": 255, "l": 8.5, "m": -32768, "n": 1e-3, "o": true, "p": 1024.5 }
            """
        let values: [Double] = [
            -128, 0.5, 65535, -1.25, -2_147_483_648, 1e9, 4_294_967_296, 0.75, -4_294_967_297, -3.5, 255, 8.5, -32768,
            1e-3, 1, 1024.5,
        ]
        let sum = values.enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
        #expect(try TypedPlugins.call("typed.mixed", with)["value"]?.doubleValue == sum)
    }

    @Test func `ten integers of eight widths arrive in their places, whatever the order they are given in`() throws {
        let values: [(String, Int64)] = [
            ("j", -7), ("i", -32768), ("h", -1), ("g", 123_456_789), ("f", 4_294_967_295), ("e", -2_147_483_648),
            ("d", 65535), ("c", -300), ("b", 200), ("a", -5),
        ]
        let with = "{" + values.map { "\"\($0)\": \($1)" }.joined(separator: ",") + "}"
        var (sum, weight): (Int64, Int64) = (0, 1)
        for (_, value) in values.reversed() { (sum, weight) = (sum + weight * value, weight * 10) }
        #expect(try TypedPlugins.call("typed.whole", with)["value"]?.intValue == sum)
    }

    @Test func `the pointer and the length of bytes arrive together on both sides of the last register`() throws {
        let with = #"{ "a": 1, "b": 2, "c": 3, "d": "four", "e": 5, "data": "\u0001\u0002", "last": "seven!!" }"#
        let expected = ((1 + 2 + 3 + 5 + 4 + 7) * 31 + 1) * 31 + 2
        #expect(try TypedPlugins.call("typed.bytes_last", with)["value"]?.intValue == Int64(expected))
    }

    @Test(arguments: [
        (#""""#, 0, 0), (#""abc""#, 3, 294), (#""\u0000\u0001""#, 2, 1), (#""ü""#, 2, 0xC3 + 0xBC),
        (#"{"base64": ""}"#, 0, 0), (#"{"base64": "AA=="}"#, 1, 0), (#"{"base64": "//8="}"#, 2, 510),
        (#"{"base64": "+/+/"}"#, 3, 0xFB + 0xFF + 0xBF), (#"{"base64": "AAECAwQFBgc="}"#, 8, 28),
    ])
    func `bytes come from text or from base64, and are there when they are none`(data: String, length: Int, sum: Int)
        throws
    {
        let with = "{\"data\": \(data)}"
        #expect(try TypedPlugins.text("typed.bytes.length", with) == "{\"length\":\(length)}")
        #expect(try TypedPlugins.text("typed.bytes.sum", with) == "{\"sum\":\(sum)}")
    }

    @Test func `all 256 bytes and every length of padding survive base64`() throws {
        for count in 0...256 {
            let bytes = (0..<count).map { UInt8($0) }
            let with = "{\"data\": {\"base64\": \"\(Data(bytes).base64EncodedString())\"}}"
            #expect(try TypedPlugins.text("typed.bytes.length", with) == "{\"length\":\(count)}")
            #expect(
                try TypedPlugins.text("typed.bytes.sum", with) == "{\"sum\":\(bytes.reduce(0) { $0 + Int($1) })}")
        }
    }

    @Test func `text is as long for the function as its UTF-8`() throws {
        #expect(try TypedPlugins.text("typed.text.length", #"{"text": "grüße"}"#) == #"{"length":7}"#)
    }

    @Test func `no text is null, and text to be freed is freed when it has been copied`() throws {
        #expect(try TypedPlugins.text("typed.nothing_there") == #"{"value":null}"#)
        for _ in 0..<10 {
            #expect(try TypedPlugins.text("typed.reversed", #"{"text": "stressed"}"#) == #"{"text":"desserts"}"#)
        }
        #expect(TypedPlugins.failure("typed.broken") != nil)
        #expect(try TypedPlugins.text("typed.unreleased") == #"{"value":0}"#)
    }

    @Test func `a function without a result puts nothing`() throws {
        #expect(try TypedPlugins.text("typed.nothing") == "{}")
    }

    @Test(arguments: [
        ("typed.not_utf8", "{}", "its result \"value\" is text that is not UTF-8"),
        ("typed.broken", "{}", "its result \"value\" is text that is not UTF-8"),
        ("typed.divide", #"{"by": 0}"#, "its result \"value\" is inf; JSON has no such number"),
        ("typed.divide", #"{"by": -0.0}"#, "its result \"value\" is -inf; JSON has no such number"),
        ("typed.twice", #"{"x": 3e38}"#, "its result \"value\" is inf; JSON has no such number"),
    ])
    func `a result that JSON cannot hold fails the step as output that is no good`(
        name: String, with: String, message: String
    ) {
        #expect(
            TypedPlugins.failure(name, with)
                == StepError(code: "bad_output", message: message, effect: .applied))
    }

    @Test func `a function that takes the call fails by telling it, whatever it returns`() throws {
        #expect(try TypedPlugins.text("typed.digit", #"{"text": "7"}"#) == #"{"digit":7}"#)
        #expect(
            TypedPlugins.failure("typed.digit", #"{"text": "x"}"#)
                == StepError(code: "not_found", message: "there is no digit", effect: .none))
        #expect(TypedPlugins.failure("typed.refuse") == StepError(code: "denied", message: "never", effect: .none))
    }

    @Test func `a function that returns a status puts what it likes`() throws {
        #expect(try TypedPlugins.text("typed.both", #"{"left": 17, "right": 5}"#) == #"{"quotient":3,"rest":2}"#)
        #expect(
            TypedPlugins.failure("typed.both", #"{"left": 17, "right": 0}"#)
                == StepError(code: "input", message: "nothing divides by 0", effect: .none))
    }
}
