import SagaCore
import Storage
import Testing

@testable import Scheduling

@Suite struct JobTests {
    private func enqueue(_ plan: Plan, _ key: String, _ queue: String = QueueName.metering) throws -> Int64? {
        try plan.jobs.enqueue(NewJob(queue: queue, kind: "test", input: [:], dedupKey: key), at: Plan.start)
    }

    @Test func `jobs are taken in the order they were queued, no more at once than the queue allows, over all hosts`()
        throws
    {
        let plan = try Plan(#"{ "queues": { "metering": { "concurrency": 2 } } }"#)
        for key in ["a", "b", "c"] { _ = try enqueue(plan, key) }
        let first = try #require(try plan.take(at: Plan.start, host: "one"))
        let second = try #require(try plan.take(at: Plan.start, host: "two"))
        #expect([first.dedupKey, second.dedupKey] == ["a", "b"])
        #expect(try plan.take(at: Plan.start, host: "three") == nil)
        _ = try plan.end(second, .done([:]), at: Plan.start)
        #expect(try plan.take(at: Plan.start, host: "three")?.dedupKey == "c")
    }

    @Test func `the same key is the same job; only one that failed is queued again`() throws {
        let plan = try Plan()
        #expect(try enqueue(plan, "invoice") == 1)
        #expect(try enqueue(plan, "invoice") == nil)
        var job = try #require(try plan.take(at: Plan.start))
        #expect(try plan.end(job, .failed("no such invoice", again: false), at: Plan.start) == .failed)
        #expect(try enqueue(plan, "invoice") == 1)
        job = try #require(try plan.take(at: Plan.start))
        #expect(job.attempts == 1)
        #expect(try plan.end(job, .done(["lines": 3]), at: Plan.start) == .done)
        #expect(try enqueue(plan, "invoice") == nil)
        #expect(try plan.jobs.find(1)?.result == ["lines": 3])
    }

    @Test func `a job that fails rests longer each time, and fails for good when its tries are used up`() throws {
        let plan = try Plan(#"{ "queues": { "metering": { "max_attempts": 3 } } }"#)
        _ = try enqueue(plan, "a")
        var now = Plan.start
        for rest in [Int64(15_000), 30_000] {
            let job = try #require(try plan.take(at: now))
            #expect(try plan.end(job, .failed("out of order", again: true), at: now) == .queued)
            #expect(try plan.take(at: now + (rest - 1)) == nil)
            now = now + rest
        }
        let last = try #require(try plan.take(at: now))
        #expect(last.attempts == 3 && last.error == "out of order")
        #expect(try plan.end(last, .failed("out of order", again: true), at: now) == .failed)
        #expect(try plan.take(at: now + 86_400_000) == nil)
    }

    @Test func `a job put off was no attempt`() throws {
        let plan = try Plan()
        _ = try enqueue(plan, "a")
        let job = try #require(try plan.take(at: Plan.start))
        #expect(try plan.end(job, .later(Plan.start + 5000), at: Plan.start) == .queued)
        #expect(try plan.take(at: Plan.start + 4999) == nil)
        #expect(try plan.take(at: Plan.start + 5000)?.attempts == 1)
    }

    @Test func `jobs of a host that is gone are done again, and its late word counts no more`() throws {
        let plan = try Plan()
        _ = try enqueue(plan, "a")
        _ = try enqueue(plan, "b", QueueName.provisioning)
        let lost = try #require(try plan.take(at: Plan.start, host: "dead"))
        _ = try #require(try plan.take(QueueName.provisioning, at: Plan.start, host: "alive"))
        func requeue() throws -> Int {
            try plan.jobs.requeueOrphans(
                plan.schedules.settings, isAlive: { $0 == HostID("alive") }, at: Plan.start)
        }
        #expect(try requeue() == 1)
        #expect(try requeue() == 0)
        #expect(try plan.end(lost, .done([:]), at: Plan.start) == nil)
        let again = try #require(try plan.take(at: Plan.start + 15_000, host: "alive"))
        #expect(again.number == lost.number && again.attempts == 2)
        #expect(try plan.end(again, .done([:]), at: Plan.start + 15_000) == .done)
    }

    @Test func `a job that takes every host with it fails for good`() throws {
        let plan = try Plan()
        _ = try enqueue(plan, "a")
        for attempt in 1...5 {
            let now = Plan.start + Int64(attempt) * 1_000_000
            #expect(try plan.take(at: now, host: "dead")?.attempts == attempt)
            _ = try plan.jobs.requeueOrphans(plan.schedules.settings, isAlive: { _ in false }, at: now)
        }
        #expect(try plan.jobs.find(1)?.status == .failed)
        #expect(try plan.jobs.find(1)?.error == "the host that did it ended in the middle")
    }

    @Test func `what ended long ago is forgotten, what is open and the last ten firings stay`() throws {
        let plan = try Plan(#"{ "retention_days": 7 }"#)
        try plan.add("often", "* * * * *")
        for minute in 1...20 { try plan.scheduler.fireDue(at: plan.after(minutes: Int64(minute))) }
        let job = try #require(try plan.take(at: plan.after(minutes: 20)))
        _ = try plan.end(job, .done([:]), at: plan.after(minutes: 20))
        let week: Int64 = 7 * 86_400_000
        try plan.jobs.prune(plan.schedules.settings, at: plan.after(minutes: 20) + week)
        #expect(try plan.jobs.list().count == 20)
        try plan.jobs.prune(plan.schedules.settings, at: plan.after(minutes: 21) + week)
        #expect(try plan.jobs.list().count == 19)
        #expect(try plan.firings("often").count == 10)
    }

    // MARK: - Queues at work

    /// What happened, in its order, from many threads.
    private final class Story: Sendable {
        private let lines = Monitor<[String]>([])
        func tell(_ line: String) { lines.change { $0.append(line) } }
        func wait(for line: String) { lines.wait { $0.contains(line) ? true : nil } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test func `a slow invoice does not delay a sync: each queue has places of its own`() throws {
        let plan = try Plan(#"{ "queues": { "cloud_billing": { "concurrency": 1 } } }"#)
        let (story, gate) = (Story(), Monitor(false))
        for key in ["invoice 1", "invoice 2"] { _ = try enqueue(plan, key, QueueName.cloudBilling) }
        for key in ["sync 1", "sync 2"] { _ = try enqueue(plan, key, QueueName.cloudSyncFull) }
        let queues = JobQueues(
            plan.jobs, settings: plan.schedules.settings, host: HostID("h"), now: { Plan.start },
            perform: { job, _ in
                story.tell("began " + job.dedupKey)
                // An invoice takes until both syncs are done: were a sync behind it, nothing would ever end.
                if job.queue == QueueName.cloudBilling { gate.wait { $0 ? true : nil } }
                return .done([:])
            }, ended: { job, _, _ in story.tell("ended " + job.dedupKey) })
        try queues.look()
        story.wait(for: "ended sync 2")
        #expect(!story.all.contains("ended invoice 1") && !story.all.contains("began invoice 2"))
        story.wait(for: "began invoice 1")
        gate.change { $0 = true }
        story.wait(for: "ended invoice 2")
        queues.waitUntilIdle()
        #expect(try plan.jobs.list().allSatisfy { $0.status == .done })
    }

    @Test func `stopped, it begins nothing more, and what is under way hears of it and is put back`() throws {
        let plan = try Plan()
        let story = Story()
        for key in ["a", "b"] { _ = try enqueue(plan, key) }
        let queues = JobQueues(
            plan.jobs, settings: plan.schedules.settings, host: HostID("h"), now: { Plan.start },
            perform: { job, control in
                story.tell("began " + job.dedupKey)
                while !control.isStopRequested {}
                return .later(Plan.start)
            })
        try queues.look()
        story.wait(for: "began a")
        queues.stop()
        queues.waitUntilIdle()
        try queues.look()
        #expect(story.all == ["began a"])
        #expect(try plan.jobs.list().allSatisfy { $0.status == .queued && $0.attempts == 0 })
    }
}
