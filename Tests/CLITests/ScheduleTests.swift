import ArcadiaTesting
import Foundation
import SagaCore
import Scheduling
import Storage
import Testing

/// Schedules and queues through the real program.
@Suite struct ScheduleTests {
    private let arcadia = Arcadia()

    private func json(_ words: String...) -> JSONValue {
        Command.run(
            Arcadia.program, arcadia.arguments(words + ["--output", "json"]),
            environment: ["HOME": arcadia.folder.path]
        ).json ?? .null
    }

    /// Schedules that were added long ago, so that each has missed times behind it.
    private func addOld(_ names: [String], _ definition: String) throws {
        // Makes the database.
        #expect(arcadia("schedules", "list").code == 0)
        let database = try SQLiteDatabase(path: arcadia.data + "/arcadia.db")
        defer { database.close() }
        for name in names {
            let new = NewSchedule(
                name: name, cron: try CronExpression("0 3 * * *"), kind: "run",
                input: ["name": "d", "definition": .string(definition), "inputs": [:]], queue: QueueName.provisioning)
            try Schedules(database).add(new, at: Timestamp(milliseconds: 1_780_000_000_000))
        }
    }

    private func stop(_ process: ChildProcess) -> Int32 {
        process.terminate()
        return process.waitUntilExit()
    }

    private var runs: [JSONValue] { json("runs", "list", "--limit", "1000")["runs"]?.arrayValue ?? [] }

    @Test func `killed again and again, every due time is in the history once and every run was made once`() throws {
        let names = (0..<24).map { "s\($0)" }
        try addOld(names, #"["core.echo"]"#)
        let database = try SQLiteDatabase(path: arcadia.data + "/arcadia.db")
        defer { database.close() }
        func count(_ sql: String) throws -> Int64 {
            try database.read { try $0.first(sql) { $0.int(0) ?? 0 } ?? 0 }
        }
        let firings = "SELECT count(*) FROM schedule_firings WHERE schedule LIKE 's%'"
        let done = "SELECT count(*) FROM jobs WHERE schedule LIKE 's%' AND status = 'done'"
        for (sql, enough) in [(firings, Int64(5)), (firings, 17), (done, 6), (done, 15)] {
            let process = arcadia.start("serve", "--listen", "none")
            while try count(sql) < enough, process.isRunning {}
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
        }
        // A job that was cut off rests a while before it is done again; nobody waits for that here.
        let process = arcadia.start("serve", "--listen", "none")
        while try count("SELECT count(*) FROM jobs WHERE status = 'running' OR attempts = 0") > 0 {}
        try database.write { try $0.run("UPDATE jobs SET run_at = 0 WHERE status = 'queued'") }
        while try count(done) < 24 {}
        while try count("SELECT count(*) FROM saga_runs WHERE status = 'completed'") < 24 {}
        #expect(stop(process) == 0)
        #expect(try count(firings) == 24)
        #expect(
            try count("SELECT count(DISTINCT schedule || due_at) FROM schedule_firings WHERE schedule LIKE 's%'") == 24)
        #expect(runs.count == 24 && runs.allSatisfy { $0.text("status") == "completed" })
    }

