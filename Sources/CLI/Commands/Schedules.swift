internal import ArgumentParser
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Scheduling
internal import Storage

/// `arcadia schedules …`
struct SchedulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schedules", abstract: "See and say what is done again and again.",
        discussion: """
            EXAMPLES
              arcadia schedules list
              arcadia schedules run billing_history
              arcadia schedules pause drift --reason "moving to fra1 until Friday"
              arcadia schedules add nightly --cron "30 3 * * MON-FRI" --run publish_report
            """,
        subcommands: [List.self, Show.self, Run.self, Pause.self, Resume.self, Add.self, Remove.self])

    /// The schedules of the data folder, and the database they are in.
    fileprivate static func open(_ wiring: Wiring) throws -> (Schedules, SQLiteDatabase) {
        let folder = try wiring.dataFolder()
        // Brings the tables up to date.
        _ = try wiring.store(folder)
        let database = try storing { () throws(StoreError) in try SQLiteDatabase(path: folder.database) }
        return (try wiring.schedules(database, try wiring.scheduleSettings()), database)
    }

    /// A time as a table shows it: to the minute, UTC.
    fileprivate static func short(_ moment: Timestamp?) -> String { short(moment?.description) }

    fileprivate static func short(_ moment: String?) -> String {
        moment.map { String($0.prefix(16)).replacing("T", with: " ") } ?? "-"
    }

    fileprivate static func print(_ schedule: JSONValue, _ words: String) {
        if Terminal.output == .table { Terminal.print(words) } else { Terminal.print(json: schedule) }
    }

    /// The API wants a word for everything that is done.
    fileprivate static func body(_ reason: String?) -> JSONObject { ["reason": .string(reason ?? noReason)] }
    static let noReason = "no reason was given"

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List schedules: when they fire next, and how it went last. Times are UTC.",
            discussion: "EXAMPLES\n  arcadia schedules list\n  arcadia schedules list --output jsonl"
                + RoleNeed.paragraph(.readSchedules))
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let list = try wiring.ask(.get("schedules")) {
                let (schedules, now) = (try SchedulesCommand.open(wiring).0, wiring.clock.now)
                let list = try schedulingwise { try schedules.list() }
                return ["schedules": .array(list.map { .object($0.json(at: now)) })]
            }
            Terminal.print(list, rows: "schedules", table: Self.show)
        }

        private static func show(_ list: [JSONValue]) {
            var table = TextTable("NAME", "CRON", "NEXT", "LAST", "RESULT", "STATE")
            for schedule in list {
                table.add(
                    schedule.shown("name"), schedule.shown("cron"),
                    SchedulesCommand.short(schedule["next_at"]?.stringValue),
                    SchedulesCommand.short(schedule["last_fired_at"]?.stringValue),
                    schedule.shown("last_result", or: "-"), schedule.shown("state"))
            }
            table.print()
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a schedule: what it does, its next five times, what became of the last ones.",
            discussion: "EXAMPLE\n  arcadia schedules show billing_history" + RoleNeed.paragraph(.readSchedules))
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedule = try wiring.ask(.get("schedules", name)) {
                let schedules = try SchedulesCommand.open(wiring).0
                return try schedulingwise {
                    .object(try schedules.show(name).json(at: wiring.clock.now, try schedules.firings(of: name)))
                }
            }
            if options.output == .table { tell(schedule) } else { Terminal.print(json: schedule) }
        }

        private func tell(_ schedule: JSONValue) {
            Terminal.print(
                ["name", "cron", "kind", "state"].map { schedule.shown($0) }.joined(separator: "  "))
            for line in facts(of: schedule).lines() { Terminal.print(line) }
            for firing in schedule.rows("firings") { Terminal.print("  " + line(of: firing)) }
        }

        private func facts(of schedule: JSONValue) -> FactSheet {
            var facts = FactSheet()
            facts.add(
                "paused",
                schedule["paused"].map { "by \($0.shown("by")) at \($0.shown("at")): \($0.shown("reason"))" })
            facts.add("runs", schedule["input"]?["name"]?.stringValue)
            facts.add(
                "policy",
                "queue \(schedule.shown("queue")), missed \(schedule.shown("missed")), overlap \(schedule.shown("overlap")), jitter \(schedule.shown("jitter_seconds")) s"
            )
            facts.add("last", schedule["last_error"]?.stringValue.map { "failed: \($0)" })
            let times = schedule.rows("next_times").map { SchedulesCommand.short($0.stringValue) }
            facts.add("next", times.isEmpty ? nil : Self.byDay(times))
            return facts
        }

        /// A line for each day. eg: "2026-11-21 14:15, 14:16"
        private static func byDay(_ times: [String]) -> String {
            var lines: [String] = []
            for time in times {
                let day = time.prefix("2026-11-21".count)
                if lines.last?.hasPrefix(day) == true {
                    lines[lines.count - 1] += "," + time.dropFirst(day.count)
                } else {
                    lines.append(time)
                }
            }
            return lines.joined(separator: "\n")
        }

        /// A job that was queued is told as it stands by now.
        private func line(of firing: JSONValue) -> String {
            let count = firing["passed"]?.intValue ?? 0
            let passed = count > 0 ? ", and \(count) before it that passed" : ""
            let job = firing["job"]?.intValue.map { ", job \($0)" } ?? ""
            let state = firing["job_status"]?.stringValue ?? firing.shown("outcome")
            let due = SchedulesCommand.short(firing["due_at"]?.stringValue)
            return "\(due)  \(firing.shown("why"))  \(state)\(job)\(passed)"
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a schedule from firing until it is resumed. What it queued already is done.",
            discussion: "EXAMPLE\n  arcadia schedules pause drift --reason \"moving to fra1 until Friday\""
                + RoleNeed.paragraph(.actOnSchedules))
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; it is kept.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedule = try wiring.ask(.post("schedules", name, "pause", body: SchedulesCommand.body(reason))) {
                let schedules = try SchedulesCommand.open(wiring).0
                return try schedulingwise {
                    let schedule = try schedules.pause(
                        name, by: DriftCommand.operatorName, reason: reason, at: wiring.clock.now,
                        witness: wiring.witness(.schedulePause, reason: reason))
                    return .object(schedule.json(at: wiring.clock.now))
                }
            }
            SchedulesCommand.print(schedule, "\(name) is paused")
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused schedule fire again, from its next time on.",
            discussion: "EXAMPLE\n  arcadia schedules resume drift" + RoleNeed.paragraph(.actOnSchedules))
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedule = try wiring.ask(.post("schedules", name, "resume", body: SchedulesCommand.body(reason))) {
                let (schedules, now) = (try SchedulesCommand.open(wiring).0, wiring.clock.now)
                return try schedulingwise {
                    .object(
                        try schedules.resume(
                            name, at: now, witness: wiring.witness(.scheduleResume, reason: reason)
                        ).json(at: now))
                }
            }
            let next = SchedulesCommand.short(schedule["next_at"]?.stringValue)
            SchedulesCommand.print(schedule, "\(name) fires next at \(next)")
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a schedule of your own, that runs a definition.",
            discussion: """
                EXAMPLES
                  arcadia schedules add nightly --cron "30 3 * * MON-FRI" --run publish_report
                  arcadia schedules add sweep --cron @hourly --run sweep.json \\
                    --input region=fra1 --missed skip

                The definition is kept as it is now. Times are UTC.
                """)
        @Argument(help: "Its name.") var name: String
        @Option(help: ArgumentHelp("Five fields, or a word such as @daily.", valueName: "expression")) var cron: String
        @Option(
            name: .customLong("run"),
            help: ArgumentHelp("A definition file, or the name of a shipped one.", valueName: "definition"))
        var definition: String
        @Option(
            name: .shortAndLong, help: ArgumentHelp("An input of its runs; may be repeated.", valueName: "name=value"))
        var input: [String] = []
        @Option(help: "What becomes of times that pass while no arcadia is there: once or skip.", transform: word)
        var missed = MissedPolicy.once
        @Option(help: "What becomes of a time while the last run goes on: skip, queue_one or allow.", transform: word)
        var overlap = OverlapPolicy.skip
        @Option(help: ArgumentHelp("Fire up to so much later than the time.", valueName: "seconds")) var jitter: Int64 =
            0
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard (0...86_400).contains(jitter) else {
                throw ValidationError("--jitter is \(jitter); expected 0 to 86400 seconds")
            }
        }

        func run() throws {
            let wiring = Wiring(options)
            let (schedules, now) = (try SchedulesCommand.open(wiring).0, wiring.clock.now)
            let catalog = try wiring.catalog(nil)
            let source = try DefinitionSource(definition, wiring: wiring, catalog: catalog)
            let saga = try source.saga(catalog)
            let inputs = try RunInputs.read(pairs: input, file: nil, schema: saga.inputs, wiring: wiring)
            try schedulingwise {
                var new = NewSchedule(
                    name: name, cron: try expression(), kind: "run",
                    input: ["name": .string(source.name), "definition": .string(source.text), "inputs": inputs],
                    queue: QueueName.provisioning)
                (new.missed, new.overlap, new.jitterSeconds) = (missed, overlap, jitter)
                let schedule = try schedules.add(
                    new, at: now, witness: wiring.witness(.scheduleAdd, reason: reason))
                let next = SchedulesCommand.short(schedule.nextFiring(after: now))
                SchedulesCommand.print(.object(schedule.json(at: now)), "\(name) fires next at \(next)")
            }
        }

        private func expression() throws(SchedulingRefusal) -> CronExpression {
            do throws(CronError) {
                return try CronExpression(cron)
            } catch {
                throw .cron(error)
            }
        }
    }

    struct Remove: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take away a schedule that was added.", discussion: "EXAMPLE\n  arcadia schedules remove nightly")
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedules = try SchedulesCommand.open(wiring).0
            try schedulingwise {
                try schedules.remove(
                    name, at: wiring.clock.now, witness: wiring.witness(.scheduleRemove, reason: reason))
            }
            guard options.output == .table else { return Terminal.print(json: ["removed": .string(name)]) }
            Terminal.print("\(name) is removed")
        }
    }

    struct Run: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Do now what a schedule does, in this process, and wait for it. Its times stay as they are.",
            discussion: """
                EXAMPLES
                  arcadia schedules run resource_sync
                  arcadia schedules run billing_history       and every invoice that it finds

                Exits with 0 done, 69 not done; of a schedule that runs a definition as
                `arcadia run` does.

                \(RoleNeed.help(.actOnSchedules))
                """)
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            if let server = try wiring.server() {
                let job = try ServerJob(server, wiring.clock, name, SchedulesCommand.body(reason)).finish()
                return try show(WorkByHand.Outcome(job: job, followers: []), server, wiring)
            }
            let (schedules, database) = try SchedulesCommand.open(wiring)
            let progress = RunProgress(clock: wiring.clock, isQuiet: options.output != .table)
            let host = try wiring.host(observer: progress)
            let work = WorkByHand(host, schedules, database)
            do {
                let done = try schedulingwise {
                    try work.perform(name, witness: wiring.witness(.scheduleRun, reason: reason))
                }
                try storing { () throws(StoreError) in try host.finish() }
                try show(done, host, wiring, progress)
            } catch let failure as Failure {
                if !failure.isAfterResult, !failure.code.hasPrefix("store.") { host.leave() }
                throw failure
            }
        }

        private func show(_ done: WorkByHand.Outcome, _ host: Host, _ wiring: Wiring, _ progress: RunProgress) throws {
            if let id = done.run, let key = try storing({ () throws(StoreError) in try host.store.find(id) }) {
                return try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring).finish(
                    drawn: options.output == .table && Terminal.isInteractive, blocked: progress.blockedReason(of: id))
            }
            try show(done)
        }

        private func show(_ done: WorkByHand.Outcome, _ server: ServerConnection, _ wiring: Wiring) throws {
            guard let id = done.run else { return try show(done) }
            try ServerRuns(server, wiring.clock).followToEnd(id, isQuiet: options.output != .table)
        }

        private func show(_ done: WorkByHand.Outcome) throws {
            if options.output == .table {
                Terminal.print("\(name) \(done.words)")
            } else {
                Terminal.print(json: done.json)
            }
            guard let error = done.errors.first else { return }
            var failure = Failure("schedules.job_failed", error, exit: .unavailable)
            failure.more = done.errors.dropFirst().map { ($0, nil) }
            failure.isAfterResult = true
            throw failure
        }
    }
}

