import ArcadiaTesting
import Testing

@testable import SagaCore

/// What a plan says of the way back, of time, of money and of what moved.
@Suite struct PlanTests {
    private let catalog = ListedOperations([
        .test("x"), .test("pure", compensable: false), .test("final", compensable: false, irreversible: true),
        Operation(name: SignalOperations.wait),
    ])

    private func step(
        _ number: Int, _ uses: String = "x", skip: Bool = false, attempts: Int = 1, seconds: Double? = 10,
        total: Double? = nil, pivot: Bool = false
    ) -> Step {
        let operation = Operation(
            name: OperationName("test." + uses)!, isCompensable: uses == "x", isIrreversible: uses == "final",
            timeoutSeconds: seconds, apiCalls: Operation.APICalls(execute: 2, compensate: 3))
        let retry = RetryPolicy(maxAttempts: attempts, initialSeconds: 1, multiplier: 2, maxSeconds: 60, jitter: 0.5)
        return Step(
            id: "s\(number)", number: number, uses: operation.name, with: .literal([:]), retry: retry,
            totalTimeoutSeconds: total,
            compensation: CompensationPolicy(
                retry: RetryPolicy(maxAttempts: 2, initialSeconds: 5, multiplier: 1, maxSeconds: 5, jitter: 0),
                skip: skip),
            isPivot: pivot, operation: operation)
    }

    private func node(_ number: Int, _ uses: String = "x", skip: Bool = false, pivot: Bool = false) -> PlanNode {
        PlanNode(step(number, uses, skip: skip, pivot: pivot))
    }

    /// eg: "itself s1 | s2 skip | rolled back"
    private func told(_ tree: [PlanNode], _ number: Int) -> String {
        guard let way = WaysBack(tree).ways[number] else { return "no way" }
        let back = way.back.map { entry in
            switch entry.extent {
            case .whole: entry.step
            case .itself: "itself"
            case .asFarAsItCame: entry.step + "?"
            }
        }
        let standing = way.standing.map { "\($0.step) \($0.reason.rawValue)" }
        let end =
            switch way.end {
            case .rolledBack: "rolled back"
            case .failed: "failed"
            case .goesOn(let scope, let otherwise): "on after \(scope)\(otherwise ? " with else" : "")"
            }
        let again = way.again.map { " | again \($0.scope) \($0.times)" } ?? ""
        return "\(back.joined(separator: " ")) | \(standing.joined(separator: " ")) | \(end)\(again)"
    }

    // MARK: - The way back

    @Test func `a step that fails takes back itself and what came before it, newest first`() {
        let tree = [node(1), node(2, "pure"), node(3), node(4)]
        #expect(told(tree, 1) == "itself |  | rolled back")
        #expect(told(tree, 2) == "s1 |  | rolled back")
        #expect(told(tree, 4) == "itself s3 s1 |  | rolled back")
    }

    @Test func `what is skipped stands, what is irreversible stands and ends the run as failed`() {
        let tree = [node(1, skip: true), node(2, "final"), node(3)]
        #expect(told(tree, 2) == " | s1 skip | rolled back")
        #expect(told(tree, 3) == "itself | s2 irreversible s1 skip | failed")
    }

    @Test func `past a pivot nothing is taken back`() {
        let tree = [node(1), node(2, pivot: true), node(3)]
        #expect(told(tree, 2) == "itself s1 |  | rolled back")
        #expect(told(tree, 3) == " | s2 pivot s1 pivot | failed")
    }

    @Test func `other branches and other items are taken back as far as they came`() {
        let parallel = PlanNode(step(2), form: .parallel([[node(3), node(4)], [node(5)]]))
        let tree = [node(1), parallel, node(6)]
        #expect(told(tree, 4) == "itself s3 s5? s1 |  | rolled back")
        #expect(told(tree, 5) == "itself s4? s3? s1 |  | rolled back")
        #expect(told(tree, 6) == "itself s5 s4 s3 s1 |  | rolled back")
        let maybe = [PlanNode(step(1), condition: "${ .steps.a.output.b }"), node(2)]
        #expect(told(maybe, 2) == "itself s1? |  | rolled back")
        let each = PlanNode(step(1), form: .forEach(items: "…", count: nil, atOnce: 2, [node(2), node(3)]))
        #expect(told([each], 3) == "itself s2 s3? s2? |  | rolled back")
        let one = PlanNode(step(1), form: .forEach(items: "1", count: 1, atOnce: 2, [node(2), node(3)]))
        #expect(told([one], 3) == "itself s2 |  | rolled back")
    }

