/// What an operation takes, as a schema of `with`: wherever a value is expected, an expression may stand.
///
/// A text that is one expression can become a value of any type. Amid text it becomes text, so it stands only where a
/// text can. What the schema says of values that would have to be known (`uniqueItems`, exactly one form) is left out.
struct OperationInput {
    /// To stand at the base of a larger schema.
    let schema: JSONValue

    /// - Parameter base: where it is to stand.
    init(_ input: JSONSchema, at base: JSONPointer) {
        var compiler = SchemaCompiler(base: "")
        _ = compiler.compile(input.source, at: "")
        compiler.connect()
        let graph = SchemaGraph(nodes: compiler.nodes)
        let texts = Set(compiler.places.filter { graph.possibleTypes($0.value).contains(.string) }.keys)
        var rewriting = Rewriting(texts: texts)
        // Once to learn where everything goes, and once more with references that lead there.
        _ = rewriting.rewrite(input.source, at: "", to: base, canBeExpression: false)
        schema = rewriting.rewrite(input.source, at: "", to: base, canBeExpression: false)
    }

    static let wholeExpression: JSONValue = ["$ref": "#/$defs/expression"]
    static let textWithExpression: JSONValue = ["$ref": "#/$defs/text_with_expression"]
}

private struct Rewriting {
    /// The schemas that a text can fit, by where they stand in the operation's.
    let texts: Set<JSONPointer>
    /// Where each of the operation's schemas has gone.
    private var places: [JSONPointer: JSONPointer] = [:]

    init(texts: Set<JSONPointer>) { self.texts = texts }

    /// - Parameters:
    ///   - at: where it stands in the operation's schema.
    ///   - to: where it is to stand.
    mutating func rewrite(
        _ schema: JSONValue, at: JSONPointer, to: JSONPointer, canBeExpression: Bool = true
    ) -> JSONValue {
        places[at] = to
        guard case .object(let keywords) = schema else { return schema }
        guard canBeExpression else { return .object(rewrite(keywords, at: at, to: to)) }
        let texts = texts.contains(at) ? [OperationInput.textWithExpression] : []
        let forms = [OperationInput.wholeExpression] + texts
        let inner = rewrite(keywords, at: at, to: to.appending("anyOf").appending(forms.count))
        // What it means stands outside as well: there editors look.
        var outer = JSONObject()
        outer["description"] = keywords["description"]
        outer["default"] = keywords["default"]
        outer["anyOf"] = .array(forms + [.object(inner)])
        return .object(outer)
    }

    private mutating func rewrite(_ keywords: JSONObject, at: JSONPointer, to: JSONPointer) -> JSONObject {
        var rewritten = JSONObject()
        for (keyword, value) in keywords where keyword != "uniqueItems" {
            let name = keyword == "oneOf" && keywords["anyOf"] == nil ? "anyOf" : keyword
            rewritten[name] = rewrite(keyword, value, at: at.appending(keyword), to: to.appending(name))
        }
        return rewritten
    }

    private mutating func rewrite(
        _ keyword: String, _ value: JSONValue, at: JSONPointer, to: JSONPointer
    ) -> JSONValue {
        switch keyword {
        case "items", "additionalProperties": rewrite(value, at: at, to: to)
        case "properties", "patternProperties", "$defs": byName(value, at: at, to: to)
        case "prefixItems": list(value, at: at, to: to, canBeExpression: true)
        // These are about the same value, of which it has been said already.
        case "allOf", "anyOf", "oneOf": list(value, at: at, to: to, canBeExpression: false)
        case "$ref": reference(value)
        default: value
        }
    }

    private mutating func byName(_ value: JSONValue, at: JSONPointer, to: JSONPointer) -> JSONValue {
        guard case .object(let members) = value else { return value }
        return .object(
            members.reduce(into: JSONObject()) { object, member in
                let (at, to) = (at.appending(member.key), to.appending(member.key))
                object[member.key] = rewrite(member.value, at: at, to: to)
            })
    }

    private mutating func list(
        _ value: JSONValue, at: JSONPointer, to: JSONPointer, canBeExpression: Bool
    ) -> JSONValue {
        guard case .array(let items) = value else { return value }
        return .array(
            items.enumerated().map { place, item in
                let (at, to) = (at.appending(place), to.appending(place))
                return rewrite(item, at: at, to: to, canBeExpression: canBeExpression)
            })
    }

    private func reference(_ value: JSONValue) -> JSONValue {
        guard let text = value.stringValue, let pointer = JSONPointer(String(text.dropFirst())) else { return value }
        return .string("#" + (places[pointer]?.description ?? pointer.description))
    }
}
