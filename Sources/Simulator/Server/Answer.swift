/// What an endpoint answers, before anything happens to it on the way.
struct Answer: Sendable {
    enum Body: Sendable {
        case none
        case json(JSON)
        case file(text: String, type: String, name: String)
    }

    var status: Int
    var body: Body
    var headers: [String: String] = [:]

    static func json(_ value: JSON, status: Int = 200) -> Answer { Answer(status: status, body: .json(value)) }

    /// 204 without a body.
    static let nothing = Answer(status: 204, body: .none)

    static func error(_ error: ProviderError, requestID: String) -> Answer {
        Answer(status: error.status, body: .json(error.body(requestID: requestID)), headers: error.headers)
    }
}