    @Test func `what is known to be left out is in no way back, in no time and in no count`() {
        let out = PlanNode(
            step(2), form: .scope(.everythingBack, [node(3), node(4)], otherwise: nil), condition: "${ .inputs.x }",
            isLeftOut: true)
        let tree = [node(1), out, node(5)]
        #expect(told(tree, 5) == "itself s1 |  | rolled back")
        #expect(told(tree, 3) == "no way")
        #expect(reckoning.forward(tree) == reckoning.forward([node(1), node(5)]))
        #expect(reckoning.back(tree) == reckoning.back([node(1), node(5)]))
        #expect(CountedSteps(tree).calls.map(\.node.step.number) == [1, 5])
    }

    @Test func `a scope is taken back alone, begun again, or goes with everything`() {
        func tree(_ end: PlanNode.ScopeEnd, otherwise: [PlanNode]?) -> [PlanNode] {
            [node(1), PlanNode(step(2), form: .scope(end, [node(3), node(4)], otherwise: otherwise)), node(6)]
        }
        let retry = RetryPolicy(maxAttempts: 3, initialSeconds: 1, multiplier: 1, maxSeconds: 1, jitter: 0)
        #expect(told(tree(.everythingBack, otherwise: nil), 4) == "itself s3 s1 |  | rolled back")
        #expect(told(tree(.scopeBack, otherwise: nil), 4) == "itself s3 |  | on after s2")
        #expect(told(tree(.scopeBack, otherwise: [node(5)]), 4) == "itself s3 |  | on after s2 with else")
        #expect(told(tree(.scopeBack, otherwise: [node(5)]), 5) == "itself s1 |  | rolled back")
        #expect(told(tree(.again(retry), otherwise: nil), 4) == "itself s3 s1 |  | rolled back | again s2 2")
        #expect(told(tree(.again(retry), otherwise: []), 4) == "itself s3 |  | on after s2 with else | again s2 2")
    }

    @Test func `a saga within is taken back with the rest`() {
        let tree = [node(1), PlanNode(step(2), form: .saga(name: "inner", version: nil, [node(3), node(4)])), node(5)]
        #expect(told(tree, 4) == "itself s3 s1 |  | rolled back")
        #expect(told(tree, 5) == "itself s4 s3 s1 |  | rolled back")
    }

    @Test func `of a long way back the newest are named and the others counted, and it does not grow with the saga`()
        throws
    {
        let most = 5000
        let ways = WaysBack((1...most).map { node($0, $0 == 1 ? "final" : "x") }).ways
        #expect(ways[most]?.back.map(\.number) == Array((most - 19...most).reversed()))
        #expect(ways[most]?.more == most - 21)
        #expect(ways[most]?.standing.map(\.number) == [1])
        #expect(ways[most]?.json["more"]?.intValue == Int64(most - 21))
        let branches = WaysBack([PlanNode(step(9999), form: .parallel((1...most).map { [node($0)] }))]).ways
        #expect(branches[1]?.back.map(\.number) == [1] + Array((most - 18...most).reversed()))
        #expect(branches[1]?.more == most - 20)
        let stays = try #require(WaysBack((1...150).map { node($0, skip: true) }).ways[150])
        #expect(stays.json["stands"]?.arrayValue?.count == 100)
        #expect(stays.json["more_stand"] == 49)
    }

    // MARK: - The worst case

    private let reckoning = Reckoning(hosts: ["host"])

    @Test func `attempts and the pauses between them are counted, and what has no limit has no end`() {
        let four = reckoning.forward([PlanNode(step(1, attempts: 4))])
        #expect(four.seconds == 47 && four.calls == 4 && four.unbounded.isEmpty)
        let back = reckoning.back([PlanNode(step(1)), node(2, "pure")])
        #expect(back.seconds == 25 && back.calls == 2)
        let endless = reckoning.forward([PlanNode(step(1, seconds: nil))])
        #expect(endless.unbounded.map(\.reason) == [.noTimeout])
        let held = reckoning.forward([PlanNode(step(1, seconds: nil, total: 90))])
        #expect(held.seconds == 90 && held.unbounded.isEmpty)
    }

