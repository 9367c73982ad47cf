extension JSONSchemaProblem {
    /// What is wrong, in one sentence: "`minimun` is not a keyword of JSON Schema; did you mean `minimum`?".
    public var message: String {
        switch fact {
        case .notASchema(let found):
            "\(place) is \(found.shown); expected a schema, which is an object, `true` or `false`"
        case .unknownKeyword(let keyword, let suggestion?):
            "`\(keyword)` is not a keyword of JSON Schema; did you mean `\(suggestion)`?"
        case .unknownKeyword(let keyword, nil):
            "`\(keyword)` is not a keyword of JSON Schema; expected one, or a name that starts with `x-`"
        case .uncheckedKeyword(let keyword):
            "`\(keyword)` is a keyword of JSON Schema that Arcadia does not check; expected a schema without it"
        case .wrongValue(let keyword, let found, let expected):
            "`\(keyword)` is \(found.shown); expected \(words(expected))"
        case .unknownType(let type, let suggestion?):
            "\"\(type.shortened)\" is not a type of JSON Schema; did you mean \"\(suggestion)\"?"
        case .unknownType(let type, nil):
            "\"\(type.shortened)\" is not a type of JSON Schema; expected one of "
                + SchemaTypes.named.map { "\"\($0.name)\"" }.joined(separator: ", ")
        case .notAPattern(let text, let keyword):
            "`\(keyword)` has \"\(text.shortened)\", which is not a regular expression; expected one"
        case .leadsNowhere(let reference):
            "`$ref` is \"\(reference.shortened)\", where there is no schema; expected \"#/$defs/\" and a name"
        case .leadsBack(let reference):
            "`$ref` is \"\(reference.shortened)\", which leads back to itself without a step into the value"
        case .leadsToTooMany(let reference):
            "`$ref` is \"\(reference.shortened)\", which leads to too many schemas for one value; expected at most 10,000, and 32 within each other"
        }
    }

    private var place: String {
        guard let last = at.tokens.last else { return "the schema" }
        switch at.tokens.dropLast().last {
        case "properties", "patternProperties", "$defs": return "\"\(last.shortened)\""
        case "allOf", "anyOf", "oneOf", "prefixItems": return "item \(last) of `\(at.tokens.dropLast().last ?? "")`"
        default: return "`\(last)`"
        }
    }

    private func words(_ expected: Expected) -> String {
        switch expected {
        case .string: "a string"
        case .number: "a number"
        case .divisor: "a number above 0 of at most 18 digits"
        case .count: "an integer of 0 or more"
        case .boolean: "`true` or `false`"
        case .type: "a type, or a list of types that is not empty"
        case .strings: "a list of strings"
        case .values: "a list that is not empty"
        case .schemas: "a list of schemas that is not empty"
        case .schemasByName: "an object of schemas"
        case .reference: "a string that starts with \"#\""
        }
    }
}

extension JSONValue {
    /// The value for a message: short texts and numbers as they are, longer ones cut, and no contents of containers.
    public var shown: String {
        switch self {
        case .null, .bool, .int: text
        case .number(let text): text.shortened
        case .string(let text): JSONValue.string(text.shortened).text
        case .array(let items): items.isEmpty ? "an empty array" : "an array"
        case .object(let object): object.isEmpty ? "an empty object" : "an object"
        }
    }
}

extension String {
    /// The text, cut after 40 characters.
    var shortened: String { prefix(41).count > 40 ? prefix(40) + "…" : self }
}
