/// The most time and the most calls that steps can come to, forward or back.
///
/// Not counted, because nothing tells it before a run: the sleep that a step asks for (a suspension), the wait that the
/// other side asks for before another attempt, and how long a host is stopped.
struct WorstCase: Sendable, Hashable {
    /// What keeps it from having an end.
    struct Unbounded: Sendable, Hashable {
        enum Reason: String, Sendable, Hashable {
            /// No limit in the step, the operation or the plugin.
            case noTimeout = "no_timeout"
            /// Waits for a signal for ever.
            case noSignalTimeout = "no_signal_timeout"
            /// Only a run knows how long it waits.
            case waitKnownInRun = "wait_known_in_run"
            /// Only a run knows how many items there are.
            case itemsKnownInRun = "items_known_in_run"
        }

        let step: String
        let number: Int
        let reason: Reason
    }

    /// Of the parts that have an end.
    var seconds = 0.0
    /// Calls of plugins; of parts that are done an unknown number of times, once.
    var calls = 0
    /// Empty: `seconds` is the most it takes.
    var unbounded: [Unbounded] = []

    static let zero = WorstCase()

    /// One after the other.
    static func += (left: inout WorstCase, right: WorstCase) {
        left.seconds += right.seconds
        left.calls = left.calls.addingClamped(right.calls)
        left.unbounded += right.unbounded
    }

    func times(_ count: Int) -> WorstCase {
        WorstCase(seconds: seconds * Double(count), calls: calls.multipliedClamped(count), unbounded: unbounded)
    }

    /// Not longer than this, whatever is in it.
    func within(_ limit: Double?) -> WorstCase {
        guard let limit, !unbounded.isEmpty || seconds > limit else { return self }
        return WorstCase(seconds: limit, calls: calls, unbounded: [])
    }

    /// `{"seconds": n or null, "calls", "unbounded": [{"step_id", "step_number", "why"}]}`
    var json: JSONValue {
        [
            "seconds": unbounded.isEmpty ? .seconds(seconds) : .null, "calls": .int(Int64(calls)),
            "unbounded": .array(
                unbounded.prefix(100).map {
                    [
                        "step_id": .string($0.step), "step_number": .int(Int64($0.number)),
                        "why": .string($0.reason.rawValue),
                    ]
                }),
        ]
    }
}

extension Int {
    fileprivate func addingClamped(_ other: Int) -> Int {
        let (sum, overflowed) = addingReportingOverflow(other)
        return overflowed ? .max : sum
    }

    func multipliedClamped(_ other: Int) -> Int {
        let (product, overflowed) = multipliedReportingOverflow(by: other)
        return overflowed ? .max : product
    }
}

extension JSONValue {
    /// 60, not 60.0; to the thousandth.
    static func seconds(_ seconds: Double) -> JSONValue {
        let rounded = (seconds * 1000).rounded() / 1000
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? .int(Int64(rounded)) : JSONValue(rounded) ?? .null
    }
}
