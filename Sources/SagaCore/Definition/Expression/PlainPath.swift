/// `.name`, `."any text"` and `[0]`, one after the other. A name may hold a dash here, as the ids of steps do; within a
/// longer expression jq takes that for a minus.
enum PlainPath {
    /// Nil: the text is more than a path.
    static func tokens(of text: String) -> [Expression.Token]? {
        var rest = Substring(text)
        var path: [Expression.Token] = []
        while let next = rest.first {
            let token: Expression.Token? =
                switch next {
                case ".": takeName(&rest).map(Expression.Token.member)
                case "[" where !path.isEmpty: takeIndex(&rest).map(Expression.Token.index)
                default: nil
                }
            guard let token else { return nil }
            path.append(token)
        }
        return path.isEmpty ? nil : path
    }

    /// `.name` or `."any text"`.
    private static func takeName(_ rest: inout Substring) -> String? {
        rest = rest.dropFirst()
        if rest.first == "\"" {
            guard let end = rest.dropFirst().firstIndex(of: "\"") else { return nil }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            guard !name.contains("\\") else { return nil }
            rest = rest[rest.index(after: end)...]
            return String(name)
        }
        let name = rest.prefix { $0 == "_" || $0 == "-" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard !name.isEmpty else { return nil }
        rest = rest[name.endIndex...]
        return String(name)
    }

    /// `[0]`.
    private static func takeIndex(_ rest: inout Substring) -> Int? {
        let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard let index = Int(digits), rest[digits.endIndex...].first == "]" else { return nil }
        rest = rest[digits.endIndex...].dropFirst()
        return index
    }
}
