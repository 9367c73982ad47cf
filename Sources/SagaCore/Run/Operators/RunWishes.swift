/// What operators ask of a run that has not ended, besides a cancel: noted in its row, heard by the host that drives it.
public struct RunWishes: Sendable, Hashable {
    /// A step that somebody dealt with: took back by hand, or leaves out.
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
    /// Nothing is to be begun; the reason.
    public var pause: String?
    /// It may begin things again; the reason.
    public var resume: String?
    /// A step that is to be left out.
    public var skip: Mark?

    public init(
        retry: String? = nil, mark: Mark? = nil, abandon: String? = nil, signal: String? = nil, pause: String? = nil,
        resume: String? = nil, skip: Mark? = nil
    ) {
        self.retry = retry
        self.mark = mark
        self.abandon = abandon
        self.signal = signal
        self.pause = pause
        self.resume = resume
        self.skip = skip
    }

    public var isEmpty: Bool { self == RunWishes() }

    /// The later wish of a kind counts.
    mutating func join(_ other: RunWishes) {
        retry = other.retry ?? retry
        mark = other.mark ?? mark
        abandon = other.abandon ?? abandon
        signal = other.signal ?? signal
        skip = other.skip ?? skip
        // Of these two, too: a pause takes a resume back, and the other way round.
        guard other.pause != nil || other.resume != nil else { return }
        (pause, resume) = (other.pause, other.resume)
    }

    /// Puts earlier wishes back, but those that are granted.
    mutating func comeAfter(_ earlier: RunWishes, without granted: RunRequests) {
        var kept = earlier
        if granted.contains(.retry) { kept.retry = nil }
        if granted.contains(.mark) { kept.mark = nil }
        if granted.contains(.signal) { kept.signal = nil }
        if granted.contains(.pause) { kept.pause = nil }
        if granted.contains(.resume) { kept.resume = nil }
        if granted.contains(.skip) { kept.skip = nil }
        // Nothing is left to wish for.
        if granted.contains(.abandon) { kept = RunWishes() }
        kept.join(self)
        self = kept
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
    public static let pause = RunRequests(rawValue: 16)
    public static let resume = RunRequests(rawValue: 32)
    public static let skip = RunRequests(rawValue: 64)
    public static let all: RunRequests = [.retry, .mark, .abandon, .signal, .pause, .resume, .skip]
}

extension RunEvent {
    /// The wish that this event fulfils.
    var grants: RunRequests {
        switch self {
        case .retryRequested: .retry
        case .compensationMarked: .mark
        case .abandoned: .abandon
        case .signalled: .signal
        case .paused: .pause
        case .resumed: .resume
        case .stepSkipped(_, let reason): reason == nil ? [] : .skip
        default: []
        }
    }
}
