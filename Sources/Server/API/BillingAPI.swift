internal import CloudControl
internal import SagaCore

/// What the account costs.
struct BillingAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] {
        [
            "getBalance": balance, "listCostLines": lines, "listInvoices": invoices, "listCosts": costs,
            "getForecast": forecast,
        ]
    }

    private func reports(_ call: APICall) -> BillingReports {
        BillingReports(database: context.database, provider: context.provider, in: call.scope)
    }

    private func period(_ call: APICall) throws -> BillingPeriod? {
        try call.text("period").map { text throws(BillingError) in try BillingPeriod(text) }
    }

    @Sendable private func balance(_ call: APICall) throws -> APIAnswer {
        guard let balance = try reports(call).balance() else { throw Self.noBalance("no balance was taken yet") }
        return .json(balance.json(forecast: try reports(call).forecast(at: call.now)))
    }

    @Sendable private func forecast(_ call: APICall) throws -> APIAnswer {
        guard let forecast = try reports(call).forecast(at: call.now) else {
            throw Self.noBalance("no balance of \(BillingPeriod(containing: call.now)) was taken yet")
        }
        return .json(forecast.json)
    }

    private static func noBalance(_ message: String) -> APIProblem {
        APIProblem(404, "billing.no_balance", message, hint: "`arcadia billing sync` takes it")
    }

    @Sendable private func lines(_ call: APICall) throws -> APIAnswer {
        let filter = CostLineFilter(
            period: try period(call), kind: call.text("kind"),
            match: call.text("match").flatMap(CostLineFilter.Match.init(rawValue:)) ?? .all, limit: call.limit)
        return .json(try reports(call).linePage(filter, cursor: call.text("cursor")).json)
    }

    @Sendable private func invoices(_ call: APICall) throws -> APIAnswer {
        var filter = InvoiceFilter()
        (filter.period, filter.limit, filter.cursor) = (try period(call), call.limit, call.text("cursor"))
        return .json(try reports(call).invoicePage(filter).json)
    }

    @Sendable private func costs(_ call: APICall) throws -> APIAnswer {
        let period = try period(call)
        guard let grouping = call.text("by").flatMap(CostGrouping.init(rawValue:)) else {
            return .json(["costs": .array(try costsOfRuns(call, period).map(\.json))])
        }
        let groups = try reports(call).costs(by: grouping, periods: period.map { $0...$0 })
        return .json(["costs": .array(groups.map(\.json))])
    }

    private func costsOfRuns(_ call: APICall, _ period: BillingPeriod?) throws -> [RunCost] {
        guard period == nil else {
            throw APIProblem(
                400, "request.parameter", "`by` is \"run\", and what a run cost is summed over all months",
                hint: "leave `period` out")
        }
        return try reports(call).costs(ofRun: nil).sorted { ($1.amount, $1.runID) < ($0.amount, $0.runID) }
    }
}
