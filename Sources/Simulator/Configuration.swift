/// How a simulator behaves.
public struct SimulatorConfiguration: Sendable {
    /// What the simulator takes for the time.
    public enum Clock: String, Sendable, CaseIterable {
        case real
        /// Begins at a fixed date and moves only when it is told to, by `POST /admin/clock`.
        case manual
    }

    /// 0 for any port that is free.
    public var port = 8089
    public var timing = Timing.realistic
    /// The same seed makes the same ids, durations and invoices.
    public var seed: UInt64 = 1
    public var clock = Clock.real
    public var isRateLimited = false
    /// How many droplets the account may have.
    public var dropletLimit = 10_000
    var tokens: [String: Grant] = [:]
    var faults = FaultRules.none

    public init() {}

    /// Restricts a token. Every token that is not named may do everything.
    ///
    /// - Parameters:
    ///   - token: What stands after `Bearer`.
    ///   - scopes: Scopes between commas, such as `droplet:read,tag:read`; `*` for all; `revoked` for a token that
    ///     the provider does not know any more.
    public mutating func restrict(token: String, to scopes: String) { tokens[token] = Grant(scopes) }

    /// Plans faults from the start.
    ///
    /// - Parameter document: A JSON list of rules, such as
    ///   `[{"method": "POST", "path": "/v2/droplets", "fault": "lost_reply", "count": 1}]`.
    /// - Throws: A ``SimulatorError`` with a sentence that names the entry that is wrong.
    public mutating func plan(faults document: [UInt8]) throws(SimulatorError) {
        do {
            faults = try FaultRules(parsing: document)
        } catch {
            throw SimulatorError(error.text)
        }
    }
}

/// Why a simulator cannot be, as a sentence.
public struct SimulatorError: Error, Sendable {
    public let message: String

    init(_ message: String) { self.message = message }
}
