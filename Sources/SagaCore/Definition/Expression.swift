/// What stands between `${` and `}`: where a value comes from.
///
/// Today a plain path such as `.inputs.name`, `.steps.droplet.output.ip` or `.context.items[0]`: the part of jq that
/// needs no jq. Whatever else jq can say arrives as a second case, so nothing outside this file looks into a path.
public struct Expression: Sendable, Hashable {
    public enum Token: Sendable, Hashable {
        case member(String)
        case index(Int)
    }

    public let source: String
    public let path: [Token]

    /// The first token: which of `inputs`, `context`, `steps`, `run` is read.
    public var root: String {
        if case .member(let name) = path[0] { name } else { "" }
    }

    /// Member names only, as far as they reach: what static checks follow.
    public var names: [String] {
        path.prefix { if case .member = $0 { true } else { false } }.map {
            if case .member(let name) = $0 { name } else { "" }
        }
    }

    public static let roots = ["inputs", "context", "steps", "run"]

    public enum Problem: Error, Sendable, Hashable {
        case empty
        case noLeadingDot
        /// Something jq may understand and a plain path does not hold; the offending rest of the text.
        case notAPlainPath(rest: String)
    }

    public init(_ text: String) throws(Problem) {
        var rest = Self.trim(Substring(text))
        guard !rest.isEmpty else { throw .empty }
        guard rest.first == "." else { throw .noLeadingDot }
        source = String(rest)
        var path: [Token] = []
        while let next = rest.first {
            switch next {
            case ".": path.append(.member(try Self.takeName(&rest)))
            case "[": path.append(.index(try Self.takeIndex(&rest)))
            default: throw .notAPlainPath(rest: String(rest))
            }
        }
        guard case .member? = path.first else { throw .notAPlainPath(rest: source) }
        self.path = path
    }

    /// `.name` or `."any text"`.
    private static func takeName(_ rest: inout Substring) throws(Problem) -> String {
        let whole = rest
        rest = rest.dropFirst()
        if rest.first == "\"" {
            guard let end = rest.dropFirst().firstIndex(of: "\"") else { throw .notAPlainPath(rest: String(whole)) }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            guard !name.contains("\\") else { throw .notAPlainPath(rest: String(whole)) }
            rest = rest[rest.index(after: end)...]
            return String(name)
        }
        let name = rest.prefix { $0 == "_" || $0 == "-" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        guard !name.isEmpty else { throw .notAPlainPath(rest: String(whole)) }
        rest = rest[name.endIndex...]
        return String(name)
    }

    /// `[0]`.
    private static func takeIndex(_ rest: inout Substring) throws(Problem) -> Int {
        let whole = rest
        let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
        guard let index = Int(digits), rest[digits.endIndex...].first == "]" else {
            throw .notAPlainPath(rest: String(whole))
        }
        rest = rest[digits.endIndex...].dropFirst()
        return index
    }

    private static func trim(_ text: Substring) -> Substring {
        var text = text
        while text.first?.isWhitespace == true { text = text.dropFirst() }
        while text.last?.isWhitespace == true { text = text.dropLast() }
        return text
    }
}

/// What an expression can see: the run as it stands before a step.
public protocol ExpressionScope {
    /// The value at a root or below it that is cheapest to reach; nil where there is none.
    func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue?
}

extension Expression {
    /// The value this expression stands for; nil when the path leads nowhere.
    public func evaluate(in scope: some ExpressionScope) -> JSONValue? {
        scope.value(at: path.dropFirst(), of: root)
    }
}

extension JSONValue {
    /// Follows the rest of a path from here.
    public func descend(_ path: ArraySlice<Expression.Token>) -> JSONValue? {
        var value = self
        for token in path {
            switch token {
            case .member(let name):
                guard let next = value[name] else { return nil }
                value = next
            case .index(let index):
                guard let items = value.arrayValue, items.indices.contains(index) else { return nil }
                value = items[index]
            }
        }
        return value
    }
}
