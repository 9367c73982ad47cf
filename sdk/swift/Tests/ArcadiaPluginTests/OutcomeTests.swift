import ArcadiaPlugin
import Testing

private let ok = arcadia_status(ARCADIA_OK)
private let suspended = arcadia_status(ARCADIA_SUSPENDED)
private let cancelled = arcadia_status(ARCADIA_CANCELLED)
private let failed = arcadia_status(ARCADIA_FAILED)

/// What an author throws or returns, and what the host hears.
@Suite struct OutcomeTests {
    private let plugin = Loaded(Scripted.self)
    private let call = FakeCall()

    private func execute(
        checkpoint: String? = nil, _ body: @escaping @Sendable (Call<Full>) throws -> Full.Output
    ) -> arcadia_status {
        Full.$body.withValue(body) { plugin.call(.execute, "full", checkpoint: checkpoint, on: call) }
    }

    private func compensate(
        result: String? = nil, checkpoint: String? = nil, _ undo: @escaping @Sendable (Call<Full>) throws -> Void
    ) -> arcadia_status {
        Full.$undo.withValue(undo) {
            plugin.call(.compensate, "full", result: result, checkpoint: checkpoint, on: call)
        }
    }

    private func probe(_ look: @escaping @Sendable (Call<Full>) throws -> Finding<Full.Output>) -> arcadia_status {
        Full.$look.withValue(look) { plugin.call(.probe, "full", on: call) }
    }

    @Test func `what execute returns is the output, with keys and large numbers as they are`() {
        let status = execute { _ in
            Full.Output(id: 9_007_199_254_740_993, labels_by_key: ["Some_Key": 1, "otherKey": 2], big: .max)
        }
        #expect(status == ok)
        #expect(
            call.output == #"{"big":18446744073709551615,"id":9007199254740993,"#
                + #""labels_by_key":{"Some_Key":1,"otherKey":2}}"#)
    }

    @Test func `an operation that returns nothing puts an empty object`() {
        #expect(plugin.call(.execute, "plain", with: #"{"name":"x"}"#, on: call) == ok)
        #expect(call.output == "{}")
    }

    @Test func `an operation that throws Suspend returns SUSPENDED with its checkpoint`() {
        let status = execute { _ in
            throw Suspend(after: .milliseconds(1500), saving: Full.Checkpoint(droplet_id: 42))
        }
        #expect(status == suspended)
        #expect(call.suspended == 1500)
        #expect(call.puts == [#"/checkpoint {"droplet_id":42}"#])
        #expect(call.checkpoints.isEmpty, "the timer makes it durable, no flush of its own")
    }

    @Test func `Suspend without a checkpoint leaves what was saved`() {
        #expect(execute { _ in throw Suspend(after: .seconds(5)) } == suspended)
        #expect(call.suspended == 5000)
        #expect(call.puts.isEmpty)
    }

    @Test func `a checkpoint that the host does not take is no sleep`() {
        call.refusesPuts = true
        let status = execute { _ in throw Suspend(after: .zero, saving: Full.Checkpoint(droplet_id: 7)) }
        #expect(status == failed)
        #expect(call.failure?.message == "the checkpoint was not written")
    }

    @Test func `Suspend with another type than the operation's checkpoint is a bug, not a loss`() {
        #expect(execute { _ in throw Suspend(after: .zero, saving: ["droplet": 1]) } == failed)
        #expect(call.failure?.code == .bug)
        #expect(call.failure?.effect == .unknown)
        #expect(call.failure?.message == "Suspend saves Dictionary<String, Int>, and the checkpoint is Checkpoint")
    }

    @Test func `a duration is rounded up and stays in range`() {
        _ = execute { _ in throw Suspend(after: .nanoseconds(1)) }
        #expect(call.suspended == 1)
        _ = execute { _ in throw Suspend(after: .seconds(-5)) }
        #expect(call.suspended == 0)
        _ = execute { _ in throw Suspend(after: .seconds(Int64.max)) }
        #expect(call.suspended == 315_360_000_000_000)
    }

    @Test func `a StepFailure arrives with all it says`() {
        let status = execute { _ in
            throw StepFailure(
                .quota, "10 of 10 droplets are in use", effect: .partial, retry: .after(.seconds(2)),
                remoteStatus: 422, detail: ["limit": 10])
        }
        #expect(status == failed)
        #expect(
            call.failure
                == .init(
                    code: .quota, effect: .partial, retry: arcadia_retry(ARCADIA_RETRY_AFTER), retryAfter: 2000,
                    remoteStatus: 422, message: "10 of 10 droplets are in use", detail: #"{"limit":10}"#))
    }

    @Test func `a StepFailure without more has an unknown effect and no retry`() {
        _ = execute { _ in throw StepFailure(.conflict, "it is taken") }
        #expect(
            call.failure
                == .init(
                    code: .conflict, effect: .unknown, retry: 0, retryAfter: 0, remoteStatus: 0,
                    message: "it is taken", detail: nil))
    }

    @Test func `a detail that is no object is left out`() {
        _ = execute { _ in throw StepFailure(.other, "no", detail: "text") }
        #expect(call.failure?.message == "no")
        #expect(call.failure?.detail == nil)
    }

    @Test func `any other error is OTHER with an unknown effect`() {
        struct Broken: Error { var part = "pump" }
        #expect(execute { _ in throw Broken() } == failed)
        #expect(
            call.failure
                == .init(
                    code: .other, effect: .unknown, retry: 0, retryAfter: 0, remoteStatus: 0,
                    message: #"Broken(part: "pump")"#, detail: nil))
    }

    @Test func `Cancelled tells its effect`() {
        call.isCancelRequested = true
        #expect(
            execute { call in
                try call.checkCancellation(effect: .partial)
                return Full.Output(id: 1)
            } == cancelled)
        #expect(call.failure?.effect == .partial)
        #expect(call.failure?.message == "stopped as asked")
    }

