extension Template {
    /// Filled in; nil where something of it only a run knows.
    func known(withInputs inputs: JSONValue) -> JSONValue? {
        switch self {
        case .literal(let value): return value
        case .expression(let expression): return Self.value(of: expression, inputs)
        case .text: return isKnown(withInputs: inputs) ? filled(withInputs: inputs) : nil
        case .array(let items):
            let known = items.compactMap { $0.known(withInputs: inputs) }
            return known.count == items.count ? .array(known) : nil
        case .object(let members):
            var known = JSONObject()
            for (key, member) in members {
                guard let value = member.known(withInputs: inputs) else { return nil }
                known[key] = value
            }
            return .object(known)
        }
    }

    private func isKnown(withInputs inputs: JSONValue) -> Bool {
        guard case .text(let pieces) = self else { return known(withInputs: inputs) != nil }
        return pieces.allSatisfy { piece in
            if case .expression(let expression) = piece { return Self.value(of: expression, inputs) != nil }
            return true
        }
    }

    /// The members of an object that are known before a run, and the names of those that are not.
    public func knownMembers(withInputs inputs: JSONValue) -> (known: JSONValue, leftOut: [String]) {
        guard case .object(let members) = self else { return (known(withInputs: inputs) ?? [:], []) }
        var (known, leftOut) = (JSONObject(), [String]())
        for (key, member) in members {
            if let value = member.known(withInputs: inputs) { known[key] = value } else { leftOut.append(key) }
        }
        return (.object(known), leftOut)
    }
}
