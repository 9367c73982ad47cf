import SagaCore
import Testing

@Suite struct ScalarTextTests {
    @Test(
        arguments: [
            ("1", "1"), ("1.0", "1"), ("1e0", "1"), ("10e-1", "1"), ("-0.0", "0"), ("1.50", "1.5"), ("0.001", "0.001"),
            ("1e-3", "0.001"), ("-12.5e1", "-125"), ("1e3", "1000"), ("12.5e-4", "0.00125"), ("true", "true"),
            ("\"1.0\"", "1.0"), ("\"\"", ""), ("9007199254740993", "9007199254740993"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("1e30", "1000000000000000000000000000000"),
            ("1e400", "0.1e401"), ("10e399", "0.1e401"), ("1e-400", "0.1e-399"),
        ])
    func `a scalar has one text, however it was written`(json: String, text: String) throws {
        #expect(try JSONValue(parsing: json).scalarText == text)
    }

    @Test(arguments: ["null", "[]", "{}"])
    func `what is no scalar has none`(json: String) throws {
        #expect(try JSONValue(parsing: json).scalarText == nil)
    }
}
