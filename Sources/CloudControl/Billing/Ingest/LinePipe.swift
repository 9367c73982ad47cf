internal import SagaCore

/// What goes from the thread that reads an invoice to the one that writes it.
enum LineMessage: Sendable {
    case lines(LineBlock)
    /// Sums that became too many to keep.
    case totals([CostTotals.Named])
    case end(LoadedLines)
    case failed(any Error)
}

/// Between the two threads: a few blocks that go round, so that memory stays the same however long the file is.
final class LinePipe: Sendable {
    private static let mostBlocks = 3

    private struct State {
        var messages: [LineMessage] = []
        var free: [LineBlock] = []
        var made = 0
        /// Nobody wants the rest.
        var isCancelled = false
    }

    private let state = Monitor(State())

    struct Cancelled: Error {}

    // MARK: - The reading side

    /// An empty block; waits for one.
    func takeBlock() throws(Cancelled) -> LineBlock {
        let block = state.wait { state -> LineBlock?? in
            if state.isCancelled { return .some(nil) }
            if let block = state.free.popLast() { return block }
            guard state.made < Self.mostBlocks else { return nil }
            state.made += 1
            return LineBlock()
        }
        guard let block else { throw Cancelled() }
        return block
    }

    func send(_ message: LineMessage) { state.change { $0.messages.append(message) } }

    // MARK: - The writing side

    /// The next message; waits for it.
    func receive() -> LineMessage { state.wait { $0.messages.isEmpty ? nil : $0.messages.removeFirst() } }

    func giveBack(_ block: LineBlock) {
        block.clear()
        state.change { $0.free.append(block) }
    }

    /// Lets the other side end, and returns when it has.
    func cancel() {
        state.change { $0.isCancelled = true }
        while true {
            switch receive() {
            case .end, .failed: return
            case .lines, .totals: continue
            }
        }
    }
}
