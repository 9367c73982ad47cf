internal import SagaCore
internal import Server

/// One table for what a command says no with, whether it is the library here that refused or a server.
extension Failure.Exit {
    init(status: Int, code: String) {
        switch status {
        case 401, 403: self = .notAllowed
        case 400 where code == "request.cursor": self = .usage
        case 409 where code == "run.key_reused" || code == "definition.version_taken": self = .badData
        case 400, 413, 422: self = .badData
        case 500: self = .bug
        default: self = .unavailable
        }
    }
}

extension Failure {
    /// What the API would say.
    init(_ problem: APIProblem) {
        self.init(
            problem.code, problem.message, hint: problem.hint, exit: Exit(status: problem.status, code: problem.code))
    }

    /// What an API said: `{"error": {code, message, hint?}, "errors"?: [{message, hint?}]}`
    init(problem: JSONValue, status: Int, hasToken: Bool) {
        let code = problem["error"]?["code"]?.stringValue ?? ""
        let message = problem["error"]?["message"]?.stringValue ?? ""
        var hint = problem["error"]?["hint"]?.stringValue
        if status == 401, !hasToken {
            hint = "`--token-file FILE` or $ARCADIA_TOKEN, or a context that has one"
        }
        if code.hasPrefix("store.") {
            self.init(StoreError(code: String(code.dropFirst("store.".count)), message: message, hint: hint))
        } else {
            self.init(code, message, hint: hint, exit: Exit(status: status, code: code))
        }
        more = (problem["errors"]?.arrayValue ?? []).dropFirst().map {
            ($0["message"]?.stringValue ?? "", $0["hint"]?.stringValue)
        }
    }
}
