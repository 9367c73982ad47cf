public import SagaCore

/// The key set of an issuer that changes its keys: asked for anew now and then, and when a token names a key that is not
/// known; for tokens never more often than the pause between, however many of them come.
///
/// Keys that the issuer has taken out of its set are believed no more; keys that cannot be had anew stay.
public final class KeySetHolder: Sendable {
    /// Brings the text of the JWKS. It must not hold up a thread of Swift's pool.
    public typealias Fetch = @Sendable () async throws(KeySetProblem) -> String

    /// What became of asking.
    public enum Refresh: Sendable, Hashable {
        case renewed
        /// A token has had it asked for not long ago.
        case notYet
        /// The keys from before stay.
        case failed(KeySetProblem)
    }

    private struct State {
        var keys: KeySet
        /// For a token, the last time.
        var askedAt: Timestamp?
        var asking: Task<Refresh, Never>?
    }

    private let state: Monitor<State>
    private let pause: Int64
    private let fetch: Fetch
    private let failed: @Sendable (KeySetProblem) -> Void

    /// - Parameters:
    ///   - pause: seconds between two requests that are made because of a token, at least.
    ///   - failed: hears of each request that brought no keys, once.
    public init(
        _ keys: KeySet, pause: Int = 60, fetch: @escaping Fetch,
        failed: @escaping @Sendable (KeySetProblem) -> Void = { _ in }
    ) {
        state = Monitor(State(keys: keys))
        self.pause = Int64(pause) * 1000
        self.fetch = fetch
        self.failed = failed
    }

    public var keys: KeySet { state.withLock { $0.keys } }

    /// Asks for the keys anew. Who comes while they are asked for waits for the same answer.
    public func refresh() async -> Refresh {
        await state.withLock { ask(&$0) }.value
    }

    /// The same, because a token names a key that is not known.
    public func refreshForToken(at now: Timestamp) async -> Refresh {
        let asking: Task<Refresh, Never>? = state.withLock { state in
            if let asking = state.asking { return asking }
            if let askedAt = state.askedAt, now - askedAt < pause { return nil }
            state.askedAt = now
            return ask(&state)
        }
        return await asking?.value ?? .notYet
    }

    private func ask(_ state: inout State) -> Task<Refresh, Never> {
        if let asking = state.asking { return asking }
        let asking = Task { await answer() }
        state.asking = asking
        return asking
    }

    private func answer() async -> Refresh {
        do throws(KeySetProblem) {
            let renewed = try KeySet(parsing: try await fetch())
            state.withLock { ($0.keys, $0.asking) = (renewed, nil) }
            return .renewed
        } catch {
            state.withLock { $0.asking = nil }
            failed(error)
            return .failed(error)
        }
    }
}
