internal import SagaCore

/// The columns of FOCUS 1.0 that an invoice's lines can fill; what is ours alone starts with `x_`, as FOCUS asks.
///
/// Left out, since no invoice says them: list and contracted prices, SKUs, commitments, availability zones, tags.
enum FOCUSColumns {
    static let columns = [
        CostColumn("BilledCost") { line, _ in .exact(line.amount.description) },
        CostColumn("BillingCurrency") { _, _ in .exact("USD") },
        CostColumn("BillingPeriodStart") { line, _ in .exact(time(line.period.start)) },
        CostColumn("BillingPeriodEnd") { line, _ in .exact(time(line.period.end)) },
        CostColumn("ChargeCategory") { line, _ in .exact(chargeCategory(line)) },
        CostColumn("ChargeClass") { _, _ in .text(nil) },
        CostColumn("ChargeDescription") { line, _ in .text(line.description) },
        CostColumn("ChargePeriodStart") { line, _ in .exact(time(line.startsAt)) },
        CostColumn("ChargePeriodEnd") { line, _ in .exact(time(exclusiveEnd(line))) },
        CostColumn("ConsumedQuantity") { line, _ in .text(line.hours) },
        CostColumn("ConsumedUnit") { line, _ in .text(line.hours == nil ? nil : "Hours") },
        CostColumn("EffectiveCost") { line, _ in .exact(line.amount.description) },
        CostColumn("InvoiceIssuerName") { _, provider in .text(providerName(provider)) },
        CostColumn("ProviderName") { _, provider in .text(providerName(provider)) },
        CostColumn("PublisherName") { _, provider in .text(providerName(provider)) },
        CostColumn("RegionId") { line, _ in .text(line.resource?.region) },
        CostColumn("ResourceId") { line, _ in .text(line.resource?.resourceID) },
        CostColumn("ResourceName") { line, _ in .text(line.resource?.name ?? line.name) },
        CostColumn("ResourceType") { line, _ in .text(line.kind) },
        CostColumn("ServiceCategory") { line, _ in .exact(serviceCategory(line)) },
        CostColumn("ServiceName") { line, _ in .text(line.product) },
        CostColumn("SubAccountName") { line, _ in .text(line.projectName) },
        CostColumn("x_InvoiceId") { line, _ in .text(line.invoiceUUID) },
        CostColumn("x_InvoiceLine") { line, _ in .exact(String(line.ordinal)) },
        CostColumn("x_GroupDescription") { line, _ in .text(line.groupDescription) },
    ]

    private static func chargeCategory(_ line: CostLine) -> String {
        if line.product.lowercased() == "taxes" { return "Tax" }
        return line.amount < .zero ? "Credit" : "Usage"
    }

    private static func serviceCategory(_ line: CostLine) -> String {
        switch line.kind {
        case "droplet", "kubernetes_cluster": "Compute"
        case "snapshot", "volume": "Storage"
        case "load_balancer", "reserved_ip": "Networking"
        case "database_cluster": "Databases"
        default: "Other"
        }
    }

    private static func providerName(_ provider: String) -> String {
        provider == "digitalocean" ? "DigitalOcean" : provider
    }

    /// FOCUS ends a period with the first instant after it; some products are billed until the last second of the month.
    private static func exclusiveEnd(_ line: CostLine) -> Timestamp {
        line.endsAt.milliseconds % 60_000 == 59_000 ? line.endsAt + 1000 : line.endsAt
    }

    /// To the second: `2026-04-01T00:00:00Z`.
    private static func time(_ moment: Timestamp) -> String { moment.description.prefix(19) + "Z" }
}
