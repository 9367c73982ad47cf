internal import SagaCore

/// What keeps a command from speaking to a server. The words are in `ServerTrouble+Words.swift`.
enum ServerTrouble: Error, Equatable {
    // What was typed or written down.
    case url(String)
    case ofThisMachine(option: String)
    case noContext(String, known: [String])
    case contextName(String)
    case contextsOpen(String)
    case contextsUnreadable(String)
    case contextsUnwritable(String, String)
    case tokenFile(String)
    case tokenFileOpen(String)
    case noToken(String)
    /// The command works on the database of this machine only.
    case onlyHere(server: String)
    /// A part of a command that the server has no answer for.
    case notThere(what: String)
    // What came of asking.
    case unreachable(server: String, String)
    case notTrusted(server: String, String)
    case plainHTTP(server: String)
    case redirected(server: String, to: String?)
    case notArcadia(server: String, status: Int)

    var exit: Failure.Exit {
        switch self {
        case .url, .ofThisMachine, .noContext, .contextName, .onlyHere, .notThere: .usage
        case .contextsOpen, .tokenFileOpen, .plainHTTP: .notAllowed
        case .contextsUnreadable, .tokenFile, .noToken: .badData
        case .contextsUnwritable: .disk
        case .unreachable, .notTrusted, .redirected, .notArcadia: .unavailable
        }
    }
}

extension Failure {
    init(_ trouble: ServerTrouble) {
        self.init(trouble.code, trouble.message, hint: trouble.hint, exit: trouble.exit)
    }
}
