extension JSONSchema {
    /// Everything in which the value does not fit, with the value itself standing at `pointer`; empty when it fits.
    ///
    /// Where `hole` answers with types, the value is not known yet but will be of one of these: what stands there is
    /// not looked at, and it is reported only if none of the types can fit.
    public func violations(
        of value: JSONValue, at pointer: JSONPointer = "", hole: (JSONPointer) -> SchemaTypes? = { _ in nil }
    ) -> [SchemaViolation] {
        violations(of: value, at: pointer, most: 1_000_000, hole: hole)
    }

    /// - Parameter most: schemas that are applied before it is given up.
    func violations(
        of value: JSONValue, at pointer: JSONPointer = "", most: Int,
        hole: (JSONPointer) -> SchemaTypes? = { _ in nil }
    ) -> [SchemaViolation] {
        withoutActuallyEscaping(hole) { hole in
            var check = SchemaCheck(graph: graph, pointer: pointer, hole: hole, most: most)
            check.apply(root, to: value)
            guard !check.isExhausted else { return [SchemaViolation(at: pointer, fact: .tooMuchToCheck)] }
            return check.violations
        }
    }
}

/// Applies schemas to a value on a way through it.
private struct SchemaCheck {
    let graph: SchemaGraph
    var pointer: JSONPointer
    let hole: (JSONPointer) -> SchemaTypes?
    /// Schemas that are applied at most. Forms that have forms within would be tried for ever on a value made for it.
    let most: Int
    var violations: [SchemaViolation] = []
    /// How many holes were passed over: where there are some, a fit is not certain.
    var holesPassed = 0
    /// A property's name is being checked, not the value its pointer leads to.
    var isName = false
    /// Schemas applied so far.
    var applied = 0

    var isExhausted: Bool { applied > most }

    mutating func apply(_ schema: Int, to value: JSONValue) {
        applied += 1
        guard !isExhausted else { return }
        let node = graph[schema]
        guard !node.forbidsAll else { return note(.notAllowed) }
        if !isName, let types = hole(pointer) { return applyToHole(schema, types) }
        if let types = node.types, !types.contains(SchemaTypes(of: value)) {
            // Whatever else is wrong follows from this.
            return note(.typeMismatch(found: .value(value), expected: types))
        }
        checkChoices(node, value)
        switch value {
        case .int, .number: checkNumber(node, value)
        case .string(let text): checkString(node, text)
        case .array(let items): checkArray(node, items)
        case .object(let object): checkObject(node, object)
        case .null, .bool: break
        }
        for companion in node.companions { apply(companion, to: value) }
        if !node.anyOf.isEmpty { checkForms(node.anyOf, value, exactlyOne: false) }
        if !node.oneOf.isEmpty { checkForms(node.oneOf, value, exactlyOne: true) }
        if let forbidden = node.not, trial(forbidden, value).isCertainFit { note(.fitsForbidden) }
    }

    private mutating func note(_ fact: SchemaViolation.Fact) {
        violations.append(SchemaViolation(at: pointer, fact: isName ? .name(fact) : fact))
    }

    private mutating func step(_ token: String, _ body: (inout SchemaCheck) -> Void) {
        pointer.push(token)
        body(&self)
        pointer.pop()
    }

    private mutating func applyToHole(_ schema: Int, _ types: SchemaTypes) {
        holesPassed += 1
        let expected = graph.possibleTypes(schema)
        if !types.canFit(expected) { note(.typeMismatch(found: .later(types), expected: expected)) }
    }
}

// MARK: - Values

extension SchemaCheck {
    private mutating func checkChoices(_ node: SchemaNode, _ value: JSONValue) {
        let choices = node.constant.map { [$0] }
        for expected in [node.choices, choices] {
            guard let expected, !expected.contains(where: { value.sameJSON(as: $0) }) else { continue }
            if hasHole(value) { holesPassed += 1 } else { note(.notOneOf(value, expected: expected)) }
        }
    }

    private mutating func checkNumber(_ node: SchemaNode, _ value: JSONValue) {
        guard !node.numberLimits.isEmpty, let exact = ExactNumber(value) else { return }
        for limit in node.numberLimits where !limit.holds(for: exact) {
            note(.outOfRange(value, SchemaViolation.Limit(limit.kind), limit.value))
        }
    }

    private mutating func checkString(_ node: SchemaNode, _ text: String) {
        if !node.sizeLimits.isEmpty { checkSize(node, text.unicodeScalars.count, .characters) }
        if let pattern = node.pattern, !pattern.matches(text) {
            note(.noMatch(text, pattern: pattern.text, meaning: node.meaning))
        }
    }

    private mutating func checkSize(_ node: SchemaNode, _ size: Int, _ unit: SizeLimit.Unit) {
        for limit in node.sizeLimits where limit.unit == unit && !limit.holds(for: size) {
            note(.wrongSize(size, of: SchemaViolation.Unit(unit), isMinimum: limit.isMinimum, limit: limit.count))
        }
    }

    /// Whether the value or something within it is not known yet.
    private mutating func hasHole(_ value: JSONValue) -> Bool {
        if isName { return false }
        if hole(pointer) != nil { return true }
        var found = false
        switch value {
        case .array(let items):
            for (place, item) in items.enumerated() where !found {
                step(String(place)) { found = $0.hasHole(item) }
            }
        case .object(let object):
            for (key, member) in object where !found {
                step(key) { found = $0.hasHole(member) }
            }
        default: break
        }
        return found
    }
}