/// One of the words there are.
private func word<Word: RawRepresentable & CaseIterable>(_ text: String) throws -> Word where Word.RawValue == String {
    if let word = Word(rawValue: text) { return word }
    throw ValidationError("it is \"\(text)\"; expected one of \(Word.allCases.map(\.rawValue).joined(separator: ", "))")
}

/// A schedule's job, and the jobs it queues, done in this process one after another.
private struct WorkByHand {
    /// Jobs in the JSON of the API.
    struct Outcome {
        let job: JSONValue
        let followers: [JSONValue]

        init(job: JSONValue, followers: [JSONValue]) { (self.job, self.followers) = (job, followers) }

        var errors: [String] {
            ([job] + followers).compactMap { Self.isDone($0) ? nil : $0["error"]?.stringValue }
        }

        /// The run that the job made; nil: none.
        var run: RunID? { job["result"]?["run_id"]?.stringValue.flatMap { RunID($0) } }

        private static func isDone(_ job: JSONValue) -> Bool { job["status"]?.stringValue == JobStatus.done.rawValue }

        /// eg: "done: discovered 3, queued 3; 3 of 3 jobs that followed are done"
        var words: String {
            let result = (job["result"]?.objectValue ?? [:]).map { "\($0.key) \($0.value.plain)" }
            let state = Self.isDone(job) ? "done" : "not done"
            let own = result.isEmpty ? state : "\(state): \(result.joined(separator: ", "))"
            guard !followers.isEmpty else { return own }
            return own + "; \(followers.count { Self.isDone($0) }) of \(followers.count) jobs that followed are done"
        }

