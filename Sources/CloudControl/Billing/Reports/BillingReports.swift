public import SagaCore
public import Storage

/// What billing knows, asked. Asks the database only, never the provider.
///
/// An invoice is of the whole account: taxes, credits and what no resource matches are nobody's alone. So whoever sees the
/// things of one tenant only is refused.
public struct BillingReports: Sendable {
    private let database: any Database
    let provider: String
    private let scope: Scope

    /// - Parameters:
    ///   - provider: the plugin's id. eg: "digitalocean"
    ///   - scope: anything but everything, and every question throws `BillingError.Fact.scope`.
    public init(database: any Database, provider: String, in scope: Scope) {
        self.database = database
        self.provider = provider
        self.scope = scope
    }

    /// One snapshot, for a question. Every question comes through here.
    func read<Result>(_ body: (any Connection) throws -> Result) throws(BillingError) -> Result {
        if case .tenant(let tenant) = scope.reach { throw BillingError(.scope(tenant: tenant)) }
        return try database.billingRead(body)
    }
}
