internal import SagaCore

/// An answer of the adapter, read field by field; what is missing is said with the operation's name.
struct ProviderAnswer {
    let operation: String
    let object: JSONObject

    init(_ adapter: any ProviderAdapter, _ operation: String, _ input: JSONObject) throws(BillingError) {
        self.operation = operation
        do throws(AdapterFailure) {
            object = try adapter.call(operation, input)
        } catch {
            throw BillingError(.provider(operation: operation, error))
        }
    }

    init(operation: String, _ object: JSONObject) {
        self.operation = operation
        self.object = object
    }

    /// A text that is not empty.
    func text(_ field: String, expected: String) throws(BillingError) -> String {
        guard let text = optionalText(field) else { throw lack(field, expected) }
        return text
    }

    /// nil also where it is empty: providers write "" for what there is not.
    func optionalText(_ field: String) -> String? {
        guard let text = object[field]?.stringValue, !text.isEmpty else { return nil }
        return text
    }

    func money(_ field: String) throws(BillingError) -> Money {
        try Self.money(text(field, expected: "decimal text, like \"12.34\""), operation, field)
    }

    /// The amount of a charge such as `taxes`; nil where there is none.
    func charge(_ field: String) throws(BillingError) -> Money? {
        guard let text = object[field]?["amount"]?.stringValue, !text.isEmpty else { return nil }
        return try Self.money(text, operation, field + ".amount")
    }

    func lack(_ field: String, _ expected: String) -> BillingError {
        BillingError(.answer(operation: operation, field: field, expected: expected))
    }

    private static func money(_ text: String, _ operation: String, _ field: String) throws(BillingError) -> Money {
        do throws(MoneyError) {
            return try Money(text)
        } catch {
            throw BillingError(.amount(operation: operation, field: field, error))
        }
    }
}
