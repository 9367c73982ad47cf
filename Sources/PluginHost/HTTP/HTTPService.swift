internal import CArcadiaPlugin
internal import CHTTP
internal import Glibc
public import SagaCore

/// HTTP for the plugins of a host: credentials, limits, repeats, log. One for a process.
public final class HTTPService: Sendable {
    let credentials: Credentials
    private let engine: HTTPEngine
    private let cassette: Cassette?
    /// By token, not by name: two credentials with one token share its limit.
    private let windows = Monitor<[[UInt8]: RateWindow]>([:])

    /// A thread is not kept longer than this for a turn: the call is told when to come back.
    private static let turnPatience: Int64 = 200
    /// Nor longer than this before another try.
    private static let retryPatience: Int64 = 2000
    private static let mostTries = 3
    /// RFC 9110 calls them safe: whoever asks does not ask for a change.
    private static let safeMethods = ["GET", "HEAD"]

    /// - Parameters:
    ///   - caFile: certificates to trust instead of the system's.
    ///   - cassette: records what is exchanged, or plays what was.
    public init(
        credentials: Credentials, caFile: String? = nil, cassette: Cassette? = nil,
        faults: (any FaultInjector)? = nil
    ) {
        self.credentials = credentials
        self.cassette = cassette
        engine = HTTPEngine(userAgent: "arcadia/\(HostVersion.text)", caFile: caFile, faults: faults)
    }

    /// A credential's limit, as the manifest and the config say.
    struct Limit: Sendable {
        let perMinute: Int
        let perHour: Int
    }

    /// Makes a request, again where that is safe and promising, and waits for what comes of it.
    func perform(_ request: HTTPRequest, of plugin: PluginHTTP, for call: any HTTPCaller) -> HTTPAnswer {
        do throws(HTTPFailure) {
            return try send(request, of: plugin, for: call)
        } catch {
            say(request, "not made: \(error.message)", call)
            return HTTPAnswer(error, wasSent: false)
        }
    }

    private func send(
        _ request: HTTPRequest, of plugin: PluginHTTP, for call: any HTTPCaller
    ) throws(HTTPFailure) -> HTTPAnswer {
        if let reason = chttp_load() { throw .noLibrary(String(cString: reason)) }
        let target = try plugin.permissions.target(method: request.method, url: request.url)
        if call.step?.verb == .plan, !Self.safeMethods.contains(request.method) {
            throw .onlyReads(request.method, host: target.host)
        }
        guard !call.isCancelRequested else { throw .cancelled(host: target.host) }
        let credential = try plugin.credential(request.credential)
        let token = try token(of: credential, variant: call.credentialVariant)
        let headers = try Self.headers(request, credential, token, call)
        let time = min(request.timeoutMilliseconds, call.millisecondsLeft, HTTPRequest.longestMilliseconds)
        let deadline = Self.now + time
        var last: HTTPAnswer?
        var tries = 0
        while true {
            tries += 1
            do throws(HTTPFailure) {
                try waitForTurn(credential, token, plugin, call, to: target, until: deadline)
            } catch {
                // A repeat has to wait: what came first is the answer.
                return last ?? HTTPAnswer(error, wasSent: false)
            }
            let attempt = HTTPTry(
                method: request.method, target: target, headers: headers, body: request.body,
                maxBodyBytes: request.maxBodyBytes, timeoutMilliseconds: max(1, deadline - Self.now),
                isFresh: !request.mayBeRepeated)
            var answer = exchange(attempt, token, call)
            if let token { note(answer, token, plugin.limit(of: credential)) }
            if last?.wasSent == true { answer = answer.afterEarlierTry() }
            last = answer
            guard request.mayBeRepeated, tries < Self.mostTries,
                let pause = Self.pause(after: answer, tries: tries), Self.now + pause < deadline,
                Self.sleep(pause, call)
            else { return answer }
        }
    }

    /// A recording needs none: it was made without.
    private func token(
        of credential: PluginCapabilities.CredentialRequest?, variant: String?
    ) throws(HTTPFailure) -> Token? {
        guard let credential, cassette?.isPlaying != true else { return nil }
        return Token(try credentials.token(credential, variant: variant))
    }

