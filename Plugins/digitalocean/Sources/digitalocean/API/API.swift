internal import ArcadiaPlugin

/// The provider's API, version 2, with one of the account's tokens.
struct API {
    /// A token for each purpose, so that a busy one does not use up another's rate, and each can be narrow.
    enum Purpose: String {
        case provisioning = "digitalocean.provisioning"
        case sync = "digitalocean.sync"
        case billing = "digitalocean.billing"
    }

    private let http: HTTPClient
    private let baseURL: String
    private let purpose: Purpose
    let pageSize: Int

    init<Op: Operation>(_ call: Call<Op>, _ purpose: Purpose) throws where Op.Owner == DigitalOcean {
        http = try call.http
        baseURL = call.plugin.config.base_url + "/v2"
        pageSize = min(200, max(1, call.plugin.config.page_size))
        self.purpose = purpose
    }

    /// - Parameters:
    ///   - scope: what the token must be allowed to do, for the error where it is not. eg: "droplet:create"
    /// - Throws: where no answer came, where it was a limiter's no, and for 401 and 403. Every other status is returned.
    func send(
        _ method: HTTPRequest.Method, _ path: String, query: [(String, String)] = [], scope: String
    ) throws -> HTTPResponse {
        try understood(
            try http.send(HTTPRequest(method, baseURL + path, query: query, credential: purpose.rawValue)), scope)
    }

    func send(
        _ method: HTTPRequest.Method, _ path: String, json: some Encodable, scope: String
    ) throws -> HTTPResponse {
        try understood(
            try http.send(HTTPRequest(method, baseURL + path, json: json, credential: purpose.rawValue)), scope)
    }

    /// What stands for the whole account, not for this request.
    private func understood(_ answer: HTTPResponse, _ scope: String) throws -> HTTPResponse {
        guard let failure = answer.failure else { return answer }
        switch answer.status {
        case 401:
            throw failure.with(
                message: "DigitalOcean does not know the token of the credential \"\(purpose.rawValue)\" (401)")
        case 403:
            throw failure.with(
                message:
                    "the token of the credential \"\(purpose.rawValue)\" may not do this (403); it needs the scope \(scope)"
            )
        case 429: throw failure
        default: return answer
        }
    }

    /// One page of a list, with the caller's own parameters.
    func page<Body: Page>(
        _ type: Body.Type, _ path: String, query: [(String, String)] = [], number: Int, scope: String
    ) throws -> Body {
        let paging = [("page", String(number)), ("per_page", String(pageSize))]
        return try send(.get, path, query: query + paging, scope: scope).checked().json(type)
    }

    /// Every item of a list.
    func all<Body: Page>(
        _ type: Body.Type, _ path: String, query: [(String, String)] = [], scope: String
    ) throws -> [Body.Item] {
        try PageByPage<Body>.collect { try page(type, path, query: query, number: $0, scope: scope) }.items
    }
}

/// A list put together from its pages.
struct PageByPage<Body: Page> {
    private(set) var items: [Body.Item] = []
    /// As many as the provider said there are, on whichever page it said most.
    private(set) var total = 0
    /// There is such a list.
    private(set) var exists = true

    /// Asks for page after page, from 1, each item once: what is written meanwhile moves items from page to page.
    ///
    /// - Parameters:
    ///   - areTold: items have ids by which one that came twice is known; else two alike are two.
    ///   - page: nil: there is no such page.
    static func collect(areTold: Bool = true, _ page: (_ number: Int) throws -> Body?) throws -> PageByPage {
        var list = PageByPage()
        var seen: Set<String> = []
        var number = 1
        while let next = try page(number) {
            list.items += next.items.filter { !areTold || seen.insert($0.key).inserted }
            list.total = max(list.total, next.meta?.total ?? list.items.count)
            guard next.hasNext else { return list }
            number += 1
        }
        list.exists = number > 1
        return list
    }
}

/// A page of a list: `{"droplets": […], "links": {"pages": {"next": …}}, "meta": {"total": …}}`.
protocol Page: Decodable {
    associatedtype Item: Keyed
    var items: [Item] { get }
    var links: Links? { get }
    var meta: Meta? { get }
}

/// What tells one item of a list from another.
protocol Keyed { var key: String { get } }

struct Links: Decodable {
    struct Pages: Decodable { var next: String? }
    var pages: Pages?
}

struct Meta: Decodable { var total: Int? }

extension Page {
    var hasNext: Bool { links?.pages?.next.map { !$0.isEmpty } ?? false }
}

extension HTTPResponse {
    /// The provider's own words about an error. eg: "Size is not available in this region."
    var said: String {
        struct Problem: Decodable { var message: String? }
        return (try? json(Problem.self))?.message ?? ""
    }

    /// One event per droplet at a time: this one has to wait for another.
    var isEventPending: Bool {
        let said = said.lowercased()
        return status == 422 && (said.contains("pending event") || said.contains("blocking events"))
    }

    /// The failure of a request that surely changed nothing.
    func refusal(_ what: String) -> StepFailure {
        let words = said.isEmpty ? "" : ": \(said)"
        let code: StepFailure.Code =
            switch status {
            case 404: .notFound
            case 409, 412: .conflict
            case 422 where said.lowercased().contains("limit"): .quota
            default: .input
            }
        return StepFailure(
            code, "DigitalOcean refused \(what) (\(status))\(words)", effect: .none, remoteStatus: status)
    }

    /// A 4xx: the request was understood and turned down.
    var isRefusal: Bool { (400..<500).contains(status) && status != 408 }
}
