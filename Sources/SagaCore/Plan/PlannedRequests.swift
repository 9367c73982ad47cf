/// The most API requests that a saga's steps make of one plugin, without further looks while a step waits, and how many
/// its credentials are good for.
struct PlannedRequests: Sendable, Hashable {
    let plugin: String
    /// Of those operations that say how many they make.
    private(set) var forward = 0
    private(set) var back = 0
    /// Operations that do not say how many they make, or are done a number of times that only a run knows.
    private(set) var unsaid: [String] = []
    /// The tightest limit of its credentials; nil: none is known.
    let perMinute: Int?
    let perHour: Int?

    init(_ plugin: PlannedPlugin) {
        self.plugin = plugin.image.plugin
        perMinute = plugin.credentials.compactMap(\.perMinute).min()
        perHour = plugin.credentials.compactMap(\.perHour).min()
    }

    /// - Parameter times: how often it is done; nil: only a run knows.
    mutating func add(_ step: Step, times: Int?) {
        if step.uses.plugin == plugin, let operation = step.operation {
            forward = sum(forward, operation.apiCalls.execute, step.retry.maxAttempts, times, operation)
        }
        guard step.takingBack(isDone: true) == .compensate, let other = step.compensator ?? step.operation,
            other.name.plugin == plugin
        else { return }
        let calls = step.compensator == nil ? other.apiCalls.compensate : other.apiCalls.execute
        back = sum(back, calls, step.compensation.retry.maxAttempts, times, other)
    }

    private mutating func sum(
        _ sum: Int, _ requests: Int?, _ attempts: Int, _ times: Int?, _ operation: Operation
    ) -> Int {
        guard let requests, let times else {
            note(operation.name.operation)
            return sum
        }
        return Self.sum(sum, requests, attempts, times)
    }

    private static func sum(_ sum: Int, _ requests: Int, _ attempts: Int, _ times: Int) -> Int {
        let (all, isTooMuch) = sum.addingReportingOverflow(
            requests.multipliedClamped(attempts).multipliedClamped(times))
        return isTooMuch ? .max : all
    }

    private mutating func note(_ operation: String) {
        if !unsaid.contains(operation) { unsaid.append(operation) }
    }

    /// `{"plugin", "forward", "back", "unsaid": ["operation"], "per_minute"?, "per_hour"?}`
    var json: JSONValue {
        var object: JSONObject = [
            "plugin": .string(plugin), "forward": .int(Int64(forward)), "back": .int(Int64(back)),
            "unsaid": .array(unsaid.map(JSONValue.string)),
        ]
        object["per_minute"] = perMinute.map { .int(Int64($0)) }
        object["per_hour"] = perHour.map { .int(Int64($0)) }
        return .object(object)
    }
}
