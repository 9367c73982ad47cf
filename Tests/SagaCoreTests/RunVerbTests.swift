import ArcadiaTesting
import SagaCore
import Testing

/// Pause, resume, skip and fork: what the machine makes of them, and what operators are told before.
@Suite struct RunVerbTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private let id = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!
    private let other = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b05")!
    private let catalog = ListedOperations([
        .test("x"), .test("pure", compensable: false), Operation(name: SignalOperations.waitSignal),
    ])

    private func saga(_ last: String = #"{ "id": "c", "uses": "test.x" }"#) -> String {
        #"""
        { "saga": "t", "inputs": { "additionalProperties": false, "properties": { "size": { "type": "string" } } },
          "steps": [ { "id": "a", "uses": "test.x" }, { "id": "b", "uses": "test.x" }, \#(last) ] }
        """#
    }

    private func view(
        _ events: [RunEvent], _ definition: String? = nil, wishes: RunWishes = RunWishes(), blocked: String? = nil
    ) throws -> RunView {
        let definition = definition ?? saga()
        let shape = try #require(DefinitionCheck(definition, catalog: catalog).saga).shape
        var machine = RunMachine(shape, at: now)
        for event in events { try machine.apply(event, at: now) }
        let stored = events.enumerated().map { StoredEvent(sequence: $0 + 1, event: $1, image: nil, at: now) }
        let row = RunRow(
            key: RunKey(number: 1), id: id, saga: "t", status: machine.status, inputs: ["size": "s"],
            definitionHash: "", blocked: blocked, wishes: wishes, paused: machine.pauseReason, createdAt: now,
            finishedAt: machine.isEnded ? now : nil)
        return RunView(StoredRun(row: row, definition: definition, events: stored), catalog: catalog)
    }

    private func machine(_ events: [RunEvent]) throws -> RunMachine { try #require(try view(events).machine) }

    private func done(_ step: Int, _ output: JSONObject = [:]) -> RunEvent {
        .stepCompleted(step: StepRef(step), attempt: 1, output: output)
    }

    private func waits(_ step: Int) -> RunEvent {
        .stepSuspended(step: StepRef(step), attempt: 1, wakeAt: now + 60_000, checkpoint: nil)
    }

    // MARK: - Pause

    @Test func `a paused run has nothing to do, and a resumed one goes on where it stood`() throws {
        var machine = try machine([done(0), .paused(reason: "storm")])
        #expect(machine.next == .pause)
        #expect(machine.status == .running)
        #expect(throws: IllegalEvent.self) { try machine.apply(.paused(reason: "again")) }
        try machine.apply(.resumed(reason: "calm"))
        #expect(machine.next == .execute(step: 1, attempt: 1))
        #expect(throws: IllegalEvent.self) { try machine.apply(.resumed(reason: "again")) }
    }

    @Test func `what comes of a call that was in progress is taken in, and nothing follows from it`() throws {
        var machine = try machine([.paused(reason: "storm"), done(0)])
        #expect(machine.steps[0].status == .completed)
        #expect(machine.next == .pause)
        try machine.apply(.resumed(reason: "calm"))
        #expect(machine.next == .execute(step: 1, attempt: 1))
    }

    @Test func `a call in progress stays the one it was through a pause and a resume, so a crash in it is found`()
        throws
    {
        let before = try machine([done(0)]).steps[1].licence
        #expect(try machine([done(0), .paused(reason: "r"), .resumed(reason: "r")]).steps[1].licence == before)
    }

    @Test func `a cancel and an abandon end a pause`() throws {
        let cancelled = try machine([
            done(0), .paused(reason: "storm"), .cancelRequested(reason: "enough", duringCall: false),
        ])
        #expect(cancelled.pauseReason == nil)
        #expect(cancelled.next == .compensate(step: 0, attempt: 1))
        #expect(try machine([done(0), .paused(reason: "storm"), .abandoned(reason: "r")]).next == .end(.failed))
    }

    @Test func `a run that is taken back can be paused, too`() throws {
        var machine = try machine([
            done(0), .cancelRequested(reason: "r", duringCall: false), .paused(reason: "storm"),
        ])
        #expect(machine.next == .pause)
        try machine.apply(.resumed(reason: "calm"))
        #expect(machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `the row says why it is paused, and no longer when it is not`() throws {
        let paused = try view([done(0), .paused(reason: "storm")])
        let saga = try #require(paused.saga)
        #expect(paused.machine?.rowChange(saga: saga, at: now).paused == "storm")
        let machine = try machine([done(0), .paused(reason: "storm"), .resumed(reason: "calm")])
        #expect(machine.rowChange(saga: saga, at: now).paused == nil)
    }

    @Test func `what stands in the way of a pause and of a resume is said`() throws {
        let running = try view([done(0)])
        let paused = try view([done(0), .paused(reason: "storm")])
        let ended = try view([done(0), .abandoned(reason: "r")])
        #expect(refusal { try paused.checkPause() }?.message == "run \(id) is paused: storm")
        #expect(refusal { try paused.checkPause() }?.hint == "`arcadia runs resume \(id) --reason WHY` lets it go on")
        #expect(refusal { try running.checkResume() }?.message == "run \(id) is running, and not paused")
        #expect(refusal { try ended.checkPause() }?.fact == .ended(.failed, verb: .pause))
        #expect(refusal { try ended.checkResume() }?.fact == .ended(.failed, verb: .resume))
        #expect(refusal { _ = try paused.retry(fromStep: nil, inputs: nil) }?.fact == .paused("storm"))
        // A wish that was not heard yet can be taken back.
        #expect(refusal { try view([done(0)], wishes: RunWishes(pause: "storm")).checkResume() } == nil)
        let unheard = try view([done(0), .paused(reason: "storm")], wishes: RunWishes(resume: "calm"))
        #expect(refusal { try unheard.checkPause() } == nil)
    }

    // MARK: - Skip

    @Test func `a step that waits is left out, and what it may have done is taken back with the run`() throws {
        var machine = try machine([done(0), waits(1), .stepSkipped(step: 1, reason: "by phone")])
        #expect(machine.steps[1].status == .skipped)
        #expect(machine.next == .execute(step: 2, attempt: 1))
        try machine.apply(.cancelRequested(reason: "r", duringCall: false))
        #expect(machine.next == .compensate(step: 1, attempt: 1))
        try machine.apply(.compensationCompleted(step: 1, attempt: 1, how: .called))
        #expect(machine.steps[1].markReason == nil)
    }

    @Test func `a step whose attempts left nothing is left out without a trace`() throws {
        let failed = RunEvent.stepFailed(
            step: 1, attempt: 1, error: StepError(code: "busy", message: "no", effect: .none),
            then: .execute(attempt: 2, at: now + 60_000))
        var machine = try machine([done(0), failed, .stepSkipped(step: 1, reason: "r")])
        try machine.apply(.cancelRequested(reason: "r", duringCall: false))
        #expect(machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `a step in a call, one that is done and one that is being stopped are not left out`() throws {
        let running = try view([done(0)])
        #expect(
            refusal { _ = try running.stepToSkip("b") }?.message
                == "step \"b\" of run \(id) is running; expected one that waits: for its next attempt, a signal or a time"
        )
        #expect(refusal { _ = try running.stepToSkip("a") }?.fact == .notWaiting(step: "a", .completed))
        #expect(refusal { _ = try running.stepToSkip("bb") }?.hint == "did you mean \"b\"?")
        #expect(try view([done(0), waits(1)]).stepToSkip("b") == 1)
        var machine = try machine([done(0), waits(1), .cancelRequested(reason: "r", duringCall: true)])
        #expect(throws: IllegalEvent.self) { try machine.apply(.stepSkipped(step: 1, reason: "late")) }
    }

    // MARK: - Fork

    private let finished: [RunEvent] = [
        .stepCompleted(step: 0, attempt: 1, output: ["n": 1]), .stepCompleted(step: 1, attempt: 1, output: ["m": 2]),
        .stepCompleted(step: 2, attempt: 1, output: [:]),
    ]

    @Test func `a fork knows what was put out before its step, and takes back only what it does itself`() throws {
        let fork = try view(finished).fork(fromStep: "c", inputs: nil)
        #expect(fork.known.count == 2)
        var machine = try machine(fork.known)
        #expect(machine.next == .execute(step: 2, attempt: 1))
        #expect(machine.context == ["n": 1, "m": 2])
        #expect(machine.steps[0].isKnown && machine.steps[0].execution?.run == id)
        #expect(machine.stepsToTakeBack.isEmpty)
        try machine.apply(done(2))
        #expect(machine.stepsToTakeBack == [2])
        // The same run, and the same as its rows say it.
        for event in fork.known {
            #expect(RunEvent(kind: event.kind, step: event.step, attempt: event.attempt, data: event.data) == event)
        }
    }

    @Test func `a fork that fails takes back nothing of the other run`() throws {
        let fork = try view(finished).fork(fromStep: "b", inputs: nil)
        let failed = RunEvent.stepFailed(
            step: 1, attempt: 1, error: StepError(code: "x", message: "no", effect: .none),
            then: .compensate(thisToo: false))
        let machine = try machine(fork.known + [failed])
        #expect(machine.next == .end(.rolledBack))
        #expect(machine.steps[0].status == .completed)
    }

    @Test func `what a fork knows its retry knows, and owns as little`() throws {
        let fork = try view(finished).fork(fromStep: "b", inputs: nil)
        let ended = try view(fork.known + [done(1), .abandoned(reason: "r")])
        guard case .anew(let successor) = try ended.retry(fromStep: "c", inputs: nil) else {
            Issue.record("expected a new run")
            return
        }
        let machine = try machine(successor.adopted.map(\.event))
        #expect(machine.stepsToTakeBack == [1])
    }

    @Test func `other inputs are checked, and what is known keeps those it was made from`() throws {
        let fork = try view(finished).fork(fromStep: "b", inputs: ["size": "l"])
        #expect(fork.inputs == ["size": "l"])
        guard case .stepAdopted(_, _, _, _, let execution)? = fork.known.first else { return }
        #expect(execution == RunEvent.Execution(run: id, inputs: ["size": "s"], isKnown: true))
        #expect(refusal { _ = try view(finished).fork(fromStep: "b", inputs: ["size": 3]) }?.code == "inputs.type")
    }

    @Test func `what was taken back is not known, and a run that goes on is not forked`() throws {
        let back: [RunEvent] = [
            done(0), .cancelRequested(reason: "r", duringCall: false),
            .compensationCompleted(step: 0, attempt: 1, how: .called),
        ]
        let refused = refusal { _ = try view(back).fork(fromStep: "b", inputs: nil) }
        #expect(
            refused?.message == "step \"a\" of run \(id) is compensated, so nothing it put out is true now")
        #expect(refused?.hint == "`--from a` executes it anew")
        #expect(try view(back).fork(fromStep: "a", inputs: nil).known.isEmpty)
        #expect(
            refusal { _ = try view([done(0)]).fork(fromStep: "b", inputs: nil) }?.message
                == "run \(id) has not ended: it is running; a fork is made of one that has")
    }

    @Test func `what another run went on with is that run's to be forked from`() throws {
        let given = try view([
            done(0, ["n": 1]), .abandoned(reason: "r"), .retriedAs(run: other, adopted: 1, reason: "r"),
        ])
        let refused = refusal { _ = try given.fork(fromStep: "b", inputs: nil) }
        #expect(refused?.message == "run \(other) has gone on with the steps of run \(id)")
        #expect(
            refused?.hint == "`arcadia runs fork \(other) --from STEP` forks that one, if it did not take them back")
        #expect(try given.fork(fromStep: "a", inputs: nil).known.isEmpty)
    }

    @Test(arguments: [(#""four_eyes": true"#, true), (#""from": ["ann"]"#, true), (#""timeout_seconds": 60"#, false)])
    func `what a certain person agreed to is asked again where the inputs are others`(rule: String, isBound: Bool)
        throws
    {
        let definition = """
            { "saga": "t", "inputs": { "properties": { "size": { "type": "string" } } }, "steps": [
              { "id": "a", "signal": { "name": "go", \(rule) } },
              { "id": "b", "uses": "test.x", "with": { "size": "${ .inputs }" } } ] }
            """
        let ended = try view([done(0), done(1)], definition)
        #expect(try ended.fork(fromStep: "b", inputs: ["size": "s"]).known.count == 1)
        let fork = refusal { _ = try ended.fork(fromStep: "b", inputs: ["size": "l"]) }
        let retry = refusal { _ = try ended.retry(fromStep: "b", inputs: ["size": "l"]) }
        #expect(fork?.code == (isBound ? "run.agreed_to_others" : nil))
        #expect(retry?.fact == (isBound ? .agreedToOthers(step: "a") : nil))
        guard isBound else { return }
        #expect(
            fork?.message == "what was agreed to at step \"a\" of run \(id) was its inputs, and these are others")
        #expect(fork?.hint == "`--from a`, or a step before it, asks again")
        #expect(try ended.fork(fromStep: "a", inputs: ["size": "l"]).known.isEmpty)
    }

    @Test func `a step within another is no place to begin from, and the one that holds it is named`() throws {
        let text = #"""
            { "saga": "t", "steps": [ { "uses": "test.x" },
              { "id": "both", "parallel": [ [{ "id": "left", "uses": "test.x" }], [{ "id": "right", "uses": "test.x" }] ] },
              { "id": "all", "for_each": [1], "steps": [ { "id": "one", "uses": "test.x" } ] } ] }
            """#
        let ended = try view([.abandoned(reason: "r")], text)
        for (step, holder) in [("right", "both"), ("one", "all"), ("all[0]/one", "all")] {
            let refused = refusal { _ = try ended.retry(fromStep: step, inputs: nil) }
            #expect(
                refused?.message
                    == "step \"\(step)\" of run \(id) is within step \"\(holder)\"; expected one of the list itself")
            #expect(refused?.hint == "`--from \(holder)` begins with all of that step")
            #expect(refused?.code == "run.unknown_step")
        }
    }

    @Test func `a pivot that another run passed does not bind a fork`() throws {
        let pivot = #"""
            { "saga": "t", "steps": [ { "id": "a", "uses": "test.x", "pivot": true }, { "id": "b", "uses": "test.x" } ] }
            """#
        let known = try view([done(0), .stepCompleted(step: 1, attempt: 1, output: [:])], pivot)
            .fork(fromStep: "b", inputs: nil).known
        #expect(try view([done(0)], pivot).machine?.hasPassedPivot == true)
        #expect(try view(known, pivot).machine?.hasPassedPivot == false)
    }

    // MARK: - Before it is done

    private func preview(_ ask: RunAsk, _ view: RunView) throws -> VerbPreview {
        try VerbPreview(of: ask, view, at: now)
    }
    private func told(_ preview: VerbPreview) -> [String] { preview.would.map { "\($0.stepID) \($0.action.rawValue)" } }

    @Test func `a pause says what is waited for, a resume what is called`() throws {
        let calling = try preview(.pause, view([done(0)]))
        #expect(calling.message == "nothing more would be begun until a resume; 1 call in progress waited for first")
        #expect(told(calling) == ["b wait_for_call"])
        #expect(told(try preview(.pause, view([done(0), waits(1)]))) == ["b wait"])
        #expect(told(try preview(.resume, view([done(0), .paused(reason: "r")], blocked: "paused: r"))) == ["b call"])
        #expect(refusal { _ = try preview(.resume, view([done(0)])) }?.fact == .notPaused(.running))
    }

    @Test func `an abandon says what stays, a mark how the run ends, a retry what is called now`() throws {
        let abandoned = try preview(.abandon, view([done(0), waits(1)]))
        #expect(abandoned.message == "the run would end failed, and 1 step would stay as done")
        #expect(told(abandoned) == ["a leave"])
        let stuck = try view([
            done(0), .cancelRequested(reason: "r", duringCall: false),
            .compensationFailed(
                step: 0, attempt: 1, error: StepError(code: "x", message: "no", effect: .unknown), then: .giveUp),
        ])
        #expect(try preview(.mark(step: "a"), stuck).message == "the run would end rolled_back")
        #expect(told(try preview(.retry(fromStep: nil, inputs: nil), stuck)) == ["a compensate"])
        #expect(told(try preview(.retry(fromStep: nil, inputs: nil), view([done(0), waits(1)]))) == ["b call"])
        let now = try preview(.retry(fromStep: "b", inputs: nil), view([done(0), waits(1)]))
        #expect(now.message == "the run would be tried again now")
        #expect(told(now) == ["b call"])
        let left = try preview(
            .retry(fromStep: nil, inputs: nil), view([done(0), done(1), .abandoned(reason: "r")]))
        #expect(told(left) == ["b compensate", "a compensate"])
        let anew = try preview(.retry(fromStep: "b", inputs: nil), view([done(0), .abandoned(reason: "r")]))
        #expect(anew.message == "a new run would take over 1 step and execute 2 steps")
        #expect(told(anew) == ["a reuse", "b call", "c call"])
        let again = try preview(.retry(fromStep: "b", inputs: nil), view([done(0), done(1), .abandoned(reason: "r")]))
        #expect(again.message == "a new run would take over 1 step and execute 2 steps")
        #expect(told(again) == ["a reuse", "b call_again", "c call"])
        #expect(again.would[1].message == "test.x is called again; what it did in this run stays as it is")
    }

    @Test func `a step that another operation takes back is told with that`() throws {
        let last = #"{ "id": "c", "uses": "test.x", "compensation": { "uses": "test.pure" } }, { "uses": "test.x" }"#
        let back = try preview(.cancel, view([done(0), done(1), done(2)], saga(last)))
        #expect(back.would.first?.action == .waitForCall)
        #expect(back.would.dropFirst().first?.message == "test.pure takes test.x back")
    }

    @Test func `a skip names what comes next, and the steps that would find nothing to read`() throws {
        #expect(told(try preview(.skip(step: "b"), view([done(0), waits(1)]))) == ["b skip", "c call"])
        let reader = saga(#"{ "id": "c", "uses": "test.x", "with": { "v": "${ .steps.b.output }" } }"#)
        let skip = try preview(.skip(step: "b"), view([done(0), waits(1)], reader))
        #expect(told(skip) == ["b skip", "c unresolved"])
        #expect(skip.would.last?.message == "it reads what the step left out would have put out, and fails")
        #expect(skip.json["verb"] == "skip")
    }

    @Test func `a fork says what it would know and what it would execute`() throws {
        let fork = try preview(.fork(fromStep: "c", inputs: nil), view(finished))
        #expect(fork.message == "a new run would know 2 steps and execute 1 step")
        #expect(told(fork) == ["a know", "b know", "c call"])
    }
}
