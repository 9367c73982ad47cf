public import SagaCore

/// Somebody who was believed: made from a token that verified, or of the person who runs the program.
public struct Identity: Sendable, Hashable {
    /// Who, as the issuer names them; 1 to 256 characters, none of them a control character.
    public let subject: String
    public let role: Role
    /// Whose things are seen and touched; nil: everybody's.
    public let tenant: String?
    /// The token's `jti`, where it has one.
    public let tokenID: String?
    public let expiresAt: Timestamp

    // Nobody outside makes one: whoever holds an Identity was verified.
    init(subject: String, role: Role, tenant: String?, tokenID: String?, expiresAt: Timestamp) {
        self.subject = subject
        self.role = role
        self.tenant = tenant
        self.tokenID = tokenID
        self.expiresAt = expiresAt
    }

    public func may(_ permission: Permission) -> Bool { role.may(permission) }

    /// Who may read the data folder can do everything anyway: `platform_admin`, of no tenant.
    public static func operatorOfThisMachine(_ name: String, until expiresAt: Timestamp) -> Identity {
        Identity(subject: name, role: .platformAdmin, tenant: nil, tokenID: nil, expiresAt: expiresAt)
    }
}

extension Identity {
    public var scope: Scope { Scope(tenant.map(Scope.Reach.tenant) ?? .everything) }
}
