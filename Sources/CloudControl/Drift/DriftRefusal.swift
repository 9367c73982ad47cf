public import SagaCore

/// Why nothing was done about a drift.
public enum DriftRefusal: CloudRefusal, Hashable {
    case unknown(Int64)
    case notOpen(Int64, DriftRow.Status, at: Timestamp?, by: String?)
    /// The live value is no longer the one that was noticed, and shown to the operator.
    case moved(Int64, field: String, from: JSONValue, to: JSONValue)
    /// Nothing is asked of the resource any more.
    case noSpec(Int64, resourceID: String)
    /// No operation that was declared puts this field right.
    case noRepair(Int64, resourceID: String, field: String, repairable: [String])
    /// The provider's id of the resource is not what the operation takes.
    case noInput(Int64, operation: String, providerID: String)
    /// A run is at it, and has not ended.
    case reverting(Int64, runID: String)
    /// A rule for every resource, asked for by somebody who does not see every resource.
    case everywhere
    case reasonMissing
    case expiryPassed(Timestamp, now: Timestamp)
    case fieldMissing
}
