internal import SagaCore

extension TypedMistake {
    /// One sentence for an operator, starting with the argument or the result that it is about.
    var message: String {
        switch self {
        case .noObject(let found): "what the step gives is \(found.shown); expected an object of arguments"
        case .missing(let name, let type): "\"\(name)\" is missing; expected \(type.words)"
        case .unknown(let name, let known): "\"\(name)\" is not an argument; \(Self.words(known))"
        case .wrongType(let name, let found, let type): "\"\(name)\" is \(found.shown); expected \(type.words)"
        case .notExact(let name, let found, let type):
            "\"\(name)\" is \(found.shown), which a \(type) does not hold exactly; expected a number that it does"
        case .nulInText(let name, let position):
            "\"\(name)\" has a NUL as its byte \(position + 1), where the function would take it to end; expected text without"
        case .notBase64(let name):
            "\"\(name)\" is not base64; expected groups of four of A-Z, a-z, 0-9, + and /, the last filled up with ="

        case .notFinite(let name, let value): "its result \"\(name)\" is \(value); JSON has no such number"
        case .notUTF8(let name): "its result \"\(name)\" is text that is not UTF-8"
        case .tooLong(let name, let limit): "its result \"\(name)\" is text of more than \(limit >> 20) MiB"
        }
    }

    private static func words(_ known: [String]) -> String {
        switch known.count {
        case 0: "the function takes none"
        case 1: "the only one is \"\(known[0])\""
        default: "they are " + known.map { "\"\($0)\"" }.joined(separator: ", ")
        }
    }
}

extension TypedType {
    /// eg: "a whole number from 0 to 255"
    fileprivate var words: String {
        switch self {
        case .bool: "true or false"
        case .cstr: "text"
        case .bytes: "text or {\"base64\": \"…\"}"
        case .float, .double: "a number from \(range!.least.text) to \(range!.greatest.text)"
        default: "a whole number from \(range!.least.text) to \(range!.greatest.text)"
        }
    }
}
