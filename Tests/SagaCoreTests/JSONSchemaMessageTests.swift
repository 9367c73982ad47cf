import SagaCore
import Testing

@Suite struct JSONSchemaMessageTests {
    @Test(arguments: [
        (#"{"type":"string"}"#, "12", ["the value is 12; expected a string"]),
        (#"{"properties":{"size":{"type":"string"}}}"#, #"{"size":12}"#, [#""size" is 12; expected a string"#]),
        (#"{"items":{"type":"integer"}}"#, #"[1.5]"#, ["item 0 is 1.5; expected an integer"]),
        (
            #"{"properties":{"tags":{"items":{"type":"string"}}}}"#, #"{"tags":["a",null]}"#,
            [#"item 1 of "tags" is null; expected a string"#]
        ),
        (
            #"{"type":["string","integer","null"]}"#, "true",
            ["the value is true; expected a string, an integer or `null`"]
        ),
        (#"{"type":"object"}"#, "[]", ["the value is an empty array; expected an object"]),
        (#"{"type":"array"}"#, #"{"a":1}"#, ["the value is an object; expected an array"]),
        (#"{"type":"boolean"}"#, #""yes""#, [#"the value is "yes"; expected a boolean"#]),
        (
            #"{"type":"number"}"#, #""0123456789012345678901234567890123456789x""#,
            [#"the value is "0123456789012345678901234567890123456789…"; expected a number"#]
        ),
        (
            #"{"type":"number"}"#, #""0123456789012345678901234567890123456789""#,
            [#"the value is "0123456789012345678901234567890123456789"; expected a number"#]
        ),
        (#"{"type":"number"}"#, #""a\nb\"c""#, [#"the value is "a\nb\"c"; expected a number"#]),
        (#"{"type":"string","minLength":3,"enum":["a"]}"#, "1", ["the value is 1; expected a string"]),

        (#"{"required":["name"]}"#, "{}", [#""name" is missing"#]),
        (
            #"{"properties":{"color":{}},"additionalProperties":false}"#, #"{"colour":1}"#,
            [#""colour" is not a property here; did you mean "color"?"#]
        ),
        (
            #"{"properties":{"a":{},"b":{}},"additionalProperties":false}"#, #"{"zzzz":1}"#,
            [#""zzzz" is not a property here; the properties are "a", "b""#]
        ),
        (
            #"{"properties":{"a":{}},"additionalProperties":false}"#, #"{"zzzz":1}"#,
            [#""zzzz" is not a property here; the only property is "a""#]
        ),
        (#"{"additionalProperties":false}"#, #"{"zzzz":1}"#, [#""zzzz" is not a property here; expected none"#]),
        (#"{"properties":{"a":false}}"#, #"{"a":1}"#, [#""a" is not allowed here"#]),

        (
            #"{"properties":{"size":{"enum":["small","large"]}}}"#, #"{"size":"huge"}"#,
            [#""size" is "huge"; expected one of "small", "large""#]
        ),
        (#"{"const":"a"}"#, #""b""#, [#"the value is "b"; expected "a""#]),
        (#"{"enum":[1,null]}"#, "{}", ["the value is an empty object; expected one of 1, null"]),

        (#"{"properties":{"count":{"minimum":1}}}"#, #"{"count":0}"#, [#""count" is 0; expected at least 1"#]),
        (#"{"maximum":1.5}"#, "2", ["the value is 2; expected at most 1.5"]),
        (#"{"exclusiveMinimum":0}"#, "0", ["the value is 0; expected more than 0"]),
        (#"{"exclusiveMaximum":10}"#, "1e1", ["the value is 1e1; expected less than 10"]),
        (#"{"multipleOf":5}"#, "7", ["the value is 7; expected a multiple of 5"]),
        (
            #"{"minimum":5,"multipleOf":5}"#, "3",
            ["the value is 3; expected at least 5", "the value is 3; expected a multiple of 5"]
        ),

        (
            #"{"properties":{"name":{"maxLength":4}}}"#, #"{"name":"12345"}"#,
            [#""name" has 5 characters; expected at most 4"#]
        ),
        (#"{"minLength":2}"#, #""a""#, ["the value has 1 character; expected at least 2"]),
        (#"{"minItems":1}"#, "[]", ["the value has 0 items; expected at least 1"]),
        (#"{"maxItems":0}"#, "[1]", ["the value has 1 item; expected at most 0"]),
        (#"{"maxProperties":1}"#, #"{"a":1,"b":2}"#, ["the value has 2 properties; expected at most 1"]),
        (#"{"minProperties":2}"#, #"{"a":1}"#, ["the value has 1 property; expected at least 2"]),
        (
            #"{"properties":{"id":{"pattern":"^[a-z]+$"}}}"#, #"{"id":"A b"}"#,
            [#""id" is "A b"; expected text that matches ^[a-z]+$"#]
        ),
        (
            #"{"properties":{"seat":{"pattern":"^[A-Z][0-9]+$","description":"row and number, such as K17"}}}"#,
            #"{"seat":"17"}"#,
            [#""seat" is "17"; expected row and number, such as K17 (text that matches ^[A-Z][0-9]+$)"#]
        ),
        (
            #"{"uniqueItems":true}"#, "[1,2,1]",
            ["the value has the same item twice, at 0 and 2; expected every item once"]
        ),

        (
            #"{"propertyNames":{"pattern":"^[a-z]+$"}}"#, #"{"A b":1}"#,
            [#"the name "A b" does not fit; expected text that matches ^[a-z]+$"#]
        ),
        (#"{"propertyNames":{"maxLength":1}}"#, #"{"ab":1}"#, [#"the name "ab" has 2 characters; expected at most 1"#]),
        (
            #"{"propertyNames":{"enum":["a","b"]}}"#, #"{"c":1}"#,
            [#"the name "c" does not fit; expected one of "a", "b""#]
        ),

        (
            #"{"anyOf":[{"type":"string"},{"type":"integer"}]}"#, "null",
            ["the value is null; expected a string or an integer"]
        ),
        (
            #"{"oneOf":[{"const":"a"},{"enum":["b","c"]}]}"#, #""d""#,
            [#"the value is "d"; expected one of "a", "b", "c""#]
        ),
        (#"{"anyOf":[{"type":"null"},{"type":"object","required":["a"]}]}"#, "{}", [#""a" is missing"#]),
        (
            #"{"oneOf":[{"type":"object","required":["a","b"]},{"type":"object","properties":{"c":{"minimum":1}}}]}"#,
            #"{"c":0}"#,
            [#"the value fits none of the 2 forms it may have; in the nearest, "c" is 0; expected at least 1"#]
        ),
        (
            #"{"oneOf":[{"minimum":1},{"maximum":3}]}"#, "2",
            ["the value fits 2 of the forms it may have; expected exactly one"]
        ),
        (#"{"not":{"const":1}}"#, "1", ["the value is of a form that is not allowed here"]),
    ])
    func `each violation has its sentence`(schema: String, value: String, messages: [String]) throws {
        let schema = try JSONSchema(JSONValue(parsing: schema))
        #expect(schema.violations(of: try JSONValue(parsing: value)).map(\.message) == messages)
    }

    @Test(arguments: [
        ("1", "", "the schema is 1; expected a schema, which is an object, `true` or `false`"),
        (#"{"items":[{}]}"#, "/items", "`items` is an array; expected a schema, which is an object, `true` or `false`"),
        (
            #"{"properties":{"a":"string"}}"#, "/properties/a",
            #""a" is "string"; expected a schema, which is an object, `true` or `false`"#
        ),
        (
            #"{"anyOf":[{},1]}"#, "/anyOf/1",
            "item 1 of `anyOf` is 1; expected a schema, which is an object, `true` or `false`"
        ),

        (#"{"minimun":1}"#, "/minimun", "`minimun` is not a keyword of JSON Schema; did you mean `minimum`?"),
        (
            #"{"properties":{"a":{"Type":"string"}}}"#, "/properties/a/Type",
            "`Type` is not a keyword of JSON Schema; did you mean `type`?"
        ),
        (
            #"{"definitions":{}}"#, "/definitions",
            "`definitions` is not a keyword of JSON Schema; did you mean `$defs`?"
        ),
        (
            #"{"nullable":true}"#, "/nullable",
            "`nullable` is not a keyword of JSON Schema; expected one, or a name that starts with `x-`"
        ),
        (
            #"{"contains":{}}"#, "/contains",
            "`contains` is a keyword of JSON Schema that Arcadia does not check; expected a schema without it"
        ),
        (
            #"{"if":{}}"#, "/if",
            "`if` is a keyword of JSON Schema that Arcadia does not check; expected a schema without it"
        ),

        (#"{"type":"strng"}"#, "/type", #""strng" is not a type of JSON Schema; did you mean "string"?"#),
        (
            #"{"type":["string","date"]}"#, "/type/1",
            #""date" is not a type of JSON Schema; expected one of "string", "integer", "number", "boolean", "#
                + #""object", "array", "null""#
        ),
        (#"{"type":1}"#, "/type", "`type` is 1; expected a type, or a list of types that is not empty"),
        (#"{"type":[]}"#, "/type", "`type` is an empty array; expected a type, or a list of types that is not empty"),
        (#"{"minimum":"1"}"#, "/minimum", #"`minimum` is "1"; expected a number"#),
        (#"{"multipleOf":0}"#, "/multipleOf", "`multipleOf` is 0; expected a number above 0 of at most 18 digits"),
        (#"{"multipleOf":-1}"#, "/multipleOf", "`multipleOf` is -1; expected a number above 0 of at most 18 digits"),
        (#"{"minLength":-1}"#, "/minLength", "`minLength` is -1; expected an integer of 0 or more"),
        (#"{"maxItems":1.5}"#, "/maxItems", "`maxItems` is 1.5; expected an integer of 0 or more"),
        (#"{"pattern":1}"#, "/pattern", "`pattern` is 1; expected a string"),
        (#"{"pattern":"(a"}"#, "/pattern", #"`pattern` has "(a", which is not a regular expression; expected one"#),
        (
            #"{"patternProperties":{"(a":{}}}"#, "/patternProperties",
            #"`patternProperties` has "(a", which is not a regular expression; expected one"#
        ),
        (#"{"required":"a"}"#, "/required", #"`required` is "a"; expected a list of strings"#),
        (#"{"required":["a",1]}"#, "/required", "`required` is an array; expected a list of strings"),
        (#"{"enum":[]}"#, "/enum", "`enum` is an empty array; expected a list that is not empty"),
        (#"{"properties":[]}"#, "/properties", "`properties` is an empty array; expected an object of schemas"),
        (#"{"anyOf":{}}"#, "/anyOf", "`anyOf` is an empty object; expected a list of schemas that is not empty"),
        (#"{"uniqueItems":1}"#, "/uniqueItems", "`uniqueItems` is 1; expected `true` or `false`"),
        (#"{"$ref":"other.json"}"#, "/$ref", ##"`$ref` is "other.json"; expected a string that starts with "#""##),
        (
            ##"{"$ref":"#/$defs/none"}"##, "/$ref",
            ##"`$ref` is "#/$defs/none", where there is no schema; expected "#/$defs/" and a name"##
        ),
        (##"{"$ref":"#"}"##, "/$ref", ##"`$ref` is "#", which leads back to itself without a step into the value"##),
        (
            ##"{"$defs":{"a":{"allOf":[{"$ref":"#/$defs/a"}]}}}"##, "/$defs/a/allOf/0/$ref",
            ##"`$ref` is "#/$defs/a", which leads back to itself without a step into the value"##
        ),
    ])
    func `each problem of a schema has its place and its sentence`(schema: String, at: JSONPointer, message: String)
        throws
    {
        let value = try JSONValue(parsing: schema)
        let problem = #expect(throws: JSONSchemaProblem.self) { try JSONSchema(value, at: "/inputs") }
        #expect(problem?.at == JSONPointer(tokens: ["inputs"] + at.tokens))
        let (compiled, problems) = JSONSchema.compile(value)
        #expect(compiled == nil)
        #expect(problems.map(\.message) == [message])
        #expect(problems.map(\.at) == [at])
    }

    @Test func `of many properties the first twelve are named`() throws {
        var properties = JSONObject()
        for number in 1...14 { properties["p\(number)"] = true }
        let schema = try JSONSchema(["properties": .object(properties), "additionalProperties": false])
        let message =
            #""zzzz" is not a property here; the properties are "p1", "p2", "p3", "p4", "p5", "p6", "#
            + #""p7", "p8", "p9", "p10", "p11", "p12" and 2 more"#
        #expect(schema.violations(of: ["zzzz": 1]).map(\.message) == [message])
    }

    @Test func `all problems of a schema are listed`() throws {
        let (_, problems) = JSONSchema.compile([
            "type": "strng", "properties": ["a": ["minimun": 1], "b": 2], "maximum": .null,
        ])
        #expect(problems.map(\.at.description) == ["/type", "/properties/a/minimun", "/properties/b", "/maximum"])
    }

    @Test func `a circle is found wherever it is entered, and a step into the value breaks it`() throws {
        let circle = try JSONValue(
            parsing: ##"{"$defs":{"a":{"$ref":"#/$defs/b"},"b":{"not":{"$ref":"#/$defs/a"}}},"$ref":"#/$defs/a"}"##)
        #expect(JSONSchema.compile(circle).problems.map(\.at.description) == ["/$defs/a/$ref", "/$defs/b/not/$ref"])
        let tree = try JSONValue(
            parsing: ##"{"anyOf":[{"items":{"$ref":"#"}},{"additionalProperties":{"$ref":"#"}}]}"##)
        #expect(JSONSchema.compile(tree).problems == [])
    }
}

@Suite struct JSONDidYouMeanTests {
    @Test(
        arguments: [
            ("colour", ["color", "size"], "color"), ("minimun", ["minimum", "maximum"], "minimum"),
            ("nmae", ["name"], "name"),
            ("NAME", ["name"], "name"), ("paymnts", ["mail", "payments"], "payments"),
            ("addtionalPropertes", ["additionalProperties"], "additionalProperties"),
            ("id", ["to", "ip"], "ip"), ("größe", ["grösse", "größer"], "größer"), ("", ["a", "bb"], "a"),
            ("cat", ["dog"], nil), ("to", ["id"], nil), ("zone", ["name"], nil), ("zone", ["zones"], "zones"),
            ("same", ["same"], nil),
            ("a", [], nil),
        ] as [(String, [String], String?)])
    func `the nearest word within reach is meant`(word: String, candidates: [String], meant: String?) {
        #expect(closest(to: word, among: candidates) == meant)
    }

    @Test func `the nearest wins, then the first`() {
        #expect(closest(to: "abcd", among: ["abxx", "abcx", "abxd"]) == "abcx")
    }
}
