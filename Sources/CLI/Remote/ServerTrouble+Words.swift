internal import SagaCore

extension ServerTrouble {
    var code: String {
        switch self {
        case .url: "server.url"
        case .ofThisMachine: "server.option"
        case .noContext: "context.unknown"
        case .contextName: "context.name"
        case .contextsOpen: "context.modes"
        case .contextsUnreadable: "context.unreadable"
        case .contextsUnwritable: "context.unwritable"
        case .tokenFile: "server.token_file"
        case .tokenFileOpen: "server.token_modes"
        case .noToken: "server.no_token"
        case .onlyHere: "server.only_here"
        case .notThere: "server.not_there"
        case .unreachable: "server.unreachable"
        case .notTrusted: "server.not_trusted"
        case .plainHTTP: "server.plain_http"
        case .redirected: "server.redirected"
        case .notArcadia: "server.not_arcadia"
        }
    }

    var message: String {
        switch self {
        case .url(let text): "\"\(text)\" is no address of a server; expected https://HOST[:PORT]"
        case .ofThisMachine(let option):
            "`\(option)` is about this machine, and a server has its own; leave it out, or the server"
        case .noContext(let name, _): "there is no context \"\(name)\""
        case .contextName(let name):
            "\"\(name)\" cannot be a context's name; expected letters, digits, - and _, and not `\(Contexts.local)`"
        case .contextsOpen(let path):
            "\(path) may be written by others, who could send your tokens elsewhere; expected mode 0600"
        case .contextsUnreadable(let path): "\(path) cannot be read as contexts"
        case .contextsUnwritable(let path, let reason): "\(path) cannot be written: \(reason)"
        case .tokenFile(let path): "there is no file \(path) with a token"
        case .tokenFileOpen(let path): "the token in \(path) may be read by others; expected mode 0600"
        case .noToken(let place): "what \(place) holds is no token; expected one word"
        case .onlyHere(let server): "this command works on the database of this machine, not on the server \(server)"
        case .notThere(let what): "\(what) is not to be had of a server"
        case .unreachable(let server, let reason): "\(server) cannot be reached: \(reason)"
        case .notTrusted(let server, let reason): "\(server) is not trusted: \(reason)"
        case .plainHTTP(let server):
            "\(server) is plain http to another machine, and the token would go over it in the clear; expected https"
        case .redirected(let server, let other):
            "\(server) sends elsewhere\(other.map { ", to \($0)" } ?? ""), and a token is not carried along"
        case .notArcadia(let server, let status): "\(server) answered \(status), and not as an arcadia does"
        }
    }

    var hint: String? {
        switch self {
        case .noContext(let name, let known):
            closest(to: name, among: known).map { "did you mean \"\($0)\"?" } ?? "`arcadia context list` shows them"
        case .contextsOpen(let path), .tokenFileOpen(let path): "`chmod 600 \(path)`"
        case .contextsUnreadable: "take it away, and `arcadia context add` writes a new one"
        case .onlyHere: "leave the server out; `--context local` means this machine where a context is in use"
        case .unreachable: "is `arcadia serve` running there?"
        case .notTrusted: "the certificates to trust: `arcadia context add NAME --ca-file FILE`, or $ARCADIA_CA_FILE"
        case .plainHTTP: "`arcadia context add NAME --plain-http` allows it for one server"
        case .redirected: "give the address that it sends to, if that is yours"
        case .notArcadia: "is the address right, with its port?"
        default: nil
        }
    }
}