    @Test func `serve drives what is only recorded, and stopped it gives back what waits`() throws {
        let process = arcadia.start("serve", "--listen", "none")
        let quick = arcadia.folder.file("quick.json", #"["core.echo"]"#)
        let slow = arcadia.folder.file(
            "slow.json",
            #"{ "saga": "slow", "steps": [{ "uses": "core.sleep", "with": { "seconds": 3600 } }, "core.echo"] }"#)
        #expect(arcadia("run", quick, "--detach").code == 0)
        #expect(arcadia("run", slow, "--detach").code == 0)
        let driven = arcadia.eventually { _ in
            let runs = runs
            let statuses = runs.map { $0.text("status") }.sorted()
            return statuses == ["completed", "running"] && runs.contains { $0["wake_at"] != nil } ? true : nil
        }
        #expect(driven == true, "\(runs)")
        #expect(stop(process) == 0)
        let database = try SQLiteDatabase(path: arcadia.data + "/arcadia.db")
        defer { database.close() }
        let kept = try database.read {
            try $0.rows("SELECT coalesce(host, 'nobody') FROM saga_runs WHERE finished_at IS NULL") { $0.text(0) ?? "" }
        }
        #expect(kept == ["nobody"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: arcadia.data + "/hosts").isEmpty)
    }

    @Test func `a schedule is added, shown, run by hand, paused, resumed and removed`() throws {
        let file = arcadia.folder.file(
            "hello.json",
            #"{ "saga": "hello", "inputs": { "properties": { "name": { "type": "string" } } }, "steps": ["core.echo"] }"#
        )
        let added = arcadia(
            "schedules", "add", "mine", "--cron", "0 3 * * MON", "--run", file, "--input", "name=x", "--overlap",
            "queue_one")
        #expect(added.code == 0 && added.output.hasPrefix("mine fires next at "), "\(added.errors)")
        let shown = json("schedules", "show", "mine")
        #expect(shown["next_times"]?.arrayValue?.count == 5 && shown["input"]?["inputs"] == ["name": "x"])
        #expect(shown.text("overlap") == "queue_one" && shown["own"] == true)

        let run = arcadia("schedules", "run", "mine", "--output", "json")
        #expect(run.code == 0 && run.json?.text("status") == "completed", "\(run.errors)")
        #expect(run.json?["inputs"] == ["name": "x"])
        let fired = json("schedules", "show", "mine")["firings"]?.arrayValue ?? []
        #expect(fired.map { $0.text("why") } == ["by_hand"] && fired.map { $0.text("job_status") } == ["done"])
        let told = arcadia("schedules", "show", "mine").output
        #expect(told.contains("  by_hand  done, job 1\n"), "\(told)")
        #expect(told.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(told)")

        #expect(arcadia("schedules", "pause", "mine", "--reason", "moving").output == "mine is paused\n")
        #expect(json("schedules", "show", "mine").text("state") == "paused")
        #expect(arcadia("schedules", "pause", "mine", "--reason", "again").code == 69)
        #expect(arcadia("schedules", "resume", "mine", "--reason", "moved").code == 0)
        #expect(arcadia("schedules", "remove", "mine", "--reason", "not needed").output == "mine is removed\n")
        let audit = json("audit", "list", "--action", "schedule")["events"]?.arrayValue ?? []
        #expect(
            audit.map { $0.text("action") } == [
                "schedule.remove", "schedule.resume", "schedule.pause", "schedule.run", "schedule.add",
            ])
        #expect(audit.map { $0["reason"]?.stringValue } == ["not needed", "moved", "moving", nil, nil])
        #expect(audit.allSatisfy { $0.text("target") == "mine" })
        let gone = arcadia("schedules", "show", "mine")
        #expect(
            gone.code == 69
                && gone.errors.contains("error: there is no schedule \"mine\"\nhint: `arcadia schedules list`"))
        let default_ = arcadia("schedules", "remove", "drift")
        #expect(default_.code == 69 && default_.errors.contains("comes with arcadia"))
    }

    @Test func `by hand it does not begin a second run while the first goes on`() throws {
        let file = arcadia.folder.file(
            "slow.json", #"{ "saga": "slow", "steps": [{ "uses": "core.sleep", "with": { "seconds": 3600 } }] }"#)
        #expect(arcadia("schedules", "add", "slow", "--cron", "@daily", "--run", file).code == 0)
        let first = arcadia.start("schedules", "run", "slow")
        let isUnderWay = arcadia.eventually { _ in runs.count == 1 ? true : nil }
        #expect(isUnderWay == true)
        let done = arcadia.eventually { _ in
            json("jobs", "list", "--status", "done")["jobs"]?.arrayValue?.count == 1 ? true : nil
        }
        #expect(done == true)
        let second = arcadia("schedules", "run", "slow")
        #expect(
            second.code == 69 && second.errors.contains("error: what its last job began goes on"), "\(second.errors)")
        #expect(runs.count == 1)
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
    }

