/// Reads a schema into nodes, and notes everything that is wrong with it: in the order written, but references last.
struct SchemaCompiler {
    private(set) var nodes: [SchemaNode] = []
    private(set) var problems: [JSONSchemaProblem] = []
    /// Where the whole schema stands in the document that problems are reported for.
    private let base: JSONPointer
    private(set) var places: [JSONPointer: Int] = [:]
    private var references: [(from: Int, text: String, at: JSONPointer)] = []

    init(base: JSONPointer) { self.base = base }

    /// The node of the schema at `pointer` of the whole one. References lead somewhere only after `connect`.
    mutating func compile(_ schema: JSONValue, at pointer: JSONPointer) -> Int {
        let place = nodes.count
        places[pointer] = place
        nodes.append(SchemaNode(source: schema))
        switch schema {
        case .bool(let isTrue): nodes[place].forbidsAll = !isTrue
        case .object(let keywords):
            var node = nodes[place]
            for (keyword, value) in keywords {
                read(keyword, value, into: &node, place, at: pointer)
            }
            nodes[place] = node
        default: note(.notASchema(schema), at: pointer)
        }
        return place
    }

    /// Lets every `$ref` lead to its schema.
    mutating func connect() {
        for (from, text, at) in references {
            if let pointer = JSONPointer(String(text.dropFirst())), let target = places[pointer] {
                nodes[from].reference = target
            } else {
                note(.leadsNowhere(reference: text), at: at)
            }
        }
        // A schema that applies itself to the same value again would be applied for ever.
        for (from, text, at) in references where leads(from: from, backTo: from) {
            note(.leadsBack(reference: text), at: at)
        }
        if problems.isEmpty { checkWork() }
    }

    private func leads(from start: Int, backTo end: Int) -> Bool {
        var seen: Set<Int> = []
        var next = nodes[start].ofSameValue
        while let schema = next.popLast() {
            if schema == end { return true }
            if seen.insert(schema).inserted { next += nodes[schema].ofSameValue }
        }
        return false
    }

    /// How many schemas are applied to a value that one of them is applied to, and how deep within each other.
    private struct Work {
        var applications = 1
        var depth = 1
    }

    static let mostApplications = 10_000
    static let mostDeep = 32

    /// Schemas that refer to each other twice, over and over, would be applied more often than anybody can wait for, and
    /// a long chain of them takes a stack.
    private mutating func checkWork() {
        var known: [Int: Work] = [:]
        for (from, text, at) in references {
            let work = work(of: from, &known)
            guard work.applications > Self.mostApplications || work.depth > Self.mostDeep else { continue }
            return note(.leadsToTooMany(reference: text), at: at)
        }
    }

    private func work(of schema: Int, _ known: inout [Int: Work], within: Int = 0) -> Work {
        if let work = known[schema] { return work }
        var work = Work()
        for other in nodes[schema].ofSameValue where within <= Self.mostDeep {
            let inner = self.work(of: other, &known, within: within + 1)
            work.applications = min(work.applications + inner.applications, Self.mostApplications + 1)
            work.depth = max(work.depth, inner.depth + 1)
        }
        known[schema] = work
        return work
    }

    private mutating func note(_ fact: JSONSchemaProblem.Fact, at pointer: JSONPointer) {
        problems.append(JSONSchemaProblem(at: JSONPointer(tokens: base.tokens + pointer.tokens), fact: fact))
    }
}

// MARK: - Keywords

extension SchemaCompiler {
    fileprivate static let checked = [
        "type", "enum", "const", "properties", "patternProperties", "additionalProperties", "required", "propertyNames",
        "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
        "items", "prefixItems", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
        "anyOf", "oneOf", "allOf", "not", "$ref", "$defs", "default",
    ]

    fileprivate static let annotations = [
        "title", "description", "examples", "deprecated", "format", "$schema", "$id", "$comment",
        "readOnly", "writeOnly",
    ]

    fileprivate static let unchecked = [
        "contains", "minContains", "maxContains", "if", "then", "else", "dependentRequired", "dependentSchemas",
        "unevaluatedProperties", "unevaluatedItems", "contentEncoding", "contentMediaType", "contentSchema",
        "$anchor", "$dynamicRef", "$dynamicAnchor", "$vocabulary",
    ]

