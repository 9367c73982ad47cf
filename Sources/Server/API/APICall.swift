public import Identity
public import SagaCore

/// A request that fits the document, with who makes it.
public struct APICall: Sendable {
    public let operation: APIOperation
    /// By name: of the path, the query and the header, as the types the document says, with its defaults.
    let parameters: [String: JSONValue]
    /// Nil: there is none.
    public let body: JSONValue?
    public let caller: Caller
    public let requestID: String
    public let now: Timestamp

    subscript(_ name: String) -> JSONValue? { parameters[name] }
    func text(_ name: String) -> String? { parameters[name]?.stringValue }
    func number(_ name: String) -> Int64? { parameters[name]?.intValue }
    func texts(_ name: String) -> [String] { parameters[name]?.arrayValue?.compactMap(\.stringValue) ?? [] }

    /// Of a list; the document gives one where the request does not.
    var limit: Int { Int(number("limit") ?? 100) }
    /// What an operator says he does it for.
    var reason: String { body?["reason"]?.stringValue ?? "" }
}

/// Who makes a request, and from where.
public struct Caller: Sendable {
    /// Nil where none is needed, and none was given.
    public let identity: Identity?
    /// The session, where the request came with its cookie.
    let session: Session?
    /// The cookie itself, to end the session by.
    let sessionID: String?
    /// The address of the other end. eg: "127.0.0.1"
    public let address: String?
}

extension APICall {
    /// Who asks, of a request that is not public.
    var identity: Identity {
        guard let identity = caller.identity else {
            preconditionFailure("\(operation.id) is not public, so somebody asks")
        }
        return identity
    }

    /// What the request may see. Every query takes it.
    var scope: Scope { identity.scope }
}
