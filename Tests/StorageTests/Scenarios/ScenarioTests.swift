import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Storage
import Testing

/// Sagas in which things go wrong, each in many orders, and each cut off at every write as `kill -9` would cut it off: it
/// must come to an end that the whole one could have had, with nothing made twice and nothing left behind.
@Suite struct ScenarioTests {
    private static let isWhole = ProcessInfo.processInfo.environment["ARCADIA_SWEEP"] == "whole"

    struct Scenario: Sendable {
        let name: String
        let definition: String
        var scripts: [String: [World.Deed]] = [:]
        var undoing: [String: [World.Deed]] = [:]
        /// A run may end so.
        let ends: Set<RunStatus>
        /// Cancelled after so many writes; nil: it is not.
        var cancelAfter: Int?
        /// What an operator asks, one after the other, each time it has failed.
        var wishes: [World.Wish] = []
        /// Steps whose deeds stand at the end of a failed run.
        var left: Set<String> = []
        /// Steps that a completed run took back, or never did.
        var missing: Set<String> = []
    }

    private static let operations: [SagaCore.Operation] = [
        .test("make", probeable: true, idempotent: true), .test("plain", idempotent: true),
        .test("undo", idempotent: true), .test("look", compensable: false, idempotent: true),
        .test("burn", compensable: false, irreversible: true),
        SagaCore.Operation(name: SignalOperations.wait, isIdempotent: true),
    ]

    private static func step(_ id: String, _ more: String = "") -> String {
        #"{"id": "\#(id)", "uses": "test.make"\#(more.isEmpty ? "" : ", " + more)}"#
    }

    private static func saga(_ steps: [String], _ more: String = "") -> String {
        #"{"saga": "s", "steps": [\#(steps.joined(separator: ", "))]\#(more.isEmpty ? "" : ", " + more)}"#
    }

    static let patient: [World.Deed] = [.fail(.none, retry: .yes), .fail(.none, retry: .yes)]
    static let never = Array(repeating: World.Deed.fail(.none, retry: .yes), count: 20)