    private mutating func read(
        _ keyword: String, _ value: JSONValue, into node: inout SchemaNode, _ place: Int, at schema: JSONPointer
    ) {
        let at = schema.appending(keyword)
        switch keyword {
        case "type": node.types = types(value, at: at)
        case "enum": node.choices = list(value, at: at, expected: .values, orEmpty: false)
        case "const": node.constant = value
        case "default": node.defaultValue = value

        case "minimum": limit(.atLeast, value, &node, at: at)
        case "maximum": limit(.atMost, value, &node, at: at)
        case "exclusiveMinimum": limit(.moreThan, value, &node, at: at)
        case "exclusiveMaximum": limit(.lessThan, value, &node, at: at)
        case "multipleOf": limit(.multipleOf, value, &node, at: at)

        case "minLength": limit(.characters, isMinimum: true, value, &node, at: at)
        case "maxLength": limit(.characters, isMinimum: false, value, &node, at: at)
        case "minItems": limit(.items, isMinimum: true, value, &node, at: at)
        case "maxItems": limit(.items, isMinimum: false, value, &node, at: at)
        case "minProperties": limit(.properties, isMinimum: true, value, &node, at: at)
        case "maxProperties": limit(.properties, isMinimum: false, value, &node, at: at)
        case "pattern": node.pattern = pattern(value, at: at)
        case "description": node.meaning = value.stringValue.flatMap { $0.isEmpty ? nil : $0 }

        case "properties":
            let properties = schemasByName(value, at: at)
            node.propertyNames = properties.map(\.name)
            node.properties = Dictionary(uniqueKeysWithValues: properties.map { ($0.name, $0.schema) })
        case "patternProperties":
            node.patternProperties = schemasByName(value, at: at).compactMap { name, schema in
                pattern(.string(name), at: at).map { ($0, schema) }
            }
        case "additionalProperties": node.otherProperties = compile(value, at: at)
        case "required": node.required = strings(value, at: at)
        case "propertyNames": node.everyName = compile(value, at: at)

        case "items": node.items = compile(value, at: at)
        case "prefixItems": node.firstItems = schemas(value, at: at)
        case "uniqueItems": node.hasUniqueItems = boolean(value, at: at)

        case "allOf": node.allOf = schemas(value, at: at)
        case "anyOf": node.anyOf = schemas(value, at: at)
        case "oneOf": node.oneOf = schemas(value, at: at)
        case "not": node.not = compile(value, at: at)
        case "$ref": reference(value, from: place, at: at)
        case "$defs": _ = schemasByName(value, at: at)

        default: readOther(keyword, at: at)
        }
    }

    private mutating func readOther(_ keyword: String, at pointer: JSONPointer) {
        if Self.annotations.contains(keyword) || keyword.hasPrefix("x-") { return }
        if Self.unchecked.contains(keyword) { return note(.uncheckedKeyword(keyword), at: pointer) }
        // What `$defs` was called until 2019.
        let successor = keyword == "definitions" ? "$defs" : nil
        let suggestion = successor ?? closest(to: keyword, among: Self.checked + Self.annotations)
        note(.unknownKeyword(keyword, suggestion: suggestion), at: pointer)
    }
}

extension JSONSchema {
    /// What was likely meant for `properties`: keys with a schema of their own that are no keyword, nor a slip for one.
    static func membersOutsideProperties(of schema: JSONObject) -> [String] {
        schema.compactMap { key, value in
            let isKeyword =
                (SchemaCompiler.checked + SchemaCompiler.annotations + SchemaCompiler.unchecked).contains(key)
                || key.hasPrefix("x-") || key == "definitions"
            guard value.objectValue != nil, !isKeyword else { return nil }
            let holders = ["properties", "patternProperties", "additionalProperties", "dependentSchemas", "$defs"]
            return closest(to: key, among: holders) == nil ? key : nil
        }
    }
}

// MARK: - Values of keywords

