extension Template {
    /// The value with everything filled in. A path that leads nowhere is an error, never a null.
    ///
    /// - Parameters:
    ///   - program: all expressions of the definition this template is of.
    ///   - evaluator: answers those that are more than a path.
    public func filled(
        in scope: some ExpressionScope, among program: ExpressionProgram = .empty,
        by evaluator: any ExpressionEvaluator = NoExpressionEvaluator()
    ) throws(ExpressionFailure) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .expression(let expression): return try expression.value(in: scope, among: program, by: evaluator)
        case .text(let pieces):
            var text = ""
            for piece in pieces {
                switch piece {
                case .literal(let literal): text += literal
                case .expression(let expression):
                    let value = try expression.value(in: scope, among: program, by: evaluator)
                    text += value.stringValue ?? value.text
                }
            }
            return .string(text)
        case .array(let items):
            var filled: [JSONValue] = []
            for item in items { filled.append(try item.filled(in: scope, among: program, by: evaluator)) }
            return .array(filled)
        case .object(let members):
            var filled = JSONObject()
            for member in members {
                filled[member.key] = try member.value.filled(in: scope, among: program, by: evaluator)
            }
            return .object(filled)
        }
    }
}

extension Expression {
    /// Its value as the run stands.
    public func value(
        in scope: some ExpressionScope, among program: ExpressionProgram,
        by evaluator: any ExpressionEvaluator
    ) throws(ExpressionFailure) -> JSONValue {
        if let path {
            guard case .member(let root)? = path.first, let value = scope.value(at: path.dropFirst(), of: root) else {
                throw ExpressionFailure(.nothingThere(path: source), expression: source)
            }
            return value
        }
        let seen = try excerpt(of: scope)
        guard let rounded = RoundedNumbers(in: seen) else {
            return try evaluator.evaluate(self, among: program, in: seen)
        }
        let value = try evaluator.evaluate(self, among: program, in: seen)
        let other: JSONValue
        do throws(ExpressionFailure) {
            other = try evaluator.evaluate(self, among: program, in: rounded.replaced(in: seen))
        } catch {
            throw ExpressionFailure(.roundedNumber, expression: source)
        }
        guard let exact = rounded.restored(value, other) else {
            throw ExpressionFailure(.roundedNumber, expression: source)
        }
        return exact
    }

    /// What it reads, and no more.
    ///
    /// - Throws: what it reads in any case, and says nothing of its being missing, is not there.
    public func excerpt(of scope: some ExpressionScope) throws(ExpressionFailure) -> JSONValue {
        var excerpt = ScopeExcerpt()
        for reference in references {
            guard let root = reference.root else {
                for name in Self.roots { excerpt.add([.member(name)], of: scope) }
                for name in names { excerpt.add([.member(name)], of: scope) }
                continue
            }
            let isThere = scope.value(at: reference.path.dropFirst(), of: root) != nil
            guard isThere || reference.isGuarded || reference.isConditional else {
                throw ExpressionFailure(.nothingThere(path: reference.text), expression: source)
            }
            excerpt.add(reference.path, of: scope)
        }
        return excerpt.value
    }
}

/// Values of a scope at the paths they stand at.
private struct ScopeExcerpt {
    private(set) var value: JSONValue = [:]

    /// The value at the path, or as far along it as there is one: then jq says itself what is wrong with the rest.
    mutating func add(_ path: [Expression.Token], of scope: some ExpressionScope) {
        guard case .member(let root)? = path.first else { return }
        var names: [String] = [root]
        for case .member(let name) in path.dropFirst().prefix(while: \.isMember) { names.append(name) }
        for length in stride(from: names.count, through: 1, by: -1) {
            let tokens = names[1..<length].map(Expression.Token.member)
            guard let found = scope.value(at: tokens[...], of: root) else { continue }
            // Of an object that does not have the next member nothing else is of interest.
            let isCut = length < names.count && found.objectValue != nil
            return Self.put(isCut ? [:] : found, at: names[..<length], into: &value, isWhole: !isCut)
        }
    }

    private static func put(
        _ found: JSONValue, at names: ArraySlice<String>, into value: inout JSONValue, isWhole: Bool
    ) {
        guard let name = names.first else {
            if isWhole || value.objectValue == nil { value = found }
            return
        }
        // What stands above is there as a whole already.
        guard var object = value.objectValue else { return }
        var member = object[name] ?? [:]
        put(found, at: names.dropFirst(), into: &member, isWhole: isWhole)
        object[name] = member
        value = .object(object)
    }
}

extension Expression.Token {
    fileprivate var isMember: Bool { if case .member = self { true } else { false } }
}
