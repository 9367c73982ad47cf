import SagaCore
import Testing

@Suite struct JSONDocumentTests {
    private let text = """
        {
          "größe": 1, "steps": [
            {"id": "a",
             "a/b" : [true , [ ] ]},
            null
          ], "😀😀": {"x": {}}, "last": -0.5
        }
        """

    @Test(
        arguments: [
            ("", 1, 1), ("/größe", 2, 12), ("/steps", 2, 24), ("/steps/0", 3, 5), ("/steps/0/id", 3, 12),
            ("/steps/0/a~1b", 4, 14), ("/steps/0/a~1b/0", 4, 15), ("/steps/0/a~1b/1", 4, 22), ("/steps/1", 5, 5),
            ("/😀😀", 6, 12), ("/😀😀/x", 6, 18), ("/last", 6, 31),
        ] as [(JSONPointer, Int, Int)])
    func `a value is found where it stands`(pointer: JSONPointer, line: Int, column: Int) throws {
        #expect(try JSONDocument(parsing: text).position(of: pointer) == JSONPosition(line: line, column: column))
    }

    @Test(
        arguments: [
            ("/größe", 2, 3), ("/steps", 2, 15), ("/steps/0/id", 3, 6), ("/steps/0/a~1b", 4, 6), ("/😀😀/x", 6, 13),
        ] as [(JSONPointer, Int, Int)])
    func `a key is found where it stands`(pointer: JSONPointer, line: Int, column: Int) throws {
        #expect(try JSONDocument(parsing: text).position(ofKey: pointer) == JSONPosition(line: line, column: column))
    }

    @Test(arguments: ["/none", "/steps/2", "/steps/x", "/größe/a", "/steps/0/id/0"] as [JSONPointer])
    func `what is not there has no position`(pointer: JSONPointer) throws {
        let document = try JSONDocument(parsing: text)
        #expect(document.position(of: pointer) == nil)
        #expect(document.position(ofKey: pointer) == nil)
    }

    @Test func `the root and the items of an array have no key`() throws {
        let document = try JSONDocument(parsing: text)
        #expect(document.position(ofKey: "") == nil)
        #expect(document.position(ofKey: "/steps/0") == nil)
        #expect(document.position(ofKey: "/steps/0/a~1b/1") == nil)
    }

    @Test func `a document has the value, and the errors, of the parser`() throws {
        #expect(try JSONDocument(parsing: text).value == JSONValue(parsing: text))
        let error = #expect(throws: JSONError.self) { try JSONDocument(parsing: "{\n}}") }
        #expect(error?.position == JSONPosition(line: 2, column: 2))
    }

    @Test func `positions hold in objects of many members`() throws {
        let members = (0..<50).map { "\"k\($0)\": \($0)" }
        let document = try JSONDocument(parsing: "{\n" + members.joined(separator: ",\n") + "\n}")
        for number in 0..<50 {
            let pointer = JSONPointer(tokens: ["k\(number)"])
            #expect(document.position(ofKey: pointer) == JSONPosition(line: number + 2, column: 1))
            #expect(document.position(of: pointer)?.line == number + 2)
        }
    }

    @Test func `positions hold in a line as long as a file, with characters of several bytes`() throws {
        let items = (0..<2000).map { "\"ü\(String(repeating: "€", count: $0 % 7))\"" }
        let document = try JSONDocument(parsing: "[" + items.joined(separator: ",") + "]")
        var column = 2
        for (index, item) in items.enumerated() {
            let pointer = JSONPointer(tokens: ["\(index)"])
            #expect(document.position(of: pointer) == JSONPosition(line: 1, column: column))
            column += item.count + 1
        }
    }
}
