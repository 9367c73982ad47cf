import ArcadiaTesting
import SagaCore
import Storage
import Testing

@testable import CloudControl

@Suite struct BillingIngestTests {
    private let fixture: BillingFixture
    private static let header = BillingFixture.header
    private static let month = BillingFixture.month

    init() throws { fixture = try BillingFixture() }

    private static func csv(_ amounts: String...) -> String {
        header
            + amounts.enumerated().map { "Droplets,,web-\($0) (s-1),744,\(month),\($1),shop,iaas\n" }.joined()
    }

    private func addInvoice(_ uuid: String, _ amount: String, _ csv: String, period: String = "2026-04") {
        fixture.provider.invoices.append(.init(uuid: uuid, period: period, amount: amount, csv: csv))
    }

    // MARK: - Balance

    @Test func `a balance is kept as the provider says it`() throws {
        let snapshot = try fixture.billing.snapshotBalance(at: fixture.now)
        #expect(snapshot.monthToDateBalance.description == "23.44")
        #expect(snapshot.accountBalance.description == "12.23")
        #expect(snapshot.monthToDateUsage.description == "11.21")
        #expect(snapshot.generatedAt?.description == "2026-04-16T00:00:00.000Z")
        fixture.provider.balance["account_balance"] = "-1.00"
        _ = try fixture.billing.snapshotBalance(at: fixture.now + 3_600_000)
        #expect(try fixture.reports.balance()?.accountBalance.description == "-1.00")
        #expect(try fixture.reports.balanceHistory().map(\.accountBalance.description) == ["-1.00", "12.23"])
    }

