extension SignatureMistake {
    /// What is wrong with the signature, to come after a colon.
    var words: String {
        switch self {
        case .character(let found): "\"\(found)\" does not belong there"
        case .unexpected(let found, let expected): "\"\(found)\" stands where \(expected) should"
        case .ends(let expected): "it ends where \(expected) should stand"
        case .noResult(let word, let suggestion): "\"\(word)\" is not the type of a result" + hint(suggestion)
        case .noArgument(let word, let suggestion): "\"\(word)\" is not the type of an argument" + hint(suggestion)
        case .noName(let name): "\"\(name)\" is not a name in C"
        case .nothingToName(let word): "a result that is \(word) takes no name"
        case .callNotFirst: "\"call\" may stand once, before the arguments"
        case .twice(let name): "two arguments are called \"\(name)\""
        case .tooMany(let count): "it has \(count) arguments; expected at most \(TypedSignature.mostArguments)"
        }
    }

    private func hint(_ suggestion: String?) -> String { suggestion.map { "; did you mean \"\($0)\"?" } ?? "" }
}
