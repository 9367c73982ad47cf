import ArcadiaTesting
import Foundation
import SagaCore
import Storage
import Testing

/// Which plugin images runs keep, and what is counted of it.
@Suite struct ImageTests {
    private let folder = TemporaryFolder()
    private let now = Timestamp(milliseconds: 1_700_000_000_000)
    private let saga = Saga.test([.test("x"), .test("y")])
    private let old = PluginImage(plugin: "test", version: "1.0.0", hash: "aaa")
    private let new = PluginImage(plugin: "test", version: "2.0.0", hash: "bbb")

    private func store(_ host: String = "one") throws -> SQLRunStore {
        try SQLRunStore(database(), host: HostID(host), now: now)
    }

    private func database() throws -> SQLiteDatabase { try SQLiteDatabase(path: folder.path + "/arcadia.db") }

    private func newRun(_ images: RunImages = RunImages()) -> NewRun {
        var random = SystemRandomNumberGenerator()
        return NewRun(
            id: RunID(at: now, using: &random), saga: saga, inputs: [:], images: images, createdAt: now)
    }

    private func completed(_ step: Int, by image: PluginImage, at: Timestamp) -> StoredEvent {
        StoredEvent(
            sequence: step + 1, event: .stepCompleted(step: StepRef(step), attempt: 1, output: [:]), image: image,
            at: at)
    }

    @Test func `a run keeps the images it was made with, and those it is given later`() throws {
        let key = try store().writeAndWait(.create(newRun(RunImages(uses: [old])), drivenByUs: true))
        #expect(try store("two").load(key)?.images == RunImages(uses: [old]))
        try store().setImages(key, RunImages(uses: [old], keeps: [new]))
        #expect(try store("two").load(key)?.images == RunImages(uses: [old], keeps: [new]))
        let change = RowChange(status: .running, wakeAt: nil, error: nil, finishedAt: nil)
        var images = change
        images.images = RunImages(uses: [new])
        _ = try store().writeAndWait(.append(key, [completed(0, by: new, at: now)], images))
        #expect(try store("two").load(key)?.images == RunImages(uses: [new]))
    }

    @Test func `runs share their sets, whoever makes them`() throws {
        for host in ["one", "two"] {
            for _ in 1...3 {
                _ = try store(host).writeAndWait(.create(newRun(RunImages(uses: [old, new])), drivenByUs: true))
            }
        }
        let sets = try database().read { try $0.rows("SELECT images FROM plugin_sets") { $0.text(0) } }
        #expect(sets == ["1 2|"])
    }

    @Test func `runs under way are counted by what they keep, and an ended one is not`() throws {
        let store = try store()
        let first = try store.writeAndWait(.create(newRun(RunImages(uses: [old])), drivenByUs: true))
        _ = try store.writeAndWait(.create(newRun(RunImages(uses: [new], keeps: [old])), drivenByUs: true))
        #expect(try store.runsByImage() == [old: 2, new: 1])
        let end = RowChange(status: .failed, wakeAt: nil, error: nil, finishedAt: now + 5)
        _ = try store.writeAndWait(.append(first, [completed(0, by: old, at: now)], end))
        #expect(try store.runsByImage() == [old: 1, new: 1])
        let use = try #require(try store.imageUses().first { $0.image == old })
        #expect(use.runs == 1 && use.failedRuns == 1 && use.lastFailureAt == now + 5)
    }

    @Test func `a run that is older than sets is counted by its journal`() throws {
        let store = try store()
        let key = try store.writeAndWait(.create(newRun(), drivenByUs: true))
        _ = try store.writeAndWait(.append(key, [completed(0, by: old, at: now), completed(1, by: old, at: now)], nil))
        #expect(try store.load(key)?.images == RunImages())
        #expect(try store.runsByImage() == [old: 1])
    }

    @Test func `when an image was used is right to the minute, and is not written for every event`() throws {
        let store = try store()
        let key = try store.writeAndWait(.create(newRun(RunImages(uses: [old])), drivenByUs: true))
        #expect(try store.imageUses().map(\.lastUsedAt) == [nil])
        _ = try store.writeAndWait(.append(key, [completed(0, by: old, at: now)], nil))
        _ = try store.writeAndWait(.append(key, [completed(1, by: old, at: now + 59_999)], nil))
        #expect(try store.imageUses().map(\.lastUsedAt) == [now])
        let later = StoredEvent(
            sequence: 3, event: .checkpointed(step: 1, checkpoint: 1), image: old, at: now + 60_000)
        _ = try store.writeAndWait(.append(key, [later], nil))
        #expect(try store.imageUses().map(\.firstUsedAt) == [now])
        #expect(try store.imageUses().map(\.lastUsedAt) == [now + 60_000])
    }
}
