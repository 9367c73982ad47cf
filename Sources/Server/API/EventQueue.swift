internal import Synchronization

/// What waits to be sent to one client. Whatever has come since it was last looked at goes out as one piece: in a storm a
/// write for each event would cost more than all the rest.
final class EventQueue: Sendable {
    private struct State {
        /// Each is one event, or a comment.
        var waiting: [String] = []
        var isOver = false
    }

    private let state = Mutex(State())
    private let most: Int
    /// There is something to look at.
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// - Parameters:
    ///   - most: so many may wait; a client that lets more pile up is let go.
    init(most: Int) {
        self.most = most
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// Called once, when nobody reads any more or nothing more comes.
    func whenOver(_ body: @escaping @Sendable () -> Void) { ring.onTermination = { _ in body() } }

    func send(_ chunk: String) {
        let isTooSlow = state.withLock { state in
            guard !state.isOver else { return false }
            guard state.waiting.count < most else { return true }
            state.waiting.append(chunk)
            return false
        }
        // Its browser comes back and goes on after the last it had.
        if isTooSlow { end() } else { ring.yield() }
    }

    /// What waits still goes out.
    func end() {
        state.withLock { $0.isOver = true }
        ring.finish()
    }

    /// Hands out what comes, until it ends.
    func forEach(_ body: (String) async throws -> Void) async throws {
        for await _ in bell { try await handOut(body) }
        try await handOut(body)
    }

    private func handOut(_ body: (String) async throws -> Void) async throws {
        let waiting = state.withLock { state in
            defer { state.waiting.removeAll() }
            return state.waiting
        }
        if !waiting.isEmpty { try await body(waiting.joined()) }
    }
}
