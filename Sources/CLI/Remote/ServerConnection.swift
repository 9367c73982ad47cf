internal import PluginHost
internal import SagaCore

/// The API of a server, asked as the user of this machine may.
final class ServerConnection: Sendable {
    let place: ServerPlace
    private let client: HTTPClient
    private let token: String?

    struct Answer {
        let status: Int
        let json: JSONValue
        /// Of what was made, or begun.
        let location: String?
    }

    init(_ place: ServerPlace) throws(Failure) {
        self.place = place
        token = try place.token()
        client = HTTPClient(caFile: place.caFile, mayUsePlainHTTP: place.mayUsePlainHTTP)
    }

    /// - Throws: what the server refused, in its words and with the exit code that a command here has for it.
    func send(_ request: ServerRequest) throws(Failure) -> Answer {
        let answer = try exchange(request, take: nil)
        guard let json = json(answer) else {
            throw Failure(ServerTrouble.notArcadia(server: place.words, status: answer.status))
        }
        return Answer(status: answer.status, json: json, location: answer.header("location"))
    }

    func get(_ request: ServerRequest) throws(Failure) -> JSONValue { try send(request).json }

    /// As many rows as were asked for, and what the list says after the last of them.
    func get(_ list: ServerList) throws(Failure) -> JSONValue {
        var (rows, cursor) = ([JSONValue](), list.cursor)
        while true {
            var request = list.request
            let rest = max(list.limit - rows.count, 1)
            request.query.append(("limit", String(min(ServerList.page, rest))))
            request.query.append(("cursor", cursor))
            guard case .object(var page) = try get(request) else { return .null }
            rows += page[list.key]?.arrayValue ?? []
            cursor = page["next"]?.stringValue
            guard cursor != nil, rows.count < list.limit else {
                page[list.key] = .array(rows)
                return .object(page)
            }
        }
    }

    /// Follows a stream of events until the server ends it.
    ///
    /// - Parameters:
    ///   - seconds: after which the server ends it at the latest.
    ///   - take: gets each event, on another thread; false: that was enough.
    func follow(
        _ request: ServerRequest, seconds: Int64, take: @escaping @Sendable (ServerEvent) -> Bool
    ) throws(Failure) {
        let reader = Monitor(ServerEventReader())
        _ = try exchange(request, seconds: seconds + 30) { bytes in
            reader.withLock { $0.read(bytes) }.allSatisfy(take)
        }
    }

    private func exchange(
        _ request: ServerRequest, seconds: Int64 = 120, take: (@Sendable ([UInt8]) -> Bool)?
    ) throws(Failure) -> HTTPClient.Answer {
        var headers = request.headers + [("Accept", take == nil ? "application/json" : "text/event-stream")]
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if request.body != nil { headers.append(("Content-Type", "application/json")) }
        let sent = HTTPClient.Request(
            request.method, place.url + request.target, headers: headers,
            body: request.body.map { Array(JSONValue.object($0).text.utf8) }, timeoutMilliseconds: seconds * 1000)
        let answer: HTTPClient.Answer
        do throws(HTTPClientProblem) {
            answer = try client.send(sent, take: take)
        } catch {
            throw Failure(trouble(error))
        }
        if let refusal = refusal(answer) { throw refusal }
        return answer
    }

    private func trouble(_ problem: HTTPClientProblem) -> ServerTrouble {
        switch problem.kind {
        case .url: .url(place.url)
        case .plainHTTP: .plainHTTP(server: place.words)
        case .notTrusted: .notTrusted(server: place.words, problem.message)
        case .unreachable: .unreachable(server: place.words, problem.message)
        }
    }

    private func refusal(_ answer: HTTPClient.Answer) -> Failure? {
        switch answer.status {
        case 200..<300: return nil
        case 300..<400:
            return Failure(ServerTrouble.redirected(server: place.words, to: answer.header("location")))
        default:
            guard let problem = json(answer), problem["error"]?["code"]?.stringValue != nil else {
                return Failure(ServerTrouble.notArcadia(server: place.words, status: answer.status))
            }
            return Failure(problem: problem, status: answer.status, hasToken: token != nil)
        }
    }

    /// Nil: it is none. No body at all is null.
    private func json(_ answer: HTTPClient.Answer) -> JSONValue? {
        guard !answer.body.isEmpty else { return .null }
        return try? JSONValue(parsing: String(decoding: answer.body, as: UTF8.self))
    }
}
