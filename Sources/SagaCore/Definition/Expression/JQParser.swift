/// Reads jq 1.6 by the rules of its own grammar: what is read here, libjq compiles, but for names that nobody defined.
struct JQParser {
    private var lexer: JQLexer
    private var token = JQToken.end
    /// Where the token begins, and where the one before it ended.
    private var begin = 0
    private var end = 0
    private var depth = 0

    /// How deep an expression may be nested: what follows one needs stack for each level.
    static let depthLimit = 60

    static func parse(_ text: String) throws(JQMistake) -> JQNode {
        var parser = JQParser(lexer: JQLexer(Array(text.utf8)))
        try parser.advance()
        let node = try parser.expression()
        guard parser.token == .end else { throw parser.unexpected() }
        return node
    }

    private init(lexer: JQLexer) { self.lexer = lexer }

    // MARK: - Words

    private mutating func advance() throws(JQMistake) {
        end = lexer.place
        token = try lexer.next()
        begin = lexer.start
    }

    private func isSymbol(_ symbol: String) -> Bool { token == .symbol(symbol) }

    private mutating func take(_ symbol: String) throws(JQMistake) -> Bool {
        guard isSymbol(symbol) else { return false }
        try advance()
        return true
    }

    private mutating func need(_ symbol: String) throws(JQMistake) {
        guard try take(symbol) else { throw unexpected() }
    }

    private mutating func takeKeyword(_ keyword: String) throws(JQMistake) -> Bool {
        guard token == .keyword(keyword) else { return false }
        try advance()
        return true
    }

    private mutating func needKeyword(_ keyword: String) throws(JQMistake) {
        guard try takeKeyword(keyword) else { throw unexpected() }
    }

    private mutating func needName() throws(JQMistake) -> String {
        guard case .name(let name) = token else { throw unexpected() }
        try advance()
        return name
    }

    private func unexpected() -> JQMistake {
        if case .keyword(let word) = token, ["import", "include", "module"].contains(word) {
            return JQMistake(.refused(word), at: begin)
        }
        let stop = token == .end ? begin : lexer.place
        return JQMistake(.syntax(found: String(decoding: lexer.bytes[begin..<stop], as: UTF8.self)), at: begin)
    }

    private func node(_ jq: JQ, from begin: Int) -> JQNode { JQNode(jq, begin..<max(begin, end)) }

    private mutating func deeper<Result>(
        _ body: (inout JQParser) throws(JQMistake) -> Result
    ) throws(JQMistake) -> Result {
        guard depth < Self.depthLimit else { throw JQMistake(.tooDeep, at: begin) }
        depth += 1
        defer { depth -= 1 }
        return try body(&self)
    }

    // MARK: - Operators

    private mutating func expression() throws(JQMistake) -> JQNode {
        try deeper { parser throws(JQMistake) in try parser.operation(above: 0) }
    }

    /// What binds more strongly than that.
    private mutating func operation(above strength: Int) throws(JQMistake) -> JQNode {
        let begin = begin
        var left = try questioned(try prefixed(), from: begin)
        var wasAlone = 0
        var length = 0
        while let next = nextOperator, next.strength > strength {
            guard wasAlone != next.strength else { throw unexpected() }
            length += 1
            guard length <= Self.depthLimit else { throw JQMistake(.tooDeep, at: self.begin) }
            try advance()
            let right = try deeper { parser throws(JQMistake) in
                try parser.operation(above: next.bindsToTheRight ? next.strength - 1 : next.strength)
            }
            wasAlone = next.isAlone ? next.strength : 0
            left = node(next == .pipe ? .pipe(left, right) : .binary(next, left, right), from: begin)
            try refuseDivisionByZero(left)
        }
        return left
    }

    private var nextOperator: JQOperator? {
        switch token {
        case .symbol(let symbol): JQOperator(rawValue: symbol)
        case .keyword("and"): .and
        case .keyword("or"): .or
        default: nil
        }
    }

    /// `a?`, where `a` is no term of its own.
    private mutating func questioned(_ node: JQNode, from begin: Int) throws(JQMistake) -> JQNode {
        var node = node
        while try take("?") { node = self.node(.attempt(node, otherwise: nil), from: begin) }
        return node
    }

