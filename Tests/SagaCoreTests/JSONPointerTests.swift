import SagaCore
import Testing

@Suite struct JSONPointerTests {
    @Test(
        arguments: [
            ("", []), ("/", [""]), ("/a", ["a"]), ("/a/", ["a", ""]), ("//", ["", ""]),
            ("/steps/2/uses", ["steps", "2", "uses"]),
            ("/a~1b/m~0n", ["a/b", "m~n"]), ("/~01", ["~1"]), ("/größe/ /%20", ["größe", " ", "%20"]),
        ] as [(String, [String])])
    func `text and tokens are the same pointer`(text: String, tokens: [String]) throws {
        let pointer = try #require(JSONPointer(text))
        #expect(pointer.tokens == tokens)
        #expect(pointer.description == text)
        #expect(JSONPointer(tokens: tokens) == pointer)
    }

    @Test(arguments: ["a", "a/b", " /a", "/~", "/~2", "/a~/b", "#/a"])
    func `what is not a pointer is nil`(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func `appending goes one step deeper`() {
        let pointer: JSONPointer = "/a"
        #expect(pointer.appending("b/c").appending(2).description == "/a/b~1c/2")
        #expect(pointer.description == "/a")
    }

    @Test(
        arguments: [
            ("", 12), ("/foo", 3), ("/foo/0", 4), ("/", 0), ("/a~1b", 1), ("/m~0n", 8), ("/deep/list/1/x", 9),
            ("/foo/2", nil), ("/foo/01", nil), ("/foo/-", nil), ("/foo/+0", nil), ("/foo/99999999999999999999", nil),
            ("/none", nil), ("/a~1b/x", nil), ("/foo/", nil),
        ] as [(JSONPointer, Int64?)])
    func `a pointer finds its value or nothing`(pointer: JSONPointer, expected: Int64?) {
        let document: JSONValue = [
            "foo": [4, 5], "": 0, "a/b": 1, "m~n": 8, "deep": ["list": [.null, ["x": 9]]],
        ]
        switch expected {
        case 12: #expect(document[pointer] == document)
        case 3: #expect(document[pointer] == [4, 5])
        case let number: #expect(document[pointer] == number.map(JSONValue.int))
        }
    }

    @Test(
        arguments: [
            ("", #""new""#), ("/a", #"{"a":"new","list":[1,{"b":2}],"n":null}"#),
            ("/x", #"{"a":1,"list":[1,{"b":2}],"n":null,"x":"new"}"#),
            ("/x/y/z", #"{"a":1,"list":[1,{"b":2}],"n":null,"x":{"y":{"z":"new"}}}"#),
            ("/list/0", #"{"a":1,"list":["new",{"b":2}],"n":null}"#),
            ("/list/1/c", #"{"a":1,"list":[1,{"b":2,"c":"new"}],"n":null}"#),
            ("/list/2", nil), ("/list/-", nil), ("/list/x", nil), ("/a/b", nil), ("/n/b", nil), ("/list/0/x", nil),
            ("/list/1/b/c", nil),
        ] as [(JSONPointer, String?)])
    func `setting makes objects on the way, and changes nothing where there is no way`(
        pointer: JSONPointer, after: String?
    ) {
        let before: JSONValue = ["a": 1, "list": [1, ["b": 2]], "n": .null]
        var value = before
        #expect(value.set("new", at: pointer) == (after != nil))
        #expect(value.text == after ?? before.text)
    }
}
