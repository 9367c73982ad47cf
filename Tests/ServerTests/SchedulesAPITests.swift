import Identity
import SagaCore
import Scheduling
import Storage
import Testing

@testable import Server

@Suite struct SchedulesAPITests {
    private let server: ScheduleServer

    init() throws { server = try ScheduleServer() }

    private var jobs: Jobs { Jobs(server.database) }

    @Test func `schedules are listed and shown as the command line prints them`() throws {
        let list = try server.get("/schedules")
        #expect(list.status == 200)
        let now = ScheduleServer.start
        #expect(list.json["schedules"] == .array(try server.schedules.list().map { .object($0.json(at: now)) }))
        let shown = try server.get("/schedules/drift")
        let drift = try server.schedules.show("drift")
        #expect(shown.json == .object(drift.json(at: now, try server.schedules.firings(of: "drift"))))
        #expect(shown.json["next_times"]?.arrayValue?.first == "2026-11-21T10:20:00.000Z")
    }

    @Test func `run now queues the job, tells how it went, and refuses a second while it waits`() throws {
        let answer = try server.post("/schedules/balance/run")
        #expect(answer.status == 202 && answer.json["last_job"]?["status"] == "queued")
        let number = try #require(answer.json["last_job"]?["job"]?.intValue)
        let second = try server.post("/schedules/balance/run")
        #expect(second.status == 409 && second.code == "schedules.busy")
        #expect(
            second.message == "the schedule \"balance\" has a job that is queued, number \(number); expected none")

        let queue = server.schedules.settings.queue(QueueName.metering)
        let job = try #require(try jobs.claim(queue, host: HostID("h"), at: ScheduleServer.start))
        #expect(job.number == number && job.kind == "billing.balance")
        #expect(try server.get("/schedules/balance").json["last_job"]?["status"] == "running")
        try jobs.end(job, .failed("the provider said no", again: false), queue, at: ScheduleServer.start)
        let shown = try server.get("/schedules/balance").json
        #expect(shown["last_error"] == "the provider said no" && shown["last_result"] == "failed")
        #expect(shown["last_job"]?["error"] == "the provider said no")
        #expect(shown["firings"]?.arrayValue?.map { $0["why"] } == ["by_hand"])
    }

    @Test func `paused and resumed it says so; twice is a conflict, and what is not there has a hint`() throws {
        let paused = try server.post("/schedules/drift/pause", ["reason": "moving to fra1"])
        #expect(paused.status == 200 && paused.json["state"] == "paused" && paused.json["next_at"] == .null)
        #expect(
            paused.json["paused"] == ["at": "2026-11-21T10:00:00.000Z", "by": "ada", "reason": "moving to fra1"])
        let twice = try server.post("/schedules/drift/pause")
        #expect(twice.status == 409 && twice.code == "schedules.already_paused")
        #expect(twice.hint == "`arcadia schedules resume drift`")
        #expect(try server.post("/schedules/drift/resume").json["state"] == "on")
        #expect(try server.post("/schedules/drift/resume").code == "schedules.not_paused")
        for path in ["/schedules/drfit/run", "/schedules/drfit/pause", "/schedules/drfit/resume"] {
            let unknown = try server.post(path)
            #expect(unknown.status == 404 && unknown.code == "schedules.unknown", "\(path)")
            #expect(unknown.hint == "did you mean \"drift\"?")
        }
        #expect(try server.get("/schedules/drfit").status == 404)
        #expect(try server.post("/schedules/drift/pause", ["reason": " "]).status == 422)
    }

    @Test func `what an operator does is in the audit log with its reason, and what was refused is not`() throws {
        _ = try server.post("/schedules/drift/pause", ["reason": "moving"])
        _ = try server.post("/schedules/drift/pause", ["reason": "again"])
        _ = try server.post("/schedules/drift/run", ["reason": "to see"])
        _ = try server.post("/schedules/drift/resume", ["reason": "moved"])
        let events = try server.audit()
        #expect(events.map(\.action) == ["schedule.resume", "schedule.run", "schedule.pause"])
        #expect(events.map(\.reason) == ["moved", "to see", "moving"])
        #expect(events.allSatisfy { $0.target == "drift" && $0.actor == "ada" && $0.requestID == "req-1" })
        #expect(events.allSatisfy { $0.origin == "api" && $0.address == "127.0.0.1" })
    }

    @Test func `who may not act sees when it fires and whether it went well, not what came of it`() throws {
        let definition: JSONObject = ["name": "d", "definition": "[]", "inputs": ["city": "x"]]
        let new = NewSchedule(
            name: "Mine.v2", cron: try CronExpression("@daily"), kind: "run", input: definition,
            queue: QueueName.provisioning)
        try server.schedules.add(new, at: ScheduleServer.start)
        let queue = server.schedules.settings.queue(QueueName.provisioning)
        for (end, word) in [
            (JobEnd.done(["run_id": "r"]), "run_id"), (.failed("no room in x", again: false), "no room"),
        ] {
            let job = try Scheduler(server.schedules).fireByHand(
                "Mine.v2", host: HostID("h"), at: ScheduleServer.start)
            try jobs.end(job, end, queue, at: ScheduleServer.start)
            let all = try server.get("/schedules/Mine.v2").json
            #expect(all["input"] == .object(definition) && all["last_job"]?.text.contains(word) == true)
            for viewer in [ScheduleServer.Asker(role: .operator), .init(role: .tenantAdmin, tenant: "acme")] {
                let shown = try server.get("/schedules/Mine.v2", as: viewer).json
                #expect(shown["last_result"] == all["last_result"] && shown["input"] == .null)
                let listed = try server.get("/schedules", as: viewer)
                for text in [shown.text, listed.json.text] {
                    #expect(!text.contains("run_id") && !text.contains("no room") && !text.contains("city"))
                }
            }
        }
    }

    @Test(arguments: ["run", "pause", "resume"])
    func `only the platform acts on schedules, and who tries is written down`(verb: String) throws {
        let denied = try server.post(
            "/schedules/drift/\(verb)", as: .init(role: .tenantAdmin, tenant: "acme"))
        #expect(denied.status == 403 && denied.code == "auth.not_permitted")
        let event = try #require(try server.audit().first)
        #expect(event.action == "schedule.\(verb)" && event.outcome == "denied" && event.target == "drift")
        #expect(event.role == "tenant_admin" && event.tenant == "acme" && event.requestID == "req-1")
        #expect(try server.audit().count == 1 && jobs.list().isEmpty)
    }
}
