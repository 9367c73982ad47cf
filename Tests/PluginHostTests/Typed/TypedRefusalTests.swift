import ArcadiaTesting
import PluginHost
import SagaCore
import Testing

/// A library whose typed functions are not those of its plugin.json: one real file for each way, and its sentence.
@Suite struct TypedRefusalTests {
    @Test(arguments: ["good", "spaced"])
    func `a library that agrees with its plugin.json is let in`(id: String) throws {
        #expect(try TypedPlugins.text(id + ".twice", #"{"x": 21}"#) == #"{"value":42}"#)
    }

    @Test(arguments: [
        (
            "other_type",
            "the signature of operation \"twice\" is `uint32 twice(uint32 x)` in plugin.json and `uint64 twice(uint32 x)` in the library; expected the same"
        ),
        (
            "other_name",
            "the signature of operation \"twice\" is `uint32 twice(uint32 x)` in plugin.json and `uint32 twice(uint32 y)` in the library; expected the same"
        ),
        (
            "other_result",
            "the signature of operation \"twice\" is `uint32 twice(uint32 x)` in plugin.json and `uint32 double = twice(uint32 x)` in the library; expected the same"
        ),
        (
            "with_call",
            "the signature of operation \"twice\" is `uint32 twice(uint32 x)` in plugin.json and `uint32 twice(call, uint32 x)` in the library; expected the same"
        ),
        ("no_signature", "its typed function 1 has no signature"),
        ("no_function", "its typed function 1 has no function"),
        (
            "bad_signature",
            "the signature `uint33 twice(uint32 x)` in the library: \"uint33\" is not the type of a result; did you mean \"uint32\"?"
        ),
        ("twice_typed", "the library has operation \"twice\" twice"),
        ("typed_and_plain", "the library has operation \"twice\" twice"),
        ("extra", "the library has operation \"thrice\", which plugin.json does not describe"),
        ("small_table", "its `arcadia_typed` says it has 8 bytes; ABI 1.0 has 16"),
        ("small_entry", "its `arcadia_typed_function` says it has 16 bytes; ABI 1.0 has 32"),
        (
            "missing",
            "plugin.json calls operation \"twice\" a typed function, `uint32 twice(uint32 x)`, which the library does not have"
        ),
        (
            "undeclared",
            "operation \"twice\" is a typed function of the library, but plugin.json has no signature for it; expected `uint32 twice(uint32 x)`"
        ),
    ])
    func `a library that does not agree with its plugin.json is refused when it is loaded`(id: String, reason: String) {
        #expect(
            TypedPlugins.failure(id + ".twice", #"{"x": 21}"#)
                == StepError(
                    code: "unavailable", message: "plugin \"\(id)\" was refused: \(reason)", effect: .none))
    }

    @Test func `listing reads signatures and loads nothing`() throws {
        let arcadia = Arcadia(plugins: [BuiltPlugins.typed])
        let shown = try #require(arcadia("plugins", "show", "other_type", "--output", "json").json)
        #expect(shown["state"] == "loaded")
        #expect(shown["operations"]?.arrayValue?.first?["signature"] == "uint32 twice(uint32 x)")
    }
}
