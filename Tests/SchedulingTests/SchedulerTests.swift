import ArcadiaTesting
import SagaCore
import Storage
import Synchronization
import Testing

@testable import Scheduling

/// A real database file with schedules in it. Time is given.
final class Plan {
    let folder = TemporaryFolder()
    let database: SQLiteDatabase
    let schedules: Schedules
    var scheduler: Scheduler { Scheduler(schedules) }
    var jobs: Jobs { Jobs(database) }

    /// 2027-01-15T08:00Z
    static let start = Timestamp(milliseconds: 1_800_000_000_000)
    static let minute: Int64 = 60_000

    init(_ settings: String = "{}") throws {
        database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        try database.write { connection in
            try connection.migrate(Migration.runs + SchedulingTables.migrations, at: 0)
            try connection.run("PRAGMA synchronous = OFF")
        }
        schedules = Schedules(database, settings: try ScheduleSettings(reading: try JSONValue(parsing: settings)))
    }

    deinit { database.close() }

    @discardableResult
    func add(
        _ name: String, _ cron: String = "*/15 * * * *", missed: MissedPolicy = .once,
        overlap: OverlapPolicy = .allow, jitter: Int64 = 0, at now: Timestamp = Plan.start
    ) throws -> Schedule {
        var new = NewSchedule(
            name: name, cron: try CronExpression(cron), kind: "test", input: ["a": 1], queue: QueueName.metering)
        (new.missed, new.overlap, new.jitterSeconds) = (missed, overlap, jitter)
        try schedules.add(new, at: now)
        return try schedules.show(name)
    }

    func after(minutes: Int64) -> Timestamp { Plan.start + minutes * Plan.minute }
    func firings(_ name: String) throws -> [Firing] { try schedules.firings(of: name, limit: 100_000).reversed() }

    func take(_ queue: String = QueueName.metering, at now: Timestamp, host: String = "h") throws -> Job? {
        try jobs.claim(schedules.settings.queue(queue), host: HostID(host), at: now)
    }

    func end(_ job: Job, _ end: JobEnd, at now: Timestamp) throws -> JobStatus? {
        try jobs.end(job, end, schedules.settings.queue(job.queue), at: now)
    }
}

