extension JSONValue {
    /// The one text of a scalar, so that a value that went through other programs' JSON still compares as equal.
    ///
    /// A string is itself, also where it looks like a number: `"1.10"` is a version, not 1.1. A number is written in
    /// full, without exponent and without zeros that mean nothing: `1`, `1.0` and `1e0` are `1`, as the string `"1"`
    /// is. Nil for null, lists and objects.
    public var scalarText: String? {
        switch self {
        case .string(let text): text
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .number(let text): ExactNumber(text).plainText
        case .null, .array, .object: nil
        }
    }
}