extension SchemaCompiler {
    private mutating func wrong(_ value: JSONValue, at pointer: JSONPointer, expected: JSONSchemaProblem.Expected) {
        note(.wrongValue(of: pointer.tokens.last ?? "", value, expected: expected), at: pointer)
    }

    private mutating func list(
        _ value: JSONValue, at pointer: JSONPointer, expected: JSONSchemaProblem.Expected, orEmpty: Bool
    ) -> [JSONValue]? {
        if case .array(let items) = value, orEmpty || !items.isEmpty { return items }
        wrong(value, at: pointer, expected: expected)
        return nil
    }

    private mutating func strings(_ value: JSONValue, at pointer: JSONPointer) -> [String] {
        guard let items = list(value, at: pointer, expected: .strings, orEmpty: true) else { return [] }
        let strings = items.compactMap(\.stringValue)
        if strings.count < items.count { wrong(value, at: pointer, expected: .strings) }
        return strings
    }

    private mutating func types(_ value: JSONValue, at pointer: JSONPointer) -> SchemaTypes? {
        if case .string(let name) = value { return type(name, at: pointer) }
        guard let names = list(value, at: pointer, expected: .type, orEmpty: false) else { return nil }
        var types: SchemaTypes = []
        for (place, item) in names.enumerated() {
            guard let name = item.stringValue else {
                wrong(value, at: pointer, expected: .type)
                return nil
            }
            types.formUnion(type(name, at: pointer.appending(place)) ?? [])
        }
        return types
    }

    private mutating func type(_ name: String, at pointer: JSONPointer) -> SchemaTypes? {
        if let type = SchemaTypes(name: name) { return type }
        let names = SchemaTypes.named.map(\.name)
        note(.unknownType(name, suggestion: closest(to: name, among: names)), at: pointer)
        return nil
    }

    private mutating func limit(
        _ kind: NumberLimit.Kind, _ value: JSONValue, _ node: inout SchemaNode, at pointer: JSONPointer
    ) {
        guard let exact = ExactNumber(value), kind != .multipleOf || exact.isDivisor else {
            return wrong(value, at: pointer, expected: kind == .multipleOf ? .divisor : .number)
        }
        node.numberLimits.append(NumberLimit(kind: kind, value: value, exact: exact))
    }

    private mutating func limit(
        _ unit: SizeLimit.Unit, isMinimum: Bool, _ value: JSONValue, _ node: inout SchemaNode, at pointer: JSONPointer
    ) {
        guard let count = value.intValue, count >= 0 else { return wrong(value, at: pointer, expected: .count) }
        node.sizeLimits.append(SizeLimit(unit: unit, isMinimum: isMinimum, count: Int(count)))
    }

    private mutating func boolean(_ value: JSONValue, at pointer: JSONPointer) -> Bool {
        if case .bool(let isTrue) = value { return isTrue }
        wrong(value, at: pointer, expected: .boolean)
        return false
    }

    private mutating func pattern(_ value: JSONValue, at pointer: JSONPointer) -> SchemaPattern? {
        guard case .string(let text) = value else {
            wrong(value, at: pointer, expected: .string)
            return nil
        }
        if let pattern = SchemaPattern(text) { return pattern }
        note(.notAPattern(text, of: pointer.tokens.last ?? ""), at: pointer)
        return nil
    }

    private mutating func schemas(_ value: JSONValue, at pointer: JSONPointer) -> [Int] {
        guard let items = list(value, at: pointer, expected: .schemas, orEmpty: false) else { return [] }
        return items.enumerated().map { compile($0.element, at: pointer.appending($0.offset)) }
    }

    private mutating func schemasByName(_ value: JSONValue, at pointer: JSONPointer) -> [(name: String, schema: Int)] {
        guard case .object(let object) = value else {
            wrong(value, at: pointer, expected: .schemasByName)
            return []
        }
        return object.map { ($0.key, compile($0.value, at: pointer.appending($0.key))) }
    }

    private mutating func reference(_ value: JSONValue, from place: Int, at pointer: JSONPointer) {
        guard case .string(let text) = value, text.hasPrefix("#") else {
            return wrong(value, at: pointer, expected: .reference)
        }
        references.append((place, text, pointer))
    }
}
