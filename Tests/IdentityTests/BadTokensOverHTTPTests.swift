import ArcadiaTesting
import SagaCore
import Testing

@testable import Identity
@testable import Server

/// Every bad token again, as a client sends it: over a socket, through the server, at the door of an operation.
@Suite struct BadTokensOverHTTPTests {
    /// The real server and the real document; behind the door nothing happens.
    private static func start(_ algorithm: TokenAlgorithm) async throws -> Server {
        let document = try APIDocument(JSONValue(parsing: String(decoding: Page().document, as: UTF8.self)))
        let limit = RequestLimit(perMinute: 1_000_000)
        let sessions = Sessions()
        let doorkeeper = Doorkeeper(
            verifier: Forge.verifier(algorithm), sessions: sessions, perCaller: limit, perTenant: limit)
        var configuration = ServerConfiguration()
        configuration.port = 0
        var handlers: [String: API.Handler] = [:]
        for operation in document.operations { handlers[operation.id] = { _ in .nothing } }
        handlers.merge(
            SessionAPI(doorkeeper: doorkeeper, codes: LoginCodes(), configuration: configuration).handlers
        ) { $1 }
        let api = API(document, doorkeeper: doorkeeper, handlers: handlers, audit: { _ in }, now: { Forge.now })
        return try await Server.start(api, configuration, metrics: Metrics(), log: { _ in })
    }

    /// Sockets block: they have a thread of their own.
    private static func ask(
        _ port: Int, _ method: String, _ target: String, _ headers: [(String, String)] = [], body: String = ""
    ) async -> Wire.Answer? {
        await withCheckedContinuation { continuation in
            startThread { continuation.resume(returning: Wire(port: port)?.ask(method, target, headers, body: body)) }
        }
    }

    private static func good(_ algorithm: TokenAlgorithm) -> String {
        switch algorithm {
        case .hs256: Forge.hs256()
        case .rs256: Forge.rs256()
        case .eddsa: Forge.eddsa()
        }
    }

    @Test(arguments: [TokenAlgorithm.hs256, .rs256, .eddsa])
    func `no bad token is accepted, and a stranger is told one public sentence`(algorithm: TokenAlgorithm) async throws
    {
        let server = try await Self.start(algorithm)
        let good = await Self.ask(
            server.port, "GET", "/api/v1/me", [("Authorization", "Bearer " + Self.good(algorithm))])
        #expect(good?.status == 200 && good?.json["subject"] == "ada")
        let tokens = BadTokens.all.filter { $0.algorithm == algorithm && Self.canBeSent($0.token) }
        for bad in tokens {
            let answer = await Self.ask(server.port, "GET", "/api/v1/me", [("Authorization", "Bearer " + bad.token)])
            Self.holdAtBay(answer, bad)
            let session = await Self.ask(
                server.port, "POST", "/api/v1/session", body: (["token": .string(bad.token)] as JSONValue).text)
            #expect([401, 422].contains(session?.status), "\(bad): \(session?.status ?? 0)")
            #expect(session?.headers["set-cookie"] == nil, "\(bad)")
        }
        print("bad tokens over HTTP, \(algorithm): \(tokens.count) sent, 0 may be accepted")
        #expect(tokens.count >= (algorithm == .hs256 ? 60 : 5))
        await server.stop()
    }

    /// What ends a header's line, or begins and ends with a space, is another header.
    private static func canBeSent(_ token: String) -> Bool {
        !token.utf8.contains { $0 < 32 } && !token.hasPrefix(" ")
    }

    private static func holdAtBay(_ answer: Wire.Answer?, _ bad: BadToken) {
        // A line of headers longer than the server takes is refused before anybody is asked who it is.
        guard let answer, !(answer.status == 400 && bad.token.utf8.count > 8000) else { return }
        #expect(answer.status == 401, "\(bad): \(answer.status)")
        #expect(answer.headers["www-authenticate"] == "Bearer realm=\"arcadia\"", "\(bad)")
        let message = answer.json["error"]?["message"]?.stringValue ?? ""
        let refused = refusal(bad.token, Forge.verifier(bad.algorithm))
        let sentences = [refused?.publicMessage, "a token is needed", "`Authorization` is not a bearer token"]
        #expect(sentences.contains(message), "\(bad): \(message)")
        #expect(answer.code == refused?.publicCode || answer.code.hasPrefix("auth."), "\(bad): \(answer.code)")
        #expect(answer.json["error"]?["hint"] == nil, "\(bad)")
    }
}
