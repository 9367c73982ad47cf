import ArcadiaTesting
import CloudControl
import HTTPTypes
import Identity
import PluginHost
import SagaCore
import Scheduling
import Storage
import Testing

@testable import Server

/// The API over the books of an account with two tenants, acme and umbra, and what is nobody's; without a socket.
///
/// Every answer is held against what the document says of it.
final class AccountServer {
    /// 2026-11-21T10:00:00Z
    static let start = Timestamp(milliseconds: 1_795_255_200_000)

    let folder = TemporaryFolder()
    let database: SQLiteDatabase
    let account = PaperAccount()
    let context: ServerContext
    /// Runs that were to be driven.
    let driven = Monitor([RunKey]())
    private(set) var now = AccountServer.start
    private let api: API
    private let clock: HandClock
    private static let secret = try! SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8))

    init() throws {
        database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        let store = try SQLRunStore(
            database, host: HostID("test"), now: Self.start,
            migrations: Migration.runs + CloudTables.migrations + SchedulingTables.migrations + Migration.audit)
        let catalog = PluginCatalog(
            search: PluginSearch(given: [], environment: [:], executable: nil), dataFolder: folder.path,
            hostPlugins: [CloudOperations.self])
        let (clock, driven) = (HandClock(Self.start), driven)
        self.clock = clock
        context = ServerContext(
            store: store, database: database, catalog: catalog, clock: clock, provider: "digitalocean",
            repairs: Self.repairs, comparators: Self.comparators,
            drive: { key throws(StoreError) in
                driven.withLock { $0.append(key) }
                return true
            }, begin: { key in driven.withLock { $0.append(key) } })
        api = try Self.api(context, clock)
    }

    deinit { database.close() }

    /// One that a host can do, and one whose plugin is not there.
    private static let repairs = [
        Repair(
            provider: "digitalocean", kind: "droplet", field: "size_slug", operation: "cloud.refresh_droplet",
            idKey: "droplet_id", idIsNumber: true, value: .whole("provider")),
        Repair(
            provider: "digitalocean", kind: "droplet", field: "name", operation: "digitalocean.rename_droplet",
            idKey: "droplet_id", idIsNumber: true, value: .whole("name")),
    ]

    private static let comparators: FieldComparators = {
        var comparators = FieldComparators()
        comparators.declare(provider: "digitalocean", kind: "droplet", field: "name", .caseless)
        return comparators
    }()

    static let document = try! APIDocument(
        JSONValue(parsing: String(decoding: Page().document, as: UTF8.self)))

    private static func api(_ context: ServerContext, _ clock: HandClock) throws -> API {
        let verifier = TokenVerifier(TokenPolicy(algorithm: .hs256, keys: .secretFiles([])), secrets: [secret])
        let limit = RequestLimit(perMinute: 1_000_000)
        let doorkeeper = Doorkeeper(verifier: verifier, sessions: Sessions(), perCaller: limit, perTenant: limit)
        // What is not of the account is not asked here.
        var handlers: [String: API.Handler] = [:]
        for operation in document.operations { handlers[operation.id] = { _ in .nothing } }
        for own in [
            InventoryAPI(context: context).handlers, DriftAPI(context: context).handlers,
            BillingAPI(context: context).handlers,
        ] { handlers.merge(own) { $1 } }
        return API(document, doorkeeper: doorkeeper, handlers: handlers, audit: { _ in }, now: { clock.now })
    }

    /// What was written down of changes, in the order they were made.
    var notes: [AuditEvent] { get throws { try AuditLog(database).list(in: .operatorOfThisMachine).reversed() } }

    /// From now on nothing can be written down.
    func breakAuditLog() throws {
        try database.write {
            try $0.executeScript(
                "CREATE TRIGGER broken BEFORE INSERT ON audit_events BEGIN SELECT raise(ABORT, 'no room'); END")
        }
    }

    // MARK: - The account

    var inventory: Inventory { Inventory(database) }
    var drift: Drift { Drift(database) }

    /// A quarter of an hour later, the account is looked at.
    func sync() throws {
        pass()
        let report = try inventory.sync(
            account, kinds: [InventoryKind(kind: "droplet", operation: "inventory.droplets")], defaultProject: nil,
            at: now)
        try #require(report.isComplete)
    }

    func pass(milliseconds: Int64 = 900_000) {
        now = now + milliseconds
        clock.set(now)
    }

    /// 1 and 2 are acme's, 3 is umbra's, 4 is in no project.
    static func withTenants() throws -> AccountServer {
        let server = try AccountServer()
        server.account.droplets = (1...4).map { PaperAccount.droplet($0) }
        server.account.projects = [("acme-shop", ["1", "2"]), ("umbra-lab", ["3"]), ("shared", [])]
        try server.sync()
        try server.inventory.setTenant("acme", ofProject: "acme-shop")
        try server.inventory.setTenant("umbra", ofProject: "umbra-lab")
        return server
    }

    /// The same; each droplet was to have another size.
    static func withDrift() throws -> AccountServer {
        let server = try withTenants()
        for id in 1...4 {
            try Provisioning(server.database).set(droplet(id), ["size_slug": "s-2vcpu-4gb"], at: server.now)
        }
        _ = try server.drift.detect(at: server.now)
        return server
    }

    /// The same, with a balance and invoices of three months.
    static func withInvoices() throws -> AccountServer {
        let server = try withDrift()
        server.account.invoices = [8, 9, 10].map { month in
            let period = "2026-" + (month < 10 ? "0\(month)" : "\(month)")
            return ("invoice-\(month)", period, PaperAccount.csv(["web-1", "gone"]))
        }
        let billing = Billing(database: server.database, adapter: server.account)
        let report = try billing.sync(at: server.now) { _ in }
        try #require(report.problems.isEmpty)
        return server
    }

    static func droplet(_ id: Int) -> String { "digitalocean:droplet:\(id)" }

    // MARK: - Asking

    struct Answer {
        let status: Int
        let json: JSONValue
        let headers: [String: String]

        var code: String? { json["error"]?["code"]?.stringValue }
        var message: String? { json["error"]?["message"]?.stringValue }
        /// One member of each item of a list.
        func column(_ list: String, _ member: String) -> [String] {
            (json[list]?.arrayValue ?? []).map { $0[member]?.scalar ?? "?" }
        }
    }

    enum Asker {
        case nobody
        case somebody(Role, tenant: String? = nil)
        static let admin = Asker.somebody(.platformAdmin)
    }

    func get(_ path: String, as asker: Asker = .admin, ifNoneMatch: String? = nil) throws -> Answer {
        try ask("GET", path, asker, nil, ifNoneMatch)
    }

    func post(_ path: String, _ body: JSONValue, as asker: Asker = .admin) throws -> Answer {
        try ask("POST", path, asker, body, nil)
    }

    private func ask(
        _ method: String, _ path: String, _ asker: Asker, _ body: JSONValue?, _ ifNoneMatch: String?
    ) throws -> Answer {
        var headers = HTTPFields()
        if case .somebody(let role, let tenant) = asker {
            let mint = TokenMint(subject: "ada", role: role, tenant: tenant, lifetime: 3600)
            headers[.authorization] = "Bearer " + mint.token(Self.secret, at: now)
        }
        if body != nil { headers[.contentType] = "application/json" }
        headers[.ifNoneMatch] = ifNoneMatch
        let request = RawRequest(
            method: method, target: "/api/v1" + path, headers: headers, body: Array((body?.text ?? "").utf8),
            address: "127.0.0.1")
        let (answer, operation, _) = api.answer(request, requestID: "req-1")
        let json = try Self.json(answer.body)
        try Self.hold(answer, json, against: try #require(operation))
        return Answer(status: answer.status, json: json, headers: answer.headers)
    }

    private static func json(_ body: APIAnswer.Body) throws -> JSONValue {
        switch body {
        case .none: .null
        case .json(let value): value
        case .written(let text): try JSONValue(parsing: String(decoding: text, as: UTF8.self))
        case .bytes(let bytes, _): try JSONValue(parsing: String(decoding: bytes, as: UTF8.self))
        case .stream: .null
        }
    }

    /// Every answer is one that the document describes, and of the shape it describes.
    private static func hold(_ answer: APIAnswer, _ json: JSONValue, against operation: APIOperation) throws {
        let references = References(document.source)
        let method = operation.method.rawValue.lowercased()
        let described = try #require(
            document.source["paths"]?[operation.path]?[method]?["responses"]?["\(answer.status)"],
            "\(operation.id) answers \(answer.status), of which the document says nothing: \(json.text)")
        let response = references.resolve(described)
        guard let schema = response["content"]?["application/json"]?["schema"] else {
            #expect(json == .null, "\(operation.id) answers \(answer.status) with a body")
            return
        }
        let compiled = try references.compile(schema, "\(operation.id) \(answer.status)")
        let violations = compiled.violations(of: json).map { "\($0.at): \($0.message)" }
        #expect(violations.isEmpty, "\(operation.id) \(answer.status): \(json.text)")
        for (name, header) in response["headers"]?.objectValue ?? [:] where name == "ETag" || name == "Location" {
            #expect(answer.headers[name] != nil, "\(operation.id) \(answer.status) has no \(name): \(header.text)")
        }
    }
}

/// A time that moves when it is told to.
final class HandClock: RunClock {
    private let moment: Monitor<Timestamp>

    init(_ start: Timestamp) { moment = Monitor(start) }

    var now: Timestamp { moment.withLock { $0 } }
    func set(_ now: Timestamp) { moment.withLock { $0 = now } }
    func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void) {}
}

extension JSONValue {
    /// A text, or a number as one.
    fileprivate var scalar: String? { stringValue ?? intValue.map { "\($0)" } }
}
