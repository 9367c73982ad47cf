internal import SagaCore
internal import Storage

/// What `--where` says, as text of this machine and as the API takes it.
struct BulkFilter {
    private(set) var filter = RunFilter()
    private(set) var json = JSONObject()

    private static let names = ["status", "saga", "since", "older_than", "paused", "query"]

    /// - Parameter conditions: eg: ["status=failed,saga=trip", "older_than=1h"]
    init(_ conditions: [String], now: Timestamp) throws(Failure) {
        // An empty one would be every run: a variable that is not set, more likely.
        guard conditions.allSatisfy({ $0.contains { $0 != "," && $0 != " " } }) else {
            throw Failure(
                "usage", "`--where` is empty; expected a filter, such as `--where status=failed`", exit: .usage)
        }
        for condition in conditions.flatMap({ $0.split(separator: ",") }) {
            guard let equals = condition.firstIndex(of: "="), condition.index(after: equals) < condition.endIndex else {
                throw Self.unknown(String(condition))
            }
            try add(String(condition[..<equals]), String(condition[condition.index(after: equals)...]), now)
        }
    }

    private mutating func add(_ name: String, _ value: String, _ now: Timestamp) throws(Failure) {
        switch name {
        case "status":
            filter.statuses.append(try RunsCommand.List.status(value))
            json["status"] = .array(filter.statuses.map { .string($0.rawValue) })
        case "saga":
            filter.saga = value
            json[name] = .string(value)
        case "since":
            filter.since = try RunsCommand.List.moment(value, now, of: "since=")
            json[name] = .string(value)
        case "older_than":
            filter.olderThan = try RunsCommand.List.moment(value, now, of: "older_than=")
            json[name] = .string(value)
        case "paused":
            guard let isPaused = Bool(value) else {
                throw Failure("usage", "`paused=` takes true or false; found \"\(value)\"", exit: .usage)
            }
            filter.isPaused = isPaused
            json[name] = .bool(isPaused)
        case "query":
            filter.text = value
            json["q"] = .string(value)
        default: throw Self.unknown(name)
        }
    }

    private static func unknown(_ text: String) -> Failure {
        Failure(
            "usage", "`--where` takes NAME=VALUE with commas between; found \"\(text)\"",
            hint: closest(to: text, among: names).map { "did you mean \"\($0)=\"?" }
                ?? "there is \(names.map { $0 + "=" }.joined(separator: ", "))",
            exit: .usage)
    }
}
