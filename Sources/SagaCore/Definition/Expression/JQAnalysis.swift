/// What may come out of a piece of an expression.
struct JQFlow: Sendable {
    /// A value of the run, found and not yet looked at.
    struct Place: Sendable, Hashable {
        var path: [Expression.Token]
        var range: Range<Int>
        /// Not every evaluation comes to it.
        var isConditional = false
        /// What it can be besides what the path says.
        var limit = SchemaTypes.any
    }

    var places: [Place] = []
    /// Of what was computed.
    var types: SchemaTypes = []
    var yields = ExpressionYield.one
    var constant: JSONValue?

    static func computed(_ types: SchemaTypes, _ yields: ExpressionYield = .one) -> JQFlow {
        JQFlow(types: types, yields: yields)
    }

    static func value(_ value: JSONValue) -> JQFlow { JQFlow(types: SchemaTypes(of: value), constant: value) }

    /// All that can be seen.
    static func root(_ range: Range<Int>) -> JQFlow { JQFlow(places: [Place(path: [], range: range)]) }

    /// The values of both, as many as `yields` says.
    func joined(with other: JQFlow, _ yields: ExpressionYield) -> JQFlow {
        JQFlow(places: places + other.places, types: types.union(other.types), yields: yields)
    }

    func yielding(_ yields: ExpressionYield) -> JQFlow {
        var flow = self
        flow.yields = yields
        return flow
    }
}

/// Names in a piece of an expression.
struct JQNames: Sendable {
    indirect enum Callable: Sendable {
        case definition(JQDefinition, JQNames)
        /// An argument: an expression with the names of where it was written.
        case argument(JQNode, JQNames)
    }

    var variables: [String: JQFlow] = [:]
    var functions: [String: Callable] = [:]
    var labels: Set<String> = []
}

/// One walk over an expression: what it reads of the run, what can come out of it, and what it may not do.
struct JQAnalysis {
    private(set) var references: [Reference] = []
    private(set) var problems: [Expression.Problem] = []
    /// False: the walk gave up, and everything may be read.
    private(set) var isComplete = true
    private(set) var result = JQFlow()
    private let types: (Reference) -> SchemaTypes

    private var isGuarded = false
    private var isConditional = false
    /// True: only mistakes count; what is read depends on who calls it.
    private var isRehearsal = false
    private var guardedPaths: Set<[Expression.Token]> = []
    private var calls: [ObjectIdentifier] = []
    private var stepsLeft = 20_000
    private var depth = 0

    static let depthLimit = 150

    /// - Parameter types: those that a value of the run can have.
    init(_ node: JQNode, types: @escaping (Reference) -> SchemaTypes) {
        self.types = types
        let flow = walk(node, .root(node.range), JQNames())
        result = .computed(read(flow), flow.yields)
        if !isComplete {
            references = [Reference(path: [], isGuarded: true, isConditional: true, range: node.range)]
            result = .computed(.any, .any)
        }
    }

    // MARK: - Reading

    /// The values are looked at: answers what they can be.
    private mutating func read(_ flow: JQFlow) -> SchemaTypes {
        var types = flow.types
        for place in flow.places {
            let reference = Reference(
                path: place.path, isGuarded: isGuarded || isTakenCareOf(place.path),
                isConditional: isConditional || place.isConditional, range: place.range)
            if !isRehearsal, !references.contains(reference) { references.append(reference) }
            types.formUnion(self.types(reference).intersection(place.limit))
        }
        return types
    }

    private func isTakenCareOf(_ path: [Expression.Token]) -> Bool {
        !guardedPaths.isEmpty && (1...max(1, path.count)).contains { guardedPaths.contains(Array(path.prefix($0))) }
    }

    private mutating func guarded<Result>(_ body: (inout JQAnalysis) -> Result) -> Result {
        let before = isGuarded
        isGuarded = true
        defer { isGuarded = before }
        return body(&self)
    }

