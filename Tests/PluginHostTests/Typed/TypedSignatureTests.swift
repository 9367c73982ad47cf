import ArcadiaTesting
import SagaCore
import Testing

@testable import PluginHost

/// Signatures as text: read, refused, and turned into schemas without a library.
@Suite struct TypedSignatureTests {
    @Test(arguments: [
        ("uint32 sum = add(uint32 a, uint32 b)", "uint32 sum = add(uint32 a, uint32 b)"),
        ("  uint32   sum=add( uint32 a,uint32 b )", "uint32 sum = add(uint32 a, uint32 b)"),
        ("int64 value = now()", "int64 now()"), ("void stop()", "void stop()"),
        ("status text.put-all(call, cstr _name2)", "status text.put-all(call, cstr _name2)"),
        ("cstr version(call)", "cstr version(call)"), ("bool call(call, bool call)", "bool call(call, bool call)"),
    ])
    func `a signature has one best spelling`(written: String, expected: String) throws {
        let signature = try TypedSignature(parsing: written)
        #expect(signature.text == expected)
        #expect(try TypedSignature(parsing: signature.text) == signature)
    }

    @Test(arguments: [
        ("", "it ends where the type of the result should stand"),
        ("int32", "it ends where the name of the operation should stand"),
        ("int32 f", "it ends where \"(\" should stand"),
        ("int32 f(", "it ends where the type of an argument should stand"),
        ("int32 f(int32", "it ends where the name of the int32 should stand"),
        ("int32 f(int32 x", "it ends where \",\" or \")\" should stand"),
        ("int32 f(int32 x,)", "\")\" stands where the type of an argument should"),
        ("int32 f(int32 x y)", "\"y\" stands where \",\" or \")\" should"),
        ("int32 f(int32 x))", "\")\" stands where the end should"),
        ("int32 x = f = g()", "\"=\" stands where \"(\" should"),
        ("int32 f(int32 *x)", "\"*\" does not belong there"),
        ("int32\tf()", "\"\t\" does not belong there"),
        ("int32 f(int32 ü)", "\"ü\" does not belong there"),
        ("int f()", "\"int\" is not the type of a result; did you mean \"int8\"?"),
        ("unit32 f()", "\"unit32\" is not the type of a result; did you mean \"uint32\"?"),
        ("bytes f()", "\"bytes\" is not the type of a result"),
        ("call f()", "\"call\" is not the type of a result"),
        ("int32 f(string s)", "\"string\" is not the type of an argument"),
        ("int32 f(void v)", "\"void\" is not the type of an argument"),
        ("int32 f(status s)", "\"status\" is not the type of an argument"),
        ("int32 f(csrt s)", "\"csrt\" is not the type of an argument; did you mean \"cstr\"?"),
        ("int32 f(int32 2x)", "\"2x\" is not a name in C"),
        ("int32 f(int32 x.y)", "\"x.y\" is not a name in C"),
        ("int32 x-y = f()", "\"x-y\" is not a name in C"),
        ("void x = f()", "a result that is void takes no name"),
        ("status x = f()", "a result that is status takes no name"),
        ("int32 f(int32 x, call)", "\"call\" may stand once, before the arguments"),
        ("int32 f(call, call)", "\"call\" may stand once, before the arguments"),
        ("int32 f(int32 x, cstr x)", "two arguments are called \"x\""),
    ])
    func `a text that is no signature is told what is wrong with it`(text: String, words: String) {
        let mistake = #expect(throws: SignatureMistake.self) { try TypedSignature(parsing: text) }
        #expect(mistake?.words == words)
    }

    @Test func `32 arguments are the most`() throws {
        func text(_ count: Int) -> String {
            "void f(" + (0..<count).map { "bytes a\($0)" }.joined(separator: ", ") + ")"
        }
        #expect(try TypedSignature(parsing: text(32)).arguments.count == 32)
        let mistake = #expect(throws: SignatureMistake.self) { try TypedSignature(parsing: text(33)) }
        #expect(mistake?.words == "it has 33 arguments; expected at most 32")
    }