        var json: JSONValue { ["job": job, "followed": .array(followers)] }
    }

    private let host: Host
    private let schedules: Schedules
    private let jobs: Jobs
    private let database: SQLiteDatabase

    init(_ host: Host, _ schedules: Schedules, _ database: SQLiteDatabase) {
        self.host = host
        self.schedules = schedules
        self.database = database
        jobs = Jobs(database)
    }

    func perform(_ name: String, witness: @escaping Witness) throws -> Outcome {
        let queued = Monitor<[Int64]>([])
        let handlers = JobHandlers(host, database: database, settings: schedules.settings) { number in
            queued.withLock { $0.append(number) }
        }
        _ = try jobs.requeueOrphans(schedules.settings, isAlive: isAlive, at: host.clock.now)
        let job = try Scheduler(schedules).fireByHand(
            name, host: host.store.host, at: host.clock.now, witness: witness)
        let first = try finish(job, handlers)
        var followers: [Job] = []
        for number in queued.withLock({ $0 }) {
            // Another host may have it by now.
            guard let job = try jobs.claim(number, host: host.store.host, at: host.clock.now) else { continue }
            followers.append(try finish(job, handlers))
        }
        try host.runner.waitUntilIdle()
        return Outcome(job: first.json, followers: followers.map(\.json))
    }

