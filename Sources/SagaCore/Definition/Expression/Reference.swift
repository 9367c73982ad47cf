/// A value of the run that an expression reads: `.inputs.name`, however the expression comes to it.
public struct Reference: Sendable, Hashable {
    /// From the root on; empty: all that an expression can see.
    public let path: [Expression.Token]
    /// What is missing there is taken care of: by `//`, `?`, `has`, a comparison with null, a condition.
    public let isGuarded: Bool
    /// Not every evaluation reads it: it stands in a branch, say.
    public let isConditional: Bool
    /// Where it is written, in bytes of the expression's text.
    public let range: Range<Int>

    public init(path: [Expression.Token], isGuarded: Bool, isConditional: Bool, range: Range<Int>) {
        self.path = path
        self.isGuarded = isGuarded
        self.isConditional = isConditional
        self.range = range
    }

    /// `inputs`, say; nil: all of them.
    public var root: String? {
        if case .member(let name)? = path.first { name } else { nil }
    }

    /// Member names after the root, as far as they reach: what static checks follow.
    public var names: [String] {
        path.dropFirst().prefix { if case .member = $0 { true } else { false } }.map {
            if case .member(let name) = $0 { name } else { "" }
        }
    }

    /// As jq writes the path. eg: `.steps.droplet.output.ip`
    public var text: String { path.isEmpty ? "." : path.map(\.text).joined() }
}

extension Expression.Token {
    var text: String {
        switch self {
        case .index(let index): return "[\(index)]"
        case .member(let name):
            let isPlain = name.utf8.allSatisfy {
                $0 == 0x2D || $0 == 0x5F || $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26
            }
            return isPlain && !name.isEmpty ? ".\(name)" : ".\(JSONValue.string(name).text)"
        }
    }
}
