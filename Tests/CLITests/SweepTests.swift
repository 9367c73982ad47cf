import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Everything that can go wrong, everywhere it can: no droplet and no snapshot is made twice, none is left behind, and
/// every run ends.
///
/// `make sweep` tries every place. Without it each case stands for five: the places of one fault are spread over all.
@Suite struct SweepTests {
    private static let isWhole = ProcessInfo.processInfo.environment["ARCADIA_SWEEP"] == "whole"

    /// Is this one of the places to try?
    private static func isTried(_ place: Int, _ offset: Int) -> Bool { isWhole || (place + offset) % 5 == 0 }

    private static func report(_ name: String, _ cases: Int, _ wrong: Int) {
        if isWhole { print("sweep: \(name): \(cases) cases, \(wrong) wrong") }
    }

    enum Saga: String, CaseIterable, Sendable {
        /// Ends completed: one droplet, one snapshot.
        case kept
        /// Ends rolled back: nothing is left.
        case takenBack

        var definition: String {
            let quick =
                #""retry": { "max_attempts": 6, "initial_seconds": 0.01 }, "compensation": { "retry": { "max_attempts": 6, "initial_seconds": 0.01 } }"#
            let steps = [
                #"{ "id": "droplet", "uses": "digitalocean.create_droplet", "with": { "name": "web-1", "size": "s-1vcpu-1gb", "image": "debian-12-x64" }, \#(quick) }"#,
                #"{ "id": "active", "uses": "digitalocean.wait_droplet_active", \#(quick) }"#,
                #"{ "id": "snapshot", "uses": "digitalocean.create_droplet_snapshot", \#(quick) }"#,
            ]
            return "[" + (steps + (self == .takenBack ? [#""core.fail""#] : [])).joined(separator: ", ") + "]"
        }
    }

    /// A host of its own for one saga, and what it makes of the account.
    private struct Trial {
        let arcadia = Arcadia()
        let account: SimulatedAccount
        let saga: Saga

        private func environment(_ fault: String?) -> [String: String] {
            var environment = DigitalOceanTests.environment(account)
            environment["ARCADIA_FAULT"] = fault
            return environment
        }

        /// Quick, and without the provider's limit, which would make each look take a quarter of a second.
        private func configured(_ words: [String]) -> [String] {
            let settings = ["poll_seconds=0.01", "settle_seconds=0.2", "requests_per_minute=0", "requests_per_hour=0"]
            return arcadia.arguments(words) + settings.flatMap { ["--config", "digitalocean." + $0] }
        }

        private func start(_ words: [String], _ fault: String?) -> Int32 {
            Command.run(
                Arcadia.program, configured(words),
                environment: environment(fault).merging(["HOME": arcadia.folder.path]) { a, _ in a }
            ).code
        }

        func run(killed fault: String? = nil) -> Int32 {
            start(["run", arcadia.folder.file("definition.json", saga.definition)], fault)
        }

        func resume(killed fault: String? = nil) -> Int32 { start(["resume"], fault) }

        /// What is wrong with how it ended; nil: nothing.
        func verdict(mustEnd expected: [String]) -> String? {
            guard let run = arcadia.newestRun() else { return "there is no run" }
            let status = run.text("status")
            let (droplets, snapshots) = (account.count(of: "droplets"), account.count(of: "snapshots"))
            let made = account.count(of: "droplets_ever_created")
            let summary = "\(status), \(droplets) droplets of \(made), \(snapshots) snapshots, \(run.ledger)"
            guard expected.contains(status) else { return "ended " + summary }
            let isClean =
                status == "completed"
                ? droplets == 1 && snapshots == 1 && made == 1 : droplets == 0 && snapshots == 0 && made <= 1
            return isClean ? nil : summary
        }
    }

    @Test(arguments: FaultPoint.allCases, Saga.allCases)
    func `killed at any moment, a run ends as if it had not been`(point: FaultPoint, saga: Saga) {
        let account = SimulatedAccount()
        let offset = (FaultPoint.allCases.firstIndex(of: point) ?? 0) + (saga == .kept ? 0 : 2)
        var (cases, wrong) = (0, 0)
        for number in 1...200 where Self.isTried(number, offset) {
            account.reset()
            let trial = Trial(account: account, saga: saga)
            let code = trial.run(killed: "kill:\(point.rawValue):\(number)")
            guard code == -9 else { break }
            // Every other time it is killed again while it recovers.
            if number % 2 == 0 { _ = trial.resume(killed: "kill:\(point.rawValue):1") }
            _ = trial.resume()
            let problem = trial.verdict(mustEnd: saga == .kept ? ["completed"] : ["rolled_back"])
            #expect(problem == nil, "killed at \(point.rawValue) \(number)")
            cases += 1
            wrong += problem == nil ? 0 : 1
        }
        #expect(cases > 0, "the host was killed at least once")
        Self.report("killed \(point.rawValue), \(saga)", cases, wrong)
    }

    /// Faults of the account that a run gets over, and those that may also make it take itself back.
    static let passing = [
        "status_429", "status_500", "status_503", "reset_before", "reset_after", "lost_reply", "slow",
        "truncated_page", "malformed_json", "not_found_after_create",
    ]
    static let ending = ["action_errored", "droplet_limit", "empty_list"]

    @Test(arguments: passing + ending, Saga.allCases)
    func `whatever goes wrong at whichever request, nothing is made twice and nothing is left`(
        fault: String, saga: Saga
    ) {
        let account = SimulatedAccount()
        let offset = ((Self.passing + Self.ending).firstIndex(of: fault) ?? 0) + (saga == .kept ? 0 : 2)
        var (cases, wrong) = (0, 0)
        for after in 0..<100 where Self.isTried(after, offset) {
            account.reset()
            account.plan(
                #"[{ "path": "/v2/**", "fault": "\#(fault)", "count": 1, "after": \#(after), "retry_after": 0, "seconds": 0.05 }]"#
            )
            let trial = Trial(account: account, saga: saga)
            _ = trial.run()
            let hasStruck = account.ask("GET", "/admin/faults")["rules"]?.arrayValue?[0]["struck"] == 1
            let problem = trial.verdict(mustEnd: ["completed", "rolled_back"])
            #expect(problem == nil, "\(fault) at request \(after + 1)")
            guard hasStruck else { break }
            cases += 1
            wrong += problem == nil ? 0 : 1
        }
        Self.report("\(fault), \(saga)", cases, wrong)
    }

    @Test(arguments: ["lost_reply", "reset_after", "status_500"], FaultPoint.allCases)
    func `a reply is lost and the host is killed in the same run`(fault: String, point: FaultPoint) {
        let account = SimulatedAccount()
        var wrong = 0
        let numbers = Self.isWhole ? [1, 2, 4, 6, 9] : [2 + (FaultPoint.allCases.firstIndex(of: point) ?? 0)]
        for number in numbers {
            account.reset()
            account.plan(#"[{ "method": "POST", "path": "/v2/**", "fault": "\#(fault)", "count": 2 }]"#)
            let trial = Trial(account: account, saga: number % 2 == 0 ? .kept : .takenBack)
            _ = trial.run(killed: "kill:\(point.rawValue):\(number)")
            _ = trial.resume()
            let problem = trial.verdict(mustEnd: ["completed", "rolled_back"])
            #expect(problem == nil, "\(fault), killed at \(point.rawValue) \(number)")
            wrong += problem == nil ? 0 : 1
        }
        Self.report("\(fault), killed \(point.rawValue)", numbers.count, wrong)
    }

    /// Takes long: hundreds of looks at something that never ends.
    @Test(.enabled(if: isWhole), arguments: 0..<8)
    func `an event that never ends is given up, and what is left is named`(after: Int) {
        let account = SimulatedAccount()
        account.plan(#"[{ "path": "/v2/**", "fault": "action_stuck", "count": 1, "after": \#(after) }]"#)
        let trial = Trial(account: account, saga: .takenBack)
        _ = trial.run()
        let run = trial.arcadia.newestRun() ?? .null
        guard run.text("status") == "failed" else {
            let problem = trial.verdict(mustEnd: ["rolled_back"])
            #expect(problem == nil, "stuck at request \(after + 1)")
            return Self.report("action_stuck at request \(after + 1)", 1, problem == nil ? 0 : 1)
        }
        let left = run["steps"]?.arrayValue?.filter { $0.text("status") == "compensation_failed" } ?? []
        let messages = left.compactMap { $0["error"]?.text("message") }
        let isNamed = !messages.isEmpty && messages.allSatisfy { $0.contains("droplet ") }
        #expect(isNamed, "\(run.ledger) \(messages)")
        Self.report("action_stuck at request \(after + 1), ended failed: \(messages.joined())", 1, isNamed ? 0 : 1)
    }
}
