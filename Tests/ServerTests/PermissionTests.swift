import HTTPTypes
import Identity
import SagaCore
import Scheduling
import Storage
import Testing

@testable import Server

/// Every operation of the document, asked by every role, of its own tenant, of another and of none. Who may is written
/// here once more, by hand: the document and the program are held against it.
@Suite struct PermissionTests {
    private static let everybody: Set<Role> = [.viewer, .operator, .tenantAdmin, .platformAdmin]
    private static let operators: Set<Role> = [.operator, .tenantAdmin, .platformAdmin]
    private static let admins: Set<Role> = [.tenantAdmin, .platformAdmin]
    private static let platform: Set<Role> = [.platformAdmin]

    /// By operationId; those for everybody without a token are not in it.
    private static let table: [String: Set<Role>] = [
        "getMe": everybody, "deleteSession": everybody, "getMetrics": platform,
        "listRuns": everybody, "getRun": everybody, "listRunSteps": everybody, "listRunJournal": everybody,
        "streamRun": everybody, "streamEvents": everybody,
        "submitRun": operators, "cancelRun": operators, "retryRun": operators, "signalRun": operators,
        "pauseRun": operators, "resumeRun": operators, "forkRun": operators, "bulkRuns": operators,
        "markCompensated": admins, "abandonRun": admins, "skipStep": admins,
        "listDefinitions": everybody, "getDefinition": everybody, "listDefinitionVersions": everybody,
        "diffDefinitions": everybody,
        "checkDefinition": everybody, "planDefinition": everybody,
        "createDefinition": admins, "putDefinition": admins,
        "listOperations": everybody, "listPlugins": everybody, "getPlugin": everybody, "releasePlugin": platform,
        "disablePlugin": platform, "enablePlugin": platform,
        "reloadPlugins": platform, "prunePlugins": platform,
        "listInventory": everybody, "getResource": everybody, "listResourceEvents": everybody,
        "listAllResourceEvents": everybody, "listProjects": everybody,
        "listDrift": platform, "getDrift": platform, "acceptDrift": platform, "revertDrift": platform,
        "ignoreDrift": platform,
        "getBalance": platform, "listCostLines": platform, "listInvoices": platform, "listCosts": platform,
        "getForecast": platform,
        "listSchedules": everybody, "getSchedule": everybody, "runSchedule": platform, "pauseSchedule": platform,
        "resumeSchedule": platform,
        "listAudit": admins,
    ]
    private static let open: Set = ["getHealth", "getReady", "getOpenAPI", "getDocs", "createSession"]
    private static let tenants = [nil, "acme", "umbra"]

    // MARK: - The host