    private func exchange(_ attempt: HTTPTry, _ token: Token?, _ call: any HTTPCaller) -> HTTPAnswer {
        if let played = cassette?.play(attempt, run: call.step?.run.description) {
            tell(played, to: attempt, "from the recording", call)
            return played
        }
        let began = Self.now
        var answer = engine.perform(attempt, for: call)
        if let token { answer = answer.without(token) }
        cassette?.record(attempt, answer, run: call.step?.run.description)
        tell(answer, to: attempt, "\(Self.now - began) ms", call)
        return answer
    }

    private func tell(_ answer: HTTPAnswer, to attempt: HTTPTry, _ how: String, _ call: any HTTPCaller) {
        let came = answer.failure.map { $0.message } ?? "\(answer.status), \(answer.body.count) bytes"
        let place = HTTPPermissions.withoutQuery(attempt.target.url)
        HTTPTable.log(call, .exchanged, "\(attempt.method) \(place): \(came) (\(how))")
    }

    private func say(_ request: HTTPRequest, _ what: String, _ call: any HTTPCaller) {
        HTTPTable.log(call, .notMade, "\(request.method) \(HTTPPermissions.withoutQuery(request.url)): \(what)")
    }

    // MARK: - Headers

    private static let reserved: Set<String> = [
        "authorization", "proxy-authorization", "cookie", "host", "content-length", "connection", "transfer-encoding",
        "traceparent", "upgrade", "te", "trailer", "expect",
    ]

    private static func headers(
        _ request: HTTPRequest, _ credential: PluginCapabilities.CredentialRequest?, _ token: Token?,
        _ call: any HTTPCaller
    ) throws(HTTPFailure) -> [String] {
        var lines: [String] = []
        for (name, value) in request.headers {
            let isToken = name.utf8.allSatisfy { isTokenByte($0) } && !name.isEmpty
            let isPlain = value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            guard isToken, isPlain, !reserved.contains(name.lowercased()),
                name.lowercased() != credential?.header.lowercased()
            else { throw .headerNotAllowed(name) }
            // libcurl takes "Name:" for a wish to leave a header out.
            lines.append(value.isEmpty ? name + ";" : "\(name): \(value)")
        }
        if let credential, let token {
            lines.append("\(credential.header): \(credential.prefix)\(String(decoding: token.bytes, as: UTF8.self))")
        }
        if let run = call.step?.run { lines.append("traceparent: \(TraceContext.traceparent(of: run))") }
        return lines
    }

    /// RFC 9110: what a header's name may be made of.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    // MARK: - Limits

    private func waitForTurn(
        _ credential: PluginCapabilities.CredentialRequest?, _ token: Token?, _ plugin: PluginHTTP,
        _ call: any HTTPCaller, to target: HTTPPermissions.Target, until deadline: Int64
    ) throws(HTTPFailure) {
        guard let credential, let token else { return }
        let now = Self.now
        let patience = min(Self.turnPatience, max(0, deadline - now))
        let turn = change(windowOf: token, plugin.limit(of: credential)) {
            $0.turn(for: call.limiterKey, now: now, patience: patience)
        }
        guard turn - now <= patience else { throw .limited(credential: credential.name, milliseconds: turn - now) }
        guard turn <= now || Self.sleep(turn - now, call) else { throw .cancelled(host: target.host) }
    }

    private func note(_ answer: HTTPAnswer, _ token: Token, _ limit: Limit) {
        guard answer.status > 0 else { return }
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let (now, day) = (Int64(wall.tv_sec), Int64(86_400))
        let reset = answer.header("ratelimit-reset").flatMap { Int64($0) }.map { min(max($0, now - day), now + day) }
        change(windowOf: token, limit) {
            $0.note(
                isRefusal: answer.status == 429, retryAfter: answer.retryAfterSeconds,
                remaining: answer.header("ratelimit-remaining").flatMap { Int64($0) },
                resetIn: reset.map { ($0 - now) * 1000 }, now: Self.now)
        }
    }

    private func change<Result>(
        windowOf token: Token, _ limit: Limit, _ body: (inout RateWindow) -> Result
    ) -> Result {
        windows.withLock { windows in
            let window = RateWindow(perMinute: limit.perMinute, perHour: limit.perHour)
            windows[token.bytes, default: window].tighten(perMinute: limit.perMinute, perHour: limit.perHour)
            return body(&windows[token.bytes]!)
        }
    }

