import SagaCore
import Testing

@Suite struct JSONWriterTests {
    @Test func `what is written piece by piece is what a value is written as`() {
        var json = JSONWriter()
        json.beginObject()
        json.key("list")
        json.beginArray()
        json.text("a\"\n")
        json.text(nil as String?)
        json.number(-7)
        json.bool(true)
        json.moment(Timestamp(milliseconds: 1_795_255_200_007))
        json.beginObject()
        json.endObject()
        json.endArray()
        json.key("written")
        Array(#"{"a":[1.50]}"#.utf8).withUnsafeBytes { json.written($0) }
        json.key("nothing")
        json.written(nil)
        json.endObject()
        let value: JSONValue = [
            "list": ["a\"\n", .null, -7, true, "2026-11-21T10:00:00.007Z", [:]], "written": ["a": [.number("1.50")]],
            "nothing": .null,
        ]
        #expect(String(decoding: json.bytes, as: UTF8.self) == value.text)
    }

    @Test func `an escape is found wherever it stands`() {
        for length in 0..<20 {
            for (escaped, text) in [("\"", #"\""#), ("\\", #"\\"#), ("\u{1F}", #"\u001f"#), ("\n", #"\n"#)] {
                let (before, after) = (
                    String(repeating: "é~", count: length), String(repeating: " \u{7F}!", count: length)
                )
                #expect(JSONValue.string(before + escaped + after).text == "\"\(before)\(text)\(after)\"")
                #expect(JSONValue.string(escaped + before + escaped).text == "\"\(text)\(before)\(text)\"")
            }
        }
    }

    @Test func `a moment is written with as many digits as it needs, and no fewer than it should`() {
        func text(_ milliseconds: Int64) -> String { Timestamp(milliseconds: milliseconds).description }
        #expect(text(0) == "1970-01-01T00:00:00.000Z")
        #expect(text(-1) == "1969-12-31T23:59:59.999Z")
        #expect(text(1_795_255_200_007) == "2026-11-21T10:00:00.007Z")
        #expect(text(-62_135_596_800_000) == "0001-01-01T00:00:00.000Z")
        #expect(text(.max) == "292278994-08-17T07:12:55.807Z")
    }
}
