/// What operators ask of a run that has not ended, besides a cancel: noted in its row, heard by the host that drives it.
public struct RunWishes: Sendable, Hashable {
    /// A step that somebody took back by hand.
    public struct Mark: Sendable, Hashable {
        public let stepID: String
        public let reason: String

        public init(stepID: String, reason: String) {
            self.stepID = stepID
            self.reason = reason
        }
    }

    /// Again, now; the reason.
    public var retry: String?
    public var mark: Mark?
    /// End it and leave what it did; the reason.
    public var abandon: String?
    /// A signal of this name has come.
    public var signal: String?

    public init(retry: String? = nil, mark: Mark? = nil, abandon: String? = nil, signal: String? = nil) {
        self.retry = retry
        self.mark = mark
        self.abandon = abandon
        self.signal = signal
    }

    public var isEmpty: Bool { retry == nil && mark == nil && abandon == nil && signal == nil }

    /// The later wish of a kind counts.
    mutating func join(_ other: RunWishes) {
        retry = other.retry ?? retry
        mark = other.mark ?? mark
        abandon = other.abandon ?? abandon
        signal = other.signal ?? signal
    }

    /// Nil where there is none, which is nearly always.
    mutating func takeOut() -> RunWishes? {
        guard !isEmpty else { return nil }
        defer { self = RunWishes() }
        return self
    }
}

/// Which wishes in a run's row are meant.
public struct RunRequests: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    public static let retry = RunRequests(rawValue: 1)
    public static let mark = RunRequests(rawValue: 2)
    public static let abandon = RunRequests(rawValue: 4)
    public static let signal = RunRequests(rawValue: 8)
    public static let all: RunRequests = [.retry, .mark, .abandon, .signal]
}

extension RunEvent {
    /// The wish that this event fulfils.
    var grants: RunRequests {
        switch self {
        case .retryRequested: .retry
        case .compensationMarked: .mark
        case .abandoned: .abandon
        case .signalled: .signal
        default: []
        }
    }
}
