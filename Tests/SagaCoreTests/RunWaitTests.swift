import ArcadiaTesting
import SagaCore
import Testing

/// What runs wait for: in their rows, in their steps, in words.
@Suite struct RunWaitTests {
    private let now = Timestamp(rfc3339: "2026-11-22T11:00:00.000Z")!
    private let later = Timestamp(rfc3339: "2026-11-22T14:05:00.000Z")!
    private let id = RunID("019a9f5c-8e21-7c3a-b1f0-2d7e6a1c9b04")!
    private let catalog = ListedOperations([
        .test("x"), Operation(name: SignalOperations.waitSignal, isCompensable: false),
        Operation(name: SignalOperations.wait, isCompensable: false),
    ])

    private func view(
        _ definition: String, _ events: [RunEvent], inputs: JSONValue = [:], startedBy starter: String? = "ann"
    ) throws -> RunView {
        let saga = try #require(DefinitionCheck(definition, catalog: catalog).saga)
        var machine = RunMachine(saga.shape, at: now)
        for event in events { try machine.apply(event, at: now) }
        let change = machine.rowChange(saga: saga, at: now)
        let row = RunRow(
            key: RunKey(number: 1), id: id, saga: "t", status: machine.status, inputs: inputs, definitionHash: "",
            submittedBy: starter, waits: change.waits, createdAt: now)
        let stored = events.enumerated().map { StoredEvent(sequence: $0 + 1, event: $1, image: nil, at: now) }
        return RunView(StoredRun(row: row, definition: definition, events: stored), catalog: catalog)
    }

    private func asleep(_ step: Int, until end: Timestamp? = nil) -> RunEvent {
        .stepSuspended(
            step: StepRef(step), attempt: 1, wakeAt: now + 60_000,
            checkpoint: end.map { ["until": .int($0.milliseconds)] })
    }

    // MARK: - The row

