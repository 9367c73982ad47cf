public import SagaCore
public import Storage

/// What an account costs: asked of its provider, kept line by line, summed to the cent.
///
/// Every operation may be cut off anywhere and asked again: it ends with the same lines and sums.
public struct Billing: Sendable {
    let database: any Database
    let adapter: any ProviderAdapter
    let invoiceImport: InvoiceImport

    /// - Parameter database: with the tables of `CloudTables.migrations`.
    public init(database: any Database, adapter: any ProviderAdapter) {
        self.database = database
        self.adapter = adapter
        invoiceImport = InvoiceImport(database: database, provider: adapter.provider)
    }

    var provider: String { adapter.provider }

    /// Asks what the account owes, and keeps it.
    public func snapshotBalance(at now: Timestamp) throws(BillingError) -> BalanceSnapshot {
        let answer = try ProviderAnswer(adapter, "billing.balance", [:])
        let snapshot = BalanceSnapshot(
            monthToDateBalance: try answer.money("month_to_date_balance"),
            accountBalance: try answer.money("account_balance"),
            monthToDateUsage: try answer.money("month_to_date_usage"),
            generatedAt: answer.optionalText("generated_at").flatMap { CalendarTime.moment($0) }, takenAt: now)
        try database.billingTransaction { try write(snapshot, $0) }
        return snapshot
    }

    private func write(_ snapshot: BalanceSnapshot, _ connection: any Connection) throws {
        try connection.run(
            """
            INSERT INTO cloud_balance_snapshots (provider, month_to_date_balance_micros, account_balance_micros,
                month_to_date_usage_micros, generated_at, taken_at) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                .text(provider), .money(snapshot.monthToDateBalance), .money(snapshot.accountBalance),
                .money(snapshot.monthToDateUsage), .moment(snapshot.generatedAt), .moment(snapshot.takenAt),
            ])
    }
}

/// What the account owed at one time.
public struct BalanceSnapshot: Sendable, Hashable {
    /// What is owed with the running month.
    public let monthToDateBalance: Money
    /// What was owed before it.
    public let accountBalance: Money
    /// What the running month used so far.
    public let monthToDateUsage: Money
    /// When the provider counted; nil: it did not say.
    public let generatedAt: Timestamp?
    /// When it was asked.
    public let takenAt: Timestamp
}