    @Test func `branches take as long as the longest, items in rounds, and unknown items have no end`() {
        let branches = reckoning.forward([
            PlanNode(step(1), form: .parallel([[node(2), node(3)], [node(4)]]))
        ])
        #expect(branches.seconds == 20 && branches.calls == 3)
        func each(_ count: Int?) -> WorstCase {
            reckoning.forward([PlanNode(step(1), form: .forEach(items: "", count: count, atOnce: 2, [node(2)]))])
        }
        #expect(each(5).seconds == 30 && each(5).calls == 5)
        #expect(each(nil).unbounded.map(\.reason) == [.itemsKnownInRun])
    }

    @Test func `a scope that is begun again counts its way back each time`() {
        let retry = RetryPolicy(maxAttempts: 2, initialSeconds: 7, multiplier: 1, maxSeconds: 7, jitter: 0)
        let scope = PlanNode(step(1), form: .scope(.again(retry), [node(2)], otherwise: [node(3)]))
        #expect(reckoning.forward([scope]).seconds == 2 * (10 + 25) + 7 + 10)
    }

    @Test func `a signal takes as long as it may be waited for`() {
        func wait(_ with: JSONValue) -> WorstCase {
            let operation = Operation(name: SignalOperations.waitSignal)
            return reckoning.forward([
                PlanNode(
                    Step(id: "s", number: 1, uses: operation.name, with: .literal(with), operation: operation))
            ])
        }
        #expect(wait(["name": "go", "timeout_seconds": 60]).seconds == 60)
        #expect(wait(["name": "go"]).unbounded.map(\.reason) == [.noSignalTimeout])
    }

    // MARK: - Forecasts and money