    private mutating func conditionally<Result>(_ body: (inout JQAnalysis) -> Result) -> Result {
        let before = isConditional
        isConditional = true
        defer { isConditional = before }
        return body(&self)
    }

    /// What is found there is conditional, too, wherever it is read.
    private mutating func conditionally(_ body: (inout JQAnalysis) -> JQFlow) -> JQFlow {
        let before = isConditional
        isConditional = true
        defer { isConditional = before }
        var flow = body(&self)
        for index in flow.places.indices { flow.places[index].isConditional = true }
        return flow
    }

    /// A condition: null counts as false, so what is missing is taken care of, and it is where the condition holds.
    private mutating func test(_ node: JQNode, _ input: JQFlow, _ names: JQNames) -> ExpressionYield {
        let flow = walk(node, input, names)
        for place in flow.places { guardedPaths.insert(place.path) }
        _ = guarded { $0.read(flow) }
        return flow.yields
    }

    private mutating func walkAndRead(_ node: JQNode, _ input: JQFlow, _ names: JQNames) -> JQFlow {
        let flow = walk(node, input, names)
        let types = read(flow)
        var read = JQFlow.computed(types, flow.yields)
        read.constant = flow.constant
        return read
    }

    // MARK: - The walk

    private mutating func walk(_ node: JQNode, _ input: JQFlow, _ names: JQNames) -> JQFlow {
        stepsLeft -= 1
        guard stepsLeft > 0, depth < Self.depthLimit else {
            isComplete = false
            return .computed(.any, .any)
        }
        depth += 1
        defer { depth -= 1 }
        switch node.jq {
        case .identity: return input.yielding(.one)
        case .everything:
            _ = read(input)
            return .computed(.any, .any)
        case .literal(let value): return .value(value)
        case .format:
            _ = read(input)
            return .computed(.string)
        case .variable(let name): return variable(name, node, names)
        case .index(let target, let key): return index(target, key, node, input, names)
        case .each(let target):
            _ = walkAndRead(target, input, names)
            return .computed(.any, .any)
        case .pipe(let left, let right): return pipe(left, right, input, names)
        case .binary(let sign, let left, let right): return binary(sign, left, right, input, names)
        case .call(let name, let arguments): return call(name, arguments, node, input, names)
        default: return walkForm(node, input, names)
        }
    }

    private mutating func walkForm(_ node: JQNode, _ input: JQFlow, _ names: JQNames) -> JQFlow {
        switch node.jq {
        case .text(let parts): return text(parts, input, names)
        case .slice(let target, let from, let to): return slice(target, from, to, input, names)
        case .attempt(let body, let handler): return attempt(body, handler, input, names)
        case .array(let body):
            if let body { _ = walkAndRead(body, input, names) }
            return .computed(.array)
        case .object(let members): return object(members, input, names)
        case .negative(let body): return .computed(.number, walkAndRead(body, input, names).yields)
        case .condition(let branches, let otherwise): return condition(branches, otherwise, input, names)
        case .bind(let source, let patterns, let body):
            let flow = walk(source, input, names)
            let inner = bind(patterns, to: flow, input, names)
            let isSure = flow.yields == .one && patterns.count == 1
            let result = isSure ? walk(body, input, inner) : conditionally { $0.walk(body, input, inner) }
            return result.yielding(patterns.count > 1 ? .any : flow.yields.then(result.yields))
        case .reduce(let source, let patterns, let first, let update):
            return reduce(source, patterns, first, update, input, names)
        case .foreach(let source, let patterns, let first, let update, let extract):
            _ = reduce(source, patterns, first, update, input, names, extract)
            return .computed(.any, .any)
        case .define(let definition, let body): return define(definition, body, input, names)
        case .label(let name, let body):
            var inner = names
            inner.labels.insert(name)
            return walk(body, input, inner).yielding(.any)
        case .leave(let name):
            if !names.labels.contains(name) { note(.unknownName("$*label-\(name)", offset: node.range.lowerBound)) }
            return .computed([], .atMostOne)
        default: return .computed(.any, .any)
        }
    }

