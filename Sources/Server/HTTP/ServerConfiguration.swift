public import Identity

/// How the server listens and whom it lets in.
public struct ServerConfiguration: Sendable {
    public var host = "127.0.0.1"
    /// 0: any that is free.
    public var port = 7070
    /// Paths of a certificate chain and its key, PEM; nil: plain HTTP.
    public var tls: (certificate: String, key: String)?
    /// Nil: nobody comes in by token, only by a login link.
    public var verifier: TokenVerifier?
    /// Of one subject.
    public var perCaller = RequestLimit(perMinute: 6000)
    /// Of all subjects of a tenant together.
    public var perTenant = RequestLimit(perMinute: 30_000)
    /// Connections at a time; more wait to be accepted.
    public var mostConnections = 4096
    /// Bytes of a body.
    public var largestBody = 1 << 20
    /// Seconds a connection may be silent, also in the middle of a request.
    public var idleSeconds = 30
    /// Seconds in which a body must have come.
    public var bodySeconds = 60
    /// Seconds a stopping server waits for answers that are on their way.
    public var stopSeconds = 10
    /// What the server calls itself in health and `me`.
    public var version = ""

    public init() {}

    /// Only this machine can reach it.
    public var isLoopback: Bool { host == "127.0.0.1" || host == "::1" || host == "localhost" }
}
