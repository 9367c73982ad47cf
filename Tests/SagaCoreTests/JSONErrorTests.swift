import SagaCore
import Testing

@Suite struct JSONErrorTests {
    @Test(arguments: [
        ("", 1, 1, "the text is empty; expected a JSON value"),
        ("\n  ", 2, 3, "the text is empty; expected a JSON value"),
        ("\u{FEFF}{}", 1, 1, "the text starts with a byte order mark; expected UTF-8 without one"),

        (#"{"a":1"#, 1, 7, #"the text ends inside an object; expected "}" or ",""#),
        (#"{"a""#, 1, 5, #"the text ends inside an object; expected ":" after the key"#),
        (#"{"a":"#, 1, 6, "the text ends inside an object; expected a value"),
        ("{", 1, 2, #"the text ends inside an object; expected a key in double quotes or "}""#),
        (#"{"a":1,"#, 1, 8, "the text ends inside an object; expected a key in double quotes"),
        ("[", 1, 2, #"the text ends inside an array; expected a value or "]""#),
        ("[1", 1, 3, #"the text ends inside an array; expected "]" or ",""#),
        ("[1,\n", 2, 1, "the text ends inside an array; expected a value"),
        (#"{"a"#, 1, 4, "the text ends inside a string; expected its closing quote"),
        (#"["a\"#, 1, 5, "the text ends inside a string; expected its closing quote"),

        ("[%]", 1, 2, #""%" stands here; expected a value or "]""#),
        ("[1, %]", 1, 5, #""%" stands here; expected a value"#),
        ("[,1]", 1, 2, #""," stands here; expected a value or "]""#),
        (#"{"a" = 1}"#, 1, 6, #""=" stands here; expected ":" after the key"#),
        (#"{"a"}"#, 1, 5, #""}" stands here; expected ":" after the key"#),
        (#"{"a":}"#, 1, 6, #""}" stands here; expected a value"#),
        (#"{"a":1]"#, 1, 7, #""]" stands here; expected "}" or ",""#),
        ("[1}", 1, 3, #""}" stands here; expected "]" or ",""#),
        ("[1;2]", 1, 3, #"";" stands here; expected "]" or ",""#),
        (#"{[1]:2}"#, 1, 2, #""[" stands here; expected a key in double quotes or "}""#),
        ("\u{A0}1", 1, 1, "\"\u{A0}\" stands here; expected a value"),
        ("[“a”]", 1, 2, #""“" stands here; expected a value or "]""#),

        ("{} x", 1, 4, #""x" stands after the end of the JSON value; expected nothing more"#),
        ("{}\n{}", 2, 1, #""{" stands after the end of the JSON value; expected nothing more"#),
        ("12abc", 1, 3, #""abc" stands after the end of the JSON value; expected nothing more"#),

        (
            "{\n \"name\": 1,\n \"b\": {\"name\": 2},\n \"name\": 3}", 4, 2,
            #""name" stands twice in one object, first on line 2"#
        ),
        ("{name: 1}", 1, 2, #"the key "name" has no quotes; expected double quotes around it"#),
        ("{12: 1}", 1, 2, #"the key "12" has no quotes; expected double quotes around it"#),
        (#"{"a":1, größe: 1}"#, 1, 9, #"the key "größe" has no quotes; expected double quotes around it"#),
        (#"{"a":1,}"#, 1, 7, #"a comma before "}"; expected another member, or no comma"#),
        ("[1,\n 2,\n]", 2, 3, #"a comma before "]"; expected another item, or no comma"#),
        ("[1,,2]", 1, 4, "two commas in a row; expected one"),
        (#"{"a":1,,"b":2}"#, 1, 8, "two commas in a row; expected one"),
        ("{\"a\":1\n \"b\":2}", 2, 2, #"no comma between two members; expected "," before this one"#),
        ("[1 2]", 1, 4, #"no comma between two items; expected "," before this one"#),
        ("[1 -2]", 1, 4, #"no comma between two items; expected "," before this one"#),

        ("{} // x", 1, 4, "a comment; JSON has none"),
        ("[1, /* x */ 2]", 1, 5, "a comment; JSON has none"),
        ("# x\n{}", 1, 1, "a comment; JSON has none"),
        ("['a']", 1, 2, "a text in single quotes; expected double quotes"),
        ("{'a': 1}", 1, 2, "a text in single quotes; expected double quotes"),
        ("True", 1, 1, #""True" is not a JSON value; expected `true`"#),
        ("[FALSE]", 1, 2, #""FALSE" is not a JSON value; expected `false`"#),
        (#"{"a": None}"#, 1, 7, #""None" is not a JSON value; expected `null`"#),
        ("undefined", 1, 1, #""undefined" is not a JSON value; expected `null`"#),
        ("[yes]", 1, 2, #""yes" is not a JSON value; expected `true`"#),
        (#"{"a": hello}"#, 1, 7, #""hello" is not a JSON value; expected double quotes around a text"#),

        ("[\"a\nb\"]", 1, 4, #"a string with a line break in it; expected its closing quote, or "\n" for the break"#),
        ("\"a\tb\"", 1, 3, #"a string with a tab in it; expected "\t" for the tab"#),
        ("\"\u{1B}\"", 1, 2, #"a string with the control character U+001B in it; expected "\u001B""#),
        (#"["é\q"]"#, 1, 4, #""\q" is not an escape of JSON; expected "\\" for a backslash"#),
        (#""\é""#, 1, 2, #""\é" is not an escape of JSON; expected "\\" for a backslash"#),
        (#""\u12G4""#, 1, 2, #""\u12" is cut short; expected four hexadecimal digits after "\u""#),
        (#""\ud83d!""#, 1, 2, #""\ud83d" is the first half of a surrogate pair; expected the second half after it"#),
        (
            #""\ud83d\u0041""#, 1, 2,
            #""\ud83d" is the first half of a surrogate pair; expected the second half after it"#
        ),
        (#""\ude00""#, 1, 2, #""\ude00" is the second half of a surrogate pair; expected the first half before it"#),

        ("[007]", 1, 2, #""007" starts with a zero; expected "7""#),
        ("-012.5", 1, 1, #""-012.5" starts with a zero; expected "-12.5""#),
        ("00", 1, 1, #""00" starts with a zero; expected "0""#),
        ("+1.5", 1, 1, #""+1.5" starts with a plus; expected "1.5""#),
        (".5", 1, 1, #"".5" starts with a dot; expected "0.5""#),
        ("[-]", 1, 2, #""-" is cut short; expected a digit after it"#),
        ("[1.]", 1, 2, #""1." is cut short; expected a digit after it"#),
        ("[0.]", 1, 2, #""0." is cut short; expected a digit after it"#),
        ("[1e+]", 1, 2, #""1e+" is cut short; expected a digit after it"#),
        ("-.5", 1, 1, #""-" is cut short; expected a digit after it"#),
        ("0x1F", 1, 1, #""0x1F" is hexadecimal; expected a decimal number"#),
        ("[NaN]", 1, 2, #""NaN" is not a JSON number; expected digits, or `null` for no number"#),
        ("-Infinity", 1, 1, #""-Infinity" is not a JSON number; expected digits, or `null` for no number"#),
    ])
    func `each mistake has its place and its sentence`(text: String, line: Int, column: Int, message: String) {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
        #expect(error?.message == message)
        #expect(error?.position == JSONPosition(line: line, column: column))
    }

    @Test func `a byte that is not UTF-8 is named in hexadecimal`() {
        let error = #expect(throws: JSONError.self) { try parse([0x22, 0xFF, 0x22]) }
        #expect(error?.message == "the byte 0xFF is not UTF-8; expected text in UTF-8")
    }

    @Test func `too many levels are told how many there may be`() {
        let error = #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 200)) }
        #expect(error?.message == "objects and arrays are nested deeper than 128; expected at most 128 levels")
        #expect(error?.position == JSONPosition(line: 1, column: 129))
    }
}
