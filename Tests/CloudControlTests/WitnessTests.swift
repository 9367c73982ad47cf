import CloudControl
import SagaCore
import Storage
import Testing

/// Decisions by hand are seen inside their transaction, and do not happen when they cannot be written down.
@Suite struct WitnessTests {
    private let books: Books
    private let seen = Monitor<[Change]>([])

    init() throws {
        books = try Books()
        try books.sweep(FakeAccount([.droplet(1), .droplet(2)]))
    }

    private func witness(_ change: Change, _ connection: any Connection) { seen.withLock { $0.append(change) } }
    private var changes: [Change] { seen.withLock { $0 } }
    private struct DiskFull: Error {}
    private let blind: Witness = { _, _ in throw DiskFull() }

    /// The number of the one open drift.
    private func drift() throws -> Int64 {
        try books.provisioning.set("web-1", ["size_slug": "s-9"], at: books.now)
        _ = try books.drift.detect(at: books.now)
        return try #require(try books.drift.list().first).driftID
    }

    @Test func `what was set and what was taken away`() throws {
        try books.provisioning.set("web-1", ["a": 1], at: books.now, witness: witness)
        try books.provisioning.set("web-1", ["b": 2], at: books.now, witness: witness)
        try books.provisioning.remove("web-1", witness: witness)
        try books.provisioning.remove("web-1", witness: witness)
        let id = "digitalocean:droplet:1"
        #expect(
            changes == [
                Change(target: id, before: nil, after: ["a": 1]),
                Change(target: id, before: ["a": 1], after: ["a": 1, "b": 2]),
                Change(target: id, before: ["a": 1, "b": 2], after: nil),
            ])
    }

    @Test func `what was accepted, reverted and ignored`() throws {
        let number = try drift()
        try books.drift.markReverting(number, runID: "r-1", witness: witness)
        try books.drift.accept(number, by: "ann", at: books.now, witness: witness)
        let rule = try books.drift.ignore(
            field: "tags", reason: "noise", by: "ann", until: books.now + 1000, at: books.now, witness: witness)
        #expect(changes.map(\.target) == ["drift \(number)", "drift \(number)", "ignore \(rule.ignoreID)"])
        #expect(changes.map { $0.before?["reverting_run"] } == [.null, "r-1", nil])
        #expect(changes.map { $0.after?["status"] } == ["open", "accepted", nil])
        #expect(changes[2].after == rule.json)
    }

    @Test func `a baseline shows each drift that it accepts`() throws {
        let number = try drift()
        _ = try books.drift.baseline(
            try books.drift.baselineScope(), by: "ann", reason: "day one", at: books.now, witness: witness)
        #expect(changes.map(\.target) == ["drift \(number)"])
    }

    @Test func `what cannot be written down does not happen`() throws {
        let number = try drift()
        let before = try books.provisioning.show("web-1")
        #expect(throws: (any Error).self) {
            try books.provisioning.set("web-1", ["b": 2], at: books.now, witness: blind)
        }
        #expect(throws: (any Error).self) { try books.provisioning.remove("web-1", witness: blind) }
        #expect(throws: (any Error).self) { try books.drift.accept(number, by: "ann", at: books.now, witness: blind) }
        #expect(throws: (any Error).self) {
            try books.drift.baseline(
                try books.drift.baselineScope(), by: "ann", reason: "day one", at: books.now, witness: blind)
        }
        #expect(throws: (any Error).self) { try books.drift.markReverting(number, runID: "r", witness: blind) }
        #expect(throws: (any Error).self) {
            try books.drift.ignore(
                field: "tags", reason: "noise", by: "ann", until: books.now + 1000, at: books.now, witness: blind)
        }
        #expect(try books.provisioning.show("web-1") == before)
        let drift = try #require(try books.drift.list().first)
        #expect(drift.status == .open && drift.revertingRun == nil)
    }
}
