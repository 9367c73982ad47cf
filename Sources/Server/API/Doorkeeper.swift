internal import HTTPTypes
internal import Identity
internal import SagaCore

/// Who makes a request, and whether they may.
struct Doorkeeper: Sendable {
    static let cookie = "arcadia_session"

    let verifier: TokenVerifier?
    let sessions: Sessions
    let limiter = RequestLimiter()
    let perCaller: RequestLimit
    let perTenant: RequestLimit

    /// - Throws: 401 with the one sentence a stranger is told.
    func caller(of request: RawRequest, at now: Timestamp) throws(APIProblem) -> Caller {
        if let authorization = request.headers[.authorization] {
            return Caller(
                identity: try identity(authorization, at: now), session: nil, sessionID: nil, address: request.address)
        }
        guard let id = request.cookie(Self.cookie) else {
            return Caller(identity: nil, session: nil, sessionID: nil, address: request.address)
        }
        guard let session = sessions.find(id, at: now) else {
            throw Self.unauthenticated(
                "session.ended", "the session has ended", hint: "log in again, with a new link or a token")
        }
        return Caller(identity: session.identity, session: session, sessionID: id, address: request.address)
    }

    func identity(_ authorization: String, at now: Timestamp) throws(APIProblem) -> Identity {
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else {
            throw Self.unauthenticated("auth.scheme", "`Authorization` is not a bearer token")
        }
        return try identity(token: String(parts[1]), at: now)
    }

    func identity(token: String, at now: Timestamp) throws(APIProblem) -> Identity {
        guard let verifier else {
            throw Self.unauthenticated(
                "auth.no_tokens", "this server was started without a secret to check tokens with",
                hint: "`arcadia serve --jwt-secret-file FILE`")
        }
        do throws(TokenRefusal) {
            return try verifier.verify(token, at: now)
        } catch {
            var problem = Self.unauthenticated(error.publicCode, error.publicMessage)
            if case .unknownKey = error { problem.namesUnknownKey = true }
            throw problem
        }
    }

    /// Asks who issues the tokens for its keys, unless that was done not long ago.
    func renewsKeys(at now: Timestamp) async -> Bool { await verifier?.renewsKeys(at: now) ?? false }

    static func unauthenticated(_ code: String, _ message: String, hint: String? = nil) -> APIProblem {
        var problem = APIProblem(401, code, message, hint: hint)
        problem.headers["WWW-Authenticate"] = "Bearer realm=\"arcadia\""
        return problem
    }

    // MARK: - May they

    /// - Throws: 401, 403 or 429.
    /// - Returns: headers that say how much of the limit is left.
    func admit(_ caller: Caller, to operation: APIOperation, _ request: RawRequest, at now: Timestamp)
        throws(APIProblem) -> [String: String]
    {
        guard !operation.isPublic else { return try admitAnybody(caller, to: operation, at: now) }
        guard let identity = caller.identity else {
            throw Self.unauthenticated("auth.required", "a token is needed", hint: "`Authorization: Bearer TOKEN`")
        }
        let headers = try count("subject:" + (identity.tenant ?? "") + "/" + identity.subject, identity, at: now)
        try checkPermission(identity, operation)
        if let session = caller.session, !operation.method.isSafe { try checkPage(session, request) }
        return headers
    }

    /// Who watches whether the host lives is always told; who tries codes and tokens is counted.
    private func admitAnybody(_ caller: Caller, to operation: APIOperation, at now: Timestamp)
        throws(APIProblem) -> [String: String]
    {
        operation.method.isSafe ? [:] : try count("address:" + (caller.address ?? "?"), nil, at: now)
    }

    private func count(_ key: String, _ identity: Identity?, at now: Timestamp) throws(APIProblem) -> [String: String] {
        let own = limiter.take(key, perCaller, at: now)
        if own.isExceeded { throw Self.tooMany(own, "of you") }
        if let tenant = identity?.tenant {
            let shared = limiter.take("tenant:" + tenant, perTenant, at: now)
            if shared.isExceeded { throw Self.tooMany(shared, "of your tenant") }
            // Whichever ends first is the one to mind.
            if shared.remaining < own.remaining { return shared.headers }
        }
        return own.headers
    }

    private static func tooMany(_ standing: RequestLimiter.Standing, _ whose: String) -> APIProblem {
        var problem = APIProblem(
            429, "request.rate",
            "too many requests \(whose): expected at most \(standing.limit) a minute",
            hint: "try again in \(max(1, standing.reset)) s")
        problem.headers = standing.headers
        return problem
    }

    private func checkPermission(_ identity: Identity, _ operation: APIOperation) throws(APIProblem) {
        guard let word = operation.permission else { return }
        // A word that is in the document and not here is nobody's.
        guard let permission = Permission(rawValue: word) else { throw Self.notPermitted(identity, word, []) }
        try Self.require(permission, of: identity)
    }

    /// For what a request asks for beyond the operation's own permission.
    static func require(_ permission: Permission, of identity: Identity) throws(APIProblem) {
        guard !identity.may(permission) else { return }
        throw notPermitted(identity, permission.rawValue, Role.allCases.filter { $0.may(permission) })
    }

    private static func notPermitted(_ identity: Identity, _ word: String, _ roles: [Role]) -> APIProblem {
        APIProblem(
            403, "auth.not_permitted",
            "role \(identity.role.rawValue) may not do this (\(word)); expected \(list(roles.map(\.rawValue)))")
    }

    /// A write that comes with a cookie must come from our page: other sites' pages can send cookies, and not read ours.
    private func checkPage(_ session: Session, _ request: RawRequest) throws(APIProblem) {
        guard let given = request.headers[HTTPField.Name("X-CSRF-Token")!], session.isOurs(csrfToken: given) else {
            throw APIProblem(
                403, "auth.csrf", "the header X-CSRF-Token is missing or not this session's",
                hint: "`GET /api/v1/me` says it as csrf_token")
        }
    }

    private static func list(_ words: [String]) -> String {
        guard let last = words.last else { return "nobody" }
        return words.count == 1 ? last : words.dropLast().joined(separator: ", ") + " or " + last
    }
}
