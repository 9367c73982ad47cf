import ArcadiaTesting
import SagaCore
import Testing

/// What a retry, a mark and a cancel come to, decided from a run as it is stored.
@Suite struct RunRetryTests {
    private let now = Timestamp(milliseconds: 1_000_000)
    private let id = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!
    private let other = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b05")!
    private let catalog = ListedOperations([.test("x"), .test("pure", compensable: false)])

    private func view(_ events: [RunEvent], inputs: JSONValue = ["size": "s"]) throws -> RunView {
        let definition = #"""
            { "saga": "t", "inputs": { "additionalProperties": false, "properties": { "size": { "type": "string" } } },
              "steps": [ { "id": "a", "uses": "test.x" }, { "id": "b", "uses": "test.pure" }, { "id": "c", "uses": "test.x" } ] }
            """#
        let stored = events.enumerated().map { StoredEvent(sequence: $0 + 1, event: $1, image: nil, at: now) }
        let machine = try RunMachine(replaying: stored, stepCount: 3)
        let row = RunRow(
            key: RunKey(number: 1), id: id, saga: "t", status: machine.status, inputs: inputs, definitionHash: "",
            createdAt: now, finishedAt: machine.isEnded ? now : nil)
        return RunView(StoredRun(row: row, definition: definition, events: stored), catalog: catalog)
    }

    private let abandoned: [RunEvent] = [
        .stepCompleted(step: 0, attempt: 1, output: ["n": 1]), .stepCompleted(step: 1, attempt: 1, output: [:]),
        .abandoned(reason: "later"),
    ]

    @Test func `a run is taken up from a step with what stands before it`() throws {
        guard case .anew(let successor) = try view(abandoned).retry(fromStep: "b", inputs: nil) else {
            Issue.record("expected a new run")
            return
        }
        let execution = RunEvent.Execution(run: id, inputs: nil)
        #expect(
            successor.adopted.map(\.event)
                == [.stepAdopted(step: 0, attempt: 1, output: ["n": 1], checkpoint: nil, execution: execution)])
        #expect(successor.inputs == ["size": "s"])
    }

    private func preview(_ events: [RunEvent], from step: String?, inputs: JSONValue? = nil) throws -> String {
        guard case .anew(let successor) = try view(events).retry(fromStep: step, inputs: inputs) else { return "" }
        return successor.preview.message
    }

    @Test func `what a new run would reuse and what it would execute again is one sentence`() throws {
        let back: [RunEvent] = [
            .stepCompleted(step: 0, attempt: 1, output: [:]), .cancelRequested(reason: "r", duringCall: false),
            .compensationCompleted(step: 0, attempt: 1, how: .called),
        ]
        #expect(
            try preview(abandoned, from: "a")
                == "the new run reuses nothing and executes every step; what the old run did at \"a\" and \"b\" stays as it is"
        )
        #expect(
            try preview(abandoned, from: nil, inputs: ["size": "l"])
                == "the new run reuses nothing and executes every step; what the old run did at \"a\" and \"b\" stays as it is"
        )
        #expect(
            try preview(abandoned, from: "b")
                == "the new run reuses \"a\" and executes from \"b\" on; what the old run did at \"b\" stays as it is")
        #expect(try preview(abandoned, from: "c") == "the new run reuses \"a\" and \"b\" and executes from \"c\" on")
        #expect(
            try preview(back, from: "c")
                == "the new run reuses nothing, executes \"a\" and \"b\" again, and goes on with \"c\"")
    }

    @Test func `other inputs go with what was adopted only as far as it is executed anew`() throws {
        guard case .anew(let successor) = try view(abandoned).retry(fromStep: "c", inputs: ["size": "l"]),
            case .stepAdopted(_, _, _, _, let execution)? = successor.adopted.first?.event
        else {
            Issue.record("expected a new run that adopts")
            return
        }
        #expect(successor.adopted.count == 2)
        #expect(execution.inputs == ["size": "s"])
        guard case .anew(let whole) = try view(abandoned).retry(fromStep: nil, inputs: ["size": "l"]) else { return }
        #expect(whole.adopted.isEmpty)
    }

    @Test func `what was given to another run is not given twice, and the sentence names that run`() throws {
        let given = try view(abandoned + [.retriedAs(run: other, adopted: 2, reason: "go on")])
        #expect(
            refusal { _ = try given.retry(fromStep: "b", inputs: nil) }?.message
                == "run \(other) has gone on with the steps of run \(id)")
        #expect(
            refusal { _ = try given.retry(fromStep: nil, inputs: nil) }?.fact == .given(to: other, verb: .retry))
        #expect(refusal { _ = try given.stepToMark("a") }?.fact == .given(to: other, verb: .mark))
    }

    @Test func `a run that has not ended keeps its inputs and goes on where it stands`() throws {
        let waiting = try view([.stepSuspended(step: 0, attempt: 1, wakeAt: now + 1000, checkpoint: nil)])
        #expect(
            refusal { _ = try waiting.retry(fromStep: nil, inputs: ["size": "l"]) }?.hint == "cancel it and run again")
        #expect(
            refusal { _ = try waiting.retry(fromStep: "c", inputs: nil) }?.message
                == "run \(id) stands at step \"a\", not at step \"c\"")
        #expect(refusal { _ = try waiting.retry(fromStep: "departure", inputs: nil) }?.hint == "its steps are a, b, c")
        guard case .again = try waiting.retry(fromStep: "a", inputs: nil) else {
            Issue.record("expected the same run")
            return
        }
    }

    @Test func `inputs that do not fit are refused with every mistake`() throws {
        let refused = refusal { _ = try view(abandoned).retry(fromStep: nil, inputs: ["size": 3, "colour": "red"]) }
        #expect(refused?.messages.count == 2)
        #expect(refused?.hint == "the inputs are size")
    }

    // MARK: - Cancel

    @Test func `a preview tells what is taken back, the newest first, and that a call is waited for`() throws {
        let running = try view(Array(abandoned.prefix(2)))
        let preview = try VerbPreview(of: .cancel, running, at: now)
        #expect(preview.would.map(\.stepID) == ["c", "b", "a"])
        #expect(preview.would.map(\.action) == [.waitForCall, .nothingToDo, .compensate])
        #expect(
            preview.would.map(\.message) == [
                "the call in progress is waited for, then test.x is taken back if it did anything",
                "test.pure has nothing to take back", "test.x is compensated",
            ])
        #expect(preview.message == "2 steps would be taken back")
        #expect(preview.json["would"]?.arrayValue?[2]["step_number"] == 1)
    }

    @Test func `a preview of a step that sleeps waits for no call, and of an ended run is refused as the cancel is`()
        throws
    {
        let asleep = try view([
            abandoned[0], abandoned[1], .stepSuspended(step: 2, attempt: 1, wakeAt: now + 9, checkpoint: nil),
        ])
        let preview = try VerbPreview(of: .cancel, asleep, at: now)
        #expect(preview.would.map(\.action) == [.compensate, .nothingToDo, .compensate])
        let ended = try view(abandoned)
        let asked = refusal { _ = try VerbPreview(of: .cancel, ended, at: now) }
        #expect(asked?.message == "run \(id) has ended: failed")
        #expect(asked?.fact == refusal { try ended.checkCancel() }?.fact)
    }

    // MARK: - Plan

    @Test func `a plan fills in the inputs and leaves what only a run knows`() throws {
        let text = #"""
            { "saga": "t", "inputs": { "properties": { "size": { "type": "string", "default": "s" } } },
              "steps": [ { "id": "a", "uses": "test.x", "with": { "size": "${ .inputs.size }", "in": "run ${ .run.id }" }, "timeout_seconds": 60 },
                         { "id": "b", "uses": "test.pure", "compensation": { "skip": true } } ] }
            """#
        let saga = try #require(DefinitionCheck(text, catalog: catalog).saga)
        let plan = Plan(saga, inputs: saga.inputs.fillingDefaults(in: [:]), at: now).json
        let steps = try #require(plan["steps"]?.arrayValue)
        #expect(steps[0]["with"] == ["size": "s", "in": "run ${ .run.id }"])
        #expect(steps[0]["timeout_seconds"] == 60)
        #expect(steps.map { $0.text("compensation") } == ["compensate", "keep"])
        #expect(plan["inputs"] == ["size": "s"])
    }

    @Test(arguments: [
        ("90m", "2026-11-21T08:30:00.000Z"), ("2d", "2026-11-19T10:00:00.000Z"),
        ("2024-02-29", "2024-02-29T00:00:00.000Z"), ("2026-11-21T10:14:00.5Z", "2026-11-21T10:14:00.500Z"),
    ])
    func `a list begins a while ago, on a day, or at a moment`(text: String, moment: String) {
        let now = Timestamp(milliseconds: 1_795_255_200_000)
        #expect(Timestamp(since: text, now: now)?.description == moment)
    }

    @Test(arguments: ["0d", "d", "2023-02-29", "2026-13-01", "2026-11-21T25:00:00Z", "2026-11-21T10:14:00", "", "-1d"])
    func `what is no time is no time`(text: String) {
        #expect(Timestamp(since: text, now: now) == nil)
    }
}
