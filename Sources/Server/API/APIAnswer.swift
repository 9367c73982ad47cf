public import SagaCore

/// What a request is answered with.
public struct APIAnswer: Sendable {
    public enum Body: Sendable {
        case none
        case json(JSONValue)
        /// JSON that is written already.
        case written([UInt8])
        /// Something that is ready to be sent.
        case bytes([UInt8], type: String)
        case stream(EventStream)
    }

    public var status: Int
    public var body: Body
    public var headers: [String: String] = [:]
    /// A refusal that new keys of the issuer may make good.
    var namesUnknownKey = false

    public init(status: Int = 200, _ body: Body, headers: [String: String] = [:]) {
        self.status = status
        self.body = body
        self.headers = headers
    }

    public static func json(_ value: JSONValue, status: Int = 200) -> APIAnswer {
        APIAnswer(status: status, .json(value))
    }

    public static func written(_ json: [UInt8]) -> APIAnswer { APIAnswer(.written(json)) }

    public static let nothing = APIAnswer(status: 204, .none)

    /// Nil: it is no JSON.
    var jsonText: [UInt8]? {
        switch body {
        case .json(let value):
            var bytes: [UInt8] = []
            value.write(into: &bytes)
            return bytes
        case .written(let bytes): return bytes
        default: return nil
        }
    }
}