    private mutating func note(_ problem: Expression.Problem) {
        if !problems.contains(problem) { problems.append(problem) }
    }

    private mutating func pipe(_ left: JQNode, _ right: JQNode, _ input: JQFlow, _ names: JQNames) -> JQFlow {
        let flow = walk(left, input, names)
        let result = flow.yields == .one ? walk(right, flow, names) : conditionally { $0.walk(right, flow, names) }
        return result.yielding(flow.yields.then(result.yields))
    }

    private mutating func variable(_ name: String, _ node: JQNode, _ names: JQNames) -> JQFlow {
        if let known = names.variables[name] {
            var flow = known.yielding(.one)
            for index in flow.places.indices { flow.places[index].range = node.range }
            return flow
        }
        if let refusal = JQBuiltin.refused["$" + name] {
            note(.refused("$" + name, refusal, offset: node.range.lowerBound))
        } else {
            note(.unknownName("$" + name, offset: node.range.lowerBound))
        }
        return .computed(.any)
    }

    // MARK: - Paths

    private mutating func index(
        _ target: JQNode, _ key: JQNode, _ node: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let flow = walk(target, input, names)
        let key = walkAndRead(key, input, names)
        let yields = flow.yields.then(key.yields)
        guard let token = Expression.Token(key.constant) else {
            _ = read(flow)
            return .computed(.any, yields)
        }
        return step(flow, token, node.range).yielding(yields)
    }

    private func step(_ flow: JQFlow, _ token: Expression.Token, _ range: Range<Int>) -> JQFlow {
        var result = JQFlow()
        result.places = flow.places.map {
            JQFlow.Place(path: $0.path + [token], range: range, isConditional: $0.isConditional)
        }
        if !flow.types.isEmpty { result.types = .any }
        return result
    }

    private mutating func slice(
        _ target: JQNode, _ from: JQNode?, _ to: JQNode?, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let flow = walkAndRead(target, input, names)
        var yields = flow.yields
        for bound in [from, to] {
            if let bound { yields = yields.then(walkAndRead(bound, input, names).yields) }
        }
        return .computed(flow.types.intersection([.array, .string, .null]), yields)
    }

    // MARK: - Values

    private mutating func text(_ parts: [JQ.TextPart], _ input: JQFlow, _ names: JQNames) -> JQFlow {
        var yields = ExpressionYield.one
        for case .value(let node) in parts { yields = yields.then(walkAndRead(node, input, names).yields) }
        return .computed(.string, yields)
    }

    private mutating func object(
        _ members: [(key: JQNode, value: JQNode)], _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        var yields = ExpressionYield.one
        for (key, value) in members {
            yields = yields.then(walkAndRead(key, input, names).yields)
            yields = yields.then(walkAndRead(value, input, names).yields)
        }
        return .computed(.object, yields)
    }

    private mutating func attempt(
        _ body: JQNode, _ handler: JQNode?, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let flow = guarded { $0.walkAndRead(body, input, names) }
        guard let handler else { return flow.yielding(flow.yields.or(.atMostOne)) }
        let other = conditionally { $0.walkAndRead(handler, .computed(.any), names) }
        return flow.joined(with: other, flow.yields.or(other.yields))
    }

    private mutating func condition(
        _ branches: [(test: JQNode, result: JQNode)], _ otherwise: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let before = (guardedPaths, isConditional)
        defer { (guardedPaths, isConditional) = before }
        var results: JQFlow?
        var tests = ExpressionYield.one
        for (test, result) in branches {
            tests = tests.then(self.test(test, input, names))
            isConditional = true
            let flow = walk(result, input, names)
            results = results.map { $0.joined(with: flow, $0.yields.or(flow.yields)) } ?? flow
        }
        let last = walk(otherwise, input, names)
        let all = results.map { $0.joined(with: last, $0.yields.or(last.yields)) } ?? last
        // Read here, where it is known what the conditions have taken care of.
        return .computed(read(all), tests.then(all.yields))
    }

