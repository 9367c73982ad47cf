internal import CHTTP
internal import Glibc
internal import SagaCore

/// One try of a request, as it goes over the wire, and what came of it.
struct HTTPTry: Sendable {
    let method: String
    let target: HTTPPermissions.Target
    /// "Name: value"; holds the token.
    let headers: [String]
    let body: [UInt8]?
    let maxBodyBytes: Int
    let timeoutMilliseconds: Int64
    /// Over a connection of its own, so that nothing below sends it again.
    let isFresh: Bool
}

/// Who waits for a try.
protocol HTTPWaiter: AnyObject, Sendable {
    /// The try is not wanted any more.
    var isCancelRequested: Bool { get }
    /// Because its time is over, not because somebody said so.
    var isOverdue: Bool { get }
    /// The host is at it: no sign of life is expected from the plugin meanwhile.
    func sign()
}

/// libcurl's multi interface on one thread of its own: connections are kept and shared, and no try holds another up.
final class HTTPEngine: @unchecked Sendable {
    /// A try that somebody waits for.
    private final class Job: @unchecked Sendable {
        let attempt: HTTPTry
        let waiter: any HTTPWaiter
        /// Gets the body of a good answer while it comes; nil: the answer has it.
        let take: (@Sendable ([UInt8]) -> Void)?
        let answer = Monitor<HTTPAnswer?>(nil)
        /// The engine's thread alone touches it.
        var transfer: OpaquePointer?

        init(_ attempt: HTTPTry, _ waiter: any HTTPWaiter, _ take: (@Sendable ([UInt8]) -> Void)?) {
            self.attempt = attempt
            self.waiter = waiter
            self.take = take
        }
    }

    private struct State {
        var new: [Job] = []
        var multi: OpaquePointer?
        var isStarted = false
    }

    private let state = Monitor(State())
    /// The engine's thread alone touches it.
    private var running: [ObjectIdentifier: Job] = [:]
    private let userAgent: String
    /// Certificates to trust instead of the system's.
    private let caFile: String?
    private let faults: (any FaultInjector)?

    init(userAgent: String, caFile: String?, faults: (any FaultInjector)?) {
        self.userAgent = userAgent
        self.caFile = caFile
        self.faults = faults
    }

    /// Makes a try and waits for what comes of it.
    ///
    /// - Parameter take: gets the body of an answer of 200 piece by piece, on the engine's thread.
    func perform(
        _ attempt: HTTPTry, for waiter: any HTTPWaiter, take: (@Sendable ([UInt8]) -> Void)? = nil
    ) -> HTTPAnswer {
        if let reason = chttp_load() {
            return HTTPAnswer(.noLibrary(String(cString: reason)), wasSent: false)
        }
        faults?.reached(.httpNotSent)
        let job = Job(attempt, waiter, take)
        start()
        state.change { state in
            state.new.append(job)
            if let multi = state.multi { chttp_multi_wake(multi) }
        }
        let answer = job.answer.wait(until: { $0 })
        if answer.wasSent { faults?.reached(.httpAnswered) }
        return answer
    }

    private func start() {
        let isFirst = state.withLock { state in
            defer { state.isStarted = true }
            return !state.isStarted
        }
        guard isFirst else { return }
        startThread { [self] in run() }
    }

    // MARK: - The engine's thread

    private func run() {
        let multi = chttp_multi_new()!
        state.withLock { $0.multi = multi }
        while true {
            if running.isEmpty { waitForWork() }
            for job in state.withLock({ state in
                defer { state.new = [] }
                return state.new
            }) { begin(job, multi) }
            // Short, so that a cancelled call is not kept waiting; libcurl wakes by itself when something arrives.
            chttp_multi_step(multi, 50)
            for job in running.values { handOver(job) }
            while let transfer = chttp_next_finished(multi) { finish(transfer, multi) }
            dropCancelled(multi)
        }
    }

    private func waitForWork() { state.wait(until: { $0.new.isEmpty ? nil : true }) }

    private func begin(_ job: Job, _ multi: OpaquePointer) {
        guard !job.waiter.isCancelRequested else {
            return job.answer.change { $0 = HTTPAnswer(Self.failure(ofDropped: job), wasSent: false) }
        }
        guard let transfer = makeTransfer(job, multi) else {
            let failure = HTTPFailure.other(host: job.attempt.target.host, explanation: "out of memory")
            job.answer.change { $0 = HTTPAnswer(failure, wasSent: false) }
            return
        }
        job.transfer = transfer
        running[ObjectIdentifier(job)] = job
    }

