/// A failure with everything that the host goes by.
///
/// ```swift
/// throw StepFailure(.conflict, "the name web-1 is taken", effect: .none)
/// throw StepFailure(.remote, "the droplet is in error state", effect: .applied, detail: ["droplet_id": 42])
/// ```
public struct StepFailure: Error {
    /// The coarse reason, for alerts and statistics.
    public enum Code: Int32, Sendable {
        /// None of the others.
        case other = 0
        /// `with` makes no sense; trying again will not help.
        case input = 1
        /// The plugin's own configuration.
        case config = 2
        /// Who are you: credentials missing, wrong, expired.
        case auth = 3
        /// I know you, and no.
        case denied = 4
        /// The thing is not there.
        case notFound = 5
        /// It exists already, or someone else changed it.
        case conflict = 6
        /// A limit that waiting does not lift.
        case quota = 7
        /// A limit that waiting lifts.
        case rate = 8
        /// No answer came.
        case network = 9
        /// An answer came, and it was the other side's failure.
        case remote = 10
        /// It took too long.
        case timeout = 11
        /// The host or the other side cannot do this.
        case unsupported = 12
        /// "This cannot happen" happened, in the plugin.
        case bug = 13
    }

    /// The coarse reason.
    public var code: Code
    /// One line for an operator, no secret. eg: "region fra9 does not exist"
    public var message: String
    /// Whether the world changed.
    public var effect: Effect
    /// Whether to try again.
    public var retry: Retry
    /// An HTTP status, errno, a vendor's number; 0: none.
    public var remoteStatus: Int
    /// More for a person who looks closer: something that is a JSON object.
    public var detail: (any Encodable & Sendable)?

    /// A failure; without more said its effect is unknown and another attempt is not advised.
    public init(
        _ code: Code, _ message: String, effect: Effect = .unknown, retry: Retry = .no, remoteStatus: Int = 0,
        detail: (any Encodable & Sendable)? = nil
    ) {
        self.code = code
        self.message = message
        self.effect = effect
        self.retry = retry
        self.remoteStatus = remoteStatus
        self.detail = detail
    }
}

extension StepFailure: CustomStringConvertible {
    /// The message.
    public var description: String { message }
}
