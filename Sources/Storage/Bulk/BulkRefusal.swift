/// Why nothing at all was done.
public enum BulkRefusal: Error, Sendable, Hashable {
    /// Other runs than those that were looked at: somebody expected so many, and there are so many.
    case count(expected: Int, found: Int)
    case tooMany(most: Int)

    public var code: String {
        switch self {
        case .count: "runs.count"
        case .tooMany: "runs.too_many"
        }
    }

    public var message: String {
        switch self {
        case .count(let expected, let found):
            "the filter finds \(found) \(found == 1 ? "run" : "runs") now; expected \(expected), so nothing was done"
        case .tooMany(let most):
            "the filter finds more than \(most) runs; expected \(most) at most, so nothing was done"
        }
    }

    public var hint: String {
        switch self {
        case .count: "look again at which they are: `dry_run`, or `--dry-run`"
        case .tooMany: "narrow it: by saga, status or age"
        }
    }
}