    @Test func `a forecast is read, and what is none is said`() throws {
        let forecast = try Forecast([
            "resources": [
                [
                    "action": "create", "kind": "droplet", "name": "a", "monthly": "6.5", "currency": "USD",
                    "as_of": "2026-01-02",
                ]
            ], "notes": ["n"],
        ])
        #expect(forecast.resources[0].json["monthly"] == "6.50")
        func mistake(_ resource: JSONValue) -> String {
            do throws(ForecastMistake) {
                _ = try Forecast(["resources": [resource]])
                return "none"
            } catch {
                return error.what
            }
        }
        #expect(mistake(["action": "burn"]) == "`resources[0].action` is none of create, change, delete")
        #expect(mistake(["action": "create"]) == "`resources[0].kind` is missing")
        #expect(
            mistake(["action": "create", "kind": "x", "monthly": "6,5"])
                == "`resources[0].monthly` is no amount as decimal text, such as \"6.00\"")
        #expect(
            mistake(["action": "create", "kind": "x", "monthly": "6", "currency": "USD", "as_of": "2026-02-30"])
                == "`resources[0].as_of` is no day, such as \"2026-11-20\"")
    }

    @Test func `money is added up exactly, by what becomes of it, and its age is that of the oldest price`() {
        func resource(_ action: PlannedResource.Action, _ amount: String, _ asOf: String) -> PlannedResource {
            PlannedResource(
                action: action, kind: "x",
                price: MonthlyPrice(amount: PlannedMoney(amount)!, currency: "USD", asOf: asOf))
        }
        var cost = PlannedCost()
        cost.add(resource(.create, "0.10", "2026-01-03"), times: 3)
        cost.add(resource(.create, "0.0075", "2026-01-01"), times: 1)
        cost.add(resource(.delete, "12", "2026-01-02"), times: 1)
        cost.add(resource(.create, "1.00", "2020-01-01"), times: nil)
        cost.add(PlannedResource(action: .create, kind: "y"), times: 1)
        let now = Timestamp(rfc3339: "2026-01-11T10:00:00Z")!
        #expect(
            cost.json(at: now) == [
                "monthly": [
                    [
                        "currency": "USD", "creates": "0.3075", "deletes": "12.00", "changes_to": "0.00",
                        "as_of": "2026-01-01", "age_days": 10,
                    ]
                ], "unpriced": 2,
            ])
    }

    // MARK: - A plan

    private func plan(_ text: String, inputs: JSONValue = [:]) throws -> JSONValue {
        let saga = try #require(DefinitionCheck(text, fallbackName: "t", catalog: catalog).saga)
        return Plan(saga, inputs: inputs, at: Timestamp(milliseconds: 0)).json
    }

    @Test func `what a step is given is told in short, with secrets hidden and what only a run knows as written`()
        throws
    {
        let input: JSONValue = [
            "properties": [
                "token": ["type": "string", "writeOnly": true],
                "deep": ["properties": ["key": ["type": "string", "writeOnly": true]]],
            ]
        ]
        let definition = #"""
            { "saga": "t", "inputs": { "required": ["city", "token"], "properties": {
                "city": { "type": "string" }, "token": { "type": "string", "writeOnly": true } } }, "steps": [
              { "id": "a", "uses": "test.quiet", "with": { "city": "${ .inputs.city }", "token": "${ .inputs.token }",
                "deep": { "key": "x" }, "list": [1, 2], "text": "to ${ .inputs.city }" } },
              { "id": "b", "uses": "test.quiet", "with": { "from": "${ .steps.a.output }" } },
              { "id": "c", "uses": "test.quiet" } ] }
            """#
        let catalog = ListedOperations([.test("quiet", input: input)])
        let saga = try #require(DefinitionCheck(definition, fallbackName: "t", catalog: catalog).saga)
        let plan = Plan(saga, inputs: ["city": "Riga", "token": "s3cret"], at: Timestamp(milliseconds: 0)).json
        #expect(plan["given"] == "city=Riga token=(hidden)")
        let given = plan["steps"]?.arrayValue?.map { $0["given"] }
        #expect(
            given == [
                #"city=Riga token=(hidden) deep=(hidden) list=[1,2] text="to Riga""#,
                "from=${ .steps.a.output }", nil,
            ])
    }

    @Test func `what a template knows before a run is told apart from what only the run knows`() throws {
        let definition = #"""
            { "saga": "t", "inputs": { "properties": { "n": { "type": "string" } }, "required": ["n"] }, "steps": [ { "id": "a", "uses": "test.x" },
              { "id": "b", "uses": "test.x", "with": { "p": "x-${ .inputs.n }", "q": ["${ .steps.a.output.z }"], "r": 1 } } ] }
            """#
        let saga = try #require(DefinitionCheck(definition, fallbackName: "t", catalog: catalog).saga)
        let (known, leftOut) = saga.steps[1].with.knownMembers(in: PlanScope(inputs: ["n": "y"]))
        #expect(known == ["p": "x-y", "r": 1])
        #expect(leftOut == ["q"])
    }

    @Test func `steps within steps are planned with what is known where they stand`() throws {
        let definition = #"""
            { "saga": "t", "inputs": { "properties": { "n": { "type": "string" }, "all": { "type": "array" } }, "required": ["n", "all"] },
              "timeout_seconds": 600,
              "definitions": { "inner": { "saga": "inner", "inputs": { "properties": { "m": { "type": "string" }, "k": { "type": "string", "default": "d" } }, "required": ["m"] },
                "steps": [ { "id": "x", "uses": "test.x", "with": { "m": "${ .inputs.m }", "k": "${ .inputs.k }" } } ] } },
              "steps": [
                { "id": "both", "parallel": [[{ "id": "a", "uses": "test.x" }], [{ "id": "b", "uses": "test.x" }]] },
                { "id": "each", "for_each": "${ .inputs.all }", "max_concurrency": 2, "steps": [{ "id": "c", "uses": "test.x", "with": { "i": "${ .item }" } }] },
                { "id": "in", "saga": "inner", "with": { "m": "${ .inputs.n }-1" } },
                { "id": "some", "scope": [{ "id": "d", "uses": "test.x" }], "on_failure": "compensate_scope", "else": [{ "id": "e", "uses": "test.x" }] },
                { "id": "pause", "wait": { "seconds": 30 } } ] }
            """#
        let check = DefinitionCheck(definition, fallbackName: "t", catalog: catalog)
        let saga = try #require(check.saga, "\(check.errors.map(\.message))")
        let plan = Plan(saga, inputs: ["n": "y", "all": [1, 2, 3]], at: Timestamp(milliseconds: 0)).json
        let steps = try #require(plan["steps"]?.arrayValue)
        #expect(steps.map { $0.text("form") } == ["parallel", "for_each", "saga", "scope", "call"])
        #expect(steps[0]["branches"]?.arrayValue?.count == 2)
        #expect(steps[1]["count"] == 3 && steps[1]["at_once"] == 2)
        let item = steps[1]["steps"]?.arrayValue?[0] ?? .null
        #expect(item.text("step_id") == "each[]/c" && item["with"] == ["i": "${ .item }"])
        let inner = steps[2]["steps"]?.arrayValue?[0] ?? .null
        #expect(inner.text("step_id") == "in/x" && inner["with"] == ["m": "y-1", "k": "d"])
        let scoped = steps[3]["steps"]?.arrayValue?[0]["if_it_fails"] ?? .null
        #expect(scoped.text("ends") == "goes_on" && scoped.text("scope") == "some" && scoped["else"] == true)
        #expect(plan["waits"]?.arrayValue?.map { $0["seconds"] } == [30])
        #expect(plan["worst_case"]?["forward"]?["seconds"] == 600)
    }

    @Test func `what moved since a plan is named, and nothing else`() throws {
        let one = #"{ "saga": "t", "steps": [{ "id": "a", "uses": "test.x" }] }"#
        let two = #"{ "saga": "u", "steps": [{ "id": "a", "uses": "test.pure" }] }"#
        let (old, other) = (try plan(one, inputs: ["a": 1, "b": 2]), try plan(two, inputs: ["b": 3, "c": 4]))
        #expect(PlanMove.moves(from: old, to: try plan(one, inputs: ["b": 2, "a": 1])).isEmpty)
        let moves = PlanMove.moves(from: old, to: other)
        let short = { (plan: JSONValue) in plan.text("definition_hash").prefix(12) + "…" }
        #expect(
            moves.map(\.message) == [
                "the plan is of saga \"t\", and this is saga \"u\"",
                "the definition is another than the planned one: SHA-256 \(short(other)), planned \(short(old))",
                "the input \"a\" is not given, and was when it was planned",
                "the input \"b\" is another than the planned one",
                "the input \"c\" is given, and was not when it was planned",
            ])
        #expect(
            Array(Set(moves.map(\.code))).sorted() == [
                "plan.definition_moved", "plan.inputs_moved", "plan.other_saga",
            ])
    }

    @Test func `prices that come to more than can be counted are left out as unpriced`() throws {
        let price = MonthlyPrice(
            amount: try #require(PlannedMoney("999999999999.999999")), currency: "USD", asOf: "2026-01-01")
        var cost = PlannedCost()
        for _ in 0..<12 { cost.add(PlannedResource(action: .create, kind: "droplet", price: price), times: 1) }
        cost.add(PlannedResource(action: .create, kind: "droplet", price: price), times: 100)
        #expect(cost.sums["USD"]?.creates.text == "8999999999999.999991")
        #expect(cost.unpriced == 4)
    }

    @Test func `what moved of plugins is told word for word`() {
        func image(_ version: String, _ hash: String) -> PluginImage {
            PluginImage(plugin: "files", version: version, hash: hash)
        }
        let (old, rebuilt, newer) = (image("1.0.0", "aaaaaaaaaaaaaaaa"), image("1.0.0", "bbbb"), image("1.1.0", "c"))
        #expect(
            PlanMove.plugin(old, is: rebuilt).message
                == "plugin \"files\" 1.0.0 is another build than the planned one: SHA-256 bbbb…, planned aaaaaaaaaaaa…")
        #expect(PlanMove.plugin(old, is: newer).message == "plugin \"files\" is version 1.1.0, planned was 1.0.0")
        #expect(
            PlanMove.pluginGone(old).message
                == "plugin \"files\" 1.0.0 is not there any more, and the plan counts on it")
        #expect(
            PlanMove.pluginAdded(newer).message == "plugin \"files\" 1.1.0 is used, and was not when it was planned")
        func plan(_ images: PluginImage...) -> JSONValue {
            [
                "plugins": .array(
                    images.map {
                        ["id": .string($0.plugin), "version": .string($0.version), "hash": .string($0.hash)]
                    })
            ]
        }
        #expect(PlanMove.moves(from: plan(old), to: plan(rebuilt)) == [.plugin(old, is: rebuilt)])
        #expect(PlanMove.moves(from: plan(old), to: plan()) == [.pluginGone(old)])
        #expect(PlanMove.moves(from: plan(), to: plan(old)) == [.pluginAdded(old)])
    }
}
