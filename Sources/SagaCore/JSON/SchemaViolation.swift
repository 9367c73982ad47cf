/// One way in which a value does not fit its schema, and where.
///
/// A property that is missing is reported at the object it is missing from, and one that is not declared at itself, so
/// that the place always exists.
public struct SchemaViolation: Sendable, Hashable {
    /// What does not fit; the words are in `message`.
    public indirect enum Fact: Sendable, Hashable {
        case typeMismatch(found: Found, expected: SchemaTypes)
        case notOneOf(JSONValue, expected: [JSONValue])
        case outOfRange(JSONValue, Limit, JSONValue)
        case wrongSize(Int, of: Unit, isMinimum: Bool, limit: Int)
        /// - Parameter meaning: what the schema's `description` says of it.
        case noMatch(String, pattern: String, meaning: String?)

        case missing(String)
        case unknownProperty(String, suggestion: String?, known: [String])
        case notAllowed
        case repeatedItem(first: Int, second: Int)
        /// The name of the property does not fit, and why.
        case name(Fact)

        case fitsNone(forms: Int, nearest: SchemaViolation?)
        case fitsSeveral(forms: Int)
        case fitsForbidden
        /// It was given up: nothing is known of the value.
        case tooMuchToCheck
    }

    /// A value, or what is known of one that will be filled in at run time.
    public enum Found: Sendable, Hashable {
        case value(JSONValue)
        case later(SchemaTypes)
    }

    public enum Limit: Sendable, Hashable { case atLeast, moreThan, atMost, lessThan, multipleOf }
    public enum Unit: Sendable, Hashable { case characters, items, properties }

    public let at: JSONPointer
    public let fact: Fact

    public init(at: JSONPointer, fact: Fact) {
        self.at = at
        self.fact = fact
    }
}

extension SchemaViolation.Fact {
    /// The fact for programs: one stable word.
    public var code: String {
        switch self {
        case .typeMismatch: "type"
        case .notOneOf: "not_one_of"
        case .outOfRange: "out_of_range"
        case .wrongSize: "wrong_size"
        case .noMatch: "no_match"
        case .missing: "missing"
        case .unknownProperty: "unknown_property"
        case .notAllowed: "not_allowed"
        case .repeatedItem: "repeated_item"
        case .name: "property_name"
        case .fitsNone: "fits_none"
        case .fitsSeveral: "fits_several"
        case .fitsForbidden: "fits_forbidden"
        case .tooMuchToCheck: "too_much_to_check"
        }
    }
}