    @Test func `a run says for which signal it waits, at which step and until when`() throws {
        let signal = #"{ "saga": "t", "steps": [{ "id": "approve", "signal": { "name": "go" } }] }"#
        let waits = try #require(try view(signal, [asleep(0, until: later)]).row.waits)
        #expect(waits.words(at: now) == "waits for a signal at approve, until 14:05 UTC")
        #expect(
            waits.json == [
                "for": "signal", "step_id": "approve", "name": "go", "until": "2026-11-22T14:05:00.000Z", "others": 0,
            ])
        #expect(RunWait(json: waits.json) == waits)
        let forEver = try #require(try view(signal, [asleep(0)]).row.waits)
        #expect(forEver.words(at: now) == "waits for a signal at approve")
        #expect(try view(signal, []).row.waits == nil)
        #expect(try view(signal, [asleep(0), .signalled(name: "go")]).row.waits == nil)
    }

    @Test func `a run that waits for a time says so, with the day where that is another`() throws {
        let wait = #"{ "saga": "t", "steps": [{ "id": "cool_down", "wait": { "seconds": 60 } }] }"#
        let waits = try #require(try view(wait, [asleep(0, until: later)]).row.waits)
        #expect(waits.words(at: now) == "waits at cool_down until 14:05 UTC")
        #expect(waits.words(at: now + -86_400_000) == "waits at cool_down until 2026-11-22 14:05 UTC")
    }

    @Test func `of several steps that wait the first that somebody can help is told`() throws {
        let both = """
            { "saga": "t", "steps": [{ "id": "both", "parallel": [
              [{ "id": "cool", "wait": { "seconds": 60 } }], [{ "id": "go", "signal": { "name": "go" } }],
              [{ "id": "more", "signal": { "name": "more" } }] ] }] }
            """
        let events = [asleep(1, until: later), asleep(2), asleep(3)]
        let waits = try #require(try view(both, events).row.waits)
        #expect(waits.words(at: now) == "waits for a signal at go, and 2 steps more")
    }

    @Test func `a step that waits for its next attempt waits for neither`() throws {
        let failed = RunEvent.stepFailed(
            step: 0, attempt: 1, error: StepError(code: "other", message: "no disk", effect: .none),
            then: .execute(attempt: 2, at: now + 60_000))
        let signal = #"{ "saga": "t", "steps": [{ "id": "go", "signal": { "name": "go" } }] }"#
        #expect(try view(signal, [failed]).row.waits == nil)
    }

    // MARK: - The step

    private static let strict = """
        { "saga": "t", "inputs": { "properties": { "who": { "type": "string" } }, "required": ["who"] }, "steps": [
          { "id": "approve", "signal": { "name": "go", "timeout_seconds": 60, "four_eyes": true,
            "from": ["role:operator", "${ .inputs.who }"],
            "schema": { "type": "object", "required": ["size"],
              "properties": { "size": { "enum": ["s", "l"] }, "note": { "type": "string" } } } } } ] }
        """

    @Test func `a step that waits says who may send the signal, who may not, and what sends it`() throws {
        let view = try view(Self.strict, [asleep(0, until: later)], inputs: ["who": "bo"])
        let awaited = try #require(view.steps.first?.awaited)
        #expect(awaited.rule?.senders == ["role:operator", "bo"])
        #expect(awaited.barred == "ann")
        #expect(
            awaited.command(id: "6a1c9b04", options: " --server URL")
                == "arcadia runs signal 6a1c9b04 go --with '{\"size\":\"s\"}' --reason WHY --server URL")
        #expect(awaited.maySend("bo", role: nil) && awaited.maySend("eve", role: "operator"))
        #expect(!awaited.maySend("eve", role: nil) && !awaited.maySend("ann", role: "operator"))
        let json = view.json["steps"]?.arrayValue?.first?["waits"]
        #expect(json?["until"] == "2026-11-22T14:05:00.000Z")
        #expect(json?["not_from"] == "ann" && json?["four_eyes"] == true)
        #expect(json?["from"] == ["role:operator", "bo"])
        #expect(json?["command"]?.stringValue?.hasPrefix("arcadia runs signal \(id) go --with") == true)
        // The same from the API's JSON.
        let read = RunView(try #require(StoredRun(json: view.json)))
        #expect(read.steps.first?.awaited == awaited)
        #expect(read.row.waits == view.row.waits)
    }

    @Test func `nobody may send a signal that takes two where nobody knows who the first was`() throws {
        let view = try view(Self.strict, [asleep(0)], inputs: ["who": "bo"], startedBy: nil)
        let awaited = try #require(view.steps.first?.awaited)
        #expect(awaited.isHopeless && awaited.barred == nil)
        #expect(!awaited.maySend("bo", role: "operator"))
    }

    @Test func `who may send it is held to, also where an expression stands beside it or says who`() throws {
        let view = try view(Self.strict, [asleep(0)], inputs: ["who": "bo"])
        let data: JSONValue = ["size": "s"]
        func signal(_ by: String, _ role: String? = nil) -> Signal {
            Signal(name: "go", data: data, by: by, role: role, reason: "r")
        }
        #expect(refusal { try view.check(signal("ann", "operator")) }?.code == "signal.four_eyes")
        let stranger = refusal { try view.check(signal("eve")) }
        #expect(stranger?.hint == "the definition wants it from \"role:operator\", \"bo\"")
        #expect(refusal { try view.check(signal("bo")) } == nil)
        // Before the step waits, too.
        let early = try self.view(Self.strict, [], inputs: ["who": "bo"])
        #expect(refusal { try early.check(signal("ann", "operator")) }?.code == "signal.four_eyes")
        #expect(refusal { try early.check(signal("eve")) }?.code == "signal.sender")
    }

    @Test func `who may send it is kept by the step that waits, where only jq can tell`() throws {
        let definition = """
            { "saga": "t", "inputs": { "properties": { "who": { "type": "string" } }, "required": ["who"] }, "steps": [
              { "id": "approve", "signal": { "name": "go", "from": ["${ .inputs.who | ascii_downcase }"] } } ] }
            """
        let waiting = RunEvent.stepSuspended(
            step: StepRef(0), attempt: 1, wakeAt: now + 60_000, checkpoint: ["from": ["bo"]])
        let view = try view(definition, [waiting], inputs: ["who": "BO"])
        func signal(_ by: String) -> Signal { Signal(name: "go", data: nil, by: by, reason: "r") }
        #expect(try #require(view.steps.first?.awaited).rule?.senders == ["bo"])
        #expect(refusal { try view.check(signal("eve")) }?.code == "signal.sender")
        #expect(refusal { try view.check(signal("bo")) } == nil)
        // Before it waits nobody knows.
        let early = refusal { try self.view(definition, [], inputs: ["who": "BO"]).check(signal("bo")) }
        #expect(
            early?.message
                == "who may send signal \"go\" of run \(id) is worked out when its step begins to wait, which it did not yet"
        )
        #expect(early?.hint == "`arcadia runs show \(id)` says when it waits, and for whom")
    }

    // MARK: - Alone

    @Test func `signals that nobody here can send are told before the run begins`() throws {
        let definition = """
            { "saga": "t", "inputs": { "properties": { "env": { "type": "string" } }, "required": ["env"] }, "steps": [
              { "id": "two", "signal": { "name": "go", "four_eyes": true }, "when": "${ .inputs.env }" },
              { "id": "team", "signal": { "name": "go", "from": ["role:operator", "bo"] } },
              { "id": "mine", "signal": { "name": "go", "from": ["lea"] } },
              { "id": "any", "signal": { "name": "go" } } ] }
            """
            .replacing(#""type": "string""#, with: #""type": "boolean""#)
        let saga = try #require(DefinitionCheck(definition, catalog: catalog).saga)
        func told(_ inputs: JSONValue) -> [LonelySignal] {
            saga.signalsOutOfReach(of: "lea", inputs: inputs, expressions: NoExpressionEvaluator())
        }
        let signals = told(["env": true])
        #expect(
            signals.map(\.message) == [
                "step \"two\" waits for signal \"go\" from somebody else than who starts the run, and there is only lea here",
                "step \"team\" waits for signal \"go\" from role:operator or bo, and there is only lea here",
            ])
        #expect(
            signals.first?.hint
                == "others send it through a server: run it there (`--server URL`), or start `arcadia serve` here; "
                + "alone, `arcadia runs skip RUN --step two --reason WHY` goes on without it")
        // What is left out waits for nobody.
        #expect(told(["env": false]).map(\.stepID) == ["team"])
    }

    // MARK: - What tells runs apart

    @Test func `a run is told from others by the inputs that are not as their default, and by no secret`() throws {
        let schema = try JSONSchema([
            "properties": [
                "name": ["type": "string"], "size": ["type": "string", "default": "s"],
                "token": ["type": "string", "writeOnly": true], "seats": ["type": "integer"],
                "deep": ["type": "object", "properties": ["key": ["type": "string", "writeOnly": true]]],
            ]
        ])
        func label(_ inputs: JSONValue) -> String { RunLabel.text(inputs, of: schema) }
        #expect(label(["name": "web-1", "size": "s", "token": "x", "seats": 2, "deep": [:]]) == "name=web-1 seats=2")
        #expect(label(["name": "a b", "size": "l"]) == #"name="a b" size=l"#)
        #expect(label(["size": "s"]) == "")
        let long = label(["name": .string(String(repeating: "a", count: 90)), "seats": 2])
        #expect(long == "name=\(String(repeating: "a", count: 23))… seats=2")
        let many = (1...20).reduce(into: JSONObject()) { $0["input\($1)"] = .int($1) }
        #expect(label(.object(many)).count == 60 && label(.object(many)).hasSuffix("…"))
    }

    @Test(arguments: [
        (#"{ "enum": ["s", "l"] }"#, #""s" | "l""#, #""s""#),
        (#"{ "type": "array", "items": { "type": "integer" } }"#, "list of integer", "[]"),
        (#"{ "type": ["string", "null"] }"#, "string | null", #""…""#),
        (
            #"{ "type": "object", "required": ["n"], "properties": { "n": { "type": "integer", "minimum": 2 }, "m": {} } }"#,
            "{n: integer, m?: anything}", #"{"n":2}"#
        ),
        (#"{ "const": 7 }"#, "7", "7"),
    ])
    func `a schema in short, and something that fits it`(schema: String, words: String, example: String) throws {
        let schema = try JSONValue(parsing: schema)
        #expect(SchemaInShort.words(schema) == words)
        #expect(SchemaInShort.example(of: schema) == example)
    }

    // MARK: - Left out by hand

    @Test func `a step left out by hand stays so when the run is taken back`() throws {
        let definition = """
            { "saga": "t", "steps": [
              { "id": "a", "uses": "test.x" }, { "id": "go", "signal": { "name": "go" } },
              { "id": "b", "uses": "test.x" } ] }
            """
        let view = try view(
            definition,
            [
                .stepCompleted(step: 0, attempt: 1, output: [:]), asleep(1), .stepSkipped(step: 1, reason: "by phone"),
                .cancelRequested(reason: "r", duringCall: false),
                .compensationCompleted(step: 1, attempt: 1, how: .nothingToDo),
                .compensationCompleted(step: 0, attempt: 1, how: .called),
            ])
        #expect(view.row.status == .rolledBack)
        #expect(view.steps.map(\.status) == [.compensated, .skipped, nil])
        #expect(view.steps[1].record.skipReason == "by phone")
    }

    // MARK: - Before it is done

    private static let containers = """
        { "saga": "t", "inputs": { "properties": { "wide": { "type": "boolean" } }, "required": ["wide"] }, "steps": [
          { "id": "go", "signal": { "name": "go" } },
          { "id": "extra", "uses": "test.x", "when": "${ .inputs.wide }" },
          { "id": "both", "parallel": [[{ "id": "l", "uses": "test.x" }], [{ "id": "r", "uses": "test.x" }]] },
          { "id": "all", "for_each": [1, 2], "steps": [{ "id": "one", "uses": "test.x" }] },
          { "id": "try", "scope": [{ "id": "in", "uses": "test.x", "compensation": { "skip": true } }],
            "when": "${ .inputs.wide }" } ] }
        """

    @Test func `a preview calls a step that holds others what the definition calls it`() throws {
        let waiting = try view(Self.containers, [asleep(0)], inputs: ["wide": false])
        let skip = try VerbPreview(of: .skip(step: "go"), waiting, at: now)
        #expect(
            skip.would.map { "\($0.stepID) \($0.action.rawValue): \($0.message)" } == [
                "go skip: it is left out; what its attempts may have done is taken back only if the run is",
                "extra left_out: it is left out: its `when` does not hold",
                "l call: test.x is called", "r call: test.x is called",
            ])
        let ended = try view(Self.containers, [asleep(0), .abandoned(reason: "r")], inputs: ["wide": false])
        let retry = try VerbPreview(of: .retry(fromStep: "go", inputs: nil), ended, at: now)
        #expect(retry.message == "a new run would take over 0 steps and execute 3 steps")
        #expect(
            retry.would.map { "\($0.action.rawValue): \($0.message)" } == [
                "call: host.wait_signal is called", "left_out: it is left out: its `when` does not hold",
                "call: `parallel` step \"both\" begins", "call: `for_each` step \"all\" begins",
                "left_out: it is left out: its `when` does not hold",
            ])
        let wide = try VerbPreview(of: .fork(fromStep: "go", inputs: ["wide": true]), ended, at: now)
        #expect(wide.would.map(\.action) == [.call, .call, .call, .call, .call])
        #expect(wide.would.last?.message == "`scope` step \"try\" begins")
    }

    @Test func `a compensation that the definition leaves out is not announced as one`() throws {
        let definition = """
            { "saga": "t", "steps": [
              { "id": "a", "uses": "test.x", "compensation": { "skip": true } }, { "id": "b", "uses": "test.x" } ] }
            """
        let paused = try view(
            definition,
            [
                .stepCompleted(step: 0, attempt: 1, output: [:]), .cancelRequested(reason: "r", duringCall: false),
                .paused(reason: "storm"),
            ])
        let preview = try VerbPreview(of: .resume, paused, at: now)
        #expect(preview.would.map(\.message) == ["the definition says to leave what test.x did"])
    }
}
