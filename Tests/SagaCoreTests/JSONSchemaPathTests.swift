public import SagaCore
import Testing

@Suite struct JSONSchemaPathTests {
    private let schema = try! JSONSchema(
        JSONValue(
            parsing: """
                {
                  "type": "object",
                  "properties": {
                    "id": {"type": "integer"},
                    "name": {"type": ["string", "null"]},
                    "size": {"type": "string", "default": "small"},
                    "anything": {},
                    "choice": {"enum": [1, "a", null]},
                    "network": {
                      "type": "object",
                      "properties": {"ip": {"type": "string"}, "port": {"type": "number"}},
                      "required": ["ip"],
                      "additionalProperties": false
                    },
                    "open": {"type": "object"},
                    "labels": {"type": "object", "additionalProperties": {"type": "string"}},
                    "list": {"type": "array", "minItems": 1,
                             "prefixItems": [{"type": "string"}], "items": {"$ref": "#/$defs/item"}},
                    "maybe": {"type": ["object", "null"], "properties": {"a": {"type": "string"}}, "required": ["a"]},
                    "either": {
                      "anyOf": [
                        {"type": "object", "required": ["a"], "additionalProperties": false,
                         "properties": {"a": {"type": "string"}}},
                        {"type": "object", "required": ["a"], "additionalProperties": false,
                         "properties": {"a": {"type": "integer"}, "b": {}}},
                        {"type": "null"}
                      ]
                    },
                    "never": false
                  },
                  "patternProperties": {"^x-": {"type": "boolean"}},
                  "required": ["id", "network", "list", "maybe", "either", "open"],
                  "additionalProperties": false,
                  "$defs": {
                    "item": {
                      "properties": {"deep": {"$ref": "#/$defs/item"}, "n": {"type": "number"}},
                      "additionalProperties": false
                    }
                  }
                }
                """))

    @Test(
        arguments: [
            ([], .known(.object, alwaysThere: true)),
            (["id"], .known(.integer, alwaysThere: true)),
            (["name"], .known([.string, .null], alwaysThere: false)),
            (["size"], .known(.string, alwaysThere: true)),
            (["anything"], .known(.any, alwaysThere: false)),
            (["anything", "x"], .unknown),
            (["choice"], .known([.integer, .string, .null], alwaysThere: false)),
            (["network", "ip"], .known(.string, alwaysThere: true)),
            (["network", "port"], .known(.number, alwaysThere: false)),
            (["network", "ipp"], .impossible(at: 1, known: ["ip", "port"])),
            (["open", "x"], .unknown),
            (["open", "x", "y"], .unknown),
            (["labels", "x"], .known(.string, alwaysThere: false)),
            (["labels", "x", "y"], .impossible(at: 2, known: [])),
            (["id", "x"], .impossible(at: 1, known: [])),
            (["list", 0], .known(.string, alwaysThere: true)),
            (["list", 1, "n"], .known(.number, alwaysThere: false)),
            (["list", 1, "deep", "deep", "n"], .known(.number, alwaysThere: false)),
            (["list", 1, "deep", "m"], .impossible(at: 3, known: ["deep", "n"])),
            (["list", "first"], .impossible(at: 1, known: [])),
            (["list", "0"], .impossible(at: 1, known: [])),
            (["network", 0], .impossible(at: 1, known: ["ip", "port"])),
            (["id", 0], .impossible(at: 1, known: [])),
            (["maybe", "a"], .known(.string, alwaysThere: false)),
            (["either", "a"], .known([.string, .integer], alwaysThere: false)),
            (["either", "b"], .known(.any, alwaysThere: false)),
            (["either", "c"], .impossible(at: 1, known: ["a", "b"])),
            (["x-flag"], .known(.boolean, alwaysThere: false)),
            (["never"], .impossible(at: 0, known: [])),
        ] as [([Expression.Token], SchemaPathAnswer)])
    func `a path is known, unknown or impossible`(path: [Expression.Token], answer: SchemaPathAnswer) {
        #expect(schema.types(at: path) == answer)
    }

    @Test func `an impossible name at the root is answered with the names there are`() {
        guard case .impossible(0, let known) = schema.types(at: ["idd", "x"]) else {
            Issue.record("\(schema.types(at: ["idd", "x"]))")
            return
        }
        #expect(known.first == "id")
        #expect(known.count == 12)
    }

    @Test func `what several schemas say about a path is taken together`() throws {
        let schema = try JSONSchema([
            "properties": ["a": ["type": ["string", "integer"]]],
            "allOf": [["required": ["a"]], ["properties": ["a": ["type": ["integer", "null"]]], "required": ["a"]]],
        ])
        #expect(schema.types(at: ["a"]) == .known(.integer, alwaysThere: true))
        #expect(schema.types(at: ["b"]) == .unknown)
    }

    @Test func `a path that one of several forms does not have may be missing, whichever comes first`() throws {
        let object: JSONValue = ["type": "object", "properties": ["a": ["type": "string"]], "required": ["a"]]
        for forms: JSONValue in [[object, ["type": "null"]], [["type": "null"], object]] {
            #expect(try JSONSchema(["anyOf": forms]).types(at: ["a"]) == .known(.string, alwaysThere: false))
        }
        #expect(try JSONSchema(["anyOf": [object]]).types(at: ["a"]) == .known(.string, alwaysThere: true))
    }

