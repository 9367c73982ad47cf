extension SchemaViolation {
    /// What does not fit, in one sentence: `"count" is 0; expected at least 1`.
    public var message: String {
        switch fact {
        case .name(let inner): sentence(inner, place: "the name \(quoted(at.tokens.last ?? ""))", isName: true)
        default: sentence(fact, place: place, isName: false)
        }
    }

    /// The value as the user would call it.
    private var place: String {
        guard let last = at.tokens.last else { return "the value" }
        guard JSONPointer.item(last) != nil else { return quoted(last) }
        return at.tokens.dropLast().last.map { "item \(last) of \(quoted($0))" } ?? "item \(last)"
    }

    private func sentence(_ fact: Fact, place: String, isName: Bool) -> String {
        switch fact {
        case .typeMismatch(.value(let found), let types): "\(place) is \(found.shown); expected \(words(types))"
        case .typeMismatch(.later(let types), let expected):
            "\(place) will be \(words(types)); expected \(words(expected))"
        case .notOneOf(let found, let choices): "\(place) \(verb(found, isName)); expected \(words(choices))"
        case .outOfRange(let found, let limit, let number):
            "\(place) is \(found.shown); expected \(words(limit)) \(number.shown)"
        case .wrongSize(let size, let unit, let isMinimum, let limit):
            "\(place) has \(words(size, unit)); expected at \(isMinimum ? "least" : "most") \(limit)"
        case .noMatch(let text, let pattern, nil):
            "\(place) \(verb(.string(text), isName)); expected text that matches \(pattern)"
        case .noMatch(let text, let pattern, let meaning?):
            "\(place) \(verb(.string(text), isName)); expected \(meaning) (text that matches \(pattern))"

        case .missing(let name): "\(quoted(name)) is missing"
        case .unknownProperty(let name, let suggestion?, _):
            "\(quoted(name)) is not a property here; did you mean \(quoted(suggestion))?"
        case .unknownProperty(let name, nil, []): "\(quoted(name)) is not a property here; expected none"
        case .unknownProperty(let name, nil, let known) where known.count == 1:
            "\(quoted(name)) is not a property here; the only property is \(quoted(known[0]))"
        case .unknownProperty(let name, nil, let known):
            "\(quoted(name)) is not a property here; the properties are \(list(known.map(quoted)))"
        case .notAllowed: "\(place) is not allowed here"
        case .repeatedItem(let first, let second):
            "\(place) has the same item twice, at \(first) and \(second); expected every item once"
        case .name(let inner): sentence(inner, place: place, isName: true)

        case .fitsNone(let forms, let nearest?):
            "\(place) fits none of the \(forms) forms it may have; in the nearest, \(nearest.message)"
        case .fitsNone(let forms, nil): "\(place) fits none of the \(forms) forms it may have"
        case .fitsSeveral(let forms): "\(place) fits \(forms) of the forms it may have; expected exactly one"
        case .fitsForbidden: "\(place) is of a form that is not allowed here"
        case .tooMuchToCheck:
            "\(place) has too many forms to try; expected a value, or a schema, with fewer within each other"
        }
    }

    /// A name need not be said twice.
    private func verb(_ found: JSONValue, _ isName: Bool) -> String {
        isName ? "does not fit" : "is \(found.shown)"
    }

    private func words(_ types: SchemaTypes) -> String {
        let names = types.names.map { name in
            switch name {
            case "null": "`null`"
            case "integer", "object", "array": "an \(name)"
            default: "a \(name)"
            }
        }
        guard let last = names.last else { return "nothing" }
        return names.count == 1 ? last : names.dropLast().joined(separator: ", ") + " or " + last
    }

    private func words(_ choices: [JSONValue]) -> String {
        choices.count == 1 ? choices[0].shown : "one of \(list(choices.map(\.shown)))"
    }

    private func words(_ limit: Limit) -> String {
        switch limit {
        case .atLeast: "at least"
        case .moreThan: "more than"
        case .atMost: "at most"
        case .lessThan: "less than"
        case .multipleOf: "a multiple of"
        }
    }

    private func words(_ count: Int, _ unit: Unit) -> String {
        switch unit {
        case .characters: count == 1 ? "1 character" : "\(count) characters"
        case .items: count == 1 ? "1 item" : "\(count) items"
        case .properties: count == 1 ? "1 property" : "\(count) properties"
        }
    }

    private func quoted(_ text: String) -> String { JSONValue.string(text.shortened).text }

    /// The first twelve; more would hide the rest of the sentence.
    private func list(_ words: [String]) -> String {
        words.prefix(12).joined(separator: ", ") + (words.count > 12 ? " and \(words.count - 12) more" : "")
    }
}
