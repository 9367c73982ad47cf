public import SagaCore

/// The key set of an issuer that changes its keys: asked for anew when a token names a key that is not known, and now and
/// then, but never more often than the pause between, however many such tokens come.
public final class KeySetHolder: Sendable {
    public typealias Fetch = @Sendable () async throws -> String

    /// What became of asking.
    public enum Refresh: Sendable, Hashable {
        case renewed
        /// It was asked not long ago, or is being asked right now.
        case notYet
        /// The keys from before stay. The words are for the log.
        case failed(String)
    }

    private struct State {
        var keys: KeySet
        var askedAt: Timestamp
        var isAsking = false
    }

    private let state: Monitor<State>
    private let pause: Int64
    private let fetch: Fetch

    /// - Parameters:
    ///   - at: when `keys` were fetched.
    ///   - pause: seconds between two requests, at least.
    ///   - fetch: brings the text of the JWKS.
    public init(_ keys: KeySet, at: Timestamp, pause: Int = 60, fetch: @escaping Fetch) {
        state = Monitor(State(keys: keys, askedAt: at))
        self.pause = Int64(pause) * 1000
        self.fetch = fetch
    }

    public var keys: KeySet { state.withLock { $0.keys } }

    /// Asks for the keys anew, unless that was done not long ago.
    public func refresh(at now: Timestamp) async -> Refresh {
        let isOurs = state.withLock { state in
            guard !state.isAsking, now - state.askedAt >= pause else { return false }
            (state.isAsking, state.askedAt) = (true, now)
            return true
        }
        guard isOurs else { return .notYet }
        let (outcome, renewed) = await ask()
        state.withLock { state in
            state.isAsking = false
            if let renewed { state.keys = renewed }
        }
        return outcome
    }

    private func ask() async -> (Refresh, KeySet?) {
        do {
            return (.renewed, try KeySet(parsing: try await fetch()))
        } catch let problem as KeySetProblem {
            return (.failed(problem.message), nil)
        } catch {
            return (.failed("the key set cannot be fetched: \(error)"), nil)
        }
    }
}