    @Test func `a saga that is taken back gives its exit code to the schedule that is run by hand`() throws {
        let file = arcadia.folder.file("bad.json", #"["core.echo", "core.fail"]"#)
        #expect(arcadia("schedules", "add", "bad", "--cron", "@daily", "--run", file).code == 0)
        #expect(arcadia("schedules", "run", "bad").code == 1)
    }

    @Test func `mistakes are told: a cron expression, a definition, a settings file, a slip in a name`() throws {
        let file = arcadia.folder.file("ok.json", #"["core.echo"]"#)
        let cron = arcadia("schedules", "add", "x", "--cron", "0 25 * * *", "--run", file)
        #expect(cron.code == 65 && cron.errors.contains("error: \"25\" at character 3 is no hour; expected 0 to 23"))
        #expect(arcadia("schedules", "add", "x", "--cron", "@daily", "--run", "nothing").code == 65)
        let slip = arcadia("schedules", "run", "billing_histroy")
        #expect(slip.errors.contains("hint: did you mean \"billing_history\"?"))
        for (text, words) in [
            (
                #"{ "schedules": { "drift": { "cron": "61 * * * *" } } }"#,
                "`schedules.drift.cron`: \"61\" at character 1"
            ),
            (#"{ "schedules": { "drfit": {} } }"#, "hint: did you mean \"drift\"?"),
            (#"{ "queues": { "metering": { "concurrency": 0 } } }"#, "is 0; expected a whole number from 1 to 64"),
            (#"{ "queues": { "metering": { "credential": "reader" } } }"#, "ends with \".reader\""),
            (#"{ "retention": 3 }"#, "it has \"retention\"; expected schedules, queues, retention_days"),
        ] {
            _ = arcadia.folder.file("data/schedules.json", text)
            let result = arcadia("schedules", "list")
            #expect(result.code == 65 && result.errors.contains(words), "\(result.errors)")
        }
    }
}

/// Schedules of the cloud account, against a simulated one.
@Suite struct CloudScheduleTests {
    private let account = SimulatedAccount()
    private let arcadia = Arcadia()

    private func call(_ words: String...) -> CommandResult {
        let settings = ["requests_per_minute=0", "requests_per_hour=0"]
        return Command.run(
            Arcadia.program, arcadia.arguments(words) + settings.flatMap { ["--config", "digitalocean." + $0] },
            environment: DigitalOceanTests.environment(account).merging(["HOME": arcadia.folder.path]) { a, _ in a })
    }

    @Test func `the account's schedules do by hand what they do on time, and every invoice is a job of its own`() throws
    {
        _ = account.ask("POST", "/admin/seed", #"{ "droplets": 5 }"#)
        let sync = call("schedules", "run", "resource_sync")
        #expect(
            sync.code == 0 && sync.output.hasPrefix("resource_sync done: seen 5, new 5"), "\(sync.output)\(sync.errors)"
        )
        #expect(call("inventory", "list", "--output", "json").json?["resources"]?.arrayValue?.count == 5)
        #expect(call("schedules", "run", "drift").output.hasPrefix("drift done: checked 0"))
        #expect(call("schedules", "run", "balance").output.hasPrefix("balance done: month_to_date_usage "))
        let history = call("schedules", "run", "billing_history")
        #expect(
            history.output
                == "billing_history done: discovered 137, queued 137; 137 of 137 jobs that followed are done\n",
            "\(history.errors)")
        let jobs = call("jobs", "list", "--queue", "cloud_billing", "--limit", "200", "--output", "json").json
        let kinds = (jobs?["jobs"]?.arrayValue ?? []).map { $0.text("kind") }
        #expect(kinds.filter { $0 == "billing.invoice" }.count == 137)
        #expect(call("schedules", "run", "billing_history").output == "billing_history done: discovered 0, queued 0\n")
        let list = call("schedules", "list").output.split(separator: "\n")
        #expect(list.count == 5 && list.dropFirst().allSatisfy { $0.contains("  done    on") }, "\(list)")
        #expect(list.allSatisfy { $0.count <= 90 })
    }

    @Test func `a provider that does not answer fails the job, in its words, and the schedule remembers`() throws {
        account.plan(#"[{ "path": "/v2/customers/my/balance", "fault": "status_500" }]"#)
        let result = call("schedules", "run", "balance")
        #expect(result.code == 69 && result.output.hasPrefix("balance not done"), "\(result.output)\(result.errors)")
        let shown = call("schedules", "show", "balance", "--output", "json").json
        #expect(shown?.text("last_result") == "failed" && shown?.text("last_error").isEmpty == false)
    }

    @Test func `a queue with a token of its own uses that, and the others do not`() throws {
        _ = account.ask(
            "PUT", "/admin/tokens",
            #"{ "\#(DigitalOceanTests.canary)": "droplet:read", "another-token": "billing:read" }"#)
        #expect(call("schedules", "run", "balance").code == 69)
        let file = arcadia.folder.file("data/credentials/digitalocean.billing.metering", "another-token\n")
        chmod(file, 0o600)
        #expect(call("schedules", "run", "balance").code == 0)
        #expect(call("schedules", "run", "billing_history").code == 69)
    }
}
