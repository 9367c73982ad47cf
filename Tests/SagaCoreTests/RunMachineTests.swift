import ArcadiaTesting
import SagaCore
import Testing

/// The table of what follows from what, as journals: events in, next action out.
@Suite struct RunMachineTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    // MARK: - A run in the small

    /// Drives a machine with scripted outcomes, as the runner does, and keeps what it journals.
    private struct Drive {
        var machine: RunMachine
        let saga: Saga
        var now: Timestamp
        var events: [RunEvent] = []
        var times: [Timestamp] = []
        var calls: [RunMachine.Action] = []
        /// A call that had begun when the run was told to stop.
        var inCall: RunMachine.Action?

        init(_ saga: Saga, now: Timestamp) {
            self.saga = saga
            self.now = now
            machine = RunMachine(saga.shape)
        }

        mutating func journal(_ event: RunEvent) throws {
            if case .cancelRequested(_, duringCall: true) = event { inCall = machine.afterWaiting }
            try machine.apply(event, at: now)
            events.append(event)
            times.append(now)
        }

        /// One call that ends with this outcome; waits and steps with nothing to take back are gone through before.
        mutating func call(_ outcome: StepOutcome) throws {
            if inCall == nil { try settle() }
            let action = inCall ?? machine.afterWaiting
            inCall = nil
            calls.append(action)
            let step = try #require(saga.step(of: action))
            try journal(try #require(machine.event(after: outcome, of: step, for: action, at: now, random: 0)))
        }

        mutating func settle() throws {
            while true {
                if case .wait(let moment) = machine.next { now = max(now, moment) }
                guard let step = saga.step(of: machine.afterWaiting),
                    let event = machine.eventInsteadOfCalling(step, at: now, random: 0)
                else { return }
                try journal(event)
            }
        }

        var statuses: [StepStatus?] { machine.steps.map(\.status) }
    }

    private func drive(
        _ operations: Operation..., retry: RetryPolicy = .execution,
        compensation: CompensationPolicy = CompensationPolicy()
    ) -> Drive {
        Drive(.test(operations, retry: retry, compensation: compensation), now: now)
    }

    private static let done = StepOutcome.completed(output: [:])

    private static func failed(_ effect: Effect, retry: RetryAdvice = .no, code: String = "remote") -> StepOutcome {
        .failed(StepError(code: code, message: "no", effect: effect), retry: retry)
    }

    // MARK: - Forward

    @Test func `a run of one step ends completed with the step's output in its context`() throws {
        var run = drive(.test("x"))
        try run.call(.completed(output: ["ip": "10.0.0.1"]))
        #expect(run.machine.next == .end(.completed))
        #expect(run.machine.context["ip"] == "10.0.0.1")
    }

    @Test func `a later output wins over an earlier one of the same name`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(.completed(output: ["k": 1, "only_a": true]))
        try run.call(.completed(output: ["k": 2]))
        #expect(run.machine.context == ["k": 2, "only_a": true])
    }

    @Test func `a suspended step waits, then executes again with its checkpoint and the same attempt`() throws {
        var run = drive(.test("x"))
        try run.call(.suspended(afterMilliseconds: 500, checkpoint: ["id": 7]))
        #expect(run.machine.next == .wait(until: now + 500))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 1))
        #expect(run.machine.steps[0].checkpoint == ["id": 7])
        #expect(run.statuses == [.suspended])
    }

    @Test func `effect none with a retry advised waits for the backoff and makes the next attempt`() throws {
        var run = drive(.test("x"))
        try run.call(Self.failed(.none, retry: .yes))
        #expect(run.machine.next == .wait(until: now + 1000))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 2))
    }

    @Test func `a plugin's "not before" counts where it is longer than the backoff`() throws {
        var run = drive(.test("x"))
        try run.call(Self.failed(.none, retry: .after(milliseconds: 30_000)))
        #expect(run.machine.next == .wait(until: now + 30_000))
    }

    @Test func `when the attempts are used up the run is taken back and the step that left nothing is not`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        for _ in 1...3 { try run.call(Self.failed(.none, retry: .yes)) }
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
        #expect(run.statuses == [.compensating, .failed])
    }

    @Test func `effect none without advice to retry compensates the completed steps, newest first`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.done)
        try run.call(Self.done)
        #expect(run.calls.suffix(2) == [.compensate(step: 1, attempt: 1), .compensate(step: 0, attempt: 1)])
        #expect(run.machine.next == .end(.rolledBack))
        #expect(run.statuses == [.compensated, .compensated, .failed])
    }

    @Test(arguments: [Effect.partial, .applied])
    func `a failed step that changed something is compensated first`(effect: Effect) throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        try run.call(Self.failed(effect))
        try run.call(Self.done)
        try run.call(Self.done)
        #expect(run.calls.suffix(2) == [.compensate(step: 1, attempt: 1), .compensate(step: 0, attempt: 1)])
        #expect(run.statuses == [.compensated, .compensated])
        #expect(run.machine.status == .rolledBack)
    }

    // MARK: - Unknown

    @Test func `an unknown effect is probed`() throws {
        var run = drive(.test("x", probeable: true))
        try run.call(Self.failed(.unknown))
        #expect(run.machine.afterWaiting == .probe(step: 0, attempt: 1))
    }

    @Test func `a probe that finds nothing done makes the next attempt`() throws {
        var run = drive(.test("x", probeable: true))
        try run.call(Self.failed(.unknown))
        try run.call(.found(.none, output: [:]))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 2))
    }

    @Test func `a probe that finds it done adopts the output and goes on`() throws {
        var run = drive(.test("x", probeable: true), .test("y"))
        try run.call(Self.failed(.unknown))
        try run.call(.found(.applied, output: ["id": 3]))
        #expect(run.machine.next == .execute(step: 1, attempt: 1))
        #expect(run.machine.context["id"] == 3)
    }

    @Test func `a probe that finds it half done has the step compensated too`() throws {
        var run = drive(.test("x", probeable: true))
        try run.call(Self.failed(.unknown))
        try run.call(.found(.partial, output: [:]))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `a probe that cannot tell is asked again, and after five times the step is compensated too`() throws {
        var run = drive(.test("x", probeable: true))
        try run.call(Self.failed(.unknown))
        for _ in 1...5 {
            #expect(run.machine.afterWaiting == .probe(step: 0, attempt: 1))
            try run.call(Self.failed(.unknown))
        }
        #expect(run.machine.afterWaiting == .compensate(step: 0, attempt: 1))
    }

    @Test func `without a probe an idempotent operation is tried again while there are attempts`() throws {
        var run = drive(.test("x", idempotent: true))
        try run.call(Self.failed(.unknown))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 2))
        try run.call(Self.failed(.unknown))
        try run.call(Self.failed(.unknown))
        #expect(run.machine.afterWaiting == .compensate(step: 0, attempt: 1))
    }

    @Test func `without a probe an operation that is not idempotent is compensated too`() throws {
        var run = drive(.test("x"))
        try run.call(Self.failed(.unknown))
        #expect(run.machine.afterWaiting == .compensate(step: 0, attempt: 1))
    }

    @Test func `the end of the host costs an idempotent step no attempt, five times in a row`() throws {
        var run = drive(.test("x", idempotent: true))
        for _ in 1...5 {
            try run.call(Self.failed(.unknown, code: StepError.HostCode.hostStopped))
            #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 1))
        }
        try run.call(Self.failed(.unknown, code: StepError.HostCode.hostStopped))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 2))
    }

    @Test func `a crash costs an attempt`() throws {
        var run = drive(.test("x", probeable: true, idempotent: true))
        try run.call(Self.failed(.unknown, code: StepError.HostCode.crashed))
        try run.call(.found(.none, output: [:]))
        #expect(run.machine.afterWaiting == .execute(step: 0, attempt: 2))
    }

    // MARK: - Backwards

    @Test func `a compensation that fails is tried ten times, then left, and the others are still taken back`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        for _ in 1...10 { try run.call(Self.failed(.none, retry: .yes)) }
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
        try run.call(Self.done)
        #expect(run.statuses == [.compensated, .compensationFailed, .failed])
        #expect(run.machine.next == .end(.failed))
    }

    @Test func `with on_failure halt the others stay as they are and the run ends failed`() throws {
        var run = drive(
            .test("x"), .test("y"), .test("z"), compensation: CompensationPolicy(onFailure: .halt))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.failed(.none))
        #expect(run.statuses == [.completed, .compensationFailed, .failed])
        #expect(run.machine.next == .end(.failed))
    }

    @Test func `a failed run taken up again tries the compensations that failed, and what a halt left`() throws {
        var run = drive(
            .test("x"), .test("y"), .test("z"), compensation: CompensationPolicy(onFailure: .halt))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.failed(.none))
        try run.journal(.retryRequested(reason: "mended"))
        try run.call(Self.done)
        try run.call(Self.done)
        #expect(run.calls.suffix(2) == [.compensate(step: 1, attempt: 1), .compensate(step: 0, attempt: 1)])
        #expect(run.machine.next == .end(.rolledBack))
    }

    @Test func `a step with nothing to take back is compensated without a call`() throws {
        var run = drive(.test("x", compensable: false), .test("y"))
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.settle()
        #expect(run.statuses == [.compensated, .failed])
        #expect(run.calls.count == 2)
        #expect(run.machine.next == .end(.rolledBack))
    }

    @Test func `a step that the definition says to keep stays completed`() throws {
        var run = drive(.test("x"), .test("y"), compensation: CompensationPolicy(skip: true))
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.settle()
        #expect(run.statuses == [.completed, .failed])
        #expect(run.machine.next == .end(.rolledBack))
    }

    @Test func `an irreversible step that was done makes the run end failed, never rolled back`() throws {
        var run = drive(.test("x", compensable: false, irreversible: true), .test("y"))
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.settle()
        #expect(run.statuses == [.compensationFailed, .failed])
        #expect(run.machine.next == .end(.failed))
    }

    // MARK: - By hand

    @Test func `a failed compensation marked as done by hand ends the run rolled back, and replays so`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.failed(.none))
        try run.call(Self.done)
        #expect(run.machine.next == .end(.failed))
        #expect(throws: IllegalEvent.self) { try run.journal(.compensationMarked(step: 0, reason: "no")) }
        try run.journal(.compensationMarked(step: 1, reason: "deleted in the console"))
        #expect(run.machine.next == .end(.rolledBack))
        #expect(run.machine.steps[1].markReason == "deleted in the console")
        try expectSameWhenReplayed(run)
    }

    @Test func `marking does not end a run that a halt left half taken back: a retry takes the rest`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"), compensation: CompensationPolicy(onFailure: .halt))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.failed(.none))
        try run.journal(.compensationMarked(step: 1, reason: "by hand"))
        #expect(run.machine.next == .end(.failed))
        try run.journal(.retryRequested(reason: "the rest"))
        try run.call(Self.done)
        #expect(run.calls.last == .compensate(step: 0, attempt: 1))
        #expect(run.machine.next == .end(.rolledBack))
    }

    @Test func `a step that waits for the next attempt to take it back can be marked, and the others go on`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        #expect(throws: IllegalEvent.self) { try run.journal(.compensationMarked(step: 1, reason: "in a call")) }
        try run.call(Self.failed(.none, retry: .yes))
        try run.journal(.compensationMarked(step: 1, reason: "by hand"))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
        try expectSameWhenReplayed(run)
    }

    @Test func `an abandoned run ends failed with what was done in place, and a retry takes it back`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        try run.call(.suspended(afterMilliseconds: 60_000, checkpoint: nil))
        try run.journal(.abandoned(reason: "the account is gone"))
        #expect(run.machine.next == .end(.failed))
        #expect(run.statuses == [.completed, .failed])
        #expect(
            run.machine.errorJSON(run.saga)
                == ["code": "abandoned", "message": "abandoned: the account is gone"])
        try run.journal(.retryRequested(reason: "it is back"))
        try run.call(Self.done)
        try run.call(Self.done)
        #expect(run.calls.suffix(2) == [.compensate(step: 1, attempt: 1), .compensate(step: 0, attempt: 1)])
        #expect(run.machine.next == .end(.rolledBack))
    }

    @Test func `abandoned while it is taken back, the step in hand counts as not taken back`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        try run.call(Self.failed(.none, retry: .yes))
        try run.journal(.abandoned(reason: "enough"))
        #expect(run.statuses == [.completed, .compensationFailed, .failed])
        #expect(run.machine.stepsToTakeBack == [0, 1])
        try expectSameWhenReplayed(run)
    }

    @Test func `a run that ended is not abandoned`() throws {
        var run = drive(.test("x"))
        try run.call(Self.done)
        #expect(throws: IllegalEvent.self) { try run.journal(.abandoned(reason: "late")) }
    }

    @Test func `a signal ends the waiting and is no event of a run that does not wait`() throws {
        var run = drive(.test("x"))
        #expect(throws: IllegalEvent.self) { try run.journal(.signalled(name: "approved")) }
        try run.call(.suspended(afterMilliseconds: 3_600_000, checkpoint: ["until": 5]))
        try run.journal(.signalled(name: "approved"))
        #expect(run.machine.next == .execute(step: 0, attempt: 1))
        #expect(run.machine.steps[0].checkpoint == ["until": 5])
    }

    // MARK: - Adopting

    private let other = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!

    @Test func `a run that adopts its first steps goes on after them and takes them back in the other run's name`()
        throws
    {
        var run = drive(.test("x"), .test("y"))
        let execution = RunEvent.Execution(run: other, inputs: ["size": "s"])
        try run.journal(
            .stepAdopted(step: 0, attempt: 2, output: ["id": 7], checkpoint: ["at": 3], execution: execution))
        #expect(run.machine.next == .execute(step: 1, attempt: 1))
        #expect(run.machine.context == ["id": 7])
        #expect(run.machine.steps[0].checkpoint == ["at": 3])
        try run.call(Self.failed(.none))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
        #expect(run.machine.steps[0].execution == execution)
        try expectSameWhenReplayed(run)
    }

    @Test func `nothing is adopted once the run has begun`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        #expect(throws: IllegalEvent.self) {
            try run.journal(
                .stepAdopted(
                    step: 1, attempt: 1, output: [:], checkpoint: nil, execution: .init(run: other, inputs: nil)))
        }
    }

    @Test func `steps that another run has gone on with are not taken back here any more`() throws {
        var run = drive(.test("x"), .test("y"), .test("z"))
        try run.call(Self.done)
        try run.call(Self.done)
        try run.call(.suspended(afterMilliseconds: 60_000, checkpoint: nil))
        try run.journal(.abandoned(reason: "later"))
        #expect(throws: IllegalEvent.self) {
            try run.journal(.retriedAs(run: other, adopted: 3, reason: "the third does not stand"))
        }
        try run.journal(.retriedAs(run: other, adopted: 2, reason: "mended"))
        #expect(run.machine.stepsToTakeBack == [2])
        #expect(!run.machine.stands(0))
        try expectSameWhenReplayed(run)
    }

    /// Through rows and back, into a new machine.
    private func expectSameWhenReplayed(_ run: Drive) throws {
        let stored = try zip(run.events, run.times).enumerated().map { index, entry in
            let (event, time) = entry
            let read = try #require(
                RunEvent(kind: event.kind, step: event.step, attempt: event.attempt, data: event.data))
            #expect(read == event)
            return StoredEvent(sequence: index + 1, event: read, image: nil, at: time)
        }
        let again = try RunMachine(replaying: stored, stepCount: run.saga.steps.count)
        #expect(again.next == run.machine.next)
        #expect(again.steps == run.machine.steps)
        #expect(again.stepsToTakeBack == run.machine.stepsToTakeBack)
    }

    // MARK: - Cancel

    @Test func `a cancel between steps takes back what was done; the next step was never reached`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        try run.journal(.cancelRequested(reason: "wrong region", duringCall: false))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
        #expect(run.statuses == [.compensating, nil])
    }

    @Test func `a cancel during a call waits for it, keeps what it did, then takes everything back`() throws {
        var run = drive(.test("x"))
        try run.journal(.cancelRequested(reason: "wrong region", duringCall: true))
        #expect(run.machine.next == .stop(step: 0))
        try run.call(Self.done)
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `a cancel during a call that ends suspended does not let the step go on`() throws {
        var run = drive(.test("x"))
        try run.journal(.cancelRequested(reason: "too slow", duringCall: true))
        try run.call(.suspended(afterMilliseconds: 60_000, checkpoint: nil))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `an attempt that left nothing does not clear an earlier one that nobody knows about`() throws {
        var run = drive(.test("x", idempotent: true))
        try run.call(Self.failed(.unknown))
        try run.call(Self.failed(.none))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `a delay to the end of time is late, not a crash`() {
        #expect(Timestamp(milliseconds: 5) + .max == Timestamp(milliseconds: .max))
    }

    @Test func `a cancel while a step is suspended takes that step back too`() throws {
        var run = drive(.test("x"))
        try run.call(.suspended(afterMilliseconds: 60_000, checkpoint: nil))
        try run.journal(.cancelRequested(reason: "too slow", duringCall: false))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `a cancel during a backoff leaves the step alone, because it left nothing`() throws {
        var run = drive(.test("x"))
        try run.call(Self.failed(.none, retry: .yes))
        try run.journal(.cancelRequested(reason: "enough", duringCall: false))
        #expect(run.machine.next == .end(.rolledBack))
        #expect(run.statuses == [.failed])
    }

    @Test func `a cancelled run makes no further attempt`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        try run.journal(.cancelRequested(reason: "enough", duringCall: true))
        try run.call(Self.failed(.none, retry: .yes))
        #expect(run.machine.next == .compensate(step: 0, attempt: 1))
    }

    @Test func `compensation cannot be cancelled`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        try run.call(Self.failed(.none))
        #expect(throws: IllegalEvent.self) {
            try run.machine.apply(.cancelRequested(reason: "no", duringCall: false))
        }
    }

    // MARK: - Laws

    /// Runs of every kind, as what their calls ended with.
    private static let stories: [(name: String, operations: [Operation], outcomes: [StepOutcome])] = [
        ("completes", [.test("x"), .test("y")], [done, done]),
        ("rolls back", [.test("x"), .test("y"), .test("z")], [done, done, failed(.none), done, done]),
        ("suspends", [.test("x"), .test("y")], [.suspended(afterMilliseconds: 9, checkpoint: ["n": 1]), done, done]),
        ("retries", [.test("x")], [failed(.none, retry: .yes), failed(.none, retry: .yes), done]),
        ("half done", [.test("x"), .test("y")], [done, failed(.partial), done, done]),
        (
            "probed", [.test("x", probeable: true), .test("y")],
            [failed(.unknown), .found(.applied, output: ["a": 1]), done]
        ),
        (
            "compensation fails", [.test("x"), .test("y")],
            [done, failed(.none)] + Array(repeating: failed(.none, retry: .yes), count: 10)
        ),
        (
            "compensation suspends", [.test("x"), .test("y")],
            [done, failed(.none), .suspended(afterMilliseconds: 5, checkpoint: nil), done]
        ),
    ]

    @Test(arguments: stories.map(\.name))
    func `a run cut off after any event resumes to the same end`(story: String) throws {
        let (_, operations, outcomes) = try #require(Self.stories.first { $0.name == story })
        var whole = Drive(.test(operations), now: now)
        for outcome in outcomes { try whole.call(outcome) }
        try whole.settle()
        #expect(whole.machine.isEnded)

        for cut in 0...whole.events.count {
            var resumed = RunMachine(stepCount: operations.count)
            for (event, at) in zip(whole.events, whole.times).prefix(cut) { try resumed.apply(event, at: at) }
            for (event, at) in zip(whole.events, whole.times).dropFirst(cut) { try resumed.apply(event, at: at) }
            #expect(resumed.next == whole.machine.next)
            #expect(resumed.steps == whole.machine.steps)
            #expect(resumed.context == whole.machine.context)
        }
    }

    @Test(arguments: stories.map(\.name))
    func `an event survives its row`(story: String) throws {
        let (_, operations, outcomes) = try #require(Self.stories.first { $0.name == story })
        var run = Drive(.test(operations), now: now)
        for outcome in outcomes { try run.call(outcome) }
        for event in run.events {
            let data = try event.data.map { try JSONValue(parsing: $0.text) }
            #expect(RunEvent(kind: event.kind, step: event.step, attempt: event.attempt, data: data) == event)
        }
    }

    @Test func `every event that does not fit is an error and changes nothing`() throws {
        let all: [RunEvent] = [
            .stepCompleted(step: 1, attempt: 1, output: [:]), .stepCompleted(step: 0, attempt: 2, output: [:]),
            .stepSuspended(step: 1, attempt: 1, wakeAt: now, checkpoint: nil),
            .stepFailed(
                step: 1, attempt: 1, error: StepError(code: "other", message: "", effect: .none),
                then: .compensate(thisToo: false)),
            .stepProbed(step: 0, attempt: 1, effect: .none, output: [:], then: .adopt),
            .checkpointed(step: 1, checkpoint: [:]),
            .compensationCompleted(step: 0, attempt: 1, how: .called),
            .compensationSuspended(step: 0, attempt: 1, wakeAt: now, checkpoint: nil),
            .compensationFailed(
                step: 0, attempt: 1, error: StepError(code: "other", message: "", effect: .none), then: .giveUp),
        ]
        let fresh = RunMachine(stepCount: 2)
        for event in all {
            var machine = fresh
            #expect(throws: IllegalEvent.self) { try machine.apply(event) }
            #expect(machine.sequence == 0)
            #expect(machine.steps == fresh.steps)
        }
        var ended = drive(.test("x"))
        try ended.call(Self.done)
        for event in all + [.cancelRequested(reason: "", duringCall: false), .retryRequested(reason: "")] {
            #expect(throws: IllegalEvent.self) { try ended.machine.apply(event) }
        }
    }

    @Test func `checkpoints and a cancel during a call do not license another call`() throws {
        var run = drive(.test("x"), .test("y"))
        try run.call(Self.done)
        let licence = run.machine.licence
        try run.journal(.checkpointed(step: 1, checkpoint: ["id": 1]))
        try run.journal(.cancelRequested(reason: "", duringCall: true))
        #expect(run.machine.licence == licence)
        #expect(run.machine.sequence == licence + 2)
    }

    @Test func `a backoff doubles up to its limit and jitter only shortens it`() {
        let policy = RetryPolicy(maxAttempts: 9, initialSeconds: 1, multiplier: 2, maxSeconds: 10, jitter: 0.5)
        #expect((2...6).map { policy.delayMilliseconds(before: $0, random: 0) } == [1000, 2000, 4000, 8000, 10_000])
        #expect(policy.delayMilliseconds(before: 2, random: 1) == 500)
    }
}