// MARK: - Objects and arrays

extension SchemaCheck {
    private mutating func checkObject(_ node: SchemaNode, _ object: JSONObject) {
        checkSize(node, object.count, .properties)
        for name in node.required where object[name] == nil { note(.missing(name)) }
        for (name, value) in object {
            if let every = node.everyName { checkName(name, every) }
            checkProperty(node, name, value)
        }
    }

    private mutating func checkProperty(_ node: SchemaNode, _ name: String, _ value: JSONValue) {
        let own = node.properties[name]
        let byPattern = node.patternProperties.filter { $0.pattern.matches(name) }.map(\.schema)
        step(name) { check in
            if let own { check.apply(own, to: value) }
            for schema in byPattern { check.apply(schema, to: value) }
            guard own == nil, byPattern.isEmpty, let others = node.otherProperties else { return }
            if check.graph[others].forbidsAll {
                let suggestion = closest(to: name, among: node.propertyNames)
                check.note(.unknownProperty(name, suggestion: suggestion, known: node.propertyNames))
            } else {
                check.apply(others, to: value)
            }
        }
    }

    private mutating func checkName(_ name: String, _ schema: Int) {
        step(name) { check in
            check.isName = true
            check.apply(schema, to: .string(name))
            check.isName = false
        }
    }

    private mutating func checkArray(_ node: SchemaNode, _ items: [JSONValue]) {
        checkSize(node, items.count, .items)
        if node.hasUniqueItems { checkUnique(items) }
        guard node.items != nil || !node.firstItems.isEmpty else { return }
        for (place, item) in items.enumerated() {
            guard let schema = place < node.firstItems.count ? node.firstItems[place] : node.items else { return }
            step(String(place)) { $0.apply(schema, to: item) }
        }
    }

    private mutating func checkUnique(_ items: [JSONValue]) {
        var seen: [JSONValue: Int] = [:]
        for (place, item) in items.enumerated() {
            var isUnknown = false
            step(String(place)) { isUnknown = $0.hasHole(item) }
            if isUnknown {
                holesPassed += 1
            } else if let first = seen.updateValue(place, forKey: item.canonical) {
                return note(.repeatedItem(first: first, second: place))
            }
        }
    }
}

// MARK: - Forms

extension SchemaCheck {
    private struct Trial {
        let violations: [SchemaViolation]
        let metHoles: Bool

        var canFit: Bool { violations.isEmpty }
        var isCertainFit: Bool { violations.isEmpty && !metHoles }
    }

    private mutating func trial(_ schema: Int, _ value: JSONValue) -> Trial {
        var check = self
        check.violations = []
        check.holesPassed = 0
        check.apply(schema, to: value)
        applied = check.applied
        return Trial(violations: check.violations, metHoles: check.holesPassed > 0)
    }

    private mutating func checkForms(_ schemas: [Int], _ value: JSONValue, exactlyOne: Bool) {
        let trials = schemas.map { trial($0, value) }
        if trials.contains(where: { $0.canFit && $0.metHoles }) { holesPassed += 1 }
        let certain = trials.count { $0.isCertainFit }
        if certain > 1, exactlyOne { return note(.fitsSeveral(forms: certain)) }
        if !trials.contains(where: \.canFit) { noteNoFit(trials.map(\.violations), value) }
    }

    /// Says it the shortest way: a wrong type, a wrong choice, or what is wrong in the one form that was meant.
    private mutating func noteNoFit(_ forms: [[SchemaViolation]], _ value: JSONValue) {
        let meant = forms.filter { expectedTypes($0) == nil }
        if meant.isEmpty {
            let types = forms.compactMap(expectedTypes).reduce(SchemaTypes()) { $0.union($1) }
            return note(.typeMismatch(found: .value(value), expected: types))
        }
        let choices = meant.compactMap(expectedChoices)
        if choices.count == meant.count { return note(.notOneOf(value, expected: choices.flatMap { $0 })) }
        if meant.count == 1 { return violations += meant[0] }
        let nearest = meant.min { $0.count < $1.count }?.first
        note(.fitsNone(forms: forms.count, nearest: nearest))
    }

    /// The types a form asked for, when the value is of none of them.
    private func expectedTypes(_ form: [SchemaViolation]) -> SchemaTypes? {
        guard let first = form.first, first.at == pointer, case .typeMismatch(.value, let types) = first.fact else {
            return nil
        }
        return types
    }

    /// The choices a form left, when that is all that is wrong.
    private func expectedChoices(_ form: [SchemaViolation]) -> [JSONValue]? {
        guard form.count == 1, form[0].at == pointer, case .notOneOf(_, let choices) = form[0].fact else { return nil }
        return choices
    }
}

extension SchemaViolation.Limit {
    fileprivate init(_ kind: NumberLimit.Kind) {
        self =
            switch kind {
            case .atLeast: .atLeast
            case .moreThan: .moreThan
            case .atMost: .atMost
            case .lessThan: .lessThan
            case .multipleOf: .multipleOf
            }
    }
}

extension SchemaViolation.Unit {
    fileprivate init(_ unit: SizeLimit.Unit) {
        self =
            switch unit {
            case .characters: .characters
            case .items: .items
            case .properties: .properties
            }
    }
}
