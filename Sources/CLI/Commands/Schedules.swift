internal import ArgumentParser
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
    fileprivate static func short(_ moment: Timestamp?) -> String {
        moment.map { String($0.description.prefix(16)).replacing("T", with: " ") } ?? "-"
    }

    fileprivate static func print(_ name: String, _ schedules: Schedules, at now: Timestamp, _ words: String) throws {
        guard Terminal.output == .table else {
            return Terminal.print(json: .object(try schedules.show(name).json(at: now)))
        }
        Terminal.print(words)
    }

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List schedules: when they fire next, and how it went last. Times are UTC.",
            discussion: "EXAMPLES\n  arcadia schedules list\n  arcadia schedules list --output jsonl")
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedules = try SchedulesCommand.open(wiring).0
            let list = try schedulingwise { try schedules.list() }
            let now = wiring.clock.now
            switch options.output {
            case .json:
                Terminal.print(json: ["schedules": .array(list.map { .object($0.json(at: now)) })])
            case .jsonl: for schedule in list { Terminal.print(JSONValue.object(schedule.json(at: now)).text) }
            case .table:
                var table = TextTable("NAME", "CRON", "NEXT", "LAST", "RESULT", "STATE")
                for schedule in list {
                    table.add(
                        schedule.name, schedule.cron.description,
                        SchedulesCommand.short(schedule.nextFiring(after: now)),
                        SchedulesCommand.short(schedule.lastFiredAt), schedule.lastResult ?? "-", schedule.state)
                }
                for line in table.lines() { Terminal.print(line) }
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show a schedule: what it does, its next five times, what became of the last ones.",
            discussion: "EXAMPLE\n  arcadia schedules show billing_history")
        @Argument(help: "The schedule's name.") var name: String
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedules = try SchedulesCommand.open(wiring).0
            let now = wiring.clock.now
            let (schedule, firings) = try schedulingwise {
                (try schedules.show(name), try schedules.firings(of: name))
            }
            guard options.output == .table else {
                return Terminal.print(json: .object(schedule.json(at: now, firings)))
            }
            tell(schedule, schedule.nextTimes(after: now), firings)
        }

        private func tell(_ schedule: Schedule, _ times: [Timestamp], _ firings: [Firing]) {
            Terminal.print("\(schedule.name)  \(schedule.cron)  \(schedule.kind)  \(schedule.state)")
            if let pause = schedule.pause {
                Terminal.print("  paused   by \(pause.by) at \(pause.at): \(pause.reason)")
            }
            if let definition = schedule.input["name"]?.stringValue { Terminal.print("  runs     \(definition)") }
            Terminal.print(
                "  policy   queue \(schedule.queue), missed \(schedule.missed.rawValue), overlap \(schedule.overlap.rawValue), jitter \(schedule.jitterSeconds) s"
            )
            if let error = schedule.lastError { Terminal.print("  last     failed: \(error)") }
            Terminal.print("  next     \(times.map { SchedulesCommand.short($0) }.joined(separator: ", "))")
            for firing in firings {
                let passed = firing.passed > 0 ? ", and \(firing.passed) before it that passed" : ""
                let job = firing.job.map { ", job \($0)" } ?? ""
                Terminal.print(
                    "  \(SchedulesCommand.short(firing.dueAt))  \(firing.why.rawValue)  \(firing.outcome.rawValue)\(job)\(passed)"
                )
            }
        }
    }

    struct Pause: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep a schedule from firing until it is resumed. What it queued already is done.",
            discussion: "EXAMPLE\n  arcadia schedules pause drift --reason \"moving to fra1 until Friday\"")
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; it is kept.") var reason: String
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let schedules = try SchedulesCommand.open(wiring).0
            try schedulingwise {
                try schedules.pause(
                    name, by: DriftCommand.operatorName, reason: reason, at: wiring.clock.now,
                    witness: wiring.witness(.schedulePause, reason: reason))
                try SchedulesCommand.print(name, schedules, at: wiring.clock.now, "\(name) is paused")
            }
        }
    }

    struct Resume: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let a paused schedule fire again, from its next time on.",
            discussion: "EXAMPLE\n  arcadia schedules resume drift")
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
            let (schedules, now) = (try SchedulesCommand.open(wiring).0, wiring.clock.now)
            try schedulingwise {
                let schedule = try schedules.resume(
                    name, at: now, witness: wiring.witness(.scheduleResume, reason: reason))
                let next = SchedulesCommand.short(schedule.nextFiring(after: now))
                try SchedulesCommand.print(name, schedules, at: now, "\(name) fires next at \(next)")
            }
        }
    }

    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add a schedule of your own, that runs a definition.",
            discussion: """
                EXAMPLES
                  arcadia schedules add nightly --cron "30 3 * * MON-FRI" --run publish_report
                  arcadia schedules add sweep --cron @hourly --run sweep.json --input region=fra1 --missed skip

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
                try schedules.add(new, at: now)
                let next = SchedulesCommand.short(try schedules.show(name).nextFiring(after: now))
                try SchedulesCommand.print(name, schedules, at: now, "\(name) fires next at \(next)")
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
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let schedules = try SchedulesCommand.open(Wiring(options)).0
            try schedulingwise { try schedules.remove(name) }
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

                Exits with 0 done, 69 not done; of a schedule that runs a definition as `arcadia run` does.
                """)
        @Argument(help: "The schedule's name.") var name: String
        @Option(help: "Why; kept in the audit log.") var reason: String?
        @OptionGroup var options: GlobalOptions

        func run() throws {
            let wiring = Wiring(options)
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
            if let id = done.job.result?["run_id"]?.stringValue.flatMap({ RunID($0) }),
                let key = try storing({ () throws(StoreError) in try host.store.find(id) })
            {
                return try RunResult(key, store: host.store, catalog: host.catalog, wiring: wiring).finish(
                    drawn: options.output == .table && Terminal.isInteractive, blocked: progress.blockedReason(of: id))
            }
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
    struct Outcome {
        let job: Job
        let followers: [Job]

        var errors: [String] { ([job] + followers).compactMap { $0.status == .done ? nil : $0.error } }

        /// eg: "done: discovered 3, queued 3; 3 of 3 jobs that followed are done"
        var words: String {
            let result = (job.result ?? [:]).map { "\($0.key) \($0.value.stringValue ?? $0.value.text)" }
            let state = job.status == .done ? "done" : "not done"
            let own = result.isEmpty ? state : "\(state): \(result.joined(separator: ", "))"
            guard !followers.isEmpty else { return own }
            return own + "; \(followers.count { $0.status == .done }) of \(followers.count) jobs that followed are done"
        }

        var json: JSONValue { ["job": job.json, "followed": .array(followers.map(\.json))] }
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
        return Outcome(job: first, followers: followers)
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