    @Test func `a schema that says nothing leaves every path open`() throws {
        #expect(JSONSchema.anything.types(at: ["a", "b"]) == .unknown)
        #expect(JSONSchema.anything.types(at: []) == .known(.any, alwaysThere: true))
        #expect(try JSONSchema(false).types(at: ["a"]) == .impossible(at: 0, known: []))
    }
}

@Suite struct JSONSchemaHoleTests {
    private func messages(_ schema: JSONValue, _ value: JSONValue, _ holes: [JSONPointer: SchemaTypes]) throws
        -> [String]
    {
        try JSONSchema(schema).violations(of: value, hole: { holes[$0] }).map(\.message)
    }

    @Test(
        arguments: [
            ("string", .string, true), ("string", [.string, .null], true), ("string", .any, true),
            ("number", .integer, true),
            ("integer", .number, true), ("string", .number, false), ("object", [.string, .null], false),
            ("integer", .string, false),
        ] as [(String, SchemaTypes, Bool)])
    func `a hole fits when one of its types can`(type: String, hole: SchemaTypes, fits: Bool) throws {
        let found = try messages(
            ["properties": ["a": ["type": .string(type), "minLength": 100]]], ["a": "${x}"], ["/a": hole])
        #expect(found.isEmpty == fits)
    }

    @Test func `the message tells what will be there`() throws {
        let found = try messages(
            ["properties": ["a": ["type": ["string", "null"]]]], ["a": "${x}"], ["/a": [.number, .object]])
        #expect(found == [#""a" will be a number or an object; expected a string or `null`"#])
        let whole = try messages(["type": "object"], "${x}", ["": .string])
        #expect(whole == ["the value will be a string; expected an object"])
    }

    @Test func `the types a hole must have follow from references, choices and forms`() throws {
        let schema: JSONValue = [
            "properties": [
                "reference": ["$ref": "#/$defs/n"], "choice": ["enum": [1, 2]], "constant": ["const": "a"],
                "forms": ["anyOf": [["type": "integer"], ["type": "boolean"]]],
                "both": ["allOf": [["type": "integer"]]],
            ],
            "$defs": ["n": ["type": "integer"]],
        ]
        let value: JSONValue = ["reference": "?", "choice": "?", "constant": "?", "forms": "?", "both": "?"]
        let names = ["reference", "choice", "constant", "forms", "both"]
        let holes = Dictionary(uniqueKeysWithValues: names.map { (JSONPointer(tokens: [$0]), SchemaTypes.array) })
        #expect(
            try messages(schema, value, holes) == [
                #""reference" will be an array; expected an integer"#,
                #""choice" will be an array; expected an integer"#,
                #""constant" will be an array; expected a string"#,
                #""forms" will be an array; expected an integer or a boolean"#,
                #""both" will be an array; expected an integer"#,
            ])
    }

    @Test(
        arguments: [
            (["enum": [["a": 1]]], ["a": "?"]), (["const": ["a": 1]], ["a": "?"]),
            (["not": ["required": ["a"], "const": 1]], ["a": "?"]),
            (["not": ["properties": ["a": ["type": "integer"]]]], ["a": "?"]),
            (
                ["oneOf": [["properties": ["a": ["type": "integer"]]], ["properties": ["a": ["type": "string"]]]]],
                ["a": "?"]
            ),
            (["anyOf": [["properties": ["a": ["maximum": 1]]], ["required": ["b"]]]], ["a": "?"]),
            (["properties": ["a": ["pattern": "^x$", "enum": ["x"]]]], ["a": "?"]),
            (["required": ["a"], "minProperties": 1], ["a": "?"]),
        ] as [(JSONValue, JSONValue)])
    func `what depends on a hole is not reported`(schema: JSONValue, value: JSONValue) throws {
        #expect(try messages(schema, value, ["/a": .any]) == [])
    }

    @Test func `items that are not known yet are not taken for the same`() throws {
        #expect(try messages(["uniqueItems": true], ["?", "?", 1], ["/0": .any, "/1": .any]) == [])
        #expect(try messages(["uniqueItems": true], ["?", 1, 1], ["/0": .any]).count == 1)
        #expect(try messages(["uniqueItems": true], [["a": "?"], ["a": "?"]], ["/0/a": .any, "/1/a": .any]) == [])
    }

    @Test func `a property that may not be there is reported though its value is not known`() throws {
        #expect(try messages(["additionalProperties": false], ["a": "?"], ["/a": .any]).count == 1)
        #expect(try messages(["propertyNames": ["maxLength": 1]], ["ab": "?"], ["/ab": .any]).count == 1)
        #expect(try messages(["required": ["b"]], ["a": "?"], ["/a": .any]) == [#""b" is missing"#])
    }
}

extension Expression.Token: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    public init(stringLiteral name: String) { self = .member(name) }
    public init(integerLiteral index: Int) { self = .index(index) }
}
