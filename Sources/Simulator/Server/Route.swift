/// One operation of the API: what reaches it, what a token needs for it and what it does.
struct Route: Sendable {
    typealias Handler = @Sendable (inout Account, Call) throws(ProviderError) -> Answer

    let method: String
    /// The parts after `/v2`; nil for a part that names a resource.
    let parts: [String?]
    let scope: String
    let handle: Handler

    /// - Parameter path: What follows `/v2/`, with parts such as `{id}` for what names a resource.
    init(_ method: String, _ path: String, scope: String, _ handle: @escaping Handler) {
        self.method = method
        self.scope = scope
        self.handle = handle
        parts = path.split(separator: "/").map { $0.hasPrefix("{") ? nil : String($0) }
    }

    /// `GET /v2/droplets/*`
    var title: String { "\(method) /v2/" + parts.map { $0 ?? "*" }.joined(separator: "/") }

    func matches(_ path: ArraySlice<String>) -> Bool {
        zip(parts, path).allSatisfy { part, given in part == nil || part == given }
    }
}

/// Every operation, those with fewer names first among paths of one length.
struct RouteTable: Sendable {
    private let byLength: [Int: [Route]]

    init(_ routes: [Route]) {
        let sorted = routes.sorted { $0.parts.count { $0 == nil } < $1.parts.count { $0 == nil } }
        byLength = Dictionary(grouping: sorted, by: \.parts.count)
    }

    /// The operation, else 404; 405 when the path exists with other methods.
    func route(_ method: String, _ path: [String]) throws(ProviderError) -> Route {
        guard path.first == "v2", let candidates = byLength[path.count - 1] else { throw .notFound }
        let matching = candidates.filter { $0.matches(path.dropFirst()) }
        if let route = matching.first(where: { $0.method == method }) { return route }
        guard matching.isEmpty else {
            throw ProviderError(405, "method_not_allowed", "The method is not allowed for this resource.")
        }
        throw .notFound
    }

    static let provider = RouteTable(
        DropletEndpoints.routes + DropletActionEndpoints.routes + ActionEndpoints.routes + SnapshotEndpoints.routes
            + VolumeEndpoints.routes + ProjectEndpoints.routes + TagEndpoints.routes + CatalogueEndpoints.routes
            + BillingEndpoints.routes + OtherEndpoints.routes)
}
