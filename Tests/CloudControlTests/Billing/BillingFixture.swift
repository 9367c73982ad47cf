import ArcadiaTesting
import SagaCore
import Storage
import Testing

@testable import CloudControl

/// A provider that answers from memory, and fails where it is told to.
final class FakeProvider: ProviderAdapter, @unchecked Sendable {
    let provider = "digitalocean"
    struct Invoice {
        var uuid: String
        var period: String
        var amount: String
        var csv: String
    }

    var invoices: [Invoice] = []
    /// Entries of the history besides the invoices.
    var otherEntries: [JSONValue] = []
    var pageSize = 20
    /// Fails at this call, counted from 1; 0: never.
    var failsAtCall = 0
    var failure = AdapterFailure(code: "network", message: "the connection was reset")
    private(set) var calls: [String] = []
    var balance: JSONObject = [
        "month_to_date_balance": "23.44", "account_balance": "12.23", "month_to_date_usage": "11.21",
        "generated_at": "2026-04-16T00:00:00Z",
    ]

    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        calls.append(operation)
        if calls.count == failsAtCall { throw failure }
        switch operation {
        case "billing.balance": return balance
        case "billing.history": return history(input["cursor"]?.stringValue ?? "")
        case "billing.invoice_summary": return try summary(input)
        case "billing.invoice_csv":
            let invoice = try find(input)
            return ["invoice_uuid": .string(invoice.uuid), "csv": .string(invoice.csv)]
        default: throw AdapterFailure(code: "input", message: "\(operation) is none of mine")
        }
    }

    func restartCounting() { calls = [] }

    private func history(_ cursor: String) -> JSONObject {
        let entries =
            otherEntries
            + invoices.map { invoice -> JSONValue in
                [
                    "description": .string("Invoice for \(invoice.period)"), "amount": .string(invoice.amount),
                    "type": "Invoice", "date": .string(invoice.period + "-28T08:00:00Z"),
                    "invoice_id": .string("id-" + invoice.uuid), "invoice_uuid": .string(invoice.uuid),
                ]
            }
        let start = Int(cursor) ?? 0
        let page = entries.dropFirst(start).prefix(pageSize)
        var answer: JSONObject = ["entries": .array(Array(page))]
        if start + page.count < entries.count { answer["next"] = .string(String(start + page.count)) }
        return answer
    }

    private func find(_ input: JSONObject) throws(AdapterFailure) -> Invoice {
        let uuid = input["invoice_uuid"]?.stringValue ?? ""
        guard let invoice = invoices.first(where: { $0.uuid == uuid }) else {
            throw AdapterFailure(code: "not_found", message: "there is no invoice \(uuid)", remoteStatus: 404)
        }
        return invoice
    }

    private func summary(_ input: JSONObject) throws(AdapterFailure) -> JSONObject {
        let invoice = try find(input)
        return [
            "invoice_uuid": .string(invoice.uuid), "invoice_id": .string("id-" + invoice.uuid),
            "billing_period": .string(invoice.period), "amount": .string(invoice.amount),
            "taxes": ["name": "Sales Tax", "amount": "0.16"],
        ]
    }
}

/// An account in a database of its own.
struct BillingFixture {
    static let header = "product,group_description,description,hours,start,end,USD,project_name,category\n"
    static let month = "2026-04-01 00:00:00 +0000,2026-05-01 00:00:00 +0000"
    let folder = TemporaryFolder()
    let database: SQLiteDatabase
    let provider = FakeProvider()
    let now = Timestamp(milliseconds: 1_776_300_000_000)

    init() throws {
        let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        try database.write { try $0.migrate(Migration.runs + CloudTables.migrations, at: 0) }
        self.database = database
    }

    var billing: Billing { Billing(database: database, adapter: provider) }
    var reports: BillingReports {
        BillingReports(database: database, provider: provider.provider, in: .operatorOfThisMachine)
    }
    var imports: InvoiceImport { InvoiceImport(database: database, provider: provider.provider) }

    /// Takes over a CSV from memory, as the invoice "one" of April 2026, in pieces of so many bytes.
    @discardableResult
    func take(_ csv: String, uuid: String = "one", amount: String = "0", period: String = "2026-04", pieces: Int = .max)
        throws -> IngestedInvoice
    {
        let summary = InvoiceSummary(
            invoiceUUID: uuid, period: try BillingPeriod(period), amount: try Money(amount))
        return try imports.replaceLines(of: summary, from: Self.source(Array(csv.utf8), pieces: pieces), at: now)
    }

    static func source(_ bytes: [UInt8], pieces: Int = .max) -> InvoiceImport.Source {
        var rest = bytes[...]
        return { space in
            let piece = rest.prefix(min(pieces, space.count))
            space.copyBytes(from: piece)
            rest = rest.dropFirst(piece.count)
            return piece.count
        }
    }

    @discardableResult
    func addResource(
        _ name: String, kind: String = "droplet", id: String? = nil, created: String? = nil, deletedAt: Int64? = nil,
        tags: String = "[]", region: String = "nyc3", project: Int64? = nil
    ) throws -> String {
        let providerID = id ?? name
        let resourceID = "digitalocean:\(kind):\(providerID)"
        try database.write { connection in
            try connection.run(
                """
                INSERT INTO cloud_resources (resource_id, provider, kind, provider_id, name, region, tags, attrs, project,
                    created_at, first_seen_at, last_seen_at, deleted_at)
                VALUES (?, 'digitalocean', ?, ?, ?, ?, ?, '{}', ?, ?, 0, 0, ?)
                """,
                [
                    .text(resourceID), .text(kind), .text(providerID), .text(name), .text(region), .text(tags),
                    .int(orNull: project), .text(orNull: created), .int(orNull: deletedAt),
                ])
        }
        return resourceID
    }

    func count(_ table: String) throws -> Int64 {
        try database.read { try $0.first("SELECT count(*) FROM \(table)") { $0.int(0) ?? -1 } ?? -1 }
    }

    /// Everything billing keeps of lines and sums, as text: two accounts are alike if these are.
    func everything() throws -> String {
        let lines = try reports.lines().map {
            "\($0.invoiceUUID) \($0.period) \($0.ordinal) \($0.description) \($0.amount) \($0.resource?.resourceID ?? "-")"
        }
        let invoices = try reports.invoices().map {
            "\($0.invoiceUUID) \($0.status) \($0.amount ?? .zero) \($0.linesTotal ?? .zero) \($0.difference ?? .zero)"
        }
        let totals = try database.read { connection in
            try connection.rows(
                """
                SELECT i.invoice_uuid, t.product, t.resource, t.project_name, t.amount_micros, t.line_count
                FROM cloud_cost_totals t JOIN cloud_invoices i ON i.invoice = t.invoice ORDER BY 1, 2, 3, 4
                """
            ) { row in (0..<6).map { row.text($0) ?? "-" }.joined(separator: " ") }
        }
        return (invoices + lines + totals).joined(separator: "\n")
    }
}

/// The message of the billing error that `body` throws; nil: it throws none.
func billingMessage(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as BillingError {
        return error.message
    } catch {
        return "not ours: \(error)"
    }
}

/// Random numbers from a seed (SplitMix64), so that a case can be run again.
struct SeededRandom: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
