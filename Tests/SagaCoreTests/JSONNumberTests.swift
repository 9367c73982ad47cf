import SagaCore
import Testing

@Suite struct JSONNumberTests {
    @Test(
        arguments: [
            ("0", 0), ("-1", -1), ("9223372036854775807", .max), ("-9223372036854775808", .min),
            ("9007199254740993", 9_007_199_254_740_993),
        ] as [(String, Int64)])
    func `an integer that fits is exact`(text: String, value: Int64) throws {
        #expect(try JSONValue(parsing: text) == .int(value))
        #expect(JSONValue.int(value).text == text)
    }

    @Test(arguments: [
        "9223372036854775808", "-9223372036854775809", "18446744073709551616", "1.0", "-0", "-0.0", "1e3", "1E+3",
        "1e-3",
        "0.1", "3.141592653589793238462643383279", "1e400", "123456789012345678901234567890", "0e0", "0.0E-0",
    ])
    func `every other number keeps its text`(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(value == .number(text))
        #expect(value.text == text)
        #expect(value.typeName == "number")
    }

    @Test(
        arguments: [
            ("1.0", 1), ("1e3", 1000), ("-0", 0), ("0.0", 0), ("12.50e1", 125), ("1000e-3", 1),
            ("-9223372036854775808.0", .min),
            ("0.00012e5", 12), ("922337203685477580.7e1", .max), ("0e99999999999999999999", 0),
            ("1.5", nil), ("1e-1", nil), ("9223372036854775808", nil), ("-9223372036854775809.0", nil), ("1e400", nil),
            ("1e-99999999999999999999", nil), ("1e99999999999999999999", nil),
        ] as [(String, Int64?)])
    func `a number with an integral value that fits is an integer too`(text: String, value: Int64?) throws {
        #expect(try JSONValue(parsing: text).intValue == value)
    }

    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("1e3", 1000), ("9223372036854775808", 1 << 63), ("18446744073709551615", .max),
            ("1.8446744073709551615e19", .max), ("18446744073709551615.0", .max), ("0.18446744073709551615e20", .max),
            ("18446744073709551616", nil), ("-1", nil), ("-1.0", nil), ("1.5", nil), ("99999999999999999999", nil),
            ("1e20", nil), ("1e400", nil),
        ] as [(String, UInt64?)])
    func `an integer from 0 that fits 64 bits without a sign is one of these, too`(text: String, value: UInt64?) throws
    {
        #expect(try JSONValue(parsing: text).unsignedValue == value)
    }

    @Test func `doubles come from both kinds of number, as far as they reach`() throws {
        #expect(JSONValue.int(3).doubleValue == 3)
        #expect(try JSONValue(parsing: "0.1").doubleValue == 0.1)
        #expect(try JSONValue(parsing: "1e400").doubleValue == nil)
        #expect(JSONValue("1").doubleValue == nil)
        #expect(JSONValue(Double.infinity) == nil)
        #expect(JSONValue(Double.nan) == nil)
        for double in [0.1, -0.0, Double.leastNonzeroMagnitude, 1.7976931348623157e308, 1e21, 1e-7, 3] {
            let text = try #require(JSONValue(double)).text
            let back = try JSONValue(parsing: text).doubleValue
            #expect(back?.bitPattern == double.bitPattern, "\(text)")
        }
    }

    @Test(arguments: [
        ("1", "1.0", true), ("1", "10e-1", true), ("0", "-0", true), ("0.0", "-0e5", true), ("100", "1e2", true),
        ("1e400", "10e399", true), ("12345678901234567890", "1234567890123456789e1", true),
        ("1", "2", false), ("1", "-1", false), ("1", "1.0000000000000000000000000000001", false),
        ("9007199254740993", "9007199254740992.0", false), ("1", "\"1\"", false), ("1", "true", false),
        ("0", "null", false),
        (#"{"a":1,"b":[1.0]}"#, #"{"b":[1],"a":1e0}"#, true), (#"{"a":1}"#, #"{"a":1,"b":1}"#, false),
        (#"{"a":1}"#, #"{"b":1}"#, false), ("[1,2]", "[2,1]", false), ("[1]", "[1,1]", false),
        (#""a""#, #""\u0061""#, true), ("[]", "{}", false),
    ])
    func `the same JSON is the same whatever it was written like`(left: String, right: String, same: Bool) throws {
        let (left, right) = (try JSONValue(parsing: left), try JSONValue(parsing: right))
        #expect(left.sameJSON(as: right) == same)
        #expect(right.sameJSON(as: left) == same)
    }
}