    static let all: [Scenario] = [
        Scenario(name: "three steps", definition: saga([step("a"), step("b"), step("c")]), ends: [.completed]),
        Scenario(
            name: "undo fails then succeeds", definition: saga([step("a"), step("b")]), scripts: ["b": [.fail(.none)]],
            undoing: ["a": patient], ends: [.rolledBack]),
        Scenario(
            name: "undo fails for good, the others go on", definition: saga([step("a"), step("b"), step("c")]),
            scripts: ["c": [.fail(.none)]], undoing: ["b": never], ends: [.failed], left: ["b"]),
        Scenario(
            name: "undo fails for good and halts",
            definition: saga([
                step("a"), step("b", #""compensation": {"on_failure": "halt", "retry": {"max_attempts": 2}}"#),
                step("c"),
            ]), scripts: ["c": [.fail(.none)]], undoing: ["b": never], ends: [.failed], left: ["a", "b"]),
        Scenario(
            name: "a partial step", definition: saga([step("a"), step("b")]), scripts: ["b": [.fail(.partial)]],
            ends: [.rolledBack]),
        Scenario(
            name: "an answer is lost", definition: saga([step("a"), step("b")]), scripts: ["a": [.lose], "b": [.lose]],
            ends: [.completed]),
        Scenario(
            name: "an answer of an undo is lost", definition: saga([step("a"), step("b")]),
            scripts: ["b": [.fail(.none)]], undoing: ["a": [.lose]], ends: [.rolledBack]),
        Scenario(
            name: "suspended, many times", definition: saga([step("a"), step("b")]),
            scripts: ["a": Array(repeating: .suspend(milliseconds: 500), count: 4)], ends: [.completed]),
        Scenario(
            name: "two branches",
            definition: saga([
                #"{"id": "p", "parallel": [[\#(step("a")), \#(step("b"))], [\#(step("c"))], [\#(step("d"))]]}"#,
                step("e"),
            ]), scripts: ["a": [.suspend(milliseconds: 50)]], ends: [.completed]),
        Scenario(
            name: "a branch fails and the others are cancelled",
            definition: saga([
                step("z"),
                #"{"id": "p", "parallel": [[\#(step("a")), \#(step("b"))], [\#(step("c")), \#(step("d")), \#(step("e"))]]}"#,
            ]), scripts: ["b": [.fail(.none)], "d": [.suspend(milliseconds: 70)]], ends: [.rolledBack]),
        Scenario(
            name: "a branch fails and the others are waited for",
            definition: saga([
                #"{"id": "p", "on_failure": "wait", "parallel": [[\#(step("a"))], [\#(step("c")), \#(step("d"))]]}"#
            ]), scripts: ["a": [.fail(.partial)], "c": [.suspend(milliseconds: 70)]], ends: [.rolledBack]),
        Scenario(
            name: "cancelled in a parallel part",
            definition: saga([
                step("z"),
                #"{"id": "p", "parallel": [[\#(step("a")), \#(step("b"))], [\#(step("c")), \#(step("d"))]]}"#,
                step("e"),
            ]), scripts: ["a": [.suspend(milliseconds: 50)], "c": [.lose]], ends: [.rolledBack, .completed],
            cancelAfter: 3),
        Scenario(
            name: "cancelled while it is taken back", definition: saga([step("a"), step("b"), step("c")]),
            scripts: ["c": [.fail(.none)]], undoing: ["b": patient], ends: [.rolledBack], cancelAfter: 6),
        Scenario(
            name: "a list of items",
            definition: saga(
                [
                    #"{"id": "each", "for_each": ["x", "y", "z"], "as": "name", "max_concurrency": 2, "steps": [{"id": "one", "uses": "test.make", "with": {"name": "${ .name }"}}, \#(step("two"))]}"#
                ]), scripts: ["each[1]/one": [.suspend(milliseconds: 50)]], ends: [.completed]),
        Scenario(
            name: "an item fails",
            definition: saga([
                #"{"id": "each", "for_each": [1, 2, 3, 4, 5], "max_concurrency": 2, "steps": [\#(step("one")), \#(step("two"))]}"#,
                step("after"),
            ]), scripts: ["each[3]/two": [.fail(.none)]], ends: [.rolledBack]),
        Scenario(
            name: "an item fails and the others are waited for",
            definition: saga([
                #"{"id": "each", "for_each": [1, 2, 3, 4, 5], "max_concurrency": 3, "on_failure": "wait", "steps": [\#(step("one"))]}"#
            ]), scripts: ["each[1]/one": [.fail(.partial)]], ends: [.rolledBack]),
        Scenario(
            name: "items within items",
            definition: saga([
                #"{"id": "racks", "for_each": [1, 2], "max_concurrency": 2, "steps": [{"id": "disks", "for_each": [1, 2], "max_concurrency": 2, "steps": [\#(step("disk"))]}, \#(step("rack"))]}"#
            ]), scripts: ["racks[1]/rack": [.fail(.none)]], ends: [.rolledBack]),
        Scenario(
            name: "a saga within",
            definition: saga(
                [step("a"), #"{"id": "sub", "saga": "inner"}"#, step("z")],
                #""definitions": {"inner": {"saga": "inner", "steps": [\#(step("i")), \#(step("j"))]}}"#),
            scripts: ["z": [.fail(.none)]], ends: [.rolledBack]),
        Scenario(
            name: "a saga within fails",
            definition: saga(
                [step("a"), #"{"id": "sub", "saga": "inner"}"#, step("z")],
                #""definitions": {"inner": {"saga": "inner", "steps": [\#(step("i")), \#(step("j"))]}}"#),
            scripts: ["sub/j": [.fail(.partial)]], ends: [.rolledBack]),
        Scenario(
            name: "a scope is taken back and the run goes on",
            definition: saga([
                step("a"),
                #"{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "compensate_scope", "else": [\#(step("d"))]}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.partial)]], ends: [.completed], missing: ["b", "c"]),
        Scenario(
            name: "a scope is tried again",
            definition: saga([
                step("a"),
                #"{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 3, "initial_seconds": 1}}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none), .fail(.partial)]], ends: [.completed]),
        Scenario(
            name: "a scope is tried in vain",
            definition: saga([
                step("a"),
                #"{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 2, "initial_seconds": 1}}"#,
            ]), scripts: ["c": Array(repeating: .fail(.none), count: 50)], ends: [.rolledBack]),
        Scenario(
            name: "a scope beside another branch",
            definition: saga([
                #"{"id": "p", "parallel": [[{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "compensate_scope"}], [\#(step("x")), \#(step("y"))]]}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none)], "x": [.suspend(milliseconds: 20)]], undoing: ["b": patient],
            ends: [.completed], missing: ["b", "c"]),
        Scenario(
            name: "past the pivot there is only forward",
            definition: saga([step("a"), step("b", #""pivot": true"#), step("c", #""retry": {"max_attempts": 5}"#)]),
            scripts: ["c": patient], ends: [.completed]),
        Scenario(
            name: "past the pivot and stuck", definition: saga([step("a"), step("b", #""pivot": true"#), step("c")]),
            scripts: ["c": never], ends: [.failed], left: ["a", "b"]),
        Scenario(
            name: "past the pivot and stuck, then tried again",
            definition: saga([step("a"), step("b", #""pivot": true"#), step("c"), step("d")]),
            scripts: ["c": [.fail(.none)]], ends: [.completed], wishes: [.retry]),
        Scenario(
            name: "past the pivot and stuck, then left out",
            definition: saga([step("a"), step("b", #""pivot": true"#), step("c"), step("d")]),
            scripts: ["c": never], ends: [.completed], wishes: [.skip("c")], missing: ["c"]),
        Scenario(
            name: "two branches past the pivot are stuck, one is left out and the other tried again",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "p", "parallel": [[\#(step("b")), \#(step("c"))], [\#(step("x")), \#(step("y"))]]}"#,
                step("e"),
            ]), scripts: ["b": never, "x": [.fail(.none)]], ends: [.completed], wishes: [.skip("b"), .retry],
            missing: ["b"]),
        Scenario(
            name: "a scope past the pivot is tried in vain, then once more",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 2, "initial_seconds": 1}}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none), .fail(.partial), .fail(.none)]], ends: [.completed],
            wishes: [.retry, .retry]),
        Scenario(
            name: "a scope past the pivot is tried in vain, then left out",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 2, "initial_seconds": 1}}"#,
                step("e"),
            ]), scripts: ["c": Array(repeating: .fail(.none), count: 50)], ends: [.completed], wishes: [.skip("s")],
            missing: ["b", "c"]),
        Scenario(
            name: "a scope past the pivot cannot be taken back, until that is mended",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "s", "scope": [\#(step("x")), \#(step("b")), \#(step("c"))], "on_failure": "compensate_scope", "else": [\#(step("d"))]}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none)]], undoing: ["b": never], ends: [.completed],
            wishes: [.retry, .retryMended], missing: ["x", "b", "c"]),
        Scenario(
            name: "a scope past the pivot halts while it is taken back, until that is mended",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "s", "scope": [\#(step("x")), \#(step("b", #""compensation": {"on_failure": "halt", "retry": {"max_attempts": 2}}"#)), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 2, "initial_seconds": 1}}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none)]], undoing: ["b": never], ends: [.completed],
            wishes: [.retry, .retryMended]),
        Scenario(
            name: "a scope past the pivot that halts leaves the branch beside it alone",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "p", "parallel": [[{"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "retry", "retry": {"max_attempts": 1}}], [\#(step("x")), \#(step("y"))]]}"#,
            ]), scripts: ["c": [.fail(.none)], "x": [.suspend(milliseconds: 70)]], undoing: ["b": patient],
            ends: [.failed], left: ["a", "x", "y"]),
        Scenario(
            name: "a scope past the pivot within another cannot be taken back, until that is mended",
            definition: saga([
                step("a", #""pivot": true"#),
                #"{"id": "o", "scope": [\#(step("w")), {"id": "s", "scope": [\#(step("b")), \#(step("c"))], "on_failure": "compensate_scope"}], "on_failure": "compensate_scope", "else": [\#(step("d"))]}"#,
                step("e"),
            ]), scripts: ["c": [.fail(.none)]], undoing: ["b": never], ends: [.completed],
            wishes: [.retryMended], missing: ["w", "b", "c"]),
        Scenario(
            name: "the run's time is over",
            definition: saga(
                [step("a"), step("b", #""retry": {"max_attempts": 9, "initial_seconds": 60}"#)],
                #""timeout_seconds": 90"#
            ), scripts: ["b": never], ends: [.rolledBack]),
        Scenario(
            name: "a step's time is over, with all its attempts",
            definition: saga([
                step("a"),
                step("b", #""total_timeout_seconds": 90, "retry": {"max_attempts": 9, "initial_seconds": 60}"#),
            ]), scripts: ["b": never], ends: [.rolledBack]),
        Scenario(
            name: "another operation takes it back",
            definition: saga([
                step("a", #""compensation": {"uses": "test.undo", "with": {"id": "${ .steps.a.output.id }"}}"#),
                step("b"),
            ]), scripts: ["b": [.fail(.none)]], undoing: ["a": patient], ends: [.rolledBack]),
        Scenario(
            name: "steps are left out",
            definition: saga([step("a"), step("b", #""when": false"#), step("c", #""when": true"#)]),
            ends: [.completed], missing: ["b"]),
        Scenario(
            name: "a wait", definition: saga([step("a"), #"{"id": "w", "wait": {"seconds": 30}}"#, step("b")]),
            ends: [.completed]),
    ]

    private static func check(_ scenario: Scenario) throws -> Saga {
        let check = DefinitionCheck(scenario.definition, catalog: ListedOperations(operations))
        #expect(check.errors.map(\.message) == [], "\(scenario.name)")
        return try #require(check.saga)
    }

    /// Plays a scenario to its end, through a death if one is asked for.
    ///
    /// - Returns: how many writes the first process made, and what is wrong with the end.
    private static func play(
        _ scenario: Scenario, _ saga: Saga, seed: UInt64, deathAt: (write: Int, isWritten: Bool)? = nil
    ) throws -> (writes: Int, died: Bool, problem: String?) {
        let world = World(seed: seed, operations: operations, scripts: scenario.scripts, undoing: scenario.undoing)
        defer { world.end() }
        world.deathAt = deathAt
        var random = SplitMix(seed)
        let id = RunID(at: world.now, using: &random)
        let cancelled = world.cancelling(after: scenario.cancelAfter, id)
        try world.start(saga, id: id, then: cancelled)
        var died = world.died
        func goOn() throws {
            guard world.died else { return }
            (died, world.deathAt) = (true, nil)
            try world.restart(then: cancelled)
        }
        try goOn()
        for wish in scenario.wishes {
            guard try world.view(id)?.row.status == .failed else { break }
            try world.ask(wish, of: id)
            world.runUntilQuiet(cancelled)
            try goOn()
        }
        return (world.writes, died, try problem(scenario, world, id, died: died))
    }

    private static func problem(_ scenario: Scenario, _ world: World, _ id: RunID, died: Bool) throws -> String? {
        guard let view = try world.view(id), let machine = view.machine else {
            // Ended before its first write, there is nothing: and nothing may have been done.
            return died && world.outside.made.isEmpty ? nil : "there is no run"
        }
        let standing = Set(world.outside.standing.values)
        let story =
            "\(view.row.status.rawValue); standing \(standing.sorted()); "
            + view.steps.map { "\($0.id) \($0.status?.rawValue ?? "-")" }.joined(separator: ", ")
        guard view.row.status == machine.status else { return "the row says \(story), the journal \(machine.status)" }
        guard scenario.ends.contains(view.row.status) else { return "ended \(story)" }
        if let twice = world.outside.made.first(where: { $0.value > 1 }) { return "made \(twice.key) twice; \(story)" }
        let ledger = Set(view.steps.filter { $0.status == .completed && $0.step.uses.plugin == "test" }.map(\.id))
        switch view.row.status {
        case .completed:
            guard standing == ledger else { return "the ledger has \(ledger.sorted()); \(story)" }
            guard standing.isDisjoint(with: scenario.missing) else { return "should not stand: \(story)" }
        case .rolledBack: guard standing.isEmpty else { return "left behind: \(story)" }
        default: guard standing == scenario.left else { return "left \(standing.sorted()); \(story)" }
        }
        return nil
    }

    @Test(arguments: all.map(\.name))
    func `in whatever order things happen, and cut off at any write, it comes to the same end`(name: String) throws {
        let scenario = try #require(Self.all.first { $0.name == name })
        let saga = try Self.check(scenario)
        var (cuts, wrong) = (0, 0)
        for seed in 1...(Self.isWhole ? 25 : 1) as ClosedRange<UInt64> {
            let whole = try Self.play(scenario, saga, seed: seed)
            #expect(whole.problem == nil, "seed \(seed), whole")
            for write in 1...max(1, whole.writes) {
                for isWritten in [false, true] {
                    let cut = try Self.play(scenario, saga, seed: seed, deathAt: (write, isWritten))
                    #expect(cut.problem == nil, "seed \(seed), killed \(isWritten ? "after" : "before") write \(write)")
                    cuts += 1
                    wrong += cut.problem == nil ? 0 : 1
                }
            }
        }
        print("sweep: scenario, \(name): \(cuts) cases, \(wrong) wrong")
    }

    @Test(arguments: 1...10 as ClosedRange<UInt64>)
    func `runs of one concurrency key take turns, and a death in between takes nobody's turn`(seed: UInt64) throws {
        let text = Self.saga(
            [Self.step("a"), Self.step("b")],
            #""inputs": {"properties": {"zone": {"type": "string", "default": "x"}}}, "concurrency_key": "zone ${ .inputs.zone }""#
        )
        let saga = try #require(DefinitionCheck(text, catalog: ListedOperations(Self.operations)).saga)
        let world = World(seed: seed, operations: Self.operations, scripts: ["a": [.suspend(milliseconds: 3000)]])
        var random = SplitMix(seed)
        let ids = (0..<4).map { _ in RunID(at: world.now, using: &random) }
        defer { world.end() }
        world.deathAt = (Int(5 + seed), true)
        try world.start(saga, inputs: ["zone": "x"], ids: ids)
        world.deathAt = nil
        if world.died { try world.restart() }
        for id in ids { #expect(try world.view(id)?.row.status == .completed) }
        // What one run does lies between nothing of another.
        let order = world.story.map(\.run).reduce(into: [RunID]()) { if $0.last != $1 { $0.append($1) } }
        #expect(order.count == ids.count)
    }

    @Test(arguments: [
        #"{"id": "b", "uses": "test.make", "when": "${ .inputs | length == 0 }"}"#,
        #"{"id": "b", "uses": "test.make", "with": {"x": "${ 1 + 1 }"}}"#,
        #"{"id": "b", "for_each": "${ [1, 1 + 1] }", "steps": [{"id": "c", "uses": "test.make"}]}"#,
        #"{"id": "b", "for_each": [1, 2], "steps": [{"id": "c", "uses": "test.make"}], "output": "${ 1 + 1 }"}"#,
    ])
    func `where this host has no jq, a run waits with the reason, and goes on where there is one`(step: String) throws {
        let text = Self.saga([Self.step("a"), step], #""output": {"two": "${ 1 + 1 }"}"#)
        let saga = try #require(DefinitionCheck(text, catalog: ListedOperations(Self.operations)).saga)
        let world = World(seed: 1, operations: Self.operations)
        defer { world.end() }
        var random = SplitMix(1)
        let id = RunID(at: world.now, using: &random)
        try world.start(saga, id: id)
        let waiting = try #require(try world.view(id)).row
        #expect(waiting.status == .running)
        #expect(waiting.blocked?.hasSuffix("needs jq, and this host has none") == true)
        world.expressions = JQEvaluator(program: Arcadia.program)
        try world.restart()
        #expect(try world.view(id)?.row.status == .completed)
        #expect(try world.view(id)?.machine?.output == ["two": 2])
        #expect(world.outside.made.values.allSatisfy { $0 == 1 })
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a cancel that comes while a paused run is set aside takes it back`(seed: UInt64) throws {
        let saga = try #require(
            DefinitionCheck(
                Self.saga([Self.step("a"), Self.step("b")]), catalog: ListedOperations(Self.operations)
            ).saga)
        let world = World(
            seed: seed, operations: Self.operations, scripts: ["b": [.suspend(milliseconds: 30_000)]])
        defer { world.end() }
        var random = SplitMix(seed)
        let id = RunID(at: world.now, using: &random)
        world.beforeSettingAside = {
            world.beforeSettingAside = nil
            if let key = try? world.store.find(id) { try? world.cancel(key, reason: "enough") }
        }
        var isPaused = false
        try world.start(saga, id: id) {
            guard !isPaused, world.story.last?.step == "b" else { return false }
            isPaused = true
            try? world.pause(id)
            return false
        }
        #expect(isPaused)
        try world.takeOver()
        world.runUntilQuiet()
        #expect(try world.view(id)?.row.status == .rolledBack)
        #expect(world.outside.standing.isEmpty)
    }

    @Test func `a run that is opened again for a wish that has no meaning any more has ended again`() throws {
        let saga = try #require(
            DefinitionCheck(
                Self.saga([Self.step("a", #""pivot": true"#), Self.step("b")]),
                catalog: ListedOperations(Self.operations)
            ).saga)
        let world = World(seed: 1, operations: Self.operations, scripts: ["b": [.fail(.none)]])
        defer { world.end() }
        var random = SplitMix(1)
        let id = RunID(at: world.now, using: &random)
        try world.start(saga, id: id)
        let ended = try #require(try world.view(id))
        #expect(ended.row.status == .failed)
        let late = RunWishes.Mark(stepID: "a", reason: "late")
        try world.store.requestSkip(ended.row.key, ofEnded: late, at: world.now)
        try world.takeOver()
        world.runUntilQuiet()
        let row = try #require(try world.view(id)).row
        #expect(row.status == .failed && row.finishedAt != nil && row.wishes.isEmpty)
    }

    @Test(arguments: 1...5 as ClosedRange<UInt64>)
    func `a run that ended and is taken up again waits for its turn`(seed: UInt64) throws {
        let text = Self.saga(
            [
                Self.step("a"), Self.step("bad", #""when": "${ .inputs.bad }""#),
                Self.step("slow", #""when": "${ .inputs.good }""#),
            ],
            #""inputs": {"required": ["bad", "good"], "properties": {"bad": {"type": "boolean"}, "good": {"type": "boolean"}}}, "concurrency_key": "x""#
        )
        let saga = try #require(DefinitionCheck(text, catalog: ListedOperations(Self.operations)).saga)
        let world = World(
            seed: seed, operations: Self.operations,
            scripts: ["bad": [.fail(.none)], "slow": [.suspend(milliseconds: 30_000)]],
            undoing: ["a": [.fail(.none)]])
        defer { world.end() }
        var random = SplitMix(seed)
        let (first, second) = (RunID(at: world.now, using: &random), RunID(at: world.now, using: &random))
        try world.start(saga, inputs: ["bad": true, "good": false], id: first)
        #expect(try world.view(first)?.row.status == .failed)

        var isAsked = false
        try world.start(saga, inputs: ["bad": false, "good": true], id: second) {
            if !isAsked, world.story.last?.step == "slow" {
                isAsked = true
                try? world.retry(first)
            }
            return false
        }
        #expect(isAsked)
        #expect(try world.view(second)?.row.status == .completed)
        let order = world.story.map(\.run).reduce(into: [RunID]()) { if $0.last != $1 { $0.append($1) } }
        #expect(order == [first, second, first])
    }
}

extension World {
    /// Asks for a cancel once so many writes are made.
    func cancelling(after count: Int?, _ id: RunID) -> () -> Bool {
        guard let count else { return { false } }
        var isAsked = false
        return { [self] in
            if !isAsked, writes >= count, let key = try? store.find(id) {
                isAsked = true
                try? cancel(key, reason: "enough")
            }
            return false
        }
    }
}
