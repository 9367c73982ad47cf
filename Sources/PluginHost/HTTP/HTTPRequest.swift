internal import SagaCore

/// A request as a plugin asked for it, copied out of its memory.
struct HTTPRequest: Sendable {
    let method: String
    let url: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]?
    /// A credential by the name in the manifest.
    let credential: String?
    let maxBodyBytes: Int
    let timeoutMilliseconds: Int64
    let isOnce: Bool

    static let defaultTimeoutMilliseconds: Int64 = 30_000

    /// Sending it twice changes no more than sending it once.
    var mayBeRepeated: Bool { !isOnce && ["GET", "HEAD", "DELETE"].contains(method) }
    var changesNothing: Bool { method == "GET" || method == "HEAD" }
}

/// What came of a request: an answer, or why there was none.
final class HTTPAnswer: @unchecked Sendable {
    /// 0: none came.
    let status: Int
    /// Names in lower case, in the order they came.
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    let failure: HTTPFailure?
    /// May a byte of the request have left this machine?
    let wasSent: Bool

    init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
        failure = nil
        wasSent = true
    }

    init(_ failure: HTTPFailure, wasSent: Bool) {
        status = 0
        headers = []
        body = []
        self.failure = failure
        self.wasSent = wasSent
    }

    private init(_ other: HTTPAnswer, wasSent: Bool) {
        (status, headers, body, failure) = (other.status, other.headers, other.body, other.failure)
        self.wasSent = wasSent
    }

    /// The same, where an earlier try had been sent.
    func havingBeenSent() -> HTTPAnswer { HTTPAnswer(self, wasSent: true) }

    /// Several headers of one name are one, joined.
    func header(_ name: String) -> String? {
        let name = name.lowercased()
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The same with every trace of a secret painted over, as long as before.
    func without(_ secret: [UInt8]) -> HTTPAnswer {
        guard !secret.isEmpty else { return self }
        let text = String(decoding: secret, as: UTF8.self)
        let isRepeated =
            body.firstRange(of: secret) != nil || headers.contains { $0.value.utf8.firstRange(of: secret) != nil }
        guard isRepeated else { return self }
        let stars = String(repeating: "*", count: text.utf8.count)
        let cleaned = headers.map { (name: $0.name, value: $0.value.replacing(text, with: stars)) }
        return HTTPAnswer(status: status, headers: cleaned, body: body.replacing(secret, with: Array(stars.utf8)))
    }
}
