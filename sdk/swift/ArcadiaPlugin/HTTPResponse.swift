internal import CArcadiaPlugin
internal import FoundationEssentials

/// An answer, whatever its status.
///
/// ```swift
/// let answer = try http.send(request)
/// if answer.status == 404 { return nil }
/// return try answer.checked().json(Droplet.self)
/// ```
public struct HTTPResponse {
    /// 200 to 599.
    public let status: Int
    /// Decompressed; empty without one. A copy.
    public let body: [UInt8]
    /// Nil below 400: see ``checked()`` to throw it.
    public let failure: HTTPFailure?
    let request: HTTPRequest
    let lent: LentResponse

    /// 200 to 299.
    public var isSuccess: Bool { (200..<300).contains(status) }

    /// The body as text; what is not UTF-8 becomes U+FFFD.
    public var text: String { String(decoding: body, as: UTF8.self) }

    private var effectIfNotUnderstood: Effect { request.isReading ? lent.call.effectWithoutMore : .unknown }

    /// A header by name in any case; several of one name are joined by ", ". Nil once the call is over.
    ///
    /// ```swift
    /// let left = answer.header("ratelimit-remaining").flatMap { Int($0) }
    /// ```
    public func header(_ name: String) -> String? { lent.header(name) }

    /// The body, decoded. Keys are as in JSON.
    ///
    /// Throws a ``StepFailure`` `.remote` that names the request and the key; its effect is none for GET and HEAD in a step
    /// that has not acted yet, and unknown for the rest.
    ///
    /// ```swift
    /// struct Droplets: Decodable { var droplets: [Droplet] }
    /// let droplets = try answer.json(Droplets.self).droplets
    /// ```
    public func json<Value: Decodable>(_ type: Value.Type) throws -> Value {
        do {
            return try body.withUnsafeBytes { try JSON.decode(type, from: $0, place: "body") }
        } catch let error as UnreadableJSON {
            throw StepFailure(
                .remote, "\(request.label) answered \(status), and \(error.message)", effect: effectIfNotUnderstood,
                retry: request.isReading ? .yes : .no, remoteStatus: status)
        }
    }

    /// Itself if it is a success; throws the failure if not. A redirect is a failure here: the host follows none.
    ///
    /// ```swift
    /// let thing = try http.send(HTTPRequest(.get, url)).checked().json(Thing.self)
    /// ```
    @discardableResult
    public func checked() throws(HTTPFailure) -> HTTPResponse {
        if isSuccess { return self }
        if let failure { throw failure }
        throw HTTPFailure(
            code: .remote, effect: effectIfNotUnderstood, status: status,
            message: "\(request.label) answered \(status), which is no success", wasSent: true)
    }
}

extension HTTPRequest {
    /// eg: "GET https://api.example.com/v1/things", without the query, which may be long or private.
    var label: String { "\(method) \(url.prefix { $0 != "?" && $0 != "#" })" }

    var isReading: Bool { method == .get || method == .head }
}

/// The host's side of an answer, given back when nobody needs it any more.
final class LentResponse {
    let call: HostCall
    private let service: UnsafePointer<arcadia_http>
    private let response: OpaquePointer

    init(call: HostCall, service: UnsafePointer<arcadia_http>, response: OpaquePointer) {
        self.call = call
        self.service = service
        self.response = response
    }

    deinit {
        if !call.isOver { service.pointee.release(call.handle, response) }
    }

    func header(_ name: String) -> String? {
        var value = arcadia_str.absent
        guard !call.isOver, service.pointee.header(call.handle, response, name, &value) == 1 else { return nil }
        return value.string
    }

    func body() -> [UInt8] { [UInt8](service.pointee.body(call.handle, response).bytes) }

    /// Nil: the answer is no error.
    func failure() -> HTTPFailure? {
        var error = arcadia_error()
        error.struct_size = UInt32(MemoryLayout<arcadia_error>.size)
        guard service.pointee.error(call.handle, response, &error) == 0 else { return nil }
        return HTTPFailure(error, wasSent: service.pointee.sent(call.handle, response) != 0)
    }
}
