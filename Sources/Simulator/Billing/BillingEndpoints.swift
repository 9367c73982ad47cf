/// `/v2/customers/my`
enum BillingEndpoints {
    private static let root = "customers/my/"
    private static let scope = "billing:read"

    static let routes = [
        Route("GET", root + "balance", scope: scope) { account, call in
            .json(account.billing.balance(at: call.now))
        },
        Route("GET", root + "billing_history", scope: scope) { account, call in
            call.list("billing_history", account.billing.entries(at: call.now), \.json)
        },
        Route("GET", root + "invoices", scope: scope, list),
        Route("GET", root + "invoices/{uuid}", scope: scope) { account, call throws(ProviderError) in
            let invoice = try account.billing.invoice(call.path[4], at: call.now)
            return call.list("invoice_items", invoice.items) { $0.json(hasCategory: invoice.hasCategory) }
        },
        Route("GET", root + "invoices/{uuid}/summary", scope: scope) { account, call throws(ProviderError) in
            .json(try account.billing.invoice(call.path[4], at: call.now).summary)
        },
        Route("GET", root + "invoices/{uuid}/csv", scope: scope) { account, call throws(ProviderError) in
            let invoice = try account.billing.invoice(call.path[4], at: call.now)
            return Answer(status: 200, body: .file(text: invoice.csv, type: "text/csv", name: invoice.fileName))
        },
    ]

    /// The running month is not among the invoices but beside them.
    private static func list(_ account: inout Account, _ call: Call) -> Answer {
        let preview = account.billing.preview(at: call.now).json.with([
            .init(key: "updated_at", value: Billing.midnight(before: call.now).json)
        ])
        let page = call.page("invoices", account.billing.invoices(at: call.now), \.json)
        return .json(page.with([.init(key: "invoice_preview", value: preview)]))
    }
}