    // MARK: - Repeats

    /// How long to wait before another try; nil: there is no point in one, or it would take too long.
    private static func pause(after answer: HTTPAnswer, tries: Int) -> Int64? {
        let backoff = Int64.random(in: 100...(250 << Int64(tries)))
        switch answer.status {
        case 0: return answer.failure?.isWorthAnotherTry == true ? backoff : nil
        case 500, 502, 503, 504, 429:
            let wanted = answer.retryAfterSeconds.map { $0 * 1000 } ?? 0
            return wanted > retryPatience ? nil : max(backoff, wanted)
        default: return nil
        }
    }

    /// False: the call was asked to stop meanwhile.
    private static func sleep(_ milliseconds: Int64, _ call: any HTTPCaller) -> Bool {
        let end = now + milliseconds
        while now < end {
            if call.isCancelRequested { return false }
            call.sign()
            usleep(UInt32(min(50, max(1, end - now))) * 1000)
        }
        return !call.isCancelRequested
    }

    /// Milliseconds of a clock that nobody sets.
    private static var now: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}

extension HTTPAnswer {
    /// `Retry-After` in seconds; a date there counts as five.
    var retryAfterSeconds: Int64? {
        header("retry-after").map { Int64($0).map { min(max(0, $0), 86_400) } ?? 5 }
    }
}

/// A call on whose behalf requests are made.
protocol HTTPCaller: HTTPWaiter {
    /// Nil: it is of no step.
    var step: StepCall? { get }
    /// Which of a credential's tokens its requests take; nil: the one that all share.
    var credentialVariant: String? { get }
    var millisecondsLeft: Int64 { get }
}

extension HTTPCaller {
    /// Who a turn at a limiter is promised to: the step, which comes back under the same name.
    fileprivate var limiterKey: String {
        guard let step else { return "\(ObjectIdentifier(self))" }
        return "\(step.run) \(step.stepID) \(step.verb.rawValue)"
    }
}

/// HTTP as a plugin may use it, made by this process or by the one that this one works for.
protocol HTTPAccess: Sendable {
    func perform(_ request: HTTPRequest, for call: PluginCall) -> HTTPAnswer
}

/// HTTP as one plugin may use it.
struct PluginHTTP: HTTPAccess {
    let service: HTTPService
    let permissions: HTTPPermissions
    private let credentials: [PluginCapabilities.CredentialRequest]
    private let grant: PluginGrant?
    private let limits: [String: HTTPService.Limit]

    init(
        service: HTTPService, _ capabilities: PluginCapabilities, config: JSONValue, given: JSONValue,
        grant: PluginGrant?
    ) {
        self.service = service
        permissions = HTTPPermissions(capabilities, config: config, given: given, grant: grant)
        credentials = capabilities.credentials
        self.grant = grant
        func number(_ quantity: PluginCapabilities.Quantity?) -> Int {
            switch quantity {
            case .number(let number): number
            case .config(let key): config[key]?.intValue.map { Int($0) } ?? 0
            case nil: 0
            }
        }
        limits = capabilities.credentials.reduce(into: [:]) {
            $0[$1.name] = HTTPService.Limit(perMinute: number($1.perMinute), perHour: number($1.perHour))
        }
    }

    func perform(_ request: HTTPRequest, for call: PluginCall) -> HTTPAnswer {
        service.perform(request, of: self, for: call)
    }

    func credential(_ name: String?) throws(HTTPFailure) -> PluginCapabilities.CredentialRequest? {
        guard let name else { return nil }
        guard let found = credentials.first(where: { $0.name == name }) else {
            throw .credentialUnknown(name, known: credentials.map(\.name))
        }
        guard grant?.allows(credential: name) ?? true else { throw .credentialNotGranted(name) }
        return found
    }

    /// Those that its requests may take, and what they are good for.
    var grantedCredentials: [(name: String, limit: HTTPService.Limit)] {
        credentials.filter { grant?.allows(credential: $0.name) ?? true }.map { ($0.name, limit(of: $0)) }
    }

    func limit(of credential: PluginCapabilities.CredentialRequest?) -> HTTPService.Limit {
        credential.flatMap { limits[$0.name] } ?? HTTPService.Limit(perMinute: 0, perHour: 0)
    }
}
