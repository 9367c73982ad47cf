/// Something in a schema that Arcadia cannot check by.
public struct JSONSchemaProblem: Error, Sendable, Hashable {
    /// What is wrong; the words are in `message`.
    public enum Fact: Sendable, Hashable {
        case notASchema(JSONValue)
        case unknownKeyword(String, suggestion: String?)
        case uncheckedKeyword(String)
        case wrongValue(of: String, JSONValue, expected: Expected)
        case unknownType(String, suggestion: String?)
        case notAPattern(String, of: String)
        case leadsNowhere(reference: String)
        case leadsBack(reference: String)
        case leadsToTooMany(reference: String)
    }

    /// What the value of a keyword can be.
    public enum Expected: Sendable, Hashable {
        case string, number, divisor, count, boolean
        case type, strings, values, schemas, schemasByName, reference
    }

    public let at: JSONPointer
    public let fact: Fact

    public init(at: JSONPointer, fact: Fact) {
        self.at = at
        self.fact = fact
    }
}
