extension SchemaViolation {
    /// A property is missing, and one that is likely it stands there misspelt: that one says it.
    func isSlip(among violations: [SchemaViolation]) -> Bool {
        guard case .missing(let name) = fact else { return false }
        return violations.contains { other in
            guard case .unknownProperty(let found, _, _) = other.fact, other.at == at.appending(found) else {
                return false
            }
            return closest(to: found, among: [name]) != nil
        }
    }
}
