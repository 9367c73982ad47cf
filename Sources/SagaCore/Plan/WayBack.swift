/// What happens when a step fails for good: what is taken back, what stands, how the run ends.
public struct WayBack: Sendable, Hashable {
    /// A step that is taken back.
    public struct Back: Sendable, Hashable {
        public enum Extent: String, Sendable, Hashable {
            /// It was done.
            case whole
            /// It is the one that failed: it is taken back if it did anything.
            case itself
            /// It is in another branch, or of another item: it is taken back if it was done by then.
            case asFarAsItCame = "as_far_as_it_came"
        }

        public let step: String
        public let number: Int
        public let extent: Extent
    }

    /// A step that stays done.
    public struct Standing: Sendable, Hashable {
        public enum Reason: String, Sendable, Hashable {
            /// It cannot be taken back, and says so.
            case irreversible
            /// The definition says to leave it.
            case skip
            /// After the pivot there is no way back.
            case pivot
        }

        public let step: String
        public let number: Int
        public let reason: Reason
    }

    public enum End: Sendable, Hashable {
        case rolledBack
        /// Something is left that a person has to look at.
        case failed
        /// The run goes on after this scope; `otherwise`: with its `else` first.
        case goesOn(scope: String, otherwise: Bool)
    }

    /// The newest first; those of other branches and items in between, as they came to be done.
    public let back: [Back]
    /// How many are older than those.
    public let more: Int
    /// The newest first.
    public let standing: [Standing]
    /// How many are older than those.
    public let moreStanding: Int
    public let end: End
    /// A scope that is taken back and begun again before it comes to this; nil: there is none.
    public let again: Again?

    public struct Again: Sendable, Hashable {
        public let scope: String
        public let times: Int
    }

    static let mostListed = 100

    /// `{"takes_back": [{"step_id", "step_number", "extent"}], "more"?, "stands": [{"step_id", "step_number", "why"}],
    /// "more_stand"?, "ends", "scope"?, "else"?, "again"?: {"scope", "times"}}`
    var json: JSONValue {
        var object: JSONObject = [
            "takes_back": .array(
                back.map {
                    [
                        "step_id": .string($0.step), "step_number": .int(Int64($0.number)),
                        "extent": .string($0.extent.rawValue),
                    ]
                })
        ]
        if more > 0 { object["more"] = .int(Int64(more)) }
        object["stands"] = .array(
            standing.map {
                [
                    "step_id": .string($0.step), "step_number": .int(Int64($0.number)),
                    "why": .string($0.reason.rawValue),
                ]
            })
        if moreStanding > 0 { object["more_stand"] = .int(Int64(moreStanding)) }
        switch end {
        case .rolledBack: object["ends"] = "rolled_back"
        case .failed: object["ends"] = "failed"
        case .goesOn(let scope, let otherwise):
            object["ends"] = "goes_on"
            object["scope"] = .string(scope)
            object["else"] = .bool(otherwise)
        }
        if let again { object["again"] = ["scope": .string(again.scope), "times": .int(Int64(again.times))] }
        return .object(object)
    }
}
