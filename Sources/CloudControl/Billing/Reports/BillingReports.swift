public import Storage

/// What billing knows, asked. Asks the database only, never the provider.
public struct BillingReports: Sendable {
    let database: any Database
    let provider: String

    /// - Parameter provider: the plugin's id. eg: "digitalocean"
    public init(database: any Database, provider: String) {
        self.database = database
        self.provider = provider
    }
}
