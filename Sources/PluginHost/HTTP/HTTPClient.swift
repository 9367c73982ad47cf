internal import CHTTP
internal import SagaCore

/// HTTP for a command that speaks to an address its operator named: loopback and private addresses as well as public ones.
///
/// Redirects are answers like any other; nothing is sent twice. Plain http goes where `mayUsePlainHTTP` lets it: without
/// that to the loopback addresses of this machine only, whatever a name turns out to stand for.
public final class HTTPClient: Sendable {
    public struct Request: Sendable {
        public var method: String
        public var url: String
        public var headers: [(name: String, value: String)]
        public var body: [UInt8]?
        public var timeoutMilliseconds: Int64
        /// What is longer is no answer.
        public var mostBodyBytes = 256 << 20

        public init(
            _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil,
            timeoutMilliseconds: Int64 = 60_000
        ) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
            self.timeoutMilliseconds = timeoutMilliseconds
        }
    }

    public struct Answer: Sendable {
        public let status: Int
        public let body: [UInt8]
        private let headers: [(name: String, value: String)]

        init(_ answer: HTTPAnswer) {
            (status, body, headers) = (answer.status, answer.body, answer.headers)
        }

        /// - Parameter name: in lower case.
        public func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    private let engine: HTTPEngine
    private let mayUsePlainHTTP: Bool

    /// - Parameters:
    ///   - caFile: certificates to trust instead of the system's.
    ///   - mayUsePlainHTTP: to other machines, too.
    public init(caFile: String? = nil, mayUsePlainHTTP: Bool = false) {
        engine = HTTPEngine(userAgent: "arcadia/\(HostVersion.text)", caFile: caFile, faults: nil)
        self.mayUsePlainHTTP = mayUsePlainHTTP
    }

    /// Sends a request and waits for its answer, whatever its status.
    ///
    /// - Parameter take: gets the body of an answer of 200 piece by piece while it comes, on a thread of the client's;
    ///   false: that is enough, and the answer is what came so far.
    /// - Throws: `HTTPClientProblem`: there is no answer.
    public func send(
        _ request: Request, take: (@Sendable ([UInt8]) -> Bool)? = nil
    ) throws(HTTPClientProblem) -> Answer {
        let attempt = HTTPTry(
            method: request.method, target: try target(request.url),
            headers: request.headers.map { "\($0.name): \($0.value)" }, body: request.body,
            maxBodyBytes: request.mostBodyBytes, timeoutMilliseconds: request.timeoutMilliseconds,
            isFresh: request.method != "GET")
        let patience = Patience()
        let pass = take.map { take in
            { @Sendable (bytes: [UInt8]) -> Void in patience.keep(up: take(bytes)) }
        }
        let answer = engine.perform(attempt, for: patience, take: pass)
        if let failure = answer.failure {
            guard patience.isCancelRequested else { throw HTTPClientProblem(failure) }
            return Answer(HTTPAnswer(status: 200, headers: [], body: []))
        }
        return Answer(answer)
    }

    private func target(_ text: String) throws(HTTPClientProblem) -> HTTPPermissions.Target {
        if let reason = chttp_load() { throw HTTPClientProblem(.noLibrary(String(cString: reason))) }
        var url = chttp_url()
        guard chttp_url_read(text, &url) == 0 else { throw HTTPClientProblem(.urlUnreadable(text)) }
        defer { chttp_url_free(&url) }
        let host = String(cString: url.host)
        guard url.has_user == 0 else { throw HTTPClientProblem(.urlHasUser(host: host)) }
        let scheme = String(cString: url.scheme)
        guard scheme == "https" || scheme == "http" else { throw HTTPClientProblem(.urlUnreadable(text)) }
        let isNarrow = scheme == "http" && !mayUsePlainHTTP
        let classes = isNarrow ? CHTTP_LOOPBACK : CHTTP_PUBLIC | CHTTP_LOOPBACK | CHTTP_PRIVATE
        return HTTPPermissions.Target(
            url: String(cString: url.text), host: host, allowsHTTP: scheme == "http", addressMask: Int32(classes))
    }

    /// A command waits for as long as the request may take, or until it has seen enough.
    private final class Patience: HTTPWaiter {
        private let isOver = Monitor(false)
        var isCancelRequested: Bool { isOver.withLock { $0 } }
        var isOverdue: Bool { false }
        func sign() {}

        func keep(up isWanted: Bool) {
            if !isWanted { isOver.withLock { $0 = true } }
        }
    }
}

/// Why there is no answer to a request.
public struct HTTPClientProblem: Error, Sendable {
    public enum Kind: Sendable, Hashable {
        /// The URL is none that can be asked.
        case url
        /// The address is not one that plain http may go to.
        case plainHTTP
        case notTrusted
        /// No connection, or none that held until the answer was there.
        case unreachable
    }

    public let kind: Kind
    /// What the other side did or did not do. Holds no header and no query.
    public let message: String

    init(_ failure: HTTPFailure) {
        message = failure.message
        kind =
            switch failure {
            case .urlUnreadable, .urlHasUser: .url
            case .addressRefused: .plainHTTP
            case .notTrusted: .notTrusted
            default: .unreachable
            }
    }
}
