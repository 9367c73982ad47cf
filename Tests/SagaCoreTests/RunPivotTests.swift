import ArcadiaTesting
import SagaCore
import Testing

/// What operators may do with a run that failed past its pivot.
@Suite struct RunPivotTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private let id = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!
    private let other = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b05")!
    private let catalog = ListedOperations([.test("x")])

    /// a, a pivot; a scope s with b and c, begun twice at most; d.
    private let scoped = """
        { "saga": "t", "steps": [ { "id": "a", "uses": "test.x", "pivot": true },
          { "id": "s", "scope": [ { "id": "b", "uses": "test.x" }, { "id": "c", "uses": "test.x" } ],
            "on_failure": "retry", "retry": { "max_attempts": 2, "initial_seconds": 60 } },
          { "id": "d", "uses": "test.x" } ] }
        """
    /// a, a pivot; b, if it is told so; c.
    private let plain = """
        { "saga": "t", "steps": [ { "id": "a", "uses": "test.x", "pivot": true },
          { "id": "b", "uses": "test.x", "when": "${ .steps.a.output.go }" }, { "id": "c", "uses": "test.x" } ] }
        """

    private func view(_ events: [RunEvent], _ definition: String) throws -> RunView {
        let shape = try #require(DefinitionCheck(definition, catalog: catalog).saga).shape
        var machine = RunMachine(shape, at: now)
        for event in events { try machine.apply(event, at: now) }
        let stored = events.enumerated().map { StoredEvent(sequence: $0 + 1, event: $1, image: nil, at: now) }
        let row = RunRow(
            key: RunKey(number: 1), id: id, saga: "t", status: machine.status, inputs: [:], definitionHash: "",
            createdAt: now, finishedAt: machine.isEnded ? now : nil)
        return RunView(StoredRun(row: row, definition: definition, events: stored), catalog: catalog)
    }

    private func done(_ step: Int) -> RunEvent { .stepCompleted(step: StepRef(step), attempt: 1, output: [:]) }

    private func failed(_ step: Int) -> RunEvent {
        .stepFailed(
            step: StepRef(step), attempt: 1, error: StepError(code: "other", message: "no", effect: .none),
            then: .compensate(thisToo: false))
    }

    private func undone(_ step: Int) -> RunEvent {
        .compensationCompleted(step: StepRef(step), attempt: 1, how: .called)
    }

    private func left(_ step: Int, then: RunEvent.AfterCompensationFailure = .giveUp) -> RunEvent {
        .compensationFailed(
            step: StepRef(step), attempt: 1, error: StepError(code: "other", message: "no", effect: .unknown),
            then: then)
    }

    /// The scope was begun twice, and each time taken back.
    private var triedInVain: [RunEvent] {
        let round = [done(2), failed(3), undone(2)]
        return [done(0)] + round + [.scopeSettled(step: 1, then: .again(attempt: 2, at: now))] + round
            + [.scopeSettled(step: 1, then: .fail)]
    }

    private func told(_ ask: RunAsk, _ view: RunView) throws -> [String] {
        try VerbPreview(of: ask, view, at: now).would.map { "\($0.stepID) \($0.action.rawValue)" }
    }

    // MARK: - Again

    @Test func `a scope that was begun often enough is begun once more, now, and under other keys`() throws {
        let ended = try view(triedInVain, scoped)
        #expect(ended.row.status == .failed)
        guard case .again = try ended.retry(fromStep: nil, inputs: nil) else {
            Issue.record("expected the same run")
            return
        }
        #expect(try told(.retry(fromStep: nil, inputs: nil), ended) == ["b call"])
        var machine = try #require(ended.machine)
        let saga = try #require(ended.saga)
        try machine.apply(.retryRequested(reason: "r"), at: now)
        let then = machine.eventInsteadOfCalling(saga.steps[1], at: now, random: 1)
        #expect(then == .scopeSettled(step: 1, then: .again(attempt: 3, at: now)))
        try machine.apply(try #require(then), at: now)
        #expect(machine.steps[2].round == "#3")
        for event in [done(2), failed(3), undone(2)] { try machine.apply(event, at: now) }
        let last = machine.eventInsteadOfCalling(saga.steps[1], at: now, random: 1)
        #expect(last == .scopeSettled(step: 1, then: .fail))
    }

    @Test func `what a scope left is taken back before anything else, and the pivot is not`() throws {
        let events: [RunEvent] = [done(0), done(2), failed(3), left(2), .scopeSettled(step: 1, then: .fail)]
        let ended = try view(events, scoped)
        #expect(ended.row.status == .failed)
        #expect(try told(.retry(fromStep: nil, inputs: nil), ended) == ["b compensate"])
        #expect(try told(.mark(step: "b"), ended) == ["b mark"])
        let skip = refusal { _ = try ended.stepToSkip("s") }
        #expect(skip?.code == "run.leftovers")
        #expect(skip?.message == "a step within \"s\" of run \(id) is not taken back: \"b\"")
        #expect(
            skip?.hint == "`arcadia runs retry \(id) --reason WHY` takes that back, once the cause is mended")
    }

    @Test func `a scope that halted stops alone, and goes on with what is left of it`() throws {
        let events: [RunEvent] = [done(0), done(2), done(3), failed(4)]
        let three = scoped.replacing(
            #"{ "id": "c", "uses": "test.x" }"#,
            with: #"{ "id": "c", "uses": "test.x" }, { "id": "e", "uses": "test.x" }"#)
        let ended = try view(events + [left(3, then: .halt)], three)
        #expect(ended.row.status == .failed)
        #expect(
            refusal { _ = try ended.stepToSkip("s") }?.message.hasSuffix(" are not taken back: \"c\", \"b\"") == true)
        var machine = try #require(ended.machine)
        try machine.apply(.retryRequested(reason: "r"), at: now)
        #expect(machine.next == .compensate(step: 3, attempt: 1))
        try machine.apply(undone(3), at: now)
        #expect(machine.next == .compensate(step: 2, attempt: 1))
    }

    @Test func `what was marked by hand leaves the run failed, to be gone on with`() throws {
        let events: [RunEvent] = [done(0), done(2), failed(3), left(2), .scopeSettled(step: 1, then: .fail)]
        let marked = try view(events + [.compensationMarked(step: 2, reason: "by hand")], scoped)
        #expect(marked.row.status == .failed)
        #expect(try marked.stepToSkip("s") == 1)
        #expect(try told(.skip(step: "s"), marked) == ["s skip", "d call"])
        #expect(try told(.retry(fromStep: nil, inputs: nil), marked) == ["b call"])
    }

    // MARK: - A question

    @Test func `a step whose condition had no value is asked it again, never called without`() throws {
        let ended = try view([done(0), failed(1)], plain)
        #expect(ended.row.status == .failed)
        var machine = try #require(ended.machine)
        try machine.apply(.retryRequested(reason: "r"), at: now)
        #expect(machine.next == .decide(step: 1, .condition))
        try machine.apply(.stepBegun(step: 1), at: now)
        #expect(machine.next == .execute(step: 1, attempt: 1))
    }

    // MARK: - Without it

    @Test func `a step that the run failed with is left out, and the run goes on after it`() throws {
        let ended = try view([done(0), .stepBegun(step: 1), failed(1)], plain)
        #expect(try ended.stepToSkip("b") == 1)
        #expect(try told(.skip(step: "b"), ended) == ["b skip", "c call"])
        var machine = try #require(ended.machine)
        try machine.apply(.stepSkipped(step: 1, reason: "by phone"), at: now)
        #expect(machine.status == .running && machine.failure == nil)
        try machine.apply(done(2), at: now)
        #expect(machine.next == .end(.completed))
        let stray = refusal { _ = try ended.stepToSkip("c") }
        #expect(stray?.fact == .ended(.failed, verb: .skip))
        #expect(
            stray?.message == "run \(id) has ended: failed; that step is none that it waits with")
        #expect(
            stray?.hint
                == "`arcadia runs retry \(id) --from STEP` makes a new run, which takes over what stands before that step"
        )
    }

    // MARK: - What is impossible

    @Test func `a run that was abandoned past its pivot is taken up by a new one alone`() throws {
        let ended = try view([done(0), .abandoned(reason: "r")], plain)
        let refused = refusal { _ = try ended.retry(fromStep: nil, inputs: nil) }
        #expect(refused?.code == "run.abandoned_past_pivot")
        #expect(
            refused?.message
                == "run \(id) was abandoned past its pivot: nothing of it is taken back, and no step of it waits")
        #expect(
            refused?.hint
                == "`arcadia runs retry \(id) --from STEP` makes a new run, which takes over what stands before that step"
        )
        var machine = try #require(ended.machine)
        #expect(throws: IllegalEvent.self) { try machine.apply(.retryRequested(reason: "r"), at: now) }
        guard case .anew(let successor) = try ended.retry(fromStep: "b", inputs: nil) else {
            Issue.record("expected a new run")
            return
        }
        #expect(successor.reused == 1)
    }

    @Test func `a run whose steps another goes on with does not go on itself`() throws {
        let given = try view(
            [done(0), .stepBegun(step: 1), failed(1), .retriedAs(run: other, adopted: 1, reason: "r")], plain)
        #expect(refusal { _ = try given.retry(fromStep: nil, inputs: nil) }?.fact == .given(to: other, verb: .retry))
        #expect(refusal { _ = try given.stepToSkip("b") }?.fact == .ended(.failed, verb: .skip))
    }
}
