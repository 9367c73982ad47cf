import HTTPTypes
import Identity
import SagaCore
import Testing

@testable import Server

/// What no request should meet: a mistake in the server. The document says of every operation how it looks.
@Suite struct BrokenHandlerTests {
    private struct Mistake: Error {}
    private static let secret = try! SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8))
    private static let document = AccountServer.document

    /// Every handler makes a mistake.
    private static let api: API = {
        let verifier = TokenVerifier(TokenPolicy(algorithm: .hs256, keys: .secretFiles([])), secrets: [secret])
        let limit = RequestLimit(perMinute: 1_000_000)
        let doorkeeper = Doorkeeper(verifier: verifier, sessions: Sessions(), perCaller: limit, perTenant: limit)
        var handlers: [String: API.Handler] = [:]
        for operation in document.operations { handlers[operation.id] = { _ in throw Mistake() } }
        return API(
            document, doorkeeper: doorkeeper, handlers: handlers, audit: { _ in }, now: { AccountServer.start })
    }()

    private static func described(_ operation: APIOperation, _ status: String) -> JSONValue? {
        let method = operation.method.rawValue.lowercased()
        return document.source["paths"]?[operation.path]?[method]?["responses"]?[status].map {
            References(document.source).resolve($0)
        }
    }

    @Test func `every operation describes a mistake of the server, and a limit where it is counted`() throws {
        #expect(Self.document.operations.count > 50)
        for operation in Self.document.operations {
            let broken = Self.described(operation, "500")
            let schema = broken?["content"]?["application/json"]?["schema"]?["$ref"]
            #expect(schema == "#/components/schemas/Error", "\(operation.id)")
            guard !operation.isPublic || !operation.method.isSafe else { continue }
            let headers = Self.described(operation, "429")?["headers"]?.objectValue?.map(\.key) ?? []
            #expect(
                Set(headers).isSuperset(
                    of: ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"]), "\(operation.id)"
            )
        }
    }

    @Test func `a handler that makes a mistake is answered as described`() throws {
        let mint = TokenMint(subject: "ada", role: .platformAdmin, tenant: nil, lifetime: 3600)
        var asked = 0
        for operation in Self.document.operations where operation.method.isSafe {
            let path = operation.path.replacing(
                "{id}",
                with: operation.path.contains("/runs/")
                    ? "019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04" : operation.path.contains("/drift/") ? "1" : "x"
            ).replacing("{name}", with: "x")
            let query = ["listCostLines": "?period=2026-10-01", "diffDefinitions": "?from=1&to=2"][operation.id] ?? ""
            var headers = HTTPFields()
            headers[.authorization] = "Bearer " + mint.token(Self.secret, at: AccountServer.start)
            let request = RawRequest(
                method: "GET", target: path + query, headers: headers, body: [], address: "127.0.0.1")
            let (answer, _, _) = Self.api.answer(request, requestID: "req-1")
            guard case .json(let json) = answer.body else {
                Issue.record("\(operation.id) is answered without JSON")
                continue
            }
            #expect(answer.status == 500 && json["error"]?["code"] == "server.bug", "\(operation.id): \(json.text)")
            let schema = try #require(
                Self.described(operation, "500")?["content"]?["application/json"]?["schema"], "\(operation.id)")
            let compiled = try References(Self.document.source).compile(schema, "\(operation.id) 500")
            #expect(compiled.violations(of: json).isEmpty, "\(operation.id): \(json.text)")
            asked += 1
        }
        #expect(asked > 30)
    }
}
