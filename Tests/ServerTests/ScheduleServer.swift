import ArcadiaTesting
import HTTPTypes
import Identity
import PluginHost
import SagaCore
import Scheduling
import Storage
import Testing

@testable import Server

/// The API over the schedules and the audit log of a real database; without a socket.
///
/// Every answer is held against what the document says of it.
final class ScheduleServer {
    /// 2026-11-21T10:00:00Z
    static let start = Timestamp(milliseconds: 1_795_255_200_000)

    let folder = TemporaryFolder()
    let database: SQLiteDatabase
    let schedules: Schedules
    let context: ServerContext
    private let api: API
    private static let secret = try! SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8))
    static let document = try! APIDocument(JSONValue(parsing: String(decoding: Page().document, as: UTF8.self)))

    init() throws {
        database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        let store = try SQLRunStore(
            database, host: HostID("test"), now: Self.start,
            migrations: Migration.runs + SchedulingTables.migrations + Migration.audit)
        let catalog = PluginCatalog(
            search: PluginSearch(given: [], environment: [:], executable: nil), dataFolder: folder.path,
            hostPlugins: [])
        context = ServerContext(
            store: store, database: database, catalog: catalog, clock: StoppedClock(), provider: "digitalocean",
            repairs: [], drive: { _ in true }, begin: { _ in })
        schedules = Schedules(database)
        try schedules.makeDefaults(at: Self.start)
        api = Self.api(context, schedules)
    }

    deinit { database.close() }

    private static func api(_ context: ServerContext, _ schedules: Schedules) -> API {
        let verifier = TokenVerifier(TokenPolicy(algorithm: .hs256, keys: .secretFiles([])), secrets: [secret])
        let limit = RequestLimit(perMinute: 1_000_000)
        let doorkeeper = Doorkeeper(verifier: verifier, sessions: Sessions(), perCaller: limit, perTenant: limit)
        // What else there is, is not asked here.
        var handlers: [String: API.Handler] = [:]
        for operation in document.operations { handlers[operation.id] = { _ in .nothing } }
        handlers.merge(SchedulesAPI(context: context, schedules: schedules).handlers) { $1 }
        handlers.merge(AuditAPI(context: context).handlers) { $1 }
        return API(
            document, doorkeeper: doorkeeper, handlers: handlers,
            audit: { denial throws(StoreError) in try context.record(denial) }, now: { start })
    }

    /// What is written down, the newest first.
    func audit() throws -> [AuditEvent] { try AuditLog(database).list(in: .operatorOfThisMachine) }

    // MARK: - Asking

    struct Answer {
        let status: Int
        let json: JSONValue

        var code: String? { json["error"]?["code"]?.stringValue }
        var message: String? { json["error"]?["message"]?.stringValue }
        var hint: String? { json["error"]?["hint"]?.stringValue }
    }

    struct Asker {
        let role: Role
        var tenant: String?
        static let admin = Asker(role: .platformAdmin)
    }

    func get(_ path: String, as asker: Asker = .admin) throws -> Answer { try ask("GET", path, asker, nil) }

    func post(_ path: String, _ body: JSONValue = ["reason": "moving"], as asker: Asker = .admin) throws -> Answer {
        try ask("POST", path, asker, body)
    }

    private func ask(_ method: String, _ path: String, _ asker: Asker, _ body: JSONValue?) throws -> Answer {
        var headers = HTTPFields()
        let mint = TokenMint(subject: "ada", role: asker.role, tenant: asker.tenant, lifetime: 3600)
        headers[.authorization] = "Bearer " + mint.token(Self.secret, at: Self.start)
        if body != nil { headers[.contentType] = "application/json" }
        let request = RawRequest(
            method: method, target: "/api/v1" + path, headers: headers, body: Array((body?.text ?? "").utf8),
            address: "127.0.0.1")
        let (answer, operation, _) = api.answer(request, requestID: "req-1")
        let json = try Self.json(answer.body)
        try Self.hold(answer, json, against: try #require(operation))
        return Answer(status: answer.status, json: json)
    }

    private static func json(_ body: APIAnswer.Body) throws -> JSONValue {
        switch body {
        case .none, .stream: .null
        case .json(let value): value
        case .written(let text): try JSONValue(parsing: String(decoding: text, as: UTF8.self))
        case .bytes(let bytes, _): try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
        }
    }

    private static func hold(_ answer: APIAnswer, _ json: JSONValue, against operation: APIOperation) throws {
        let references = References(document.source)
        let method = operation.method.rawValue.lowercased()
        let described = try #require(
            document.source["paths"]?[operation.path]?[method]?["responses"]?["\(answer.status)"],
            "\(operation.id) answers \(answer.status), of which the document says nothing: \(json.text)")
        guard let schema = references.resolve(described)["content"]?["application/json"]?["schema"] else {
            // Of what is not asked here.
            return #expect(json == .null, "\(operation.id) answers \(answer.status) with a body")
        }
        let violations = try references.compile(schema, "\(operation.id) \(answer.status)").violations(of: json)
        #expect(
            violations.isEmpty, "\(operation.id) \(answer.status): \(violations.map { "\($0.at): \($0.message)" })")
    }
}

private struct StoppedClock: RunClock {
    var now: Timestamp { ScheduleServer.start }
    func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void) {}
}