    private func makeTransfer(_ job: Job, _ multi: OpaquePointer) -> OpaquePointer? {
        let attempt = job.attempt
        let headers = attempt.headers.map { strdup($0) }
        defer { for header in headers { free(header) } }
        return withStrings(attempt.method, attempt.target.url, userAgent) { method, url, userAgent in
            withOptionalString(caFile) { caFile in
                (attempt.body ?? []).withUnsafeBytes { body in
                    headers.map { UnsafePointer<CChar>($0) }.withUnsafeBufferPointer { headers in
                        var request = chttp_request()
                        request.method = method
                        request.url = url
                        request.user_agent = userAgent
                        request.ca_file = caFile
                        request.body = body.baseAddress?.assumingMemoryBound(to: CChar.self)
                        request.body_length = body.count
                        request.has_body = attempt.body == nil ? 0 : 1
                        request.headers = headers.baseAddress
                        request.header_count = headers.count
                        request.timeout_ms = attempt.timeoutMilliseconds
                        request.connect_timeout_ms = min(10_000, attempt.timeoutMilliseconds)
                        request.max_body = UInt64(attempt.maxBodyBytes)
                        request.allows_http = attempt.target.allowsHTTP ? 1 : 0
                        request.address_mask = attempt.target.addressMask
                        request.is_fresh = attempt.isFresh ? 1 : 0
                        if faults != nil {
                            request.context = Unmanaged.passUnretained(self).toOpaque()
                            request.sent = { context in
                                Unmanaged<HTTPEngine>.fromOpaque(context!).takeUnretainedValue().faults?.reached(
                                    .httpSent)
                            }
                        }
                        return chttp_start(multi, &request, Unmanaged.passUnretained(job).toOpaque())
                    }
                }
            }
        }
    }

    private func finish(_ transfer: OpaquePointer, _ multi: OpaquePointer) {
        let job = Unmanaged<Job>.fromOpaque(chttp_context(transfer)).takeUnretainedValue()
        running[ObjectIdentifier(job)] = nil
        let answer = Self.answer(of: transfer, job.attempt)
        chttp_end(multi, transfer)
        job.answer.change { $0 = answer }
    }

    /// What has come of a body, to who wants it while it comes.
    private func handOver(_ job: Job) {
        guard let take = job.take else { return }
        chttp_note_progress(job.transfer)
        var length = 0
        guard chttp_status(job.transfer) == 200, let bytes = chttp_body(job.transfer, &length), length > 0 else {
            return
        }
        take(Array(UnsafeRawBufferPointer(start: bytes, count: length)))
        chttp_drop_body(job.transfer)
    }

    private func dropCancelled(_ multi: OpaquePointer) {
        for (id, job) in running {
            guard job.waiter.isCancelRequested else {
                job.waiter.sign()
                continue
            }
            running[id] = nil
            chttp_note_progress(job.transfer)
            let wasSent = chttp_was_sent(job.transfer) != 0
            chttp_end(multi, job.transfer)
            let failure = Self.failure(ofDropped: job)
            job.answer.change { $0 = HTTPAnswer(failure, wasSent: wasSent) }
        }
    }

    private static func failure(ofDropped job: Job) -> HTTPFailure {
        let (host, milliseconds) = (job.attempt.target.host, job.attempt.timeoutMilliseconds)
        return job.waiter.isOverdue ? .timedOut(host: host, milliseconds: milliseconds) : .cancelled(host: host)
    }

    // MARK: - Reading what came

    private static func answer(of transfer: OpaquePointer, _ attempt: HTTPTry) -> HTTPAnswer {
        let wasSent = chttp_was_sent(transfer) != 0
        if let failure = failure(of: transfer, attempt) { return HTTPAnswer(failure, wasSent: wasSent) }
        var length = 0
        let body = chttp_body(transfer, &length).map { Array(UnsafeRawBufferPointer(start: $0, count: length)) } ?? []
        let lines = chttp_headers(transfer, &length).map {
            String(decoding: UnsafeRawBufferPointer(start: $0, count: length), as: UTF8.self)
        }
        return HTTPAnswer(status: Int(chttp_status(transfer)), headers: headers(lines ?? ""), body: body)
    }

    private static func failure(of transfer: OpaquePointer, _ attempt: HTTPTry) -> HTTPFailure? {
        let host = attempt.target.host
        let explanation = String(cString: chttp_explanation(transfer))
        switch chttp_end_of(transfer) {
        case CHTTP_ANSWERED: return nil
        case CHTTP_NOT_RESOLVED: return .notResolved(host: host, explanation: explanation)
        case CHTTP_NOT_CONNECTED: return .notConnected(host: host, explanation: explanation)
        case CHTTP_NOT_TRUSTED: return .notTrusted(host: host, explanation: explanation)
        case CHTTP_TIMED_OUT: return .timedOut(host: host, milliseconds: attempt.timeoutMilliseconds)
        case CHTTP_CUT_OFF: return .cutOff(host: host, explanation: explanation)
        case CHTTP_TOO_LARGE: return .tooLarge(host: host, limit: attempt.maxBodyBytes)
        case CHTTP_ADDRESS_REFUSED:
            return .addressRefused(host: host, address: String(cString: chttp_refused_address(transfer)))
        default: return .other(host: host, explanation: explanation)
        }
    }

    /// The lines after the status line.
    private static func headers(_ text: String) -> [(name: String, value: String)] {
        text.split(whereSeparator: \.isNewline).dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return (line[..<colon].lowercased(), String(value))
        }
    }
}

private func withStrings<Result>(
    _ first: String, _ second: String, _ third: String,
    _ body: (UnsafePointer<CChar>, UnsafePointer<CChar>, UnsafePointer<CChar>) -> Result
) -> Result {
    first.withCString { first in second.withCString { second in third.withCString { body(first, second, $0) } } }
}

private func withOptionalString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
    guard let text else { return body(nil) }
    return text.withCString { body($0) }
}