    @Test func `a checkpoint is durable, and there at once`() {
        let status = execute { call in
            #expect(call.checkpoint == nil)
            try call.save(Full.Checkpoint(droplet_id: 42))
            #expect(call.checkpoint == Full.Checkpoint(droplet_id: 42))
            return Full.Output(id: 1)
        }
        #expect(status == ok)
        #expect(call.checkpoints == [#"{"droplet_id":42}"#])
    }

    @Test func `a checkpoint that is not written fails the step with the effect so far`() {
        call.isDiskFull = true
        let status = execute { call in
            try call.save(Full.Checkpoint(droplet_id: 42), effectSoFar: .none)
            return Full.Output(id: 1)
        }
        #expect(status == failed)
        #expect(call.failure?.effect == Effect.none)
        #expect(call.failure?.retry == arcadia_retry(ARCADIA_RETRY_YES))
        #expect(call.failure?.message == "the checkpoint was not written")
        _ = execute { call in
            try call.save(Full.Checkpoint(droplet_id: 42))
            return Full.Output(id: 1)
        }
        #expect(call.failure?.effect == .unknown)
    }

    @Test func `compensate sees result and checkpoint, and either may be absent`() {
        let both = compensate(result: #"{"id":4,"added_by_a_newer_version":1}"#, checkpoint: #"{"droplet_id":5}"#) {
            #expect($0.result == Full.Output(id: 4))
            #expect($0.checkpoint == Full.Checkpoint(droplet_id: 5))
        }
        #expect(both == ok)
        let neither = compensate {
            #expect($0.result == nil)
            #expect($0.checkpoint == nil)
        }
        #expect(neither == ok)
        #expect(call.output == nil)
    }

    @Test func `compensate can be suspended and can fail`() {
        #expect(compensate { _ in throw Suspend(after: .seconds(1)) } == suspended)
        #expect(compensate { _ in throw StepFailure(.remote, "still there", effect: .applied) } == failed)
        #expect(call.failure?.effect == .applied)
    }

    @Test func `a probe says what it found`() {
        #expect(probe { _ in .nothing } == ok)
        #expect(call.found == Effect.none)
        #expect(call.output == nil)
        #expect(probe { _ in .partial } == ok)
        #expect(call.found == .partial)
        #expect(probe { _ in .applied(Full.Output(id: 8)) } == ok)
        #expect(call.found == .applied)
        #expect(call.output == #"{"id":8}"#)
    }

    @Test func `a probe that throws Suspend is asked again`() {
        #expect(probe { _ in throw Suspend(after: .seconds(3)) } == failed)
        #expect(call.suspended == nil)
        #expect(call.failure?.retry == arcadia_retry(ARCADIA_RETRY_AFTER))
        #expect(call.failure?.retryAfter == 3000)
    }

    @Test func `a call says who and where it is`() {
        call.millisecondsLeft = 1500
        _ = execute { call in
            #expect(call.runID == "019a9f5c")
            #expect(call.saga == "provision")
            #expect(call.stepID == "droplet")
            #expect(call.stepNumber == 3)
            #expect(call.attempt == 2)
            #expect(call.idempotencyKey == "019a9f5c/3/undo")
            #expect(call.executeKey == "019a9f5c/3/do")
            #expect(call.traceparent == nil)
            #expect(call.timeLeft == .milliseconds(1500))
            #expect(!call.isCancelRequested)
            return Full.Output(id: 1)
        }
        call.millisecondsLeft = .max
        _ = execute { call in
            #expect(call.timeLeft == nil)
            return Full.Output(id: 1)
        }
    }

    @Test func `logs and heartbeats reach the host`() {
        _ = execute { call in
            call.log(.warn, "gone", ["id": 42, "name": "a/b"])
            call.log(.info, "plain")
            #expect(!call.heartbeat(percent: 140, note: "copying"))
            call.heartbeat()
            return Full.Output(id: 1)
        }
        #expect(call.logs == [#"3 gone {"id":42,"name":"a/b"}"#, "2 plain"])
        #expect(call.heartbeats == ["100 copying", "-1 -"])
    }

    @Test func `context and inputs are read by name or pointer`() {
        call.documents = [
            "/context/droplet_id": "42", "/context/a~1b": #""slash""#, "/context/ips/0": #""192.0.2.1""#,
            "/inputs/region": #""fra1""#, "/context/gone": "null", "/context/name": "true",
        ]
        _ = execute { call in
            #expect(call.context("droplet_id", as: Int.self) == 42)
            #expect(call.context("a/b", as: String.self) == "slash")
            #expect(call.context("/ips/0", as: String.self) == "192.0.2.1")
            #expect(call.runInput("region", as: String.self) == "fra1")
            #expect(call.context("gone", as: Int.self) == nil)
            #expect(call.context("absent", as: Int.self) == nil)
            #expect(call.context("name", as: String.self) == nil)
            return Full.Output(id: 1)
        }
        #expect(call.logs == ["3 `context.name` is not a string"])
    }

    @Test func `a call that was kept is dead and touches nothing`() {
        final class Kept: @unchecked Sendable { var call: Call<Full>? }
        let kept = Kept()
        _ = execute { call in
            kept.call = call
            return Full.Output(id: 1)
        }
        kept.call?.log(.info, "late")
        #expect(kept.call?.heartbeat() == true)
        #expect(kept.call?.isCancelRequested == true)
        #expect(throws: StepFailure.self) { try kept.call?.save(Full.Checkpoint(droplet_id: 1)) }
        #expect(call.logs.isEmpty && call.heartbeats.isEmpty && call.checkpoints.isEmpty)
    }
}
