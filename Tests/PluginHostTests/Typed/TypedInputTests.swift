import ArcadiaTesting
import SagaCore
import Testing

/// What a typed function is not given. `loose` takes any input by its schema, so all of it meets the marshalling.
@Suite struct TypedInputTests {
    @Test(arguments: [
        ("uint8", "{}", "\"x\" is missing; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": 300}"#, "\"x\" is 300; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": 256}"#, "\"x\" is 256; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": -1}"#, "\"x\" is -1; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": 1.5}"#, "\"x\" is 1.5; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": "1"}"#, "\"x\" is \"1\"; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": null}"#, "\"x\" is null; expected a whole number from 0 to 255"),
        ("uint8", #"{"x": true}"#, "\"x\" is true; expected a whole number from 0 to 255"),
        ("int8", #"{"x": 128}"#, "\"x\" is 128; expected a whole number from -128 to 127"),
        ("int8", #"{"x": -129}"#, "\"x\" is -129; expected a whole number from -128 to 127"),
        ("int16", #"{"x": 32768}"#, "\"x\" is 32768; expected a whole number from -32768 to 32767"),
        ("uint16", #"{"x": 65536}"#, "\"x\" is 65536; expected a whole number from 0 to 65535"),
        (
            "int32", #"{"x": -2147483649}"#,
            "\"x\" is -2147483649; expected a whole number from -2147483648 to 2147483647"
        ),
        ("int32", #"{"x": 1.5}"#, "\"x\" is 1.5; expected a whole number from -2147483648 to 2147483647"),
        ("uint32", #"{"x": 4294967296}"#, "\"x\" is 4294967296; expected a whole number from 0 to 4294967295"),
        (
            "int64", #"{"x": 9223372036854775808}"#,
            "\"x\" is 9223372036854775808; expected a whole number from -9223372036854775808 to 9223372036854775807"
        ),
        (
            "int64", #"{"x": 9007199254740993.5}"#,
            "\"x\" is 9007199254740993.5; expected a whole number from -9223372036854775808 to 9223372036854775807"
        ),
        (
            "uint64", #"{"x": 18446744073709551616}"#,
            "\"x\" is 18446744073709551616; expected a whole number from 0 to 18446744073709551615"
        ),
        (
            "uint64", #"{"x": 1e300}"#,
            "\"x\" is 1e300; expected a whole number from 0 to 18446744073709551615"
        ),
        ("uint64", #"{"x": -1}"#, "\"x\" is -1; expected a whole number from 0 to 18446744073709551615"),
        ("bool", #"{"x": 1}"#, "\"x\" is 1; expected true or false"),
        ("bool", #"{"x": "true"}"#, "\"x\" is \"true\"; expected true or false"),
        (
            "float", #"{"x": 1e39}"#,
            "\"x\" is 1e39; expected a number from -3.4028235e+38 to 3.4028235e+38"
        ),
        (
            "float", #"{"x": 16777217}"#,
            "\"x\" is 16777217, which a float does not hold exactly; expected a number that it does"
        ),
        (
            "double", #"{"x": 1e400}"#,
            "\"x\" is 1e400; expected a number from -1.7976931348623157e+308 to 1.7976931348623157e+308"
        ),
        (
            "double", #"{"x": 9007199254740993}"#,
            "\"x\" is 9007199254740993, which a double does not hold exactly; expected a number that it does"
        ),
        (
            "double", #"{"x": 9007199254740993.0}"#,
            "\"x\" is 9007199254740993.0, which a double does not hold exactly; expected a number that it does"
        ),
        (
            "double", #"{"x": 18446744073709551615}"#,
            "\"x\" is 18446744073709551615, which a double does not hold exactly; expected a number that it does"
        ),
        (
            "double", #"{"x": "NaN"}"#,
            "\"x\" is \"NaN\"; expected a number from -1.7976931348623157e+308 to 1.7976931348623157e+308"
        ),
        ("cstr", #"{"x": 5}"#, "\"x\" is 5; expected text"),
        (
            "cstr", #"{"x": "ab\u0000c"}"#,
            "\"x\" has a NUL as its byte 3, where the function would take it to end; expected text without"
        ),
        ("bytes.sum", #"{"data": 5}"#, "\"data\" is 5; expected text or {\"base64\": \"…\"}"),
        ("bytes.sum", #"{"data": [1]}"#, "\"data\" is an array; expected text or {\"base64\": \"…\"}"),
        ("bytes.sum", #"{"data": {"base32": "AA"}}"#, "\"data\" is an object; expected text or {\"base64\": \"…\"}"),
        (
            "bytes.sum", #"{"data": {"base64": "AA==", "x": 1}}"#,
            "\"data\" is an object; expected text or {\"base64\": \"…\"}"
        ),
        ("uint8", #"{"x": 1, "y": 2}"#, "\"y\" is not an argument; the only one is \"x\""),
        ("both", #"{"left": 1, "right": 2, "up": 3}"#, "\"up\" is not an argument; they are \"left\", \"right\""),
        ("nothing", #"{"x": 1}"#, "\"x\" is not an argument; the function takes none"),
        ("uint8", #"{"y": 1}"#, "\"x\" is missing; expected a whole number from 0 to 255"),
    ])
    func `what does not fit is an error of the input that names the argument, and the function is not called`(
        operation: String, with: String, message: String
    ) {
        #expect(
            TypedPlugins.failure("loose." + operation, with)
                == StepError(code: "input", message: message, effect: .none))
        #expect((try? TypedPlugins.text("loose.entered")) == #"{"value":0}"#)
    }

    @Test(arguments: ["A", "AA", "AAA", "A===", "AA=", "====", "AB==", "AAB=", "A-A=", "AAAA\\n", "AA==AA==", " AAA"])
    func `base64 is read as the standard writes it, or not at all`(text: String) {
        let failure = TypedPlugins.failure("loose.bytes.sum", "{\"data\": {\"base64\": \"\(text)\"}}")
        #expect(
            failure?.message
                == "\"data\" is not base64; expected groups of four of A-Z, a-z, 0-9, + and /, the last filled up with ="
        )
        #expect(failure?.code == "input" && failure?.effect == Effect.none)
    }

    @Test(arguments: [
        ("uint8", #"{"x": 300}"#, "\"x\" is 300; expected at most 255"),
        ("uint8", #"{"x": 1.5}"#, "\"x\" is 1.5; expected an integer"),
        (
            "uint64", #"{"x": 18446744073709551616}"#,
            "\"x\" is 18446744073709551616; expected at most 18446744073709551615"
        ),
        ("bytes.sum", #"{"data": {"base64": 5}}"#, "\"base64\" is 5; expected a string"),
        ("nothing", #"{"x": 1}"#, "\"x\" is not a property here; expected none"),
    ])
    func `the schema that follows from a signature says the same before anything is called`(
        operation: String, with: String, message: String
    ) {
        #expect(
            TypedPlugins.failure("typed." + operation, with)
                == StepError(code: "input", message: "typed.\(operation) does not take this: \(message)", effect: .none)
        )
    }
}
