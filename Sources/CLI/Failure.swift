internal import Glibc
internal import SagaCore
internal import Server

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
        guard error.code != "cursor" else {
            self.init(APIProblem.cursor)
            return
        }
        let exit: Exit =
            switch error.code {
            case "full", "io", "damaged": .disk
            case "busy", "newer_schema", "locked": .unavailable
            case "modes": .notAllowed
            default: .bug
            }
        self.init("store.\(error.code)", error.message, hint: error.hint, exit: exit)
    }

    init(_ refusal: RunRefusal) {
        self.init(refusal.code, refusal.message, hint: refusal.hint, exit: Failure(APIProblem(refusal)).exitCode)
        more = refusal.messages.dropFirst().map { ($0, nil) }
    }

    var json: JSONValue {
        var error: JSONObject = ["code": .string(code), "message": .string(message)]
        error["hint"] = hint.map(JSONValue.string)
        guard !more.isEmpty else { return ["error": .object(error)] }
        let others = more.map { other -> JSONValue in
            var object: JSONObject = ["message": .string(other.message)]
            object["hint"] = other.hint.map(JSONValue.string)
            return .object(object)
        }
        return ["error": .object(error), "errors": .array([.object(error)] + others)]
    }

    func exit() -> Never {
        if Terminal.output != .table, !isAfterResult { Terminal.print(json: json) }
        Terminal.say(error: message, hint: hint)
        for other in more { Terminal.say(error: other.message, hint: other.hint) }
        fflush(nil)
        // Not exit(): it would run the plugins' own tidying up beside calls that are still in them.
        _exit(exitCode.rawValue)
    }
}