@Suite struct SchedulerTests {
    @Test func `a time fires once, when it has come, and queues the job it is for`() throws {
        let plan = try Plan()
        try plan.add("often")
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 14)).isEmpty)
        let fired = try plan.scheduler.fireDue(at: plan.after(minutes: 15))
        #expect(fired.map(\.dueAt) == [plan.after(minutes: 15)])
        #expect(fired.map(\.why) == [.due] && fired.map(\.outcome) == [.queued])
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 15)).isEmpty)
        let job = try #require(try plan.jobs.list().first)
        #expect(job.kind == "test" && job.input == ["a": 1] && job.dedupKey == "often:2027-01-15T08:15:00.000Z")
        #expect(try plan.schedules.show("often").nextAt == plan.after(minutes: 30))
    }

    @Test func `what was missed fires once on start, and says how many it stands for`() throws {
        let plan = try Plan()
        try plan.add("once")
        try plan.add("skips", missed: .skip)
        let late = plan.after(minutes: 60 * 24) + 5 * Plan.minute
        let fired = try plan.scheduler.fireDue(at: late)
        #expect(fired.map(\.schedule) == ["once", "skips"])
        #expect(fired.map(\.why) == [.missed, .missed] && fired.map(\.outcome) == [.queued, .skippedMissed])
        #expect(fired.map(\.dueAt) == [plan.after(minutes: 1440), plan.after(minutes: 1440)])
        #expect(fired.map(\.passed) == [95, 95])
        #expect(try plan.jobs.list().map(\.schedule) == ["once"])
        #expect(try plan.scheduler.fireDue(at: late + 9 * Plan.minute).isEmpty)
        #expect(try plan.scheduler.fireDue(at: late + 10 * Plan.minute).map(\.why) == [.due, .due])
    }

    @Test func `one that leaves out what it missed still fires what is due just now`() throws {
        let plan = try Plan()
        try plan.add("skips", missed: .skip)
        let fired = try plan.scheduler.fireDue(at: plan.after(minutes: 60) + 20_000)
        #expect(fired.map(\.why) == [.due] && fired.map(\.passed) == [3] && fired[0].job != nil)
    }

    @Test func `while the last job is not done: skip leaves out, queue_one lets one wait, allow lets all in`() throws {
        let plan = try Plan()
        for policy in OverlapPolicy.allCases { try plan.add(policy.rawValue, overlap: policy) }
        func outcomes(_ minutes: Int64) throws -> [String] {
            try plan.scheduler.fireDue(at: plan.after(minutes: minutes)).map { "\($0.schedule) \($0.outcome)" }
        }
        #expect(try outcomes(15) == ["allow queued", "queue_one queued", "skip queued"])
        for job in try plan.jobs.list() {
            _ = try plan.jobs.claim(job.number, host: HostID("h"), at: plan.after(minutes: 15))
        }
        #expect(try outcomes(30) == ["allow queued", "queue_one queued", "skip skippedOverlap"])
        #expect(try outcomes(45) == ["allow queued", "queue_one skippedOverlap", "skip skippedOverlap"])
        // The one that waits does so until the other is done; those that may overlap begin.
        let settings = try ScheduleSettings(reading: ["queues": ["metering": ["concurrency": 64]]])
        let queue = settings.queue(QueueName.metering)
        func next() throws -> String? {
            try plan.jobs.claim(queue, host: HostID("h"), at: plan.after(minutes: 45))?.schedule
        }
        #expect(try [next(), next(), next()] == ["allow", "allow", nil])
        var filter = Jobs.Filter()
        filter.status = .running
        let running = try #require(try plan.jobs.list(filter).first { $0.schedule == "queue_one" })
        #expect(try plan.end(running, .done([:]), at: plan.after(minutes: 46)) == .done)
        #expect(try next() == "queue_one")
    }

    @Test func `what a done job began counts as not done while it goes on`() throws {
        let plan = try Plan()
        try plan.add("runs", overlap: .skip)
        let goesOn = Mutex(true)
        let scheduler = Scheduler(plan.schedules) { result in
            #expect(result["run_id"] == "r")
            return goesOn.withLock { $0 }
        }
        try scheduler.fireDue(at: plan.after(minutes: 15))
        let job = try #require(try plan.take(at: plan.after(minutes: 15)))
        _ = try plan.end(job, .done(["run_id": "r"]), at: plan.after(minutes: 15))
        #expect(try scheduler.fireDue(at: plan.after(minutes: 30)).map(\.outcome) == [.skippedOverlap])
        goesOn.withLock { $0 = false }
        #expect(try scheduler.fireDue(at: plan.after(minutes: 45)).map(\.outcome) == [.queued])
    }

    @Test func `a paused schedule does not fire, and what passed meanwhile was not missed`() throws {
        let plan = try Plan()
        try plan.add("often")
        try plan.schedules.pause("often", by: "ann", reason: "moving", at: Plan.start)
        #expect(throws: SchedulingRefusal.self) {
            try plan.schedules.pause("often", by: "bob", reason: "too", at: Plan.start)
        }
        #expect(try plan.schedules.show("often").pause?.reason == "moving")
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 100)).isEmpty)
        try plan.schedules.resume("often", at: plan.after(minutes: 100))
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 104)).isEmpty)
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 105)).map(\.passed) == [0])
        #expect(throws: SchedulingRefusal.notPaused("often")) { try plan.schedules.resume("often", at: Plan.start) }
    }

    @Test func `jitter is the same for all, stays below its bound, and never reaches the next time`() throws {
        let plan = try Plan()
        try plan.add("minutely", "* * * * *", jitter: 3600)
        try plan.add("hourly", "@hourly", jitter: 300)
        var delays: Set<Int64> = []
        var now = Plan.start
        let end = plan.after(minutes: 240)
        while now < end {
            now = now + 500
            for firing in try plan.scheduler.fireDue(at: now) {
                let delay = firing.firedAt - firing.dueAt
                #expect((0..<(firing.schedule == "hourly" ? 300_500 : 60_500)).contains(delay))
                #expect(firing.passed == 0 && firing.why == .due)
                delays.insert(delay)
            }
        }
        #expect(delays.count > 50)
        #expect(try plan.firings("hourly").map(\.dueAt) == [60, 120, 180].map { plan.after(minutes: $0) })
        let minutes = try plan.firings("minutely").map(\.dueAt)
        #expect(minutes == (1...Int64(minutes.count)).map { plan.after(minutes: $0) } && minutes.count >= 238)
    }

    @Test func `two schedulers that race over thousands of times fire each once`() throws {
        let plan = try Plan()
        let names = (0..<8).map { "s\($0)" }
        for name in names { try plan.add(name, "* * * * *") }
        let path = plan.folder.path + "/arcadia.db"
        let rounds: Int64 = 400
        let done = Monitor(0)
        let told = Monitor(0)
        for _ in 0..<2 {
            startThread {
                do {
                    // A connection of its own, as another process has.
                    let database = try SQLiteDatabase(path: path)
                    let scheduler = Scheduler(Schedules(database))
                    for minute in 1...rounds {
                        let count = try scheduler.fireDue(at: Plan.start + minute * Plan.minute).count
                        told.withLock { $0 += count }
                    }
                    database.close()
                } catch {
                    Issue.record(error)
                }
                done.change { $0 += 1 }
            }
        }
        done.wait { $0 == 2 ? true : nil }
        for name in names {
            let firings = try plan.firings(name)
            // Where one was ahead, the other found nothing left to do; no time is there twice, and the last is there.
            #expect(Set(firings.map(\.dueAt)).count == firings.count)
            #expect(firings.reduce(0) { $0 + 1 + $1.passed } == Int(rounds))
        }
        var filter = Jobs.Filter()
        filter.limit = 100_000
        let jobs = try plan.jobs.list(filter)
        #expect(jobs.count == told.withLock { $0 } && Set(jobs.map(\.dedupKey)).count == jobs.count)
    }

    @Test func `a clock that was ahead, and is set back, neither fires twice nor leaves out what comes`() throws {
        let plan = try Plan()
        try plan.add("often")
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 15)).count == 1)
        let year: Int64 = 365 * 1440
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: year)).count == 1)
        var fired: [Timestamp] = []
        for minute in 16...60 {
            fired += try plan.scheduler.fireDue(at: plan.after(minutes: Int64(minute))).map(\.dueAt)
        }
        #expect(fired == [30, 45, 60].map { plan.after(minutes: $0) })
    }

    @Test func `a host whose clock is a little behind does not fire again what another has fired`() throws {
        let plan = try Plan()
        try plan.add("often")
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 15)).count == 1)
        for second in 0..<300 {
            #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 10) + Int64(second) * 1000).isEmpty)
        }
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 30)).count == 1)
    }

    @Test func `the defaults are those of the cloud account, made once, and what an operator did to them stays`() throws
    {
        let plan = try Plan()
        try plan.schedules.makeDefaults(at: Plan.start)
        let list = try plan.schedules.list().map { "\($0.name) \($0.cron) \($0.kind) \($0.queue)" }
        #expect(
            list == [
                "balance 7 * * * * billing.balance metering",
                "billing_history 23 2 * * * billing.history cloud_billing",
                "drift 20 * * * * drift.detect cloud_sync_fast",
                "resource_sync 0,15,30,45 * * * * inventory.sync cloud_sync_full",
            ])
        try plan.schedules.pause("drift", by: "ann", reason: "moving", at: Plan.start)
        try plan.scheduler.fireDue(at: plan.after(minutes: 16))
        let before = try plan.schedules.list()
        try plan.schedules.makeDefaults(at: plan.after(minutes: 17))
        #expect(try plan.schedules.list() == before)
    }

    @Test func `what schedules json says counts from the next look, and is gone with it`() throws {
        let plan = try Plan(#"{ "schedules": { "often": { "cron": "5 * * * *", "queue": "provisioning" } } }"#)
        try plan.add("often")
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 15)).isEmpty)
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 64)).isEmpty)
        #expect(try plan.scheduler.fireDue(at: plan.after(minutes: 65)).map(\.dueAt) == [plan.after(minutes: 65)])
        #expect(try plan.jobs.list().map(\.queue) == ["provisioning"])
        let plain = Scheduler(Schedules(plan.database))
        #expect(try plain.fireDue(at: plan.after(minutes: 66)).isEmpty)
        #expect(try plain.fireDue(at: plan.after(minutes: 75)).map(\.dueAt) == [plan.after(minutes: 75)])
        let off = Schedules(
            plan.database, settings: try ScheduleSettings(reading: ["schedules": ["often": ["enabled": false]]]))
        #expect(try Scheduler(off).fireDue(at: plan.after(minutes: 90)).isEmpty)
        #expect(try off.show("often").state == "off")
    }

    @Test func `by hand it fires now, also when paused, and not beside a job of its own`() throws {
        let plan = try Plan()
        try plan.add("often", overlap: .skip)
        try plan.schedules.pause("often", by: "ann", reason: "moving", at: Plan.start)
        let job = try plan.scheduler.fireByHand("often", host: HostID("h"), at: Plan.start)
        #expect(job.status == .running && job.host == HostID("h"))
        #expect(throws: SchedulingRefusal.busy("often", job: job.number, status: .running)) {
            try plan.scheduler.fireByHand("often", host: HostID("h"), at: Plan.start)
        }
        _ = try plan.end(job, .done([:]), at: Plan.start)
        let again = try plan.scheduler.fireByHand("often", host: HostID("h"), at: Plan.start)
        #expect(again.number != job.number)
        #expect(try plan.firings("often").map(\.why) == [.byHand, .byHand])
        #expect(try plan.schedules.show("often").nextAt == plan.after(minutes: 15))
    }

    @Test func `queued by hand it waits for a host, and the schedule tells how its last job stands`() throws {
        let plan = try Plan()
        try plan.add("often", overlap: .skip)
        #expect(try plan.schedules.show("often").json(at: Plan.start)["last_job"] == .null)
        let queued = try plan.scheduler.queueByHand("often", at: Plan.start)
        let number = try #require(queued.lastJob?.number)
        #expect(queued.lastJob?.status == .queued && queued.lastFiredAt == Plan.start)
        #expect(throws: SchedulingRefusal.busy("often", job: number, status: .queued)) {
            try plan.scheduler.queueByHand("often", at: Plan.start)
        }
        let job = try #require(try plan.take(at: Plan.start))
        _ = try plan.end(job, .done(["run_id": "r"]), at: plan.after(minutes: 1))
        let last = try plan.schedules.list().first?.json(at: Plan.start)["last_job"]
        #expect(last?["job"] == .int(number) && last?["status"] == "done" && last?["result"] == ["run_id": "r"])
    }

    @Test func `what an operator does is witnessed in its transaction, or does not happen`() throws {
        let plan = try Plan()
        try plan.add("often", overlap: .skip)
        struct DiskFull: Error {}
        let full: Witness = { _, _ in throw DiskFull() }
        #expect(throws: StoreError.self) {
            try plan.schedules.pause("often", by: "ann", reason: "moving", at: Plan.start, witness: full)
        }
        #expect(throws: StoreError.self) { try plan.scheduler.queueByHand("often", at: Plan.start, witness: full) }
        #expect(throws: StoreError.self) {
            try plan.scheduler.fireByHand("often", host: HostID("h"), at: Plan.start, witness: full)
        }
        #expect(try plan.schedules.show("often").pause == nil && plan.jobs.list().isEmpty)

        let seen = Mutex<[Change]>([])
        let noting: Witness = { change, _ in seen.withLock { $0.append(change) } }
        try plan.schedules.pause("often", by: "ann", reason: "moving", at: Plan.start, witness: noting)
        #expect(throws: StoreError.self) { try plan.schedules.resume("often", at: Plan.start, witness: full) }
        #expect(try plan.schedules.show("often").pause?.reason == "moving")
        try plan.schedules.resume("often", at: Plan.start, witness: noting)
        _ = try plan.scheduler.queueByHand("often", at: Plan.start, witness: noting)
        let changes = seen.withLock { $0 }
        #expect(changes.map(\.target) == ["often", "often", "often"])
        #expect(changes.map { $0.before?["state"] } == ["on", "paused", "on"])
        #expect(changes.map { $0.after?["state"] } == ["paused", "on", "on"])
        #expect(changes.last?.before?["last_job"] == .null)
        #expect(changes.last?.after?["last_job"]?["status"] == "queued")
    }

    @Test func `adding and removing are witnessed in their transaction, or do not happen`() throws {
        let plan = try Plan()
        let full: Witness = { _, _ in throw StoreError(code: "full", message: "no room") }
        let seen = Monitor<[Change]>([])
        let noting: Witness = { change, _ in seen.withLock { $0.append(change) } }
        let new = NewSchedule(
            name: "mine", cron: try CronExpression("@daily"), kind: "test", input: [:], queue: QueueName.metering)
        #expect(throws: StoreError.self) { try plan.schedules.add(new, at: Plan.start, witness: full) }
        #expect(try plan.schedules.list().isEmpty)
        try plan.schedules.add(new, at: Plan.start, witness: noting)
        #expect(throws: SchedulingRefusal.exists("mine")) {
            try plan.schedules.add(new, at: Plan.start, witness: noting)
        }
        #expect(throws: StoreError.self) { try plan.schedules.remove("mine", at: Plan.start, witness: full) }
        #expect(try plan.schedules.list().map(\.name) == ["mine"])
        try plan.schedules.remove("mine", at: Plan.start, witness: noting)
        let changes = seen.withLock { $0 }
        #expect(changes.map(\.target) == ["mine", "mine"])
        #expect(changes.map { $0.before?["cron"] } == [nil, "@daily"])
        #expect(changes.map { $0.after?["cron"] } == ["@daily", nil])
    }

    @Test func `only what was added can be removed, and what is not there is answered with what is near`() throws {
        let plan = try Plan()
        try plan.schedules.makeDefaults(at: Plan.start)
        try plan.add("mine")
        #expect(throws: SchedulingRefusal.exists("mine")) { try plan.add("mine") }
        try plan.schedules.remove("mine", at: Plan.start)
        #expect(throws: SchedulingRefusal.notOwn("drift")) { try plan.schedules.remove("drift", at: Plan.start) }
        #expect(throws: SchedulingRefusal.name("a b")) { try plan.add("a b") }
        #expect(throws: SchedulingRefusal.cron(CronError(.neverComes))) { try plan.add("never", "0 0 30 2 *") }
        do {
            _ = try plan.schedules.show("drfit")
            Issue.record("it is not there")
        } catch let refusal as SchedulingRefusal {
            #expect(refusal.message == "there is no schedule \"drfit\"")
            #expect(refusal.hint == "did you mean \"drift\"?")
        }
    }
}
