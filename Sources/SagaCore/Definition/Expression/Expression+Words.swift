extension Expression.Problem {
    /// - Parameter text: of the expression.
    func message(of text: String) -> String {
        let expression = "the expression \"\(shortened(text))\""
        return switch self {
        case .empty: "`${ }` holds no expression"
        case .noLeadingDot: "\(expression) does not start with a dot"
        case .syntax("", _): "\(expression) ends too early"
        case .syntax(let found, let offset):
            "\(expression) has \"\(shortened(found))\"\(place(offset, text)), where jq expects something else"
        case .openString(let offset): "\(expression) opens a string\(place(offset, text)) and never closes it"
        case .divisionByZero: "\(expression) divides by zero"
        case .tooDeep: "\(expression) is nested more than \(JQParser.depthLimit) deep"
        case .roundedNumber(let number, _):
            "\(expression) holds \(number), which jq would round to fewer digits"
        case .unknownFunction(let name, 0, _): "\(expression) calls `\(name)`, and jq 1.6 has no such function"
        case .unknownFunction(let name, let count, _):
            "\(expression) calls `\(name)` with \(count == 1 ? "one argument" : "\(count) arguments"), and jq 1.6 has no such function"
        case .unknownName(let name, _) where name.hasPrefix("$*label-"):
            "\(expression) breaks to `$\(name.dropFirst(8))`, and there is no such label around it"
        case .unknownName(let name, _): "\(expression) reads `\(name)`, which nothing around it sets"
        case .refused(let name, let why, _): "\(expression) uses `\(name)`, which \(why.words)"
        case .unknownRoot(let root): "\(expression) reads `\(root)`, which a step cannot see"
        }
    }

    private static func isDash(before offset: Int, in text: String) -> Bool {
        text.utf8.prefix(offset).last == UInt8(ascii: "-")
    }

    private func place(_ offset: Int, _ text: String) -> String {
        let characters = String(decoding: text.utf8.prefix(offset), as: UTF8.self).count
        return characters == 0 ? " at its start" : " after \(characters) character\(characters == 1 ? "" : "s")"
    }

    /// The next thing to do; nil where the message says it all.
    ///
    /// - Parameter text: of the expression.
    func hint(of text: String) -> String? {
        switch self {
        case .empty, .noLeadingDot: "a path looks like `${ .inputs.name }`"
        case .syntax: "`jq -n '…'` tries an expression; a value of an object needs parentheses: `{a: (.x + 1)}`"
        case .openString, .divisionByZero, .unknownName: nil
        case .tooDeep: "let a step put out a part of it"
        case .roundedNumber: "write it as a string"
        case .unknownFunction(_, _, let offset) where Self.isDash(before: offset, in: text):
            "a name with a dash needs quotes: `.steps.\"my-step\".output`"
        case .unknownFunction(let name, _, _):
            closest(to: name, among: JQBuiltin.names).map { "did you mean \"\($0)\"?" }
                ?? "`jq -n builtins` lists the functions there are"
        case .refused(_, let why, _): why.hint
        case .unknownRoot(let root): closest(to: root, among: Expression.roots).map { "did you mean \"\($0)\"?" }
        }
    }
}

extension RefusedJQ {
    fileprivate var words: String {
        switch self {
        case .environment: "reads the environment; an expression sees nothing but its run"
        case .clock: "depends on when and where it is read; a run that goes on must find the same value again"
        case .input: "reads what comes in; an expression has its run, and nothing comes in"
        case .output: "prints; an expression has a value, and nothing else"
        case .halting: "ends the program"
        case .module: "is about modules; an expression stands alone"
        case .place: "is about the program's own text"
        }
    }

    fileprivate var hint: String? {
        switch self {
        case .environment: "give the run an input for it"
        case .clock: "let a step put out the time, or give the run an input for it"
        case .input: "`.inputs.name` reads an input of the run"
        case .halting: "`error(\"…\")` lets the step fail"
        case .output, .module, .place: nil
        }
    }
}
