import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Sagas made at random, cut off at writes by chance: whatever they are, nothing is made twice, a run that is taken back
/// leaves nothing, and what was done later goes first.
@Suite struct RandomScenarioTests {
    private static let operations: [SagaCore.Operation] = [
        .test("make", probeable: true, idempotent: true), .test("plain", idempotent: true),
        .test("undo", idempotent: true), SagaCore.Operation(name: SignalOperations.wait, isIdempotent: true),
    ]

    private static let isWhole = ProcessInfo.processInfo.environment["ARCADIA_SWEEP"] == "whole"
    private static let (parts, seeds, cuts) = isWhole ? (20, 40, 4) : (5, 12, 2)

    @Test(arguments: 0..<parts)
    func `a saga made at random comes to the same end however it is cut off, and takes back in reverse`(
        part: Int
    ) throws {
        var (cases, wrong, reversed, ends) = (0, 0, 0, [RunStatus: Int]())
        for seed in UInt64(part * Self.seeds)..<UInt64((part + 1) * Self.seeds) {
            let scenario = RandomScenario(seed: seed)
            let whole = try Self.play(scenario, seed: seed)
            #expect(whole.problem == nil, "seed \(seed), whole")
            ends[whole.status ?? .pending, default: 0] += 1
            reversed += whole.reversed
            var random = SplitMix(seed)
            for _ in 0..<Self.cuts where whole.problem == nil {
                let death = (
                    write: Int.random(in: 1...max(1, whole.writes), using: &random),
                    isWritten: Bool.random(using: &random)
                )
                let cut = try Self.play(scenario, seed: seed, deathAt: death)
                let problem =
                    cut.problem
                    ?? (cut.status == whole.status || cut.status == nil
                        ? nil : "ended \(cut.status?.rawValue ?? ""), whole \(whole.status?.rawValue ?? "")")
                #expect(
                    problem == nil, "seed \(seed), killed \(death.isWritten ? "after" : "before") write \(death.write)")
                cases += 1
                wrong += problem == nil ? 0 : 1
            }
        }
        // Steps are taken back while those before them stand, or nothing is said of the order.
        #expect(reversed > 0)
        let (completed, rolledBack) = (ends[.completed] ?? 0, ends[.rolledBack] ?? 0)
        print("sweep: random sagas, \(completed) completed, \(rolledBack) rolled back: \(cases) cases, \(wrong) wrong")
    }

    private static func play(
        _ scenario: RandomScenario, seed: UInt64, deathAt: (write: Int, isWritten: Bool)? = nil
    ) throws -> (status: RunStatus?, writes: Int, reversed: Int, problem: String?) {
        let check = DefinitionCheck(scenario.definition.text, catalog: ListedOperations(operations))
        let saga = try #require(check.saga, "seed \(seed): \(check.errors.map(\.message))")
        let world = World(
            seed: seed, operations: operations, scripts: scenario.deeds, undoing: scenario.undoing)
        defer { world.end() }
        world.deathAt = deathAt
        var random = SplitMix(seed)
        let id = RunID(at: world.now, using: &random)
        try world.start(saga, id: id)
        let writes = world.writes
        world.deathAt = nil
        for _ in 0..<3 where world.died { try world.restart() }
        guard let view = try world.view(id) else {
            return (nil, writes, 0, world.outside.made.isEmpty ? nil : "there is no run, and it did something")
        }
        let order = order(of: world.changes, scenario)
        return (view.row.status, writes, order.reversed, order.problem ?? problem(view, world))
    }

    private static func problem(_ view: RunView, _ world: World) -> String? {
        let standing = Set(world.outside.standing.values)
        let story =
            "\(view.row.status.rawValue); standing \(standing.sorted()); "
            + view.steps.map { "\($0.id) \($0.status?.rawValue ?? "-")" }.joined(separator: ", ")
        if let twice = world.outside.made.first(where: { $0.value > 1 }) { return "made \(twice.key) twice; \(story)" }
        switch view.row.status {
        case .completed:
            let ledger = view.steps.filter { $0.status == .completed && $0.step.uses.plugin == "test" }.map(\.id)
            return standing == Set(ledger) ? nil : "the ledger has \(ledger.sorted()); \(story)"
        case .rolledBack: return standing.isEmpty ? nil : "left behind: \(story)"
        default: return "did not come to an end: \(story)"
        }
    }

    // MARK: - In reverse

    /// A step that was taken back while one was still standing that was done after it, in the same list or within.
    ///
    /// - Returns: how often one was taken back while one before it was standing; and what was taken back too early.
    private static func order(
        of changes: [World.Change], _ scenario: RandomScenario
    ) -> (reversed: Int, problem: String?) {
        var (standing, reversed) = ([World.Change](), 0)
        for change in changes {
            guard change.isUndone else {
                standing.append(change)
                continue
            }
            standing.removeAll { $0.key == change.key }
            if standing.contains(where: { isSequel(change.step, of: $0.step, scenario) }) { reversed += 1 }
            if let later = standing.first(where: { isSequel($0.step, of: change.step, scenario) }) {
                return (reversed, "\(change.step) was taken back before \(later.step)")
            }
        }
        return (reversed, nil)
    }

    /// eg: `s4[1]/s6` comes after `s4[1]/s5`, and after `s2`; not after `s4[0]/s5`.
    private static func isSequel(_ label: String, of other: String, _ scenario: RandomScenario) -> Bool {
        let (ours, theirs) = (way(label, scenario), way(other, scenario))
        guard let parting = zip(ours, theirs).first(where: { $0 != $1 }) else { return false }
        return parting.0.turn.list == parting.1.turn.list && parting.0.item == parting.1.item
            && parting.0.turn.place > parting.1.turn.place
    }

    private struct Stage: Equatable {
        let turn: RandomScenario.Turn
        let item: Substring?
    }

    private static func way(_ label: String, _ scenario: RandomScenario) -> [Stage] {
        var items = label.matches(of: /\[(\d+)\]/).map(\.output.1)
        let id = label.split(separator: "/").last.map(String.init) ?? label
        return (scenario.ways[id] ?? []).map { turn in
            Stage(turn: turn, item: turn.isOfItems && !items.isEmpty ? items.removeFirst() : nil)
        }
    }
}