    @Test func `a balance that is no amount is refused`() {
        fixture.provider.balance["account_balance"] = "much"
        #expect(
            billingMessage { _ = try fixture.billing.snapshotBalance(at: fixture.now) }
                == "in the answer of `billing.balance`, `account_balance`: \"much\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"
        )
        fixture.provider.balance["account_balance"] = nil
        #expect(
            billingMessage { _ = try fixture.billing.snapshotBalance(at: fixture.now) }
                == "the answer of `billing.balance` has no `account_balance` that can be used; expected decimal text, like \"12.34\""
        )
    }

    // MARK: - Discovery

    @Test func `the history is read to its end and twice gives nothing new`() throws {
        for number in 1...45 { addInvoice("uuid-\(number)", "\(number).00", Self.header) }
        fixture.provider.otherEntries = [
            [
                "description": "Payment (MC 2018)", "amount": "-12.34", "type": "Payment",
                "date": "2018-06-02T08:44:38Z",
            ]
        ]
        let new = try fixture.billing.discoverInvoices(at: fixture.now)
        #expect(new.map(\.invoiceUUID) == (1...45).map { "uuid-\($0)" })
        #expect(fixture.provider.calls.count == 3)
        #expect(try fixture.billing.discoverInvoices(at: fixture.now).isEmpty)
        #expect(try fixture.reports.invoices().count == 45)
        #expect(try fixture.reports.invoices().allSatisfy { $0.status == .discovered && $0.period == nil })
    }

    @Test func `an invoice without a uuid is kept as a note, as often as it is there`() throws {
        let entry: JSONValue = [
            "description": "Invoice for Jan 2014", "amount": "5.00", "type": "Invoice", "date": "2014-02-01T00:00:00Z",
            "invoice_uuid": "",
        ]
        fixture.provider.otherEntries = [entry, entry]
        for _ in 0..<2 { #expect(try fixture.billing.discoverInvoices(at: fixture.now).isEmpty) }
        let notes = try fixture.reports.invoiceNotes()
        #expect(notes.count == 2)
        #expect(
            notes.first?.note == "the history has no invoice_uuid for this invoice, so its lines cannot be fetched")
        #expect(try fixture.reports.invoices().isEmpty)
    }

    @Test func `a history that goes round in a circle is left`() {
        final class Circle: ProviderAdapter {
            let provider = "digitalocean"
            func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
                ["entries": [], "next": "2"]
            }
        }
        let billing = Billing(database: fixture.database, adapter: Circle())
        #expect(
            billingMessage { try billing.discoverInvoices(at: fixture.now) }
                == "`billing.history` answered the cursor \"2\" a second time; expected another page or the end")
    }

    // MARK: - Ingest

    @Test func `an invoice is ingested once, and again when asked to`() throws {
        addInvoice("one", "3.00", Self.csv("$1.00", "$2.00"))
        try fixture.billing.discoverInvoices(at: fixture.now)
        let outcome = try fixture.billing.ingest("one", at: fixture.now)
        guard case .ingested(let ingested) = outcome else { Issue.record("\(outcome)"); return }
        #expect(ingested.isReconciled)
        #expect(ingested.difference == .zero)
        fixture.provider.restartCounting()
        #expect(try fixture.billing.ingest("one", at: fixture.now) == .alreadyIngested)
        #expect(fixture.provider.calls.isEmpty)
        fixture.provider.invoices[0].csv = Self.csv("$3.00")
        try fixture.billing.ingest("one", at: fixture.now + 1, again: true)
        #expect(try fixture.reports.lines().map(\.amount.description) == ["3.00"])
        #expect(try fixture.count("cloud_cost_lines") == 1)
        #expect(try fixture.count("cloud_cost_totals") == 1)
        let row = try #require(try fixture.reports.invoices().first)
        #expect(row.status == .ingested)
        #expect(row.invoiceID == "id-one")
        #expect(row.ingestedAt == fixture.now + 1)
    }

    @Test func `an invoice nobody knows is not asked for`() {
        #expect(
            billingMessage { try fixture.billing.ingest("nine", at: fixture.now) }
                == "there is no invoice \"nine\" here")
    }

    @Test func `the difference to the summary is kept, to the millionth`() throws {
        addInvoice("one", "10.00", Self.csv("$1.00", "$2.004"))
        try fixture.billing.discoverInvoices(at: fixture.now)
        try fixture.billing.ingest("one", at: fixture.now)
        let row = try #require(try fixture.reports.invoices().first)
        #expect(row.difference?.description == "-6.996")
        #expect(row.isReconciled == false)
        #expect(row.linesTotal?.description == "3.004")
        addInvoice("two", "3.00", Self.csv("$1.00", "$2.004"))
        try fixture.billing.sync(at: fixture.now)
        let second = try #require(try fixture.reports.invoices().first { $0.invoiceUUID == "two" })
        #expect(second.difference?.description == "0.004")
        #expect(second.isReconciled == true)
    }

    @Test func `a failure leaves the lines and says why`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        addInvoice("two", "1.00", "product\n")
        let report = try fixture.billing.sync(at: fixture.now)
        #expect(report.ingested.map(\.invoiceUUID) == ["one"])
        #expect(report.problems.count == 1)
        let failed = try #require(try fixture.reports.invoices(status: .failed).first)
        #expect(failed.invoiceUUID == "two")
        #expect(failed.error == report.problems.first?.message)
        #expect(failed.failedAt == fixture.now)
        // The one that has its lines keeps them, and its status.
        fixture.provider.invoices[0].csv = "nonsense"
        #expect(throws: BillingError.self) { try fixture.billing.ingest("one", at: fixture.now + 5, again: true) }
        let kept = try #require(try fixture.reports.invoices(status: .ingested).first)
        #expect(kept.error != nil)
        #expect(kept.failedAt == fixture.now + 5)
        #expect(try fixture.reports.lines().count == 1)
        // Repaired, all is forgotten.
        fixture.provider.invoices[1].csv = Self.csv("$1.00")
        #expect(try fixture.billing.sync(at: fixture.now + 9).problems.isEmpty)
        #expect(try fixture.reports.invoices(status: .failed).isEmpty)
    }

    @Test func `an answer about another invoice is refused`() throws {
        final class Mixed: ProviderAdapter {
            let provider = "digitalocean"
            func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject {
                ["invoice_uuid": "other", "billing_period": "2026-04", "amount": "1.00"]
            }
        }
        addInvoice("one", "1.00", Self.header)
        try fixture.billing.discoverInvoices(at: fixture.now)
        let billing = Billing(database: fixture.database, adapter: Mixed())
        #expect(
            billingMessage { try billing.ingest("one", at: fixture.now) }
                == "the provider was asked for invoice one and answered with other")
    }

    @Test func `a missing permission ends the sync at once`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        fixture.provider.failsAtCall = 1
        fixture.provider.failure = AdapterFailure(
            code: "denied", message: "the token has no scope billing:read", remoteStatus: 403)
        #expect(
            billingMessage { try fixture.billing.sync(at: fixture.now) }
                == "`billing.balance`: the token has no scope billing:read")
        #expect(fixture.provider.calls.count == 1)
    }

    @Test func `progress tells each thing once`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        addInvoice("two", "1.00", "nonsense")
        var told: [String] = []
        try fixture.billing.sync(at: fixture.now) { progress in
            switch progress {
            case .balance(let balance): told.append("balance \(balance.monthToDateBalance)")
            case .discovered(let count, let rest): told.append("\(count) new, \(rest) to ingest")
            case .ingested(let invoice, let done, let all): told.append("\(invoice.invoiceUUID) \(done)/\(all)")
            case .failed(let invoice, _, let done, let all): told.append("\(invoice) failed \(done)/\(all)")
            }
        }
        #expect(told == ["balance 23.44", "2 new, 2 to ingest", "one 1/2", "two failed 2/2"])
    }

    // MARK: - A long history

    /// 137 invoices since December 2014, from a seed.
    private func addLongHistory() throws {
        var random = SeededRandom(seed: 2014)
        for number in 0..<137 {
            let period = BillingPeriodText.text(monthsSince2014: 11 + number)
            var (csv, sum) = (Self.header, Money.zero)
            for line in 0..<Int.random(in: 1...40, using: &random) {
                let amount = Money(micros: Int64.random(in: -200_000...4_000_000, using: &random) * 10_000)
                sum = try sum.adding(amount)
                csv +=
                    "Droplets,,web-\(line) (s-1),744,\(period)-01 00:00:00 +0000,\(period)-28 00:00:00 +0000,\"$\(amount)\",shop,iaas\n"
            }
            addInvoice("uuid-\(number)", sum.description, csv, period: period)
        }
    }

    private enum BillingPeriodText {
        static func text(monthsSince2014 months: Int) -> String {
            let month = months % 12 + 1
            return "\(2014 + months / 12)-\(month < 10 ? "0" : "")\(month)"
        }
    }

    @Test func `137 invoices taken twice are the same lines and the same sums`() throws {
        try addLongHistory()
        for name in 0..<20 { try fixture.addResource("web-\(name)") }
        let first = try fixture.billing.sync(at: fixture.now)
        #expect(first.ingested.count == 137)
        #expect(first.problems.isEmpty)
        let once = try fixture.everything()
        #expect(try fixture.billing.sync(at: fixture.now + 1).ingested.isEmpty)
        #expect(try fixture.everything() == once)
        for number in 0..<137 { try fixture.billing.ingest("uuid-\(number)", at: fixture.now + 2, again: true) }
        #expect(try fixture.everything() == once)
        #expect(try fixture.reports.invoices().allSatisfy { $0.difference == .zero && $0.isReconciled == true })
    }

    @Test func `cut off at any call and started again, it ends the same`() throws {
        var random = SeededRandom(seed: 7)
        func fill(_ provider: FakeProvider) {
            provider.invoices = (0..<5).map { number in
                .init(
                    uuid: "uuid-\(number)", period: "2026-0\(number + 1)", amount: "3.00",
                    csv: Self.csv("$1.00", "$2.00"))
            }
            provider.pageSize = 2
        }
        fill(fixture.provider)
        try fixture.billing.sync(at: fixture.now)
        let whole = try fixture.everything()
        let calls = fixture.provider.calls.count
        #expect(calls == 1 + 3 + 5 * 2)
        for call in 1...calls {
            let other = try BillingFixture()
            fill(other.provider)
            other.provider.failsAtCall = call
            other.provider.failure = AdapterFailure(
                code: Bool.random(using: &random) ? "network" : "auth", message: "cut off")
            let report = try? other.billing.sync(at: fixture.now)
            #expect(report == nil || report?.problems.count == 1, "call \(call)")
            other.provider.failsAtCall = 0
            try other.billing.sync(at: fixture.now)
            #expect(try other.everything() == whole, "call \(call)")
        }
    }

    @Test func `a transaction that is never committed leaves what was there`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        try fixture.billing.sync(at: fixture.now)
        let before = try fixture.everything()
        // More than fits into SQLite's cache and the reader's buffer: rows are in the file before the end is seen to be bad.
        let long =
            Self.csv() + String(repeating: "Droplets,,web (s-1),744,\(Self.month),$1.00,shop,iaas\n", count: 60_000)
        fixture.provider.invoices[0].csv = long + "Droplets,\"open"
        #expect(throws: BillingError.self) { try fixture.billing.ingest("one", at: fixture.now, again: true) }
        #expect(try fixture.everything() == before)
    }

    @Test func `a database that refuses a line stops the reading, and leaves what was there`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        try fixture.billing.sync(at: fixture.now)
        let before = try fixture.everything()
        try fixture.database.write {
            try $0.executeScript(
                """
                CREATE TRIGGER full BEFORE INSERT ON cloud_cost_lines WHEN NEW.line % 4294967296 = 30000
                BEGIN SELECT RAISE(ABORT, 'enough of it'); END;
                """)
        }
        let line = Array("Droplets,,web (s-1),744,\(Self.month),$1.00,shop,iaas\n".utf8)
        let isOver = Monitor(false)
        var hasHeader = false
        let summary = InvoiceSummary(invoiceUUID: "one", period: try BillingPeriod("2026-04"), amount: .zero)
        // A file without end: it is read only for as long as somebody writes it.
        let message = billingMessage {
            _ = try fixture.imports.replaceLines(
                of: summary,
                from: { space in
                    #expect(isOver.withLock { !$0 })
                    let piece = hasHeader ? line : Array(Self.header.utf8)
                    hasHeader = true
                    guard space.count >= piece.count else {
                        space.copyBytes(from: piece.prefix(0))
                        space[0] = ASCII.newline
                        return 1
                    }
                    space.copyBytes(from: piece)
                    return piece.count
                }, at: fixture.now)
        }
        isOver.change { $0 = true }
        #expect(message == "the database \(fixture.folder.path)/arcadia.db said: enough of it")
        #expect(try fixture.everything() == before)
    }

    @Test func `the database itself refuses what cannot be`() throws {
        addInvoice("one", "1.00", Self.csv("$1.00"))
        try fixture.billing.sync(at: fixture.now)
        for (sql, name) in [
            ("UPDATE cloud_invoices SET status = 'done'", "status_of_invoice_is_known"),
            ("UPDATE cloud_invoices SET line_count = NULL", "ingested_invoices_have_counted_lines"),
            ("UPDATE cloud_invoices SET status = 'failed'", "failed_invoices_say_why"),
            ("UPDATE cloud_invoices SET difference_micros = 1", "difference_is_lines_less_amount"),
        ] {
            #expect { try fixture.database.write { try $0.run(sql) } } throws: {
                ($0 as? StoreError)?.message.contains(name) == true
            }
        }
    }
}