    private func isAlive(_ other: HostID) -> Bool { other == host.store.host || host.isAlive(other) }

    /// A failed one is not left to be tried again: whoever waits is told.
    private func finish(_ job: Job, _ handlers: JobHandlers) throws -> Job {
        var end = handlers.perform(job, JobControl())
        switch end {
        case .failed(let reason, _): end = .failed(reason, again: false)
        case .later: end = .failed("what its last job began goes on", again: false)
        case .done: break
        }
        try jobs.end(job, end, schedules.settings.queue(job.queue), at: host.clock.now)
        return try jobs.find(job.number) ?? job
    }
}

/// `arcadia jobs …`
struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "See what schedules have queued, and how it went.", subcommands: [List.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List jobs, the newest first.",
            discussion:
                "EXAMPLES\n  arcadia jobs list --status failed\n  arcadia jobs list --queue cloud_billing --output jsonl"
        )
        @Option(help: "Of this queue only.") var queue: String?
        @Option(help: "queued, running, done or failed.", transform: word) var status: JobStatus?
        @Option(help: "At most so many.") var limit = 50
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            try checkQueue(try wiring.scheduleSettings().queues.map(\.name))
            var filter = Jobs.Filter()
            (filter.queue, filter.status, filter.limit) = (queue, status, limit)
            let database = try SchedulesCommand.open(wiring).1
            let jobs = try schedulingwise { try Jobs(database).list(filter) }
            switch options.output {
            case .json: Terminal.print(json: ["jobs": .array(jobs.map(\.json))])
            case .jsonl: for job in jobs { Terminal.print(job.json.text) }
            case .table: show(jobs)
            }
        }

        private func checkQueue(_ known: [String]) throws(Failure) {
            guard let queue, !known.contains(queue) else { return }
            throw Failure(
                "jobs.queue", "there is no queue \"\(queue)\"; expected one of \(known.joined(separator: ", "))",
                hint: closest(to: queue, among: known).map { "did you mean \"\($0)\"?" }, exit: .usage)
        }

        private func show(_ jobs: [Job]) {
            guard !jobs.isEmpty else { return Terminal.say("no jobs") }
            var table = TextTable("JOB", "QUEUE", "KIND", "STATUS", "TRIES", "QUEUED", "WHY")
            for job in jobs {
                table.add(
                    "\(job.number)", job.queue, job.kind, job.status.rawValue, "\(job.attempts)",
                    SchedulesCommand.short(job.createdAt), job.error ?? "")
            }
            for line in table.lines() { Terminal.print(line) }
        }
    }
}
