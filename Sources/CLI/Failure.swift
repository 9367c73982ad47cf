internal import Glibc
internal import SagaCore

/// What a command could not do, in the words a person reads, with the code a program reads.
struct Failure: Error {
    enum Exit: Int32 {
        case rolledBack = 1
        case failed = 2
        case usage = 64
        case badData = 65
        case unavailable = 69
        case bug = 70
        case disk = 74
        case notAllowed = 77
    }

    let code: String
    let message: String
    let hint: String?
    let exitCode: Exit
    /// Further sentences of the same kind, each printed as an error of its own.
    var more: [(message: String, hint: String?)] = []
    /// The result was printed; only the exit code and the sentence are left.
    var isAfterResult = false

    init(_ code: String, _ message: String, hint: String? = nil, exit: Exit) {
        self.code = code
        self.message = message
        self.hint = hint
        exitCode = exit
    }

    init(_ error: StoreError) {
        let exit: Exit =
            switch error.code {
            case "full", "io", "damaged": .disk
            case "busy", "newer_schema", "locked": .unavailable
            case "modes": .notAllowed
            default: .bug
            }
        self.init("store.\(error.code)", error.message, hint: error.hint, exit: exit)
    }

    var json: JSONValue {
        var error: JSONObject = ["code": .string(code), "message": .string(message)]
        error["hint"] = hint.map(JSONValue.string)
        return ["error": .object(error)]
    }

    func exit() -> Never {
        if Terminal.output == .json, !isAfterResult { Terminal.print(json.text(pretty: true)) }
        Terminal.say(error: message, hint: hint)
        for other in more { Terminal.say(error: other.message, hint: other.hint) }
        Glibc.exit(exitCode.rawValue)
    }
}
