internal import SagaCore

/// Lets so many calls at a time into a plugin; the others wait without a thread.
final class CallGate: Sendable {
    private struct State {
        var inside = 0
        var waiting: [any Work] = []
        /// The next one of `waiting`.
        var head = 0
    }

    private let width: Int
    private let state = Monitor(State())

    init(width: Int) { self.width = width }

    /// True: go in. False: `work` will be enqueued when its turn has come, and is then already let in.
    func enter(_ work: any Work) -> Bool {
        state.withLock { state in
            guard state.inside >= width else {
                state.inside += 1
                return true
            }
            state.waiting.append(work)
            return false
        }
    }

    /// The next one to let in, if any.
    func leave() -> (any Work)? {
        state.withLock { state in
            guard state.head < state.waiting.count else {
                (state.waiting, state.head) = ([], 0)
                state.inside -= 1
                return nil
            }
            state.head += 1
            return state.waiting[state.head - 1]
        }
    }

    var isEmpty: Bool { state.withLock { $0.inside == 0 } }

    /// Everyone who waits; the one that is in stays in.
    func drain() -> [any Work] {
        state.withLock { state in
            defer { (state.waiting, state.head) = ([], 0) }
            return Array(state.waiting[state.head...])
        }
    }
}
