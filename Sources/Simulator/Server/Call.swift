/// One request, as an endpoint sees it.
struct Call: Sendable {
    let method: String
    /// The parts of the path, decoded: `["v2", "droplets", "7"]`.
    let path: [String]
    let query: Query
    let body: [UInt8]
    /// Where the client thinks we are, for absolute links: `http://127.0.0.1:8089`.
    let base: String
    let token: String?
    let requestID: String
    let now: Moment
    /// What the token may do.
    var grant = Grant.everything
    /// What a fault does to the action that this request starts.
    var fate = ActionFate.completes
    /// What a fault does to the droplets that this request creates.
    var hiding: Hiding?
    /// A fault says that the account has no room for another droplet.
    var isDropletLimitReached = false

    /// A part of the path as a whole number, else 404: ids are numbers.
    func id(_ index: Int) throws(ProviderError) -> Int {
        guard let id = Int(path[index]), id > 0 else { throw .notFound }
        return id
    }

    /// The body as a JSON object, else 400.
    func object() throws(ProviderError) -> JSON {
        guard let value = JSON(parsing: body), value.members != nil else {
            throw .badRequest("Request body was malformed")
        }
        return value
    }

    /// Refuses a token without this scope.
    func require(_ scope: String) throws(ProviderError) {
        guard grant.allows(scope) else { throw .forbidden }
    }
}

/// How an action ends.
enum ActionFate: Sendable, Equatable {
    case completes
    case errors
    /// It stays in progress for ever.
    case sticks
}

/// How long a new droplet is not found.
struct Hiding: Sendable, Equatable {
    var seconds = 0.0
    /// How many times a GET of it answers 404.
    var reads = 0
}
