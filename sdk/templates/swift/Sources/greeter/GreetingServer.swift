import ArcadiaPlugin

/// A greeting as the server has it. Properties are written as in its JSON.
struct Greeting: Codable {
    var id: Int
    var text: String
    var key: String
}

/// The server's three requests. The host makes them: it adds the token, and knows whether one can have arrived.
struct GreetingServer {
    let baseURL: String
    let credential: String?

    func greetings(key: String, _ http: HTTPClient) throws -> [Greeting] {
        struct Answer: Decodable { var greetings: [Greeting] }
        let request = HTTPRequest(.get, baseURL + "/greetings", query: [("key", key)], credential: credential)
        return try http.send(request).checked().json(Answer.self).greetings
    }

    func make(_ text: String, key: String, _ http: HTTPClient) throws -> Greeting {
        let request = HTTPRequest(
            .post, baseURL + "/greetings", json: ["text": text, "key": key], credential: credential)
        return try http.send(request).checked().json(Greeting.self)
    }

    /// What is not there any more is removed.
    func remove(_ id: Int, _ http: HTTPClient) throws {
        let answer = try http.send(HTTPRequest(.delete, baseURL + "/greetings/\(id)", credential: credential))
        if answer.status != 404 { try answer.checked() }
    }
}
