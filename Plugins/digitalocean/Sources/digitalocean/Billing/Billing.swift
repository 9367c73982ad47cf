internal import ArcadiaPlugin

/// What the account owes. Money is text, as the provider writes it: "-12.34".
struct BillingBalance: Operation {
    typealias Owner = DigitalOcean
    static let name = "billing.balance"
    struct Input: Decodable {}

    struct Output: Codable {
        var month_to_date_balance: String
        var account_balance: String
        var month_to_date_usage: String
        var generated_at: String
    }

    func execute(_ call: Call<BillingBalance>) throws -> Output {
        try API(call, .billing).send(.get, "/customers/my/balance", scope: "billing:read").checked().json(Output.self)
    }
}

/// What was billed, paid and credited, newest first. Payments are negative.
struct BillingHistory: Operation {
    typealias Owner = DigitalOcean
    static let name = "billing.history"

    struct Input: Decodable {
        /// Where the last page said it goes on; "" for the first page; absent for everything at once.
        var cursor: String?
    }

    struct Entry: Codable, Keyed {
        var description: String
        var amount: String
        /// Invoice, Payment, Credit, Refund … and what the provider thinks of next.
        var type: String
        var date: String
        var invoice_id: String?
        var invoice_uuid: String?

        var key: String { [date, type, amount, invoice_uuid ?? "", description].joined(separator: "\u{1}") }
    }

    struct Output: Codable {
        var entries: [Entry]
        var next: String?
    }

    struct EntryPage: Page {
        var billing_history: [Entry]
        var links: Links?
        var meta: Meta?
        var items: [Entry] { billing_history }
    }

    func execute(_ call: Call<BillingHistory>) throws -> Output {
        let api = try API(call, .billing)
        let path = "/customers/my/billing_history"
        guard let text = call.input.cursor else {
            let list = try PageByPage<EntryPage>.collect(areTold: false) {
                try api.page(EntryPage.self, path, number: $0, scope: "billing:read")
            }
            return Output(entries: list.items, next: nil)
        }
        guard let place = Cursor(text, lists: 1) else {
            throw StepFailure(.input, "the cursor \"\(text)\" is none of this operation's", effect: .none)
        }
        let page = try api.page(EntryPage.self, path, number: place.page, scope: "billing:read")
        return Output(entries: page.items, next: page.hasNext ? Cursor(list: 0, page: place.page + 1).text : nil)
    }
}

/// An invoice's totals.
struct BillingInvoiceSummary: Operation {
    typealias Owner = DigitalOcean
    static let name = "billing.invoice_summary"

    struct Input: Decodable {
        /// `preview` is the running month.
        var invoice_uuid: String
    }

    struct Charge: Codable {
        var name: String?
        var amount: String
    }

    struct Output: Codable {
        var invoice_uuid: String
        var invoice_id: String?
        /// eg: "2020-01"
        var billing_period: String
        var amount: String
        var product_charges: Charge?
        var overages: Charge?
        var taxes: Charge?
        var credits_and_adjustments: Charge?
    }

    func execute(_ call: Call<BillingInvoiceSummary>) throws -> Output {
        let uuid = HTTPRequest.percentEncoded(call.input.invoice_uuid)
        let answer = try API(call, .billing).send(.get, "/customers/my/invoices/\(uuid)/summary", scope: "billing:read")
        if answer.status == 404 { throw BillingInvoiceCSV.missing(call.input.invoice_uuid) }
        return try answer.checked().json(Output.self)
    }
}

/// An invoice line by line, as the provider's CSV.
struct BillingInvoiceCSV: Operation {
    typealias Owner = DigitalOcean
    static let name = "billing.invoice_csv"

    struct Input: Decodable { var invoice_uuid: String }

    struct Output: Codable {
        var invoice_uuid: String
        var csv: String
    }

    func execute(_ call: Call<BillingInvoiceCSV>) throws -> Output {
        let uuid = call.input.invoice_uuid
        let path = "/customers/my/invoices/\(HTTPRequest.percentEncoded(uuid))/csv"
        let answer = try API(call, .billing).send(.get, path, scope: "billing:read")
        if answer.status == 404 { throw Self.missing(uuid) }
        let text = try answer.checked().text
        guard answer.header("content-type")?.lowercased().contains("csv") != false else {
            throw StepFailure(
                .remote, "invoice \(uuid) came as \(answer.header("content-type") ?? "nothing"); expected CSV",
                effect: .none, retry: .yes)
        }
        return Output(invoice_uuid: uuid, csv: text)
    }

    static func missing(_ uuid: String) -> StepFailure {
        StepFailure(.notFound, "there is no invoice \(uuid)", effect: .none, remoteStatus: 404)
    }
}