    private mutating func binary(
        _ sign: JQOperator, _ left: JQNode, _ right: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        switch sign {
        case .comma:
            let (first, second) = (walk(left, input, names), walk(right, input, names))
            return first.joined(with: second, .any)
        case .alternative: return alternative(left, right, input, names)
        case .and, .or:
            let before = guardedPaths
            defer { guardedPaths = sign == .or ? before : guardedPaths }
            let first = test(left, input, names)
            let second = conditionally { $0.test(right, input, names) }
            return .computed(.boolean, first.then(second))
        case .equal, .unequal: return comparison(left, right, input, names)
        case _ where sign.isAssignment: return assignment(left, right, sign, input, names)
        default:
            if [.over, .mod].contains(sign), right.foldedNumber == 0 {
                problems.append(.divisionByZero(offset: right.range.lowerBound))
            }
            let (first, second) = (walkAndRead(left, input, names), walkAndRead(right, input, names))
            return .computed(sign.types(first.types, second.types), first.yields.then(second.yields))
        }
    }

    private mutating func alternative(
        _ left: JQNode, _ right: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let first = guarded { $0.walkAndRead(left, input, names) }
        let second = conditionally { $0.walkAndRead(right, input, names) }
        let yields = first.yields == .any ? .any : second.yields
        return .computed(first.types.subtracting(.null).union(second.types), yields)
    }

    /// To compare with null is to take care of what is missing.
    private mutating func comparison(
        _ left: JQNode, _ right: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        var yields = ExpressionYield.one
        for (node, other) in [(left, right), (right, left)] {
            let isWithNull = if case .literal(.null) = other.jq { true } else { false }
            yields = yields.then(
                isWithNull ? test(node, input, names) : walkAndRead(node, input, names).yields)
        }
        return .computed(.boolean, yields)
    }

    private mutating func assignment(
        _ left: JQNode, _ right: JQNode, _ sign: JQOperator, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        // All that can be seen is an object, whatever is put into it.
        let found = read(input)
        let types = input.places.contains(where: \.path.isEmpty) ? .object : found
        let inner = JQFlow.computed(.any)
        _ = walkAndRead(left, inner, names)
        let value = walkAndRead(right, sign == .update ? inner : input, names)
        return .computed(types.isEmpty ? .any : types.union(.object), sign == .update ? .one : value.yields)
    }

    // MARK: - Names

    private mutating func bind(
        _ patterns: [JQPattern], to flow: JQFlow, _ input: JQFlow, _ names: JQNames
    ) -> JQNames {
        var inner = names
        // With alternatives a name that the pattern in force does not have is null.
        for name in patterns.count > 1 ? patterns.flatMap(\.names) : [] {
            inner.variables[name] = .computed(.any)
        }
        for pattern in patterns {
            guard patterns.count == 1 else {
                _ = read(flow)
                bindOpaque(pattern, &inner)
                continue
            }
            bind(pattern, to: flow, input, &inner)
        }
        return inner
    }

    private mutating func bind(_ pattern: JQPattern, to flow: JQFlow, _ input: JQFlow, _ names: inout JQNames) {
        switch pattern {
        case .variable(let name): names.variables[name] = flow
        case .array(let items):
            for (index, item) in items.enumerated() {
                bind(item, to: step(flow, .index(index), range(flow)), input, &names)
            }
        case .object(let members):
            for (key, name, pattern) in members {
                let value = walkAndRead(key, input, names)
                var member = JQFlow.computed(.any)
                if let token = Expression.Token(value.constant) {
                    member = step(flow, token, key.range)
                } else {
                    _ = read(flow)
                }
                if let name { names.variables[name] = member }
                if let pattern { bind(pattern, to: member, input, &names) }
            }
        }
    }

    private func range(_ flow: JQFlow) -> Range<Int> { flow.places.first?.range ?? 0..<0 }