    /// jq computes what is constant when it compiles, and then wants no infinity.
    private func refuseDivisionByZero(_ node: JQNode) throws(JQMistake) {
        guard case .binary(.over, _, let right) = node.jq, let quotient = node.foldedNumber, !quotient.isFinite else {
            return
        }
        throw JQMistake(.divisionByZero, at: right.range.lowerBound)
    }

    private mutating func prefixed() throws(JQMistake) -> JQNode {
        let begin = begin
        switch token {
        case .symbol("-"):
            try advance()
            let operand = try deeper { parser throws(JQMistake) in try parser.operation(above: 8) }
            return node(.negative(operand), from: begin)
        case .keyword("try"): return try attempt()
        case .keyword("if"): return try condition()
        case .keyword("reduce"): return try reduction()
        case .keyword("foreach"): return try iteration()
        case .keyword("def"): return try definition()
        case .keyword("label"):
            try advance()
            try need("$")
            let name = try needName()
            try need("|")
            return node(.label(name, try expression()), from: begin)
        default:
            let term = try term()
            return token == .keyword("as") ? try binding(of: term, from: begin) : term
        }
    }

    private mutating func attempt() throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        let body = try deeper { parser throws(JQMistake) in try parser.prefixed() }
        let hasHandler = try takeKeyword("catch")
        let handler = hasHandler ? try deeper { parser throws(JQMistake) in try parser.prefixed() } : nil
        return node(.attempt(body, otherwise: handler), from: begin)
    }

    private mutating func condition() throws(JQMistake) -> JQNode {
        let begin = begin
        var branches: [(test: JQNode, result: JQNode)] = []
        repeat {
            try advance()
            let test = try expression()
            try needKeyword("then")
            branches.append((test, try expression()))
            guard branches.count <= Self.depthLimit else { throw JQMistake(.tooDeep, at: self.begin) }
        } while token == .keyword("elif")
        try needKeyword("else")
        let otherwise = try expression()
        try needKeyword("end")
        return node(.condition(branches, otherwise: otherwise), from: begin)
    }

    // MARK: - Names

    private mutating func binding(of source: JQNode, from begin: Int) throws(JQMistake) -> JQNode {
        let patterns = try patterns()
        try need("|")
        return node(.bind(source, patterns, try expression()), from: begin)
    }

    /// `as $x ?// [$x]`
    private mutating func patterns() throws(JQMistake) -> [JQPattern] {
        try needKeyword("as")
        var patterns = [try pattern()]
        while try take("?//") { patterns.append(try pattern()) }
        return patterns
    }

    private mutating func pattern() throws(JQMistake) -> JQPattern {
        try deeper { parser throws(JQMistake) in
            if try parser.take("$") { return .variable(try parser.needName()) }
            if try parser.take("[") {
                var items = [try parser.pattern()]
                while try parser.take(",") { items.append(try parser.pattern()) }
                try parser.need("]")
                return .array(items)
            }
            try parser.need("{")
            var members = [try parser.memberPattern()]
            while try parser.take(",") { members.append(try parser.memberPattern()) }
            try parser.need("}")
            return .object(members)
        }
    }

    private mutating func memberPattern() throws(JQMistake) -> (key: JQNode, name: String?, pattern: JQPattern?) {
        let begin = begin
        if try take("$") {
            let name = try needName()
            let pattern = try take(":") ? try pattern() : nil
            return (node(.literal(.string(name)), from: begin), name, pattern)
        }
        let key = try memberKey().node
        try need(":")
        return (key, nil, try pattern())
    }

    private mutating func definition() throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        let name = try needName()
        var parameters: [String] = []
        if try take("(") {
            repeat { parameters.append(try take("$") ? "$" + needName() : try needName()) } while try take(";")
            try need(")")
        }
        try need(":")
        let body = try expression()
        try need(";")
        let definition = JQDefinition(name: name, parameters: parameters, body: body)
        return node(.define(definition, try expression()), from: begin)
    }

    private mutating func reduction() throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        let source = try term()
        let patterns = try patterns()
        try need("(")
        let first = try expression()
        try need(";")
        let update = try expression()
        try need(")")
        return node(.reduce(source, patterns, from: first, by: update), from: begin)
    }

    private mutating func iteration() throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        let source = try term()
        let patterns = try patterns()
        try need("(")
        let first = try expression()
        try need(";")
        let update = try expression()
        let result = try take(";") ? try expression() : nil
        try need(")")
        return node(.foreach(source, patterns, from: first, by: update, result: result), from: begin)
    }

    // MARK: - Terms

    private mutating func term() throws(JQMistake) -> JQNode {
        let begin = begin
        var term = try primary()
        var length = 0
        while let next = try suffix(of: term, from: begin) {
            term = next
            length += 1
            guard length <= Self.depthLimit else { throw JQMistake(.tooDeep, at: self.begin) }
        }
        return term
    }

    /// `.a`, `."a"`, `[0]`, `[]`, `[1:]`, each with a `?` maybe; nil: none follows.
    private mutating func suffix(of term: JQNode, from begin: Int) throws(JQMistake) -> JQNode? {
        let result: JQNode
        let keyBegin = self.begin
        switch token {
        case .field(let name):
            try advance()
            result = node(.index(term, node(.literal(.string(name)), from: keyBegin)), from: begin)
        case .symbol("."):
            try advance()
            result = node(.index(term, try string()), from: begin)
        case .symbol("["):
            try advance()
            result = try bracket(of: term, from: begin)
        default: return nil
        }
        return try take("?") ? node(.attempt(result, otherwise: nil), from: begin) : result
    }

    /// After `[`.
    private mutating func bracket(of term: JQNode, from begin: Int) throws(JQMistake) -> JQNode {
        if try take("]") { return node(.each(term), from: begin) }
        if try take(":") {
            let to = try expression()
            try need("]")
            return node(.slice(term, from: nil, to: to), from: begin)
        }
        let key = try expression()
        guard try take(":") else {
            try need("]")
            return node(.index(term, key), from: begin)
        }
        let to = isSymbol("]") ? nil : try expression()
        try need("]")
        return node(.slice(term, from: key, to: to), from: begin)
    }

    private mutating func primary() throws(JQMistake) -> JQNode {
        let begin = begin
        switch token {
        case .number(let value):
            try advance()
            guard !RoundedNumbers.isRounded(value) else { throw JQMistake(.roundedNumber(value.text), at: begin) }
            return node(.literal(value), from: begin)
        case .quote, .format: return try stringOrFormat()
        case .field(let name):
            try advance()
            let key = node(.literal(.string(name)), from: begin)
            return try optional(.index(JQNode(.identity, begin..<begin), key), from: begin)
        case .name(let name): return try call(name)
        case .keyword("break"):
            try advance()
            try need("$")
            return node(.leave(try needName()), from: begin)
        case .symbol(let symbol): return try primary(opening: symbol)
        default: throw unexpected()
        }
    }

    private mutating func primary(opening symbol: String) throws(JQMistake) -> JQNode {
        let begin = begin
        switch symbol {
        case ".":
            try advance()
            guard isStringNext else { return node(.identity, from: begin) }
            return try optional(.index(JQNode(.identity, begin..<begin), try string()), from: begin)
        case "..":
            try advance()
            return node(.everything, from: begin)
        case "$":
            try advance()
            if token == .keyword("__loc__") { throw JQMistake(.refused("$__loc__"), at: begin) }
            return node(.variable(try needName()), from: begin)
        case "(":
            try advance()
            let inner = try expression()
            try need(")")
            return JQNode(inner.jq, begin..<end)
        case "[":
            try advance()
            if try take("]") { return node(.array(nil), from: begin) }
            let inner = try expression()
            try need("]")
            return node(.array(inner), from: begin)
        case "{": return try object()
        default: throw unexpected()
        }
    }

    private mutating func optional(_ jq: JQ, from begin: Int) throws(JQMistake) -> JQNode {
        let inner = node(jq, from: begin)
        return try take("?") ? node(.attempt(inner, otherwise: nil), from: begin) : inner
    }

    private mutating func call(_ name: String) throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        guard try take("(") else {
            let word: JSONValue? = ["true": true, "false": false, "null": .null][name]
            return node(word.map(JQ.literal) ?? .call(name, []), from: begin)
        }
        var arguments: [JQNode] = []
        repeat { arguments.append(try expression()) } while try take(";")
        try need(")")
        return node(.call(name, arguments), from: begin)
    }

    // MARK: - Objects

    private mutating func object() throws(JQMistake) -> JQNode {
        let begin = begin
        try advance()
        var members: [(key: JQNode, value: JQNode)] = []
        while !isSymbol("}") {
            members.append(try member())
            guard try take(",") else { break }
        }
        try need("}")
        return node(.object(members), from: begin)
    }

    private mutating func member() throws(JQMistake) -> (key: JQNode, value: JQNode) {
        let begin = begin
        if try take("$") {
            let name = try needName()
            return (node(.literal(.string(name)), from: begin), node(.variable(name), from: begin))
        }
        let (key, standsAlone) = try memberKey()
        if standsAlone, !isSymbol(":") {
            return (key, node(.index(JQNode(.identity, begin..<begin), key), from: begin))
        }
        try need(":")
        return (key, try memberValue())
    }

    /// - Returns: whether it says by itself what its value is: `{a}` is `{a: .a}`.
    private mutating func memberKey() throws(JQMistake) -> (node: JQNode, standsAlone: Bool) {
        let begin = begin
        switch token {
        case .name(let name):
            try advance()
            return (node(.literal(.string(name)), from: begin), true)
        case .keyword(let word):
            try advance()
            return (node(.literal(.string(word)), from: begin), false)
        case .symbol("("):
            try advance()
            let key = try expression()
            try need(")")
            if let constant = key.constant, constant.stringValue == nil {
                throw JQMistake(.syntax(found: constant.text), at: key.range.lowerBound)
            }
            return (key, false)
        default: return (try string(), true)
        }
    }

    /// Terms, their negatives, and pipes of them: everything else needs parentheses.
    private mutating func memberValue() throws(JQMistake) -> JQNode {
        let begin = begin
        let first = try memberTerm()
        guard try take("|") else { return first }
        let rest = try deeper { parser throws(JQMistake) in try parser.memberValue() }
        return node(.pipe(first, rest), from: begin)
    }

    private mutating func memberTerm() throws(JQMistake) -> JQNode {
        let begin = begin
        guard try take("-") else { return try term() }
        return node(.negative(try deeper { parser throws(JQMistake) in try parser.memberTerm() }), from: begin)
    }

    // MARK: - Strings

    private var isStringNext: Bool {
        switch token {
        case .quote: true
        case .format: lexer.isQuoteNext
        default: false
        }
    }

    private mutating func stringOrFormat() throws(JQMistake) -> JQNode {
        let begin = begin
        if isStringNext { return try string() }
        try advance()
        return node(.format, from: begin)
    }

    private mutating func string() throws(JQMistake) -> JQNode {
        let begin = begin
        if case .format = token { try advance() }
        guard token == .quote else { throw unexpected() }
        var parts: [JQ.TextPart] = []
        while true {
            let (text, stop) = try lexer.text()
            if !text.isEmpty { parts.append(.text(text)) }
            guard stop == .interpolation else { break }
            try advance()
            parts.append(.value(try expression()))
            // What follows is text again: nothing is looked at beyond the parenthesis.
            guard isSymbol(")") else { throw unexpected() }
        }
        try advance()
        return node(Self.text(parts), from: begin)
    }

    private static func text(_ parts: [JQ.TextPart]) -> JQ {
        switch (parts.count, parts.first) {
        case (0, _): .literal("")
        case (1, .text(let text)?): .literal(.string(text))
        default: .text(parts)
        }
    }
}

extension JQLexer {
    var isQuoteNext: Bool {
        var copy = self
        return (try? copy.next()) == .quote
    }
}
