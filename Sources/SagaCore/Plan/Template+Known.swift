extension Template {
    /// What is put in; what only a run knows stays an expression.
    func shown(in scope: PlanScope) -> JSONValue {
        switch self {
        case .literal(let value): value
        case .expression(let expression):
            scope.value(of: expression) ?? .string("${ \(expression.source) }")
        case .text(let pieces): .string(pieces.map { Self.text(of: $0, scope) }.joined())
        case .array(let items): .array(items.map { $0.shown(in: scope) })
        case .object(let members):
            .object(members.reduce(into: JSONObject()) { $0[$1.key] = $1.value.shown(in: scope) })
        }
    }

    private static func text(of piece: Piece, _ scope: PlanScope) -> String {
        switch piece {
        case .literal(let text): text
        case .expression(let expression):
            scope.value(of: expression).map { $0.stringValue ?? $0.text } ?? "${ \(expression.source) }"
        }
    }

    /// As it is in the definition, where it is one expression or none.
    var written: JSONValue {
        if case .expression(let expression) = self { return .string("${ \(expression.source) }") }
        if case .literal(let value) = self { return value }
        return .null
    }

    /// Filled in; nil where something of it only a run knows.
    func known(in scope: PlanScope) -> JSONValue? {
        switch self {
        case .literal(let value): return value
        case .expression(let expression): return scope.value(of: expression)
        case .text: return isKnown(in: scope) ? shown(in: scope) : nil
        case .array(let items):
            let known = items.compactMap { $0.known(in: scope) }
            return known.count == items.count ? .array(known) : nil
        case .object(let members):
            var known = JSONObject()
            for (key, member) in members {
                guard let value = member.known(in: scope) else { return nil }
                known[key] = value
            }
            return .object(known)
        }
    }

    private func isKnown(in scope: PlanScope) -> Bool {
        guard case .text(let pieces) = self else { return known(in: scope) != nil }
        return pieces.allSatisfy { piece in
            if case .expression(let expression) = piece { return scope.value(of: expression) != nil }
            return true
        }
    }

    /// The members of an object that are known before a run, and the names of those that are not.
    public func knownMembers(in scope: PlanScope) -> (known: JSONValue, leftOut: [String]) {
        guard case .object(let members) = self else { return (known(in: scope) ?? [:], []) }
        var (known, leftOut) = (JSONObject(), [String]())
        for (key, member) in members {
            if let value = member.known(in: scope) { known[key] = value } else { leftOut.append(key) }
        }
        return (.object(known), leftOut)
    }
}