    private mutating func bindOpaque(_ pattern: JQPattern, _ names: inout JQNames) {
        for name in pattern.names { names.variables[name] = .computed(.any) }
    }

    private mutating func reduce(
        _ source: JQNode, _ patterns: [JQPattern], _ first: JQNode, _ update: JQNode, _ input: JQFlow, _ names: JQNames,
        _ extract: JQNode? = nil
    ) -> JQFlow {
        let flow = walk(source, input, names)
        let inner = bind(patterns, to: flow, input, names)
        let start = walkAndRead(first, input, names)
        let result = conditionally { analysis in
            let result = analysis.walkAndRead(update, .computed(.any), inner)
            if let extract { _ = analysis.walkAndRead(extract, .computed(.any), inner) }
            return result
        }
        return .computed(start.types.union(result.types), start.yields)
    }

    private mutating func define(
        _ definition: JQDefinition, _ body: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        var inner = names
        inner.functions["\(definition.name)/\(definition.parameters.count)"] = .definition(definition, names)
        rehearse(definition, inner)
        return walk(body, input, inner)
    }

    /// Mistakes in it are told even where nobody calls it.
    private mutating func rehearse(_ definition: JQDefinition, _ names: JQNames) {
        var inner = names
        for parameter in definition.parameters {
            let name = parameter.first == "$" ? String(parameter.dropFirst()) : parameter
            if name != parameter { inner.variables[name] = .computed(.any) }
            inner.functions["\(name)/0"] = .argument(JQNode(.everything, 0..<0), JQNames())
        }
        let before = isRehearsal
        isRehearsal = true
        calls.append(ObjectIdentifier(definition))
        _ = walk(definition.body, .computed(.any), inner)
        calls.removeLast()
        isRehearsal = before
    }

    // MARK: - Calls

    private mutating func call(
        _ name: String, _ arguments: [JQNode], _ node: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        switch names.functions["\(name)/\(arguments.count)"] {
        case .argument(let body, let outer)?: return walk(body, input, outer)
        case .definition(let definition, let outer)?: return call(definition, outer, arguments, input, names)
        case nil: break
        }
        if let refusal = JQBuiltin.refused[name] {
            note(.refused(name, refusal, offset: node.range.lowerBound))
            return .computed(.any)
        }
        guard let builtin = JQBuiltin.find(name, arguments.count) else {
            note(.unknownFunction(name, arguments: arguments.count, offset: node.range.lowerBound))
            return .computed(.any, .any)
        }
        if let path = constantPath(name, arguments) { return path.reduce(input) { step($0, $1, node.range) } }
        return call(builtin, name, arguments, node, input, names)
    }

    /// `first`, `nth(2)` and `getpath(["a", "b"])` are paths in other words.
    private func constantPath(_ name: String, _ arguments: [JQNode]) -> [Expression.Token]? {
        switch (name, arguments.count) {
        case ("first", 0): return [.index(0)]
        case ("nth", 1): return Expression.Token(arguments[0].constant).map { [$0] }
        default: return nil
        }
    }

    private mutating func call(
        _ definition: JQDefinition, _ outer: JQNames, _ arguments: [JQNode], _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        let identity = ObjectIdentifier(definition)
        guard !calls.contains(identity) else {
            // It calls itself: all that it is given may be looked at.
            _ = read(input)
            for argument in arguments { _ = conditionally { $0.walkAndRead(argument, input, names) } }
            return .computed(.any, .any)
        }
        var inner = outer
        inner.functions["\(definition.name)/\(arguments.count)"] = .definition(definition, outer)
        var yields = ExpressionYield.one
        for (parameter, argument) in zip(definition.parameters, arguments) {
            guard parameter.first == "$" else {
                inner.functions["\(parameter)/0"] = .argument(argument, names)
                continue
            }
            let name = String(parameter.dropFirst())
            let value = walk(argument, input, names)
            yields = yields.then(value.yields)
            inner.variables[name] = value
            inner.functions["\(name)/0"] = .argument(argument, names)
        }
        calls.append(identity)
        defer { calls.removeLast() }
        let result = walk(definition.body, input, inner)
        // A definition that calls itself may yield more than its first turn does.
        return result.yielding(yields.then(result.yields))
    }

