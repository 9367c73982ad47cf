/// Something that goes wrong on purpose.
enum Fault: Sendable, Equatable {
    case tooManyRequests(retryAfter: Int)
    case serverError
    case unavailable
    /// The connection is reset and nothing happened.
    case resetBefore
    /// It happened, and the connection is reset.
    case resetAfter
    /// It happened, and the connection ends without an answer.
    case lostReply
    /// It happened at once, and the answer comes late.
    case slow(seconds: Double)
    case actionErrored
    case actionStuck
    case notFoundAfterCreate(Hiding)
    /// Half of the body, as if it were all of it; or half of what was announced, then the end.
    case truncatedPage(closesEarly: Bool)
    case emptyList
    case malformedJSON
    case dropletLimit

    static let names = [
        "status_429", "status_500", "status_503", "reset_before", "reset_after", "lost_reply", "slow",
        "action_errored", "action_stuck", "not_found_after_create", "truncated_page", "empty_list",
        "malformed_json", "droplet_limit",
    ]

    /// Reads `{"fault": NAME, …}` with the settings of that fault; nil when there is no such name.
    init?(_ name: String, settings: JSON) {
        switch name {
        case "status_429": self = .tooManyRequests(retryAfter: settings["retry_after"]?.integer ?? 1)
        case "status_500": self = .serverError
        case "status_503": self = .unavailable
        case "reset_before": self = .resetBefore
        case "reset_after": self = .resetAfter
        case "lost_reply": self = .lostReply
        case "slow": self = .slow(seconds: settings["seconds"]?.double ?? 1)
        case "action_errored": self = .actionErrored
        case "action_stuck": self = .actionStuck
        case "not_found_after_create": self = .notFoundAfterCreate(Self.hiding(settings))
        case "truncated_page": self = .truncatedPage(closesEarly: settings["closes_early"]?.bool ?? false)
        case "empty_list": self = .emptyList
        case "malformed_json": self = .malformedJSON
        case "droplet_limit": self = .dropletLimit
        default: return nil
        }
    }

    private static func hiding(_ settings: JSON) -> Hiding {
        let reads = settings["times"]?.integer
        return Hiding(seconds: settings["seconds"]?.double ?? (reads == nil ? 5 : 0), reads: reads ?? 0)
    }

    /// The answer in place of the operation's own; nil when the operation happens.
    var refusal: ProviderError? {
        switch self {
        case .tooManyRequests(let wait): .tooManyRequests(retryAfter: wait)
        case .serverError: .serverError
        case .unavailable: .unavailable
        default: nil
        }
    }

    /// The request as the operation sees it.
    func bend(_ call: Call) -> Call {
        var call = call
        switch self {
        case .actionErrored: call.fate = .errors
        case .actionStuck: call.fate = .sticks
        case .notFoundAfterCreate(let hiding): call.hiding = hiding
        case .dropletLimit: call.isDropletLimitReached = true
        default: break
        }
        return call
    }
}
