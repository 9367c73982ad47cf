internal import SagaCore

extension BillingError {
    /// One of the words that plugins use for what goes wrong, and of the store's.
    public var code: String {
        switch fact {
        case .provider(_, let failure): failure.code
        case .answer, .amount, .cursorRepeated, .otherInvoice, .csv: "remote"
        case .source: "io"
        case .invoiceUnknown: "not_found"
        case .period: "input"
        case .scope: "billing.scope"
        case .cursor(let refusal): refusal.code
        case .store(let error): error.code
        }
    }

    /// One line without its full stop: what is, then what was expected.
    public var message: String {
        switch fact {
        case .provider(let operation, let failure): "`\(operation)`: \(failure.message)"
        case .answer(let operation, let field, let expected):
            "the answer of `\(operation)` has no `\(field)` that can be used; expected \(expected)"
        case .amount(let operation, let field, let error):
            "in the answer of `\(operation)`, `\(field)`: \(error.message)"
        case .cursorRepeated(let cursor):
            "`billing.history` answered the cursor \"\(cursor)\" a second time; expected another page or the end"
        case .otherInvoice(let asked, let answered):
            "the provider was asked for invoice \(asked) and answered with \(answered)"
        case .csv(let invoice, let problem):
            "the CSV of invoice \(invoice) cannot be taken: \(problem.message); its lines are as they were"
        case .source(let invoice, let reason):
            "the CSV of invoice \(invoice) could not be read to its end: \(reason); its lines are as they were"
        case .invoiceUnknown(let invoice): "there is no invoice \"\(invoice)\" here"
        case .period(let text):
            "\"\(text)\" is no period; expected a month like 2026-04, or a day in it like 2026-04-01"
        case .scope(let tenant):
            "billing is of the whole account, and only the things of tenant \"\(tenant)\" are seen here; expected somebody of no tenant"
        case .cursor(let refusal): refusal.message
        case .store(let error): error.message
        }
    }

    /// The one next thing to do, where there is one.
    public var hint: String? {
        switch fact {
        case .csv: "fetch it again with `arcadia billing sync`; if it says the same, the provider's file is at fault"
        case .invoiceUnknown: "`arcadia billing invoices` lists them; `arcadia billing sync` looks for new ones"
        case .store(let error): error.hint
        default: nil
        }
    }
}