    private mutating func call(
        _ builtin: JQBuiltin, _ name: String, _ arguments: [JQNode], _ node: JQNode, _ input: JQFlow, _ names: JQNames
    ) -> JQFlow {
        if name == "has", let token = Expression.Token(arguments[0].constant) {
            for place in input.places { guardedPaths.insert(place.path + [token]) }
        }
        if name == "not" || name == "type" {
            for place in input.places { guardedPaths.insert(place.path) }
            _ = guarded { $0.read(input) }
        }
        let inputTypes = builtin.readsInput ? read(input) : .any
        var yields = builtin.yields
        var first: JQFlow?
        for (argument, kind) in zip(arguments, builtin.arguments) {
            switch kind {
            case .value: yields = yields.then(walkAndRead(argument, input, names).yields)
            case .condition: if test(argument, input, names) == .any { yields = .any }
            case .inner:
                let flow = conditionally { $0.walkAndRead(argument, .computed(.any), names) }
                if ["walk", "sub", "gsub"].contains(name) { yields = yields.then(flow.yields) }
            case .gathered:
                let flow = walk(argument, input, names)
                let types = conditionally { $0.read(flow) }
                first = first ?? .computed(types)
            }
        }
        switch builtin.result {
        case .types(let types): return .computed(kept(name, types, inputTypes), yields)
        case .argument: return (first ?? .computed(.any)).yielding(yields)
        case .inputIf(let types): return limited(input, types).yielding(yields)
        }
    }

    /// Some functions give back what they were given.
    private func kept(_ name: String, _ types: SchemaTypes, _ input: SchemaTypes) -> SchemaTypes {
        switch name {
        case "map_values", "del", "delpaths", "ltrimstr", "rtrimstr": input.isEmpty ? types : input
        default: types
        }
    }

    private func limited(_ flow: JQFlow, _ types: SchemaTypes) -> JQFlow {
        var flow = flow
        flow.types.formIntersection(types)
        for index in flow.places.indices { flow.places[index].limit.formIntersection(types) }
        return flow
    }
}

extension JQOperator {
    /// What comes out of arithmetic with values of these types.
    fileprivate func types(_ left: SchemaTypes, _ right: SchemaTypes) -> SchemaTypes {
        let both = left.intersection(right)
        let number: SchemaTypes = both.isDisjoint(with: .number) ? [] : .number
        switch self {
        case .plus: return sum(left, right, number)
        case .minus: return number.union(both.intersection(.array))
        case .times: return product(left, right, number)
        case .over: return both.contains(.string) ? number.union(.array) : number
        case .mod: return .number
        default: return .boolean
        }
    }

    /// Null is nothing to add.
    private func sum(_ left: SchemaTypes, _ right: SchemaTypes, _ number: SchemaTypes) -> SchemaTypes {
        var types = left.intersection(right).intersection([.string, .array, .object, .null]).union(number)
        if left.contains(.null) { types.formUnion(right) }
        if right.contains(.null) { types.formUnion(left) }
        return types
    }

    /// A string so many times, or null where that is none.
    private func product(_ left: SchemaTypes, _ right: SchemaTypes, _ number: SchemaTypes) -> SchemaTypes {
        let repeatsText = left.contains(.string) && !right.isDisjoint(with: .number)
        return number.union(left.intersection(right).intersection(.object)).union(repeatsText ? [.string, .null] : [])
    }
}

extension Expression.Token {
    /// Nil: it is no key that can be told beforehand.
    init?(_ key: JSONValue?) {
        switch key {
        case .string(let name)?: self = .member(name)
        case .int(let index)? where index >= 0: self = .index(Int(index))
        default: return nil
        }
    }
}
