public import SagaCore

/// The open drift that a baseline is about, as it was counted.
public struct BaselineScope: Sendable, Hashable {
    let resource: String?
    let field: String?
    public let count: Int
    /// So many resources have it.
    public let resourceCount: Int
    /// The youngest of it.
    let last: Int64

    /// So many rows in a transaction.
    static let batch = 500

    var filter: DriftFilter {
        var filter = DriftFilter()
        (filter.resource, filter.field, filter.through) = (resource, field, last)
        filter.limit = Self.batch
        return filter
    }
}

/// What a baseline did.
public struct BaselineReport: Sendable, Hashable {
    /// A drift that stays as it is, and why.
    public struct Refused: Sendable, Hashable {
        public let driftID: Int64
        public let refusal: DriftRefusal
    }

    public private(set) var accepted = 0
    public private(set) var refused: [Refused] = []

    /// Nothing was open.
    public init() {}

    mutating func note(_ drift: Int64, _ refusal: DriftRefusal?) {
        if let refusal { refused.append(Refused(driftID: drift, refusal: refusal)) } else { accepted += 1 }
    }

    /// `{accepted, refused: [{drift_id, code, message}]}`
    public var json: JSONValue {
        let refused = refused.map { one -> JSONValue in
            [
                "drift_id": .int(one.driftID), "code": .string(one.refusal.code),
                "message": .string(one.refusal.message),
            ]
        }
        return ["accepted": .int(Int64(accepted)), "refused": .array(refused)]
    }
}
