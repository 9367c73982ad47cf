internal import SagaCore

extension HTTPFailure {
    /// One line for an operator: what is, what was expected, what to do next. No secret, no query of a URL.
    var message: String {
        switch self {
        case .relayed(let failure): failure.message
        case .urlUnreadable(let url): "\"\(url)\" is no absolute URL with a host; expected https://host/path"
        case .urlHasUser(let host):
            "the URL of the request to \(host) holds a user or a password; expected a credential by name"
        case .requestUnreadable:
            "the plugin's request cannot be read: its texts are not UTF-8, it has more than 256 headers, or its body is larger than \(PluginCall.documentLimit) bytes"
        case .credentialNotGranted(let name): "the credential \"\(name)\" is not granted to this plugin in grants.json"
        case .notHTTPS(let host):
            "the request to \(host) is plain http; expected https, or a loopback address that the operator configured"
        case .hostNotGranted(let host, let granted):
            "requests to \(host) are not granted to this plugin; granted: \(Self.list(granted))"
        case .methodNotGranted(let method, let host, let granted):
            "\(method) to \(host) is not granted to this plugin; granted: \(Self.list(granted))"
        case .onlyReads(let method, let host):
            "\(method) to \(host) may change something there, and a plan may not; expected GET or HEAD"
        case .headerNotAllowed(let name): "the header `\(name)` is the host's to set; leave it out"
        case .credentialUnknown(let name, let known):
            "the plugin asks for the credential \"\(name)\", which its plugin.json does not list; listed: \(Self.list(known))"
        case .credentialMissing(let name, let file, let variables):
            "no token for the credential \"\(name)\"; put it into \(file) (folder 0700, file 0600)\(Self.or(variables))"
        case .credentialFile(let name, let file, let reason):
            "the token for the credential \"\(name)\" cannot be taken from \(file): \(reason)"
        case .credentialShort(let name, let place):
            "the token for the credential \"\(name)\" from \(place) has fewer than \(Credentials.fewestBytes) characters; expected at least so many: one so short is part of other words, and could not be painted over in an answer without spoiling it"
        case .limited(let credential, let milliseconds):
            "the rate limit of the credential \"\(credential)\" is used up for \(Self.seconds(milliseconds))"
        case .noLibrary(let reason): "this host cannot speak HTTP: \(reason); install libcurl4"
        default: connectionMessage
        }
    }

    private var connectionMessage: String {
        switch self {
        case .notResolved(let host, let explanation): "the name \(host) was not found: \(explanation)"
        case .notConnected(let host, let explanation): "no connection to \(host): \(explanation)"
        case .notTrusted(let host, let explanation): "\(host) did not prove who it is: \(explanation)"
        case .addressRefused(let host, let address):
            "\(host) is at \(address), an address that is not public; the operator can grant such addresses in grants.json"
        case .timedOut(let host, let milliseconds): "\(host) did not answer within \(Self.seconds(milliseconds))"
        case .cutOff(let host, let explanation):
            "\(host) ended the connection before its answer was there: \(explanation)"
        case .tooLarge(let host, let limit):
            "the answer of \(host) is larger than \(limit) bytes, which is the most allowed"
        case .cancelled(let host): "the request to \(host) was given up, because its step was asked to stop"
        case .other(let host, let explanation): "the request to \(host) did not succeed: \(explanation)"
        case .cassetteHasNoAnswer(let file, let method, let url):
            "the recording \(file) has no answer left for \(method) \(url)"
        case .replayed(_, let message): message
        default: ""
        }
    }

    private static func list(_ items: [String]) -> String { items.isEmpty ? "none" : items.joined(separator: ", ") }

    private static func or(_ variables: [String]) -> String {
        variables.isEmpty ? "" : ", or set " + variables.joined(separator: " or ")
    }

    /// eg: "1.5 s", "1 minute 5 s"
    static func seconds(_ milliseconds: Int64) -> String {
        if milliseconds < 60_000 {
            let tenths = (milliseconds + 99) / 100
            return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
        }
        let minutes = milliseconds / 60_000
        let rest = milliseconds % 60_000 / 1000
        return "\(minutes) \(minutes == 1 ? "minute" : "minutes")" + (rest > 0 ? " \(rest) s" : "")
    }
}
