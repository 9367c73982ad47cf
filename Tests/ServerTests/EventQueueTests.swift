import SagaCore
import Testing

@testable import Server

@Suite struct EventQueueTests {
    private final class Told: Sendable {
        let isOver = Monitor(false)
    }

    private func pieces(_ queue: EventQueue) async throws -> [String] {
        var pieces: [String] = []
        try await queue.forEach { pieces.append($0) }
        return pieces
    }

    @Test func `what waits goes out in one piece, in its order`() async throws {
        let queue = EventQueue(most: 10)
        for chunk in ["a", "b", "c"] { queue.send(chunk) }
        queue.end()
        queue.send("too late")
        #expect(try await pieces(queue) == ["abc"])
    }

    @Test func `whoever lets too much wait is let go, with what waited`() async throws {
        let (queue, told) = (EventQueue(most: 2), Told())
        queue.whenOver { told.isOver.change { $0 = true } }
        for chunk in ["a", "b"] { queue.send(chunk) }
        #expect(!told.isOver.withLock { $0 })
        queue.send("c")
        #expect(told.isOver.withLock { $0 })
        #expect(try await pieces(queue) == ["ab"])
    }

    @Test func `what comes while a piece is on its way is the next piece`() async throws {
        let queue = EventQueue(most: 10)
        queue.send("a")
        var pieces: [String] = []
        try await queue.forEach { piece in
            pieces.append(piece)
            guard pieces.count == 1 else { return queue.end() }
            queue.send("b")
            queue.send("c")
        }
        #expect(pieces == ["a", "bc"])
    }
}
