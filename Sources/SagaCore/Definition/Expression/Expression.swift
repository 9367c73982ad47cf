/// What stands between `${` and `}`: where a value comes from.
///
/// A plain path such as `.inputs.name`, `.steps.droplet.output.ip` or `.context.items[0]` is answered here, by an
/// `ExpressionScope`. Whatever else jq 1.6 can say is read here too, so that it is known what it reads and what it can
/// come to, and is evaluated by an `ExpressionEvaluator`.
public struct Expression: Sendable, Hashable {
    public enum Token: Sendable, Hashable {
        case member(String)
        case index(Int)
    }

    /// Without the blanks around it.
    public let source: String
    /// The path, if the expression is one and nothing else. A path that leads nowhere is an error.
    public let path: [Token]?
    /// All that it reads of the run, in the order written.
    public let references: [Reference]
    /// False: it is more than can be followed here, so it may read anything and come to anything. Only libjq understands it.
    public let isProven: Bool
    /// How many values it has; exactly one is wanted.
    public let yields: ExpressionYield

    /// Nil where `path` was seen at once, and where only libjq understands it.
    let node: JQNode?
    /// Roots besides `roots`.
    let names: [String]

    /// What every step can see; inside a `for_each` there are `item` and its name besides.
    public static let roots = ["inputs", "context", "steps", "run"]

    public static func == (left: Expression, right: Expression) -> Bool { left.source == right.source }
    public func hash(into hasher: inout Hasher) { hasher.combine(source) }

    /// - Parameters:
    ///   - names: roots besides `roots`.
    ///   - compiles: whether libjq understands a text; asked only for one that is not understood here.
    public init(_ text: String, names: [String] = [], compiles: (String) -> Bool = { _ in false }) throws(Problem) {
        source = Self.trimmed(text)
        self.names = names
        guard !source.isEmpty else { throw .empty }
        let roots = Self.roots + names
        if let path = PlainPath.tokens(of: source) {
            try Self.check(path, roots)
            (self.path, node, isProven, yields) = (path, nil, true, .one)
            references = [
                Reference(path: path, isGuarded: false, isConditional: false, range: 0..<source.utf8.count)
            ]
            return
        }
        do throws(Problem) {
            let node = try Self.parsed(source, roots)
            let analysis = JQAnalysis(node) { _ in .any }
            if let problem = Self.problem(of: analysis, source, roots) { throw problem }
            (path, self.node) = (node.path, node)
            (references, isProven, yields) = (analysis.references, analysis.isComplete, analysis.result.yields)
        } catch {
            guard error.isDoubt, compiles(source) else { throw error }
            (path, node, isProven, yields) = (nil, nil, false, .any)
            references = [Reference(path: [], isGuarded: true, isConditional: true, range: 0..<source.utf8.count)]
        }
    }

    private static func parsed(_ source: String, _ roots: [String]) throws(Problem) -> JQNode {
        do throws(JQMistake) {
            return try JQParser.parse(source)
        } catch {
            throw Problem(error)
        }
    }

    private static func problem(of analysis: JQAnalysis, _ source: String, _ roots: [String]) -> Problem? {
        for problem in analysis.problems {
            // `inputs.name`: the dot was forgotten.
            if let name = problem.name, roots.contains(name), source.hasPrefix(name) { return .noLeadingDot }
            return problem
        }
        for reference in analysis.references where !reference.path.isEmpty {
            do throws(Problem) { try check(reference.path, roots) } catch { return error }
        }
        return nil
    }

    private static func check(_ path: [Token], _ roots: [String]) throws(Problem) {
        guard case .member(let root)? = path.first else { throw .unknownRoot(path.first?.text ?? ".") }
        guard roots.contains(root) else { throw .unknownRoot(root) }
    }

    private static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }

    /// The types that its value can have, as far as they can be told from those of what it reads.
    public func result(types: (Reference) -> SchemaTypes) -> SchemaTypes {
        guard let node, path == nil else { return path == nil ? .any : types(references[0]) }
        return withoutActuallyEscaping(types) { types in
            let found = JQAnalysis(node, types: types).result.types
            // Nothing at all: it always fails, and that is told when it is evaluated.
            return found.isEmpty ? .any : found
        }
    }

    /// It has no value, whatever it reads of these types: a text and a number are added, say.
    func alwaysFails(types: (Reference) -> SchemaTypes) -> Bool {
        guard let node, path == nil, isProven, yields == .one else { return false }
        return withoutActuallyEscaping(types) { types in JQAnalysis(node, types: types).result.types.isEmpty }
    }
}

extension JQNode {
    /// The path, if that is all it is.
    var path: [Expression.Token]? {
        switch jq {
        case .identity: return []
        case .index(let target, let key):
            guard let path = target.path, let token = Expression.Token(key.constant) else { return nil }
            return path + [token]
        default: return nil
        }
    }
}

/// What an expression can see: the run as it stands before a step.
public protocol ExpressionScope {
    /// The value at a root or below it that is cheapest to reach; nil where there is none.
    func value(at path: ArraySlice<Expression.Token>, of root: String) -> JSONValue?
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
