public import SagaCore

/// Why billing could not do what it was asked. The words are in `BillingError+Words.swift`.
public struct BillingError: Error, Sendable, Hashable {
    public enum Fact: Sendable, Hashable {
        case provider(operation: String, AdapterFailure)
        /// An answer of the provider has not what it should have.
        case answer(operation: String, field: String, expected: String)
        case amount(operation: String, field: String, MoneyError)
        case cursorRepeated(String)
        case otherInvoice(asked: String, answered: String)
        case csv(invoice: String, InvoiceProblem)
        /// The bytes of an invoice's file could not be read; the reason is a sentence.
        case source(invoice: String, reason: String)
        case invoiceUnknown(String)
        case period(String)
        /// Somebody asked who sees the things of one tenant only.
        case scope(tenant: String)
        case cursor(CursorRefusal)
        case store(StoreError)
    }

    public let fact: Fact

    public init(_ fact: Fact) { self.fact = fact }

    /// The same will be said of the next invoice: there is no use in asking on.
    var concernsEveryInvoice: Bool {
        switch fact {
        case .store: true
        case .provider(_, let failure): ["auth", "denied", "rate", "config", "unsupported"].contains(failure.code)
        default: false
        }
    }
}