    @Test func `input and output follow from the signature`() throws {
        let signature = try TypedSignature(
            parsing: "uint64 sum = f(call, bool a, int8 b, uint64 c, float d, double e, cstr f, bytes g)")
        let input = """
            {"type":"object","additionalProperties":false,"required":["a","b","c","d","e","f","g"],"properties":{\
            "a":{"type":"boolean"},"b":{"type":"integer","minimum":-128,"maximum":127},\
            "c":{"type":"integer","minimum":0,"maximum":18446744073709551615},\
            "d":{"type":"number","minimum":-3.4028235e+38,"maximum":3.4028235e+38},\
            "e":{"type":"number","minimum":-1.7976931348623157e+308,"maximum":1.7976931348623157e+308},\
            "f":{"type":"string"},\
            "g":{"type":["string","object"],"additionalProperties":false,"required":["base64"],\
            "properties":{"base64":{"type":"string"}}}}}
            """
        #expect(signature.input.text == input)
        let sum = #""properties":{"sum":{"type":"integer","minimum":0,"maximum":18446744073709551615}}}"#
        #expect(
            signature.output.text
                == #"{"type":"object","additionalProperties":false,"required":["sum"],"# + sum)
    }

    @Test(arguments: [
        ("void f()", #"{"type":"object","additionalProperties":false,"required":[],"properties":{}}"#),
        ("status f(call)", #"{"type":"object"}"#),
        (
            "cstr f()",
            #"{"type":"object","additionalProperties":false,"required":["value"],"properties":{"value":{"type":["string","null"]}}}"#
        ),
    ])
    func `the output of what is no number follows too`(text: String, schema: String) throws {
        #expect(try TypedSignature(parsing: text).output.text == schema)
    }

    // MARK: - In plugin.json

    private func manifest(_ members: String) throws -> PluginManifest {
        try PluginManifest(
            parsing: """
                { "manifest_version": 1, "id": "p", "version": "1", "abi": { "major": 1, "minor": 0 },
                  "operations": [ { "name": "add", \(members) } ] }
                """)
    }

    @Test func `an operation with a signature has the schemas that follow from it`() throws {
        let operation = try manifest(#""signature": "uint8 sum = add(uint8 a, uint8 b)""#).operations[0]
        #expect(operation.operation.input.propertyNames == ["a", "b"])
        #expect(operation.operation.output.requiredNames == ["sum"])
        #expect(!operation.operation.isCompensable && !operation.operation.isProbeable)
        #expect(operation.json["signature"] == "uint8 sum = add(uint8 a, uint8 b)")
    }

    @Test func `a schema that is written stands for the one that follows`() throws {
        let operation = try manifest(
            #"""
            "signature": "uint8 sum = add(uint8 a, uint8 b)",
            "input": { "type": "object", "required": ["a"], "properties": { "b": { "type": "integer", "default": 1 } } }
            """#
        ).operations[0].operation
        #expect(operation.input.fillingDefaults(in: ["a": 2]) == ["a": 2, "b": 1])
        #expect(operation.output.propertyNames == ["sum"])
    }

    @Test(arguments: [
        (
            #""signature": "uint8 add(uint8 a uint8 b)""#, "plugin.manifest_signature",
            "the signature in `operations[0].signature` of plugin.json: \"uint8\" stands where \",\" or \")\" should"
        ),
        (
            #""signature": "uint8 sum(uint8 a)""#, "plugin.manifest_key",
            "`operations[0].signature` in plugin.json is one of \"sum\"; expected one of \"add\""
        ),
        (
            #""signature": 5"#, "plugin.manifest_key",
            "`operations[0].signature` in plugin.json is integer; expected a string"
        ),
        (
            #""signature": "uint8 add()", "compensable": true"#, "plugin.manifest_key",
            "`operations[0].compensable` in plugin.json is true; expected false: a typed function has no compensate and no probe"
        ),
        (
            #""signature": "uint8 add()", "probeable": true"#, "plugin.manifest_key",
            "`operations[0].probeable` in plugin.json is true; expected false: a typed function has no compensate and no probe"
        ),
        (
            #""signature": "uint8 add(uint8 a)", "input": { "properties": { "a": {}, "b": {} } }"#,
            "plugin.manifest_key",
            "`operations[0].input` in plugin.json is of \"b\" too; expected only what the signature has: \"a\""
        ),
        (
            #""signature": "void add()", "output": { "properties": { "sum": {} } }"#, "plugin.manifest_key",
            "`operations[0].output` in plugin.json is of \"sum\" too; expected only what the signature has: nothing"
        ),
    ])
    func `a manifest whose signature does not fit is refused`(members: String, code: String, reason: String) {
        let fact = #expect(throws: PluginRefusal.Fact.self) { try manifest(members) }
        let refusal = fact.map { PluginRefusal($0, path: "p") }
        #expect(refusal?.code == code)
        #expect(refusal?.reason == reason)
    }

    @Test func `a status may put what the manifest says`() throws {
        let written = try manifest(
            #""signature": "status add(call)", "output": { "properties": { "sum": { "type": "integer" } } }"#)
        #expect(written.operations[0].operation.output.propertyNames == ["sum"])
    }
}
