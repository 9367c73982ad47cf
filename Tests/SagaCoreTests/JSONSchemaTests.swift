import Testing

@testable import SagaCore

@Suite struct JSONSchemaTests {
    @Test(arguments: [
        ("true", ["1", "null", "{}"], []),
        ("false", [], ["1", "null", "{}"]),
        ("{}", ["1", "null", "{}"], []),

        (#"{"type":"null"}"#, ["null"], ["0", "false", "\"\""]),
        (#"{"type":"boolean"}"#, ["true", "false"], ["0", "null", "\"true\""]),
        (#"{"type":"integer"}"#, ["1", "1.0", "1e3", "-0", "1e400"], ["1.5", "\"1\"", "null", "1e-1"]),
        (#"{"type":"number"}"#, ["1", "1.5", "1e400"], ["\"1\"", "null"]),
        (#"{"type":"string"}"#, ["\"\""], ["1", "null", "[]"]),
        (#"{"type":"array"}"#, ["[]"], ["{}", "\"\""]),
        (#"{"type":"object"}"#, ["{}"], ["[]", "\"\""]),
        (#"{"type":["string","null"]}"#, ["\"\"", "null"], ["1", "[]"]),

        (
            #"{"enum":[1,"a",null,{"b":[1.0]}]}"#, ["1", "1.0", "\"a\"", "null", #"{"b":[1]}"#],
            ["2", "\"b\"", "{}", "false"]
        ),
        (#"{"const":{"a":1,"b":2}}"#, [#"{"b":2.0,"a":1}"#], [#"{"a":1}"#, "1"]),
        (#"{"const":false}"#, ["false"], ["0", "null"]),

        (#"{"minimum":1}"#, ["1", "1.0", "2", "1e400", "\"a\"", "null"], ["0", "0.999999999999999999999", "-1e400"]),
        (#"{"maximum":1.5}"#, ["1", "1.5", "15e-1", "-1e400"], ["2", "1.50000000000000000000001"]),
        (#"{"exclusiveMinimum":0}"#, ["1", "1e-400"], ["0", "-0.0", "-1"]),
        (#"{"exclusiveMaximum":9007199254740993}"#, ["9007199254740992"], ["9007199254740993", "9007199254740994"]),
        (
            #"{"multipleOf":3}"#, ["0", "9", "-9", "9e2", "9223372036854775806", "\"a\""],
            ["1", "9223372036854775807", "3.5"]
        ),
        (#"{"multipleOf":0.1}"#, ["0.3", "1", "1e20", "0.30"], ["0.35", "0.05"]),
        (#"{"multipleOf":0.0075}"#, ["0.0075", "1.5"], ["0.00751", "0.01"]),
        (#"{"multipleOf":100}"#, ["1e300", "200"], ["10", "150"]),
        (#"{"multipleOf":123456789012345678}"#, ["1234567890123456780", "123456789012345678e17"], ["1e20"]),

        (#"{"minLength":2}"#, ["\"ab\"", "\"éé\"", "\"😀😀\"", "1"], ["\"a\"", "\"😀\"", "\"\""]),
        (#"{"maxLength":2}"#, ["\"ab\"", "\"😀😀\""], ["\"abc\"", "\"e\u{301}e\""]),
        (#"{"minLength":2.0}"#, ["\"ab\""], ["\"a\""]),
        (#"{"pattern":"b+c"}"#, ["\"abbcd\"", "1"], ["\"ab\"", "\"\""]),
        (#"{"pattern":"^[a-z][a-z0-9_-]*$"}"#, ["\"a-1\""], ["\"1a\"", "\"a\\n\"", "\"\\na\"", "\"é\""]),
        (#"{"pattern":"^\\d{2}\\s\\w$"}"#, ["\"12 a\""], ["\"1 a\"", "\"٣٣ a\"", "\"12 é\""]),
        (#"{"pattern":"^.$"}"#, ["\"a\"", "\"😀\""], ["\"e\u{301}\"", "\"\\n\""]),

        (#"{"properties":{"a":{"type":"string"}}}"#, ["{}", #"{"a":"x"}"#, #"{"b":1}"#, "1"], [#"{"a":1}"#]),
        (#"{"properties":{"a":false}}"#, ["{}"], [#"{"a":1}"#]),
        (#"{"patternProperties":{"^n":{"type":"number"}}}"#, [#"{"n1":1,"a":"x"}"#], [#"{"n1":"x"}"#]),
        (
            #"{"properties":{"no":{"type":"string"}},"patternProperties":{"^n":{"maxLength":1}}}"#,
            [#"{"no":"a"}"#], [#"{"no":"ab"}"#, #"{"no":1}"#]
        ),
        (#"{"required":["a","b"]}"#, [#"{"a":null,"b":1}"#, "1"], [#"{"a":1}"#, "{}"]),
        (#"{"properties":{"a":{}},"additionalProperties":false}"#, ["{}", #"{"a":1}"#], [#"{"b":1}"#]),
        (#"{"properties":{"a":{}},"additionalProperties":{"type":"number"}}"#, [#"{"a":"x","b":1}"#], [#"{"b":"x"}"#]),
        (#"{"patternProperties":{"^x-":true},"additionalProperties":false}"#, [#"{"x-a":1}"#], [#"{"a":1}"#]),
        (
            #"{"propertyNames":{"pattern":"^[a-z]+$","maxLength":3}}"#, [#"{"abc":1}"#, "{}"],
            [#"{"A":1}"#, #"{"abcd":1}"#]
        ),
        (
            #"{"minProperties":1,"maxProperties":2}"#, [#"{"a":1}"#, #"{"a":1,"b":1}"#],
            ["{}", #"{"a":1,"b":1,"c":1}"#]
        ),

        (#"{"items":{"type":"string"}}"#, ["[]", "[\"a\"]", "{}"], ["[1]", "[\"a\",null]"]),
        (#"{"items":false}"#, ["[]"], ["[1]"]),
        (
            #"{"prefixItems":[{"type":"string"},{"type":"number"}]}"#, ["[]", "[\"a\"]", "[\"a\",1,null]"],
            ["[1]", "[\"a\",\"b\"]"]
        ),
        (
            #"{"prefixItems":[{"type":"string"}],"items":{"type":"null"}}"#, ["[\"a\",null]"],
            ["[\"a\",\"a\"]", "[null]"]
        ),
        (#"{"minItems":1,"maxItems":2}"#, ["[1]", "[1,2]"], ["[]", "[1,2,3]"]),
        (
            #"{"uniqueItems":true}"#, ["[1,2,\"1\"]", "[[1],[2]]", "[1,true]"],
            ["[1,1.0]", #"[{"a":1,"b":2},{"b":2.0,"a":1e0}]"#]
        ),
        (#"{"uniqueItems":false}"#, ["[1,1]"], []),

        (#"{"allOf":[{"minimum":1},{"maximum":3}]}"#, ["1", "3"], ["0", "4"]),
        (#"{"anyOf":[{"type":"string"},{"minimum":5}]}"#, ["\"a\"", "5", "null"], ["4"]),
        (#"{"oneOf":[{"minimum":1},{"maximum":3}]}"#, ["0", "4"], ["2", "null"]),
        (#"{"not":{"type":"string"}}"#, ["1"], ["\"a\""]),
        (#"{"not":{"not":{"type":"string"}}}"#, ["\"a\""], ["1"]),

        (##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"string"}},"minLength":1}"##, ["\"a\""], ["1", "\"\""]),
        (##"{"$ref":"#/$defs/a","$defs":{"a":{"$ref":"#/$defs/b~1c"},"b/c":{"type":"string"}}}"##, ["\"a\""], ["1"]),
        (
            ##"{"properties":{"child":{"$ref":"#"},"n":{"type":"integer"}},"additionalProperties":false}"##,
            [#"{"child":{"child":{"n":1}}}"#], [#"{"child":{"child":{"m":1}}}"#]
        ),
        (
            ##"{"properties":{"a":{"$defs":{"x":{"type":"null"}},"$ref":"#/properties/a/$defs/x"}}}"##,
            [#"{"a":null}"#], [#"{"a":1}"#]
        ),
        (
            ##"{"type":"array","items":{"anyOf":[{"const":0},{"$ref":"#"}]}}"##,
            ["[]", "[0,[0,[0]]]"], ["1", "[0,[0,[3]]]"]
        ),

        (
            #"{"title":"t","description":"d","default":1,"examples":[],"deprecated":true,"format":"date"}"#,
            ["\"not a date\"", "null"], []
        ),
        (
            #"{"$schema":"s","$id":"i","$comment":"c","readOnly":true,"writeOnly":true,"x-unit":"s"}"#,
            ["\"not a date\"", "null"], []
        ),
    ])
    func `each keyword accepts and rejects`(schema: String, accepted: [String], rejected: [String]) throws {
        let schema = try JSONSchema(JSONValue(parsing: schema))
        for text in accepted {
            #expect(schema.violations(of: try JSONValue(parsing: text)).map(\.message) == [], "\(text)")
        }
        for text in rejected {
            #expect(!schema.violations(of: try JSONValue(parsing: text)).isEmpty, "\(text)")
        }
    }

    @Test func `a schema in circles follows a value as deep as it goes`() throws {
        let schema = try JSONSchema([
            "$ref": "#/$defs/list",
            "$defs": [
                "list": [
                    "type": "object", "properties": ["next": ["$ref": "#/$defs/list"]], "additionalProperties": false,
                ]
            ],
        ])
        let good = String(repeating: #"{"next":"#, count: 127) + "{}" + String(repeating: "}", count: 127)
        #expect(schema.violations(of: try JSONValue(parsing: good)).isEmpty)
        let bad = String(repeating: #"{"next":"#, count: 127) + "1" + String(repeating: "}", count: 127)
        let found = schema.violations(of: try JSONValue(parsing: bad))
        #expect(found.map(\.at.tokens.count) == [127])
    }

    @Test func `all violations are found, each at its place, under the pointer given`() throws {
        let schema = try JSONSchema([
            "properties": ["a": ["type": "string"], "list": ["items": ["type": "integer"]]], "required": ["b"],
            "additionalProperties": false,
        ])
        let found = schema.violations(of: ["a": 1, "list": [1, "x", .null], "c": 1], at: "/steps/0/with")
        #expect(
            found.map(\.at.description) == [
                "/steps/0/with", "/steps/0/with/a", "/steps/0/with/list/1", "/steps/0/with/list/2", "/steps/0/with/c",
            ])
        #expect(found.map(\.fact.code) == ["missing", "type", "type", "type", "unknown_property"])
    }

    @Test func `a compiled schema is shared between tasks`() async throws {
        let schema = try JSONSchema(["items": ["pattern": "^(a|b)+\\d{3}$"]])
        let counts = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<200).reduce(0) { count, _ in
                        count + schema.violations(of: ["ab123", "x", "b000", "ab12"]).count
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts == Array(repeating: 400, count: 8))
    }
}

@Suite struct JSONSchemaDeclarationTests {
    private let schema = try! JSONSchema([
        "type": "object",
        "properties": [
            "size": ["type": "string", "default": "small"], "region": ["$ref": "#/$defs/region"],
            "name": ["type": "string"],
        ],
        "required": ["name"],
        "allOf": [
            ["properties": ["tags": ["type": "array"], "name": ["minLength": 1]], "required": ["tags", "name"]]
        ],
        "$defs": ["region": ["type": "string", "default": "fra1"]],
    ])

    @Test func `declared and required properties are listed in order, those of allOf behind`() {
        #expect(schema.propertyNames == ["size", "region", "name", "tags"])
        #expect(schema.requiredNames == ["name", "tags"])
        #expect(JSONSchema.anything.propertyNames == [])
    }

    @Test func `a property is a schema of its own, whose references still lead somewhere`() throws {
        let region = try #require(schema.property("region"))
        #expect(region.source == ["$ref": "#/$defs/region"])
        #expect(region.violations(of: 1).map(\.message) == ["the value is 1; expected a string"])
        #expect(schema.property("tags")?.source == ["type": "array"])
        #expect(schema.property("none") == nil)
    }

    @Test(arguments: [
        ("{}", true), (#"{"additionalProperties":true}"#, true), (#"{"additionalProperties":{"type":"string"}}"#, true),
        (#"{"additionalProperties":false}"#, false),
        (#"{"additionalProperties":false,"patternProperties":{"^x-":{}}}"#, true),
        (#"{"allOf":[{"additionalProperties":false}]}"#, false),
    ])
    func `other properties are allowed unless the schema is closed`(schema: String, allowed: Bool) throws {
        #expect(try JSONSchema(JSONValue(parsing: schema)).allowsOtherProperties == allowed)
    }

    @Test func `missing properties get their defaults and given ones stay`() {
        #expect(
            schema.fillingDefaults(in: ["name": "x", "region": .null]).text
                == #"{"name":"x","region":null,"size":"small"}"#)
        #expect(schema.fillingDefaults(in: [:]) == ["size": "small", "region": "fra1"])
        #expect(schema.fillingDefaults(in: "text") == "text")
        #expect(schema.fillingDefaults(in: [["name": "x"]]) == [["name": "x"]])
    }

    @Test func `defaults are filled in at every depth, also within defaults`() throws {
        let schema = try JSONSchema([
            "properties": [
                "given": ["properties": ["a": ["default": 1]]],
                "absent": ["properties": ["a": ["default": 1]]],
                "standard": ["default": ["b": 2], "properties": ["a": ["default": 1]]],
            ]
        ])
        #expect(schema.fillingDefaults(in: ["given": [:]]) == ["given": ["a": 1], "standard": ["b": 2, "a": 1]])
    }

    @Test func `a default that leads back to its own schema is filled in once`() throws {
        let schema = try JSONSchema([
            "$defs": ["node": ["properties": ["next": ["$ref": "#/$defs/node", "default": [:]]]]],
            "$ref": "#/$defs/node",
        ])
        #expect(schema.fillingDefaults(in: [:]) == ["next": ["next": [:]]])
    }

    // MARK: - Made to take for ever

    /// `#/$defs/0` has two forms, both `#/$defs/1`, which has two, and so on.
    private static func doubling(_ depth: Int) -> JSONValue {
        var definitions: JSONObject = [String(depth): ["type": "string"]]
        for level in 0..<depth {
            let next: JSONValue = ["$ref": .string("#/$defs/\(level + 1)")]
            definitions[String(level)] = ["anyOf": [next, next]]
        }
        return ["properties": ["a": ["$ref": "#/$defs/0"]], "$defs": .object(definitions)]
    }

    @Test func `a schema whose parts each come twice at every depth is filled in at once`() throws {
        // At each depth two schemas apply, and both lead to the two of the next.
        var definitions: JSONObject = ["60": ["properties": ["end": ["default": 1]]]]
        var value: JSONValue = [:]
        var expected: JSONValue = ["end": 1]
        for level in 0..<60 {
            let next: JSONValue = ["properties": ["p": ["$ref": .string("#/$defs/\(level + 1)")]]]
            definitions[String(level)] = ["allOf": [next, next]]
            (value, expected) = (["p": value], ["p": expected])
        }
        let schema = try JSONSchema(["$ref": "#/$defs/0", "$defs": .object(definitions)])
        #expect(schema.fillingDefaults(in: value) == expected)
    }

    @Test func `defaults within defaults that say more than a memory holds come to an end`() throws {
        var definitions: JSONObject = ["40": true]
        for level in 0..<40 {
            let next: JSONValue = ["$ref": .string("#/$defs/\(level + 1)"), "default": [:]]
            definitions[String(level)] = ["properties": ["a": next, "b": next]]
        }
        let schema = try JSONSchema(["$ref": "#/$defs/0", "$defs": .object(definitions)])
        let filled = schema.fillingDefaults(in: [:]).text
        #expect(filled.split(separator: ":").count - 1 == 10_000)
    }

    @Test func `references that come to too many schemas for one value are a problem of the schema`() throws {
        #expect(try JSONSchema(Self.doubling(10)).violations(of: ["a": "x"]).isEmpty)
        for depth in [14, 30] {
            let (schema, problems) = JSONSchema.compile(Self.doubling(depth))
            #expect(schema == nil)
            #expect(
                problems.map(\.message).first?.hasSuffix("expected at most 10,000, and 32 within each other") == true)
        }
        var chain: JSONObject = ["5000": true]
        for level in 0..<5000 { chain[String(level)] = ["$ref": .string("#/$defs/\(level + 1)")] }
        #expect(JSONSchema.compile(["$defs": .object(chain), "$ref": "#/$defs/0"]).problems.count == 1)
    }

    @Test func `a value made to try forms within forms for ever is given up, and refused`() throws {
        let again: JSONValue = ["properties": ["a": ["$ref": "#"]], "required": ["a"]]
        let schema = try JSONSchema(["anyOf": [again, again, ["properties": ["b": true], "required": ["b"]]]])
        let deep = (0..<60).reduce(JSONValue.object([:])) { value, _ in ["a": value] }
        let violations = schema.violations(of: deep, most: 10_000)
        #expect(
            violations.map(\.message) == [
                "the value has too many forms to try; expected a value, or a schema, with fewer within each other"
            ])
        let path = [Expression.Token](repeating: "a", count: 60)
        #expect(schema.types(at: path) == .unknown)
    }
}
