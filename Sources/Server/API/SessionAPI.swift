internal import Identity
internal import SagaCore

/// Who am I, and the page's sessions.
struct SessionAPI: Sendable {
    let doorkeeper: Doorkeeper
    let codes: LoginCodes
    let configuration: ServerConfiguration

    var handlers: [String: API.Handler] {
        ["getMe": me, "createSession": create, "deleteSession": delete]
    }

    @Sendable private func me(_ call: APICall) -> APIAnswer {
        .json(json(call.identity, csrf: call.caller.session?.csrfToken, endsAt: call.caller.session?.endsAt))
    }

    private func json(_ identity: Identity, csrf: String?, endsAt: Timestamp?) -> JSONValue {
        let permissions = Permission.allCases.filter(identity.may).map { JSONValue.string($0.rawValue) }
        return [
            "subject": .string(identity.subject), "role": .string(identity.role.rawValue),
            "tenant": identity.tenant.map(JSONValue.string) ?? .null, "permissions": .array(permissions),
            "expires_at": .string((endsAt ?? identity.expiresAt).description),
            "csrf_token": csrf.map(JSONValue.string) ?? .null, "version": .string(configuration.version),
        ]
    }

    @Sendable private func create(_ call: APICall) throws -> APIAnswer {
        let identity: Identity
        if let code = call.body?["code"]?.stringValue {
            guard let redeemed = codes.redeem(code, at: call.now) else {
                throw Doorkeeper.unauthenticated(
                    "session.code", "this link was used before, or is too old",
                    hint: "`arcadia login` prints a new one on the server's machine; a token gets in, too")
            }
            identity = redeemed
        } else {
            identity = try doorkeeper.identity(token: call.body?["token"]?.stringValue ?? "", at: call.now)
        }
        let id = doorkeeper.sessions.start(identity, at: call.now)
        guard let session = doorkeeper.sessions.find(id, at: call.now) else {
            throw Doorkeeper.unauthenticated("session.ended", "the token is about to expire")
        }
        var answer = APIAnswer.json(json(identity, csrf: session.csrfToken, endsAt: session.endsAt))
        answer.headers["Set-Cookie"] = cookie(id, seconds: (session.endsAt - call.now) / 1000)
        return answer
    }

    @Sendable private func delete(_ call: APICall) -> APIAnswer {
        if let id = call.caller.sessionID { doorkeeper.sessions.end(id) }
        var answer = APIAnswer.nothing
        answer.headers["Set-Cookie"] = cookie("", seconds: 0)
        return answer
    }

    /// No script reads it, no other site's page sends it.
    private func cookie(_ value: String, seconds: Int64) -> String {
        let secure = configuration.tls != nil || !configuration.isLoopback ? "; Secure" : ""
        return "\(Doorkeeper.cookie)=\(value); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict\(secure)"
    }
}