    /// Two tenants' droplets, drift, runs and definitions, behind the whole API.
    private final class Place {
        let account: AccountServer
        let api: API
        var runs: [String: String] = [:]
        private let secret = try! SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8))

        init() throws {
            account = try AccountServer.withInvoices()
            let schedules = Schedules(account.database)
            try schedules.makeDefaults(at: account.now)
            var configuration = ServerConfiguration()
            configuration.verifier = TokenVerifier(
                TokenPolicy(algorithm: .hs256, keys: .secretFiles([])), secrets: [secret])
            (configuration.perCaller, configuration.perTenant) = (
                RequestLimit(perMinute: 1_000_000), RequestLimit(perMinute: 1_000_000)
            )
            let hub = StreamHub(RunFeed(account.database, name: "f"), clock: account.context.clock)
            api = try API.ofHost(
                account.context, schedules: schedules, hub: hub, codes: LoginCodes(), configuration: configuration,
                metrics: Metrics())
            for tenant in ["acme", "umbra"] {
                let saga = #"{ "saga": "\#(tenant)_only", "steps": ["cloud.refresh_droplet"] }"#
                _ = ask("POST", "/api/v1/definitions", .tenantAdmin, tenant, ["text": .string(saga)])
                let made = ask(
                    "POST", "/api/v1/runs", .operator, tenant,
                    ["definition": [["uses": "cloud.refresh_droplet", "with": ["droplet_id": 1]]]])
                runs[tenant] = made.json["run_id"]?.stringValue
            }
        }

        func ask(_ method: String, _ target: String, _ role: Role?, _ tenant: String?, _ body: JSONValue? = nil)
            -> (status: Int, json: JSONValue, answer: APIAnswer)
        {
            var headers = HTTPFields()
            if let role {
                let mint = TokenMint(subject: "ada of \(tenant ?? "all")", role: role, tenant: tenant, lifetime: 3600)
                headers[.authorization] = "Bearer " + mint.token(secret, at: account.now)
            }
            if body != nil { headers[.contentType] = "application/json" }
            let (answer, _, _) = api.answer(
                RawRequest(
                    method: method, target: target, headers: headers, body: Array((body?.text ?? "").utf8),
                    address: "127.0.0.1"), requestID: "req-1")
            return (answer.status, Self.json(answer.body), answer)
        }

        private static func json(_ body: APIAnswer.Body) -> JSONValue {
            switch body {
            case .json(let json): json
            case .written(let bytes), .bytes(let bytes, _):
                (try? JSONValue(parsing: String(decoding: bytes, as: UTF8.self))) ?? .null
            case .none, .stream: .null
            }
        }

        /// The address of an operation, with the ids of a tenant's things in it.
        func target(_ operation: APIOperation, of tenant: String) -> String {
            let drift = tenant == "acme" ? "1" : "3"
            let thing =
                switch operation.path.split(separator: "/").dropFirst(2).first {
                case "runs": runs[tenant] ?? "?"
                case "inventory": AccountServer.droplet(tenant == "acme" ? 1 : 3)
                case "drift": drift
                default: "cloud"
                }
            return operation.path.replacing("{id}", with: thing).replacing("{step}", with: "x")
                .replacing("{name}", with: operation.path.contains("schedules") ? "balance" : tenant + "_only")
                + (operation.id.hasPrefix("stream") ? "?for_seconds=0" : "")
        }
    }

    private static func role(_ role: Role, of tenant: String?) -> Bool { role != .tenantAdmin || tenant != nil }

    // MARK: - Who may

    @Test func `the table here, the document and the program agree on who may do what`() throws {
        let place = try Place()
        let ids = Set(place.api.document.operations.map(\.id))
        #expect(ids == Set(Self.table.keys).union(Self.open))
        for operation in place.api.document.operations {
            #expect(operation.isPublic == Self.open.contains(operation.id), "\(operation.id)")
            guard let roles = Self.table[operation.id] else { continue }
            guard let word = operation.permission else {
                #expect(roles == Self.everybody, "\(operation.id)")
                continue
            }
            let permission = try #require(Permission(rawValue: word), "\(operation.id): \(word)")
            #expect(Set(Role.allCases.filter { $0.may(permission) }) == roles, "\(operation.id)")
            let written = place.api.document.source["paths"]?[operation.path]?[
                operation.method.rawValue.lowercased()]?["x-arcadia-roles"]?.arrayValue
            #expect(Set(written?.compactMap { $0.stringValue.flatMap(Role.init(rawValue:)) } ?? []) == roles)
        }
    }

    @Test func `the document knows every permission that somebody can have`() throws {
        let schemas = try Place().api.document.source["components"]?["schemas"]
        let words = schemas?["Me"]?["properties"]?["permissions"]?["items"]?["enum"]?.arrayValue ?? []
        #expect(Set(words.compactMap(\.stringValue)) == Set(Permission.allCases.map(\.rawValue)))
    }

    @Test func `nobody does without a token or with too small a role what the table does not give them`() throws {
        let place = try Place()
        var asked = 0
        for operation in place.api.document.operations {
            guard let roles = Self.table[operation.id] else { continue }
            let body: JSONValue? = operation.body == nil ? nil : [:]
            let target = place.target(operation, of: "acme")
            #expect(place.ask(operation.method.rawValue, target, nil, nil, body).status == 401, "\(operation.id)")
            for role in Role.allCases {
                for tenant in Self.tenants where Self.role(role, of: tenant) {
                    let (status, json, _) = place.ask(operation.method.rawValue, target, role, tenant, body)
                    let isDenied = json["error"]?["code"] == "auth.not_permitted"
                    asked += 1
                    #expect(
                        isDenied == !roles.contains(role) && (status == 403 || !isDenied),
                        "\(operation.id) as \(role.rawValue) of \(tenant ?? "none"): \(status) \(json.text)")
                }
            }
        }
        print("permissions: \(asked) requests, each as the table says")
    }

    // MARK: - Whose things

    /// Bodies that would be taken, so that only whose it is stands in the way.
    private static func body(_ operation: APIOperation) -> JSONValue? {
        guard operation.body != nil else { return nil }
        switch operation.id {
        case "signalRun": return ["name": "go", "reason": "a test"]
        case "forkRun": return ["from_step": "x", "reason": "a test"]
        case "ignoreDrift": return ["reason": "a test"]
        default: return ["reason": "a test"]
        }
    }

    private static let owned: Set = [
        "getRun", "listRunSteps", "listRunJournal", "streamRun", "cancelRun", "retryRun", "signalRun",
        "markCompensated", "pauseRun", "resumeRun", "skipStep", "forkRun",
        "abandonRun", "getDefinition", "listDefinitionVersions", "getResource", "listResourceEvents", "getDrift",
        "acceptDrift", "revertDrift", "ignoreDrift",
    ]

    @Test func `what is another tenant's does not exist, for whatever role and request`() throws {
        let place = try Place()
        var asked = 0
        for operation in place.api.document.operations where Self.owned.contains(operation.id) {
            for role in Self.table[operation.id]! {
                let (status, json, _) = place.ask(
                    operation.method.rawValue, place.target(operation, of: "umbra"), role, "acme", Self.body(operation))
                #expect(status == 404, "\(operation.id) as \(role.rawValue): \(status) \(json.text)")
                asked += 1
                guard operation.method.isSafe else { continue }
                let own = place.ask(
                    "GET", place.target(operation, of: "acme"), role, "acme"
                ).status
                #expect(own == 200, "\(operation.id) of its own as \(role.rawValue): \(own)")
            }
        }
        print("another tenant's things: \(asked) requests, each answered 404")
    }

    @Test func `versions of a tenant's definition are compared for it, and do not exist for another`() throws {
        let place = try Place()
        for version in ["1", "2"] {
            let saga = """
                { "saga": "trip", "version": "\(version)",
                  "steps": [{ "uses": "cloud.refresh_droplet", "with": { "droplet_id": \(version) } }] }
                """
            #expect(
                place.ask("POST", "/api/v1/definitions", .tenantAdmin, "acme", ["text": .string(saga)]).status == 201)
        }
        let target = "/api/v1/definitions/trip/diff?from=1"
        let (status, diff, _) = place.ask("GET", target, .viewer, "acme")
        #expect(status == 200 && diff["from"] == "trip@1" && diff["to"] == "trip@2" && diff["same"] == false)
        #expect(diff["keys"] == ["version"] && diff["steps"]?.arrayValue?.first?["keys"] == ["with"])
        #expect(diff["text"]?.stringValue?.hasPrefix("--- trip@1\n+++ trip@2\n@@ ") == true)
        #expect(place.ask("GET", target + "&to=1", .viewer, "acme").json["same"] == true)
        #expect(place.ask("GET", target, .viewer, "umbra").status == 404)
        let unknown = place.ask("GET", target + "&to=3", .viewer, "acme")
        #expect(unknown.status == 404 && unknown.json["error"]?["code"] == "definition.unknown")
    }

    @Test func `lists and answers for a tenant hold nothing of another`() throws {
        let place = try Place()
        let umbra = [
            try #require(place.runs["umbra"]), "umbra", "droplet:3", "droplet:4", "web-3", "web-4", "id-umbra-lab",
        ]
        for operation in place.api.document.operations where operation.method == .get && operation.pathNames.isEmpty {
            guard let roles = Self.table[operation.id], !operation.id.hasPrefix("stream") else { continue }
            for role in roles {
                let (_, json, _) = place.ask("GET", operation.path, role, "acme")
                for word in umbra { #expect(!json.text.contains(word), "\(operation.id) as \(role.rawValue): \(word)") }
            }
        }
        // They are there: who sees everything sees them.
        let all = ["/runs", "/definitions", "/inventory", "/projects", "/audit"].map {
            place.ask("GET", "/api/v1" + $0, .platformAdmin, nil).json.text
        }
        #expect(all.filter { $0.contains("umbra") || $0.contains("droplet:3") }.count >= 4)
    }

    @Test func `two tenants use one idempotency key for two runs, whatever they are called`() throws {
        let place = try Place()
        let body: JSONValue = ["definition": [["uses": "cloud.refresh_droplet", "with": ["droplet_id": 1]]]]
        func submit(_ tenant: String?, _ key: String) throws -> String {
            var headers = HTTPFields()
            let mint = TokenMint(subject: "ada", role: .operator, tenant: tenant, lifetime: 3600)
            headers[.authorization] =
                "Bearer "
                + mint.token(
                    try SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8)), at: place.account.now)
            headers[.contentType] = "application/json"
            headers[HTTPField.Name("Idempotency-Key")!] = key
            let (answer, _, _) = place.api.answer(
                RawRequest(
                    method: "POST", target: "/api/v1/runs", headers: headers, body: Array(body.text.utf8), address: nil),
                requestID: "req-1")
            guard case .json(let json) = answer.body else { return "?" }
            return try #require(json["run_id"]?.stringValue, "\(json.text)")
        }
        let ids = try [("a", "b/c"), ("a/b", "c"), (nil, "a/b/c"), ("a", "c")].map { try submit($0.0, $0.1) }
        #expect(Set(ids).count == 4)
        #expect(try submit("a/b", "c") == ids[1])
    }

    @Test func `a session ends with its token, whatever its cookie says`() throws {
        let place = try Place()
        let token = TokenMint(subject: "ada", role: .viewer, tenant: "acme", lifetime: 3600)
        let secret = try SharedSecret(Array("a secret of these tests, 32 bytes or more".utf8))
        let begun = place.ask(
            "POST", "/api/v1/session", nil, nil, ["token": .string(token.token(secret, at: place.account.now))])
        let cookie = try #require(begun.answer.headers["Set-Cookie"]?.split(separator: ";").first.map(String.init))
        func me() -> (Int, JSONValue) {
            var headers = HTTPFields()
            headers[.cookie] = cookie
            let (answer, _, _) = place.api.answer(
                RawRequest(method: "GET", target: "/api/v1/me", headers: headers, body: [], address: nil),
                requestID: "req-1")
            guard case .json(let json) = answer.body else { return (answer.status, .null) }
            return (answer.status, json["error"]?["code"] ?? json["subject"] ?? .null)
        }
        #expect(me() == (200, "ada"))
        // Used again and again, so that it is never idle for long.
        for _ in 1...3 {
            place.account.pass(milliseconds: 1_190_000)
            #expect(me() == (200, "ada"))
        }
        place.account.pass(milliseconds: 60_000)
        #expect(me() == (401, "session.ended"))
    }

    // MARK: - The reference

    @Test func `each operation describes every answer that is given before its handler is asked`() throws {
        for operation in AccountServer.document.operations {
            var answers: Set = [400]
            if !operation.isPublic { answers.formUnion([401, 429]) }
            if operation.permission != nil || !operation.isPublic && !operation.method.isSafe { answers.insert(403) }
            if operation.isPublic, !operation.method.isSafe { answers.insert(429) }
            if !operation.pathNames.isEmpty { answers.insert(404) }
            if operation.body != nil { answers.formUnion([413, 415, 422]) }
            if operation.hasETag { answers.insert(304) }
            let missing = answers.subtracting(operation.statuses).sorted()
            #expect(missing.isEmpty, "\(operation.id) does not describe \(missing)")
        }
    }

    @Test func `a problem has the shape that the document gives every problem`() throws {
        let references = References(AccountServer.document.source)
        let shape = try references.compile(["$ref": "#/components/schemas/Error"], "Error")
        var problem = APIProblem(422, "request.type", "a sentence", hint: "a hint", at: "/reason")
        problem.findings = [["code": "request.type", "message": "a sentence", "at": "/reason"]]
        let bare = APIProblem(500, "server.bug", "a sentence")
        for told in [problem, bare, .cursor, APIProblem.unknown("plugin", "x")] {
            #expect(shape.violations(of: told.json(requestID: "req-7f3a91c2b4d5")).isEmpty)
        }
    }

    @Test func `the page of the reference needs nothing from elsewhere`() throws {
        let place = try Place()
        let (status, _, answer) = place.ask("GET", "/api/docs", nil, nil)
        #expect(status == 200)
        guard case .bytes(let bytes, let type) = answer.body else { return #expect(Bool(false), "no bytes") }
        #expect(type == "text/html; charset=utf-8")
        let text = String(decoding: bytes, as: UTF8.self)
        for word in ["src=\"http", "src=\"//", "href=\"//", "url(http", "@import"] { #expect(!text.contains(word)) }
        #expect(answer.headers["Content-Security-Policy"]?.hasPrefix("default-src 'none'; script-src 'self'") == true)
    }
}
