public import SagaCore

private func text(_ value: (some CustomStringConvertible)?) -> JSONValue {
    value.map { .string($0.description) } ?? .null
}

extension BalanceSnapshot {
    /// `{account_balance, month_to_date_usage, month_to_date_balance, taken_at, forecast}`
    ///
    /// - Parameter forecast: of the month it is of; nil: there is none.
    public func json(forecast: Forecast?) -> JSONValue {
        [
            "account_balance": text(accountBalance), "month_to_date_usage": text(monthToDateUsage),
            "month_to_date_balance": text(monthToDateBalance), "taken_at": text(takenAt),
            "forecast": text(forecast?.forecast),
        ]
    }
}

extension Forecast {
    /// `{period, month_to_date, forecast, counted_at, explanation}`
    public var json: JSONValue {
        [
            "period": text(period), "month_to_date": text(monthToDate), "forecast": text(forecast),
            "counted_at": text(countedAt), "explanation": .string(explanation),
        ]
    }
}

extension InvoiceRow {
    /// `{invoice_uuid, status, period, amount, lines, difference, error}`; what is not known is null.
    public var json: JSONValue {
        [
            "invoice_uuid": .string(invoiceUUID), "status": .string(status.rawValue), "period": text(period),
            "amount": text(amount), "lines": lineCount.map { .int(Int64($0)) } ?? .null,
            "difference": text(difference), "error": text(error),
        ]
    }
}

extension InvoicePage {
    /// `{"invoices": […], "next": "…" or null}`
    public var json: JSONValue { ["invoices": .array(invoices.map(\.json)), "next": text(next)] }
}

extension CostLine {
    /// `{invoice_uuid, period, product, description, amount, kind, resource_id}`
    public var json: JSONValue {
        [
            "invoice_uuid": .string(invoiceUUID), "period": text(period), "product": .string(product),
            "description": .string(description), "amount": text(amount), "kind": text(kind),
            "resource_id": text(resource?.resourceID),
        ]
    }
}

extension CostLinePage {
    /// `{"lines": […], "next": "…" or null}`
    public var json: JSONValue { ["lines": .array(lines.map(\.json)), "next": text(next)] }
}

extension CostGroup {
    /// `{key, name, amount, count}`: what they have in common, or `-`; of a resource its name, else nothing; lines.
    public var json: JSONValue {
        [
            "key": .string(key ?? "-"), "name": .string(name ?? ""), "amount": text(amount),
            "count": .int(Int64(lineCount)),
        ]
    }
}

extension RunCost {
    /// As a group of costs is: the run, its saga, and how many resources it made.
    public var json: JSONValue {
        [
            "key": .string(runID), "name": .string(saga ?? ""), "amount": text(amount),
            "count": .int(Int64(resources.count)),
        ]
    }
}
