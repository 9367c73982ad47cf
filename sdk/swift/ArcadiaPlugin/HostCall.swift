internal import CArcadiaPlugin
internal import FoundationEssentials

/// A call by the host, and what can be said to the host meanwhile. It ends when the function it was given to returns.
///
/// ```swift
/// func health(_ call: HostCall) throws {
///     let answer = try call.http.send(HTTPRequest(.get, config.base_url + "/status"))
///     if let failure = answer.failure { throw failure }
/// }
/// ```
public class HostCall {
    let host: UnsafePointer<arcadia_host>
    let handle: OpaquePointer
    /// The function returned: what is left of the call must not touch the host.
    var isOver = false
    /// The step may have changed something before, in this call or an earlier one: "no effect" would be too much said.
    var mayHaveActed = false

    /// What a failure that changes nothing says about the whole step.
    var effectWithoutMore: Effect { mayHaveActed ? .unknown : .none }

    init(host: UnsafePointer<arcadia_host>, handle: OpaquePointer) {
        self.host = host
        self.handle = handle
    }

    /// Says something to the operator; the host adds plugin, run and step. Never pass a secret.
    ///
    /// ```swift
    /// call.log(.info, "the droplet is up", ["id": 42, "ip": "192.0.2.1"])
    /// ```
    public func log(_ level: LogLevel, _ message: String, _ fields: [String: any Encodable] = [:]) {
        guard !isOver else { return }
        let json = fields.isEmpty ? nil : try? JSON.encoder.encode(fields.mapValues(AnyEncodable.init))
        lending(message) { message in
            lending(json) { host.pointee.log(handle, arcadia_level(level.rawValue), message, $0) }
        }
    }

    /// Still alive: a call that is silent for longer than the manifest's `heartbeat_seconds` counts as hung. True: stop
    /// soon, as ``isCancelRequested``.
    ///
    /// ```swift
    /// if call.heartbeat(percent: 40, note: "copying") { throw Cancelled(effect: .partial) }
    /// ```
    @discardableResult
    public func heartbeat(percent: Int? = nil, note: String? = nil) -> Bool {
        guard !isOver else { return true }
        let percent = percent.map { Int32(max(0, min(100, $0))) } ?? -1
        guard let note else { return host.pointee.heartbeat(handle, percent, .absent) == 1 }
        return lending(note) { host.pointee.heartbeat(handle, percent, $0) == 1 }
    }

    /// The operator cancelled, or the deadline passed: stop soon and throw ``Cancelled``.
    public var isCancelRequested: Bool { isOver || host.pointee.cancel_requested(handle) != 0 }

    /// Throws ``Cancelled`` with this effect if the call should stop.
    ///
    /// ```swift
    /// for file in files {
    ///     try call.checkCancellation(effect: .partial)
    ///     try copy(file)
    /// }
    /// ```
    public func checkCancellation(effect: Effect = .unknown) throws {
        if isCancelRequested { throw Cancelled(effect: effect) }
    }

    /// Until the deadline, zero when it has passed; nil: there is none.
    public var timeLeft: Duration? {
        guard !isOver else { return .zero }
        let milliseconds = host.pointee.deadline_ms(handle)
        return milliseconds == .max ? nil : .milliseconds(milliseconds)
    }

    /// HTTP by the host. Throws `.unsupported` where the host has none to lend: ask before you do anything.
    ///
    /// ```swift
    /// let answer = try call.http.send(HTTPRequest(.get, "https://api.example.com/v1/things"))
    /// ```
    public var http: HTTPClient {
        get throws {
            guard !isOver, let service = host.pointee.service(handle, HTTPClient.service) else {
                throw StepFailure(.unsupported, HTTPClient.missing, effect: effectWithoutMore)
            }
            return HTTPClient(call: self, service: service.assumingMemoryBound(to: arcadia_http.self))
        }
    }

    /// A document or a part of it; nil: absent.
    func json(at path: String) -> arcadia_str? {
        var text = arcadia_str.absent
        guard !isOver, host.pointee.get_json(handle, path, &text) == 1 else { return nil }
        return text
    }
}
