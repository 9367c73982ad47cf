import Testing

@testable import Simulator

@Suite struct BillingTests {
    /// Cents of `-$1,779.55` or `-1779.55`; nil when it is written otherwise.
    private func cents(_ text: String) -> Int? {
        let isNegative = text.hasPrefix("-")
        let parts = text.filter { $0 != "-" && $0 != "$" && $0 != "," }.split(separator: ".")
        guard parts.count == 2, parts[1].count == 2, let whole = Int(parts[0]), let rest = Int(parts[1]) else {
            return nil
        }
        return (whole * 100 + rest) * (isNegative ? -1 : 1)
    }

    /// The fields of each line, by RFC 4180.
    private func rows(_ text: String) -> [[String]] {
        var rows: [[String]] = [[]]
        var field = ""
        var isQuoted = false
        var wasQuote = false
        for character in text {
            // A quote right after the one that closed: the two stand for one.
            if character == "\"", !isQuoted, wasQuote { field.append("\"") }
            wasQuote = character == "\"" && isQuoted
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted, "\n" where !isQuoted:
                rows[rows.count - 1].append(field)
                field = ""
                if character == "\n" { rows.append([]) }
            default: field.append(character)
            }
        }
        return rows.dropLast()
    }

    private func invoices(_ provider: Provider) async throws -> [JSON] {
        try #require(try await provider.get("/v2/customers/my/invoices?per_page=200")["invoices"]?.array)
    }

    @Test func `137 invoices go back to 2014, newest first, and the running month is beside them`() async throws {
        try await Provider.run { provider in
            let list = try await provider.get("/v2/customers/my/invoices?per_page=200")
            let periods = list["invoices"]?.array?.compactMap { $0["invoice_period"]?.string } ?? []
            #expect(periods.count == 137)
            #expect(periods.first == "2025-12")
            #expect(periods.last == "2014-08")
            #expect(list["invoice_preview"]?["invoice_period"] == "2026-01")
            #expect(list["invoice_preview"]?["updated_at"] == "2026-01-15T00:00:00Z")
        }
    }

    @Test func `every invoice's file adds up to its summary, to the cent`() async throws {
        try await Provider.run { provider in
            var thousands = 0
            var quotedNames = 0
            for invoice in try await invoices(provider) {
                let path = "/v2/customers/my/invoices/\(try #require(invoice["invoice_uuid"]?.string))"
                let file = await provider.send("GET", path + "/csv")
                let rows = rows(file.text)
                let isNew = try #require(invoice["invoice_period"]?.string) >= "2020-08"
                #expect(rows[0].count == (isNew ? 9 : 8))
                #expect(rows.allSatisfy { $0.count == rows[0].count })
                #expect(file.headers["content-type"] == "text/csv")
                let sum = rows.dropFirst().compactMap { cents($0[6]) }.reduce(0, +)
                let summary = try await provider.get(path + "/summary")
                #expect(cents(summary["amount"]?.string ?? "") == sum)
                #expect(summary["amount"] == invoice["amount"])
                let parts = ["product_charges", "overages", "taxes", "credits_and_adjustments"]
                #expect(parts.compactMap { cents(summary[$0]?["amount"]?.string ?? "") }.reduce(0, +) == sum)
                let items = try await provider.get(path + "?per_page=200")["invoice_items"]?.array ?? []
                #expect(items.count == rows.count - 1)
                #expect(items.compactMap { cents($0["amount"]?.string ?? "") }.reduce(0, +) == sum)
                #expect(sum > 0)
                thousands += file.text.contains("\"-$1,779.55\"") ? 1 : 0
                quotedNames += file.text.contains("\"web, before the upgrade (2.34 GB)\"") ? 1 : 0
            }
            #expect(thousands > 0)
            #expect(quotedNames > 0)
        }
    }

    @Test func `the balance is what the history adds up to, and the running month`() async throws {
        try await Provider.run { provider in
            try await provider.advance(20 * 86_400)
            var total = 0
            var types: Set<String> = []
            var page = 1
            while true {
                let list = try await provider.get("/v2/customers/my/billing_history?page=\(page)&per_page=200")
                for entry in list["billing_history"]?.array ?? [] {
                    total += try #require(cents(entry["amount"]?.string ?? ""))
                    types.insert(entry["type"]?.string ?? "")
                    if entry["type"] != "Invoice" {
                        #expect(entry["amount"]?.string?.hasPrefix("-") == true)
                        #expect(!entry.has("invoice_uuid"))
                    }
                }
                guard list["links"]?["pages"]?["next"] != nil else { break }
                page += 1
            }
            #expect(types == ["Invoice", "Payment", "Credit"])
            let balance = try await provider.get("/v2/customers/my/balance")
            let account = try #require(cents(balance["account_balance"]?.string ?? ""))
            let usage = try #require(cents(balance["month_to_date_usage"]?.string ?? ""))
            #expect(account == total)
            #expect(cents(balance["month_to_date_balance"]?.string ?? "") == account + usage)
            let preview = try await provider.get("/v2/customers/my/invoices")["invoice_preview"]
            #expect(preview?["amount"] == balance["month_to_date_usage"])
        }
    }

    @Test func `a month that ends becomes an invoice, and those before stay as they were`() async throws {
        try await Provider.run { provider in
            let before = try await invoices(provider)
            try await provider.advance(31 * 86_400)
            let after = try await invoices(provider)
            #expect(after.count == 138)
            #expect(Array(after.dropFirst()) == before)
        }
    }

    @Test func `the same seed makes the same invoices, another one others`() async throws {
        var amounts: [[JSON?]] = []
        for seed: UInt64 in [5, 5, 6] {
            try await Provider.run {
                $0.seed = seed
            } _: { provider in
                amounts.append(try await invoices(provider).map { $0["amount"] })
            }
        }
        #expect(amounts[0] == amounts[1])
        #expect(amounts[0] != amounts[2])
    }
}
