internal import SagaCore

/// Reads a signature: `result operation(type name, …)`, where result is `type`, `type name =`, `void` or `status`.
struct SignatureParser {
    private enum Token: Hashable {
        /// Letters, digits and `_`, and in the names of operations `.` and `-`.
        case word(String)
        case sign(Character)
    }

    private let tokens: [Token]
    private var place = 0

    init(_ text: String) throws(SignatureMistake) {
        var tokens: [Token] = []
        var rest = text[...]
        while let first = rest.first {
            let word = rest.prefix(while: Self.isOfAWord)
            if !word.isEmpty {
                tokens.append(.word(String(word)))
                rest = rest.dropFirst(word.count)
                continue
            }
            guard first == " " || "(),=".contains(first) else { throw .character(String(first)) }
            if first != " " { tokens.append(.sign(first)) }
            rest.removeFirst()
        }
        self.tokens = tokens
    }

    private static func isOfAWord(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || "_.-".contains(character))
    }

    // MARK: - Reading

    mutating func signature() throws(SignatureMistake) -> TypedSignature {
        let type = try word("the type of the result")
        let second = try word("the name of the operation")
        let isNamed = skip("=")
        let operation = isNamed ? try word("the name of the operation") : second
        let result = try Self.result(type, name: isNamed ? second : nil)
        guard skip("(") else { throw unexpected("\"(\"") }
        var takesCall = false
        let arguments = try arguments(takesCall: &takesCall)
        guard place == tokens.count else { throw unexpected("the end") }
        return TypedSignature(operation: operation, result: result, takesCall: takesCall, arguments: arguments)
    }

    private static func result(_ word: String, name: String?) throws(SignatureMistake) -> TypedSignature.Result {
        if word == "void" || word == "status" {
            guard name == nil else { throw .nothingToName(word) }
            return word == "void" ? .void : .status
        }
        guard let type = TypedType(rawValue: word), type != .bytes else {
            let known = ["void", "status"] + TypedType.allCases.filter { $0 != .bytes }.map(\.rawValue)
            throw .noResult(word, suggestion: closest(to: word, among: known))
        }
        return .value(type, name: try checked(name ?? TypedSignature.unnamed))
    }

    /// What stands between the parentheses, and the one that closes them.
    private mutating func arguments(takesCall: inout Bool) throws(SignatureMistake) -> [TypedSignature.Argument] {
        var arguments: [TypedSignature.Argument] = []
        if skip(")") { return arguments }
        repeat {
            let type = try word("the type of an argument")
            if type == "call" {
                guard arguments.isEmpty, !takesCall else { throw .callNotFirst }
                takesCall = true
            } else {
                let argument = try argument(type)
                guard !arguments.contains(where: { $0.name == argument.name }) else { throw .twice(argument.name) }
                arguments.append(argument)
            }
        } while skip(",")
        guard skip(")") else { throw unexpected("\",\" or \")\"") }
        guard arguments.count <= TypedSignature.mostArguments else { throw .tooMany(arguments.count) }
        return arguments
    }

    private mutating func argument(_ word: String) throws(SignatureMistake) -> TypedSignature.Argument {
        guard let type = TypedType(rawValue: word) else {
            throw .noArgument(word, suggestion: closest(to: word, among: ["call"] + TypedType.allCases.map(\.rawValue)))
        }
        return TypedSignature.Argument(type: type, name: try Self.checked(try self.word("the name of the \(word)")))
    }

    /// A name that is one in C.
    private static func checked(_ name: String) throws(SignatureMistake) -> String {
        guard name.first?.isNumber == false, !name.contains("."), !name.contains("-") else { throw .noName(name) }
        return name
    }

    // MARK: - Tokens

    private mutating func word(_ expected: String) throws(SignatureMistake) -> String {
        guard place < tokens.count, case .word(let word) = tokens[place] else { throw unexpected(expected) }
        place += 1
        return word
    }

    private mutating func skip(_ sign: Character) -> Bool {
        guard place < tokens.count, tokens[place] == .sign(sign) else { return false }
        place += 1
        return true
    }

    private func unexpected(_ expected: String) -> SignatureMistake {
        guard place < tokens.count else { return .ends(expected: expected) }
        switch tokens[place] {
        case .word(let word): return .unexpected(word, expected: expected)
        case .sign(let sign): return .unexpected(String(sign), expected: expected)
        }
    }
}
