/// Whose rows a query may see. Every query takes one, and only somebody's identity or the operator of this machine has one
/// to give, so that no handler can forget to ask whose things these are.
///
/// A tenant in the token narrows every role, `platform_admin` too. What lies outside a scope does not exist in it:
/// asking for it by id answers "not found", never "not allowed", which would say that it is there.
public struct Scope: Sendable, Hashable {
    public enum Reach: Sendable, Hashable {
        case everything
        case tenant(String)
    }

    public let reach: Reach

    package init(_ reach: Reach) { self.reach = reach }

    /// Of the command line: who may read the database sees all of it.
    public static let operatorOfThisMachine = Scope(.everything)

    /// Whether something of this tenant lies within; nil: of the platform itself.
    ///
    /// Compared byte by byte, as the database does: two spellings of one letter are two tenants.
    public func includes(tenant: String?) -> Bool {
        switch reach {
        case .everything: true
        case .tenant(let own): tenant?.utf8.elementsEqual(own.utf8) ?? false
        }
    }
}
