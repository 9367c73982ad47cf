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

    /// Stands for one that could not be read.
    static let unreadable = HTTPRequest(
        method: "", url: "", headers: [], body: nil, credential: nil, maxBodyBytes: 0, timeoutMilliseconds: 0,
        isOnce: true)

    static let defaultTimeoutMilliseconds: Int64 = 30_000

    static let longestMilliseconds: Int64 = 86_400_000

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
    /// An earlier try may have done what this one was told is not there to do.
    let hasEarlierTry: Bool

    init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
        failure = nil
        wasSent = true
        hasEarlierTry = false
    }

    init(_ failure: HTTPFailure, wasSent: Bool) {
        status = 0
        headers = []
        body = []
        self.failure = failure
        self.wasSent = wasSent
        hasEarlierTry = false
    }

    /// As another process tells it.
    init(
        status: Int, headers: [(name: String, value: String)], body: [UInt8], failure: HTTPFailure?, wasSent: Bool,
        hasEarlierTry: Bool
    ) {
        self.status = status
        self.headers = headers
        self.body = body
        self.failure = failure
        self.wasSent = wasSent
        self.hasEarlierTry = hasEarlierTry
    }

    private init(afterEarlierTry other: HTTPAnswer) {
        (status, headers, body, failure) = (other.status, other.headers, other.body, other.failure)
        (wasSent, hasEarlierTry) = (true, true)
    }

    /// The same, where an earlier try had been sent.
    func afterEarlierTry() -> HTTPAnswer { HTTPAnswer(afterEarlierTry: self) }

    /// Several headers of one name are one, joined.
    func header(_ name: String) -> String? {
        let name = name.lowercased()
        let values = headers.filter { $0.name == name }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The same with another text in its body.
    func replacing(_ text: String, with other: String) -> HTTPAnswer {
        guard failure == nil else { return self }
        let changed = String(decoding: body, as: UTF8.self).replacing(text, with: other)
        return HTTPAnswer(status: status, headers: headers, body: Array(changed.utf8))
    }

    /// The same with every trace of a token painted over.
    func without(_ token: Token) -> HTTPAnswer {
        if let failure { return HTTPAnswer(.redacted(failure, token), wasSent: wasSent) }
        let isRepeated = token.isIn(body) || headers.contains { token.isIn(Array(($0.name + $0.value).utf8)) }
        guard isRepeated else { return self }
        let cleaned = headers.map { (name: token.paintedOver(in: $0.name), value: token.paintedOver(in: $0.value)) }
        return HTTPAnswer(status: status, headers: cleaned, body: token.paintedOver(in: body))
    }
}

/// A token, and the forms in which it may come back.
struct Token: Sendable {
    let bytes: [UInt8]
    private let forms: [[UInt8]]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let forms = [
            text, text.replacing("/", with: "\\/"), Self.percentEncoded(bytes), bytes.base64,
            bytes.base64.replacing("=", with: ""),
        ]
        self.forms = forms.map { Array($0.utf8) }.filter { !$0.isEmpty }
    }

    func isIn(_ text: [UInt8]) -> Bool { forms.contains { text.firstRange(of: $0) != nil } }

    func paintedOver(in text: [UInt8]) -> [UInt8] {
        forms.reduce(text) { $0.replacing($1, with: [UInt8](repeating: UInt8(ascii: "*"), count: $1.count)) }
    }

    func paintedOver(in text: String) -> String { String(decoding: paintedOver(in: Array(text.utf8)), as: UTF8.self) }

    private static func percentEncoded(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let scalar = UnicodeScalar(byte)
            let isPlain = scalar.properties.isAlphabetic || (0x30...0x39).contains(byte) || "-._~".utf8.contains(byte)
            let digits = String(byte, radix: 16, uppercase: true)
            return isPlain ? String(scalar) : "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
