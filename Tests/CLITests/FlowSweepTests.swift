import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Steps that hold others, over real files, by a real process that is killed at every moment: it ends as the run that
/// nobody killed, with the same files.
///
/// `make sweep` tries every place, `make test` some.
@Suite struct FlowSweepTests {
    private static let isWhole = ProcessInfo.processInfo.environment["ARCADIA_SWEEP"] == "whole"

    struct Flow: Sendable, CustomTestStringConvertible {
        let name: String
        let steps: String
        /// How it ends when nobody kills it.
        let ends: String
        /// What it leaves.
        let files: [String: String]
        /// Siblings.
        var definitions = "{}"

        var testDescription: String { name }
        var text: String { #"{ "saga": "flow", "steps": [\#(steps)], "definitions": \#(definitions) }"# }
    }

    private static func write(_ id: String, _ more: String = "") -> String {
        #"{ "id": "\#(id)", "uses": "files.write", "with": { "path": "\#(id)", "content": "\#(id)" }\#(more) }"#
    }

    private static let fail = #"{ "id": "bad", "uses": "core.fail", "retry": { "max_attempts": 1 } }"#

    static let flows = [
        Flow(
            name: "branches that are done",
            steps: """
                \(write("a")), { "id": "p", "parallel": [[\(write("b")), \(write("c"))], [\(write("d"))]] }, \(write("e"))
                """, ends: "completed", files: ["a": "a", "b": "b", "c": "c", "d": "d", "e": "e"]),
        Flow(
            name: "branches, one of which fails",
            steps: """
                \(write("a")), { "id": "p", "parallel": [[\(write("b")), \(write("c"))], [\(write("d")), \(fail)]] }
                """, ends: "rolled_back", files: [:]),
        Flow(
            name: "items, the last of which fails",
            steps: """
                { "id": "all", "for_each": [1, 2, 3], "as": "n", "max_concurrency": 2, "steps": [
                  { "id": "w", "uses": "files.write", "with": { "path": "f${ .n }", "content": "${ .n }" } },
                  { "id": "bad", "uses": "core.fail", "when": "${ .n == 3 }", "retry": { "max_attempts": 1 } }] }
                """, ends: "rolled_back", files: [:]),
        Flow(
            name: "items that are done",
            steps: """
                { "id": "all", "for_each": ["x", "y", "z"], "as": "n", "max_concurrency": 2, "steps": [
                  { "id": "w", "uses": "files.append", "with": { "path": "${ .n }", "content": "once" } }],
                  "output": "${ .n }" },
                { "id": "end", "uses": "files.write",
                  "with": { "path": "end", "content": "${ .steps.all.output.items | tojson }" } }
                """, ends: "completed",
            files: ["x": "once", "y": "once", "z": "once", "end": #"["x","y","z"]"#]),
        Flow(
            name: "a scope that is taken back, and its else",
            steps: """
                \(write("a")), { "id": "s", "scope": [\(write("b")), \(fail)], "on_failure": "compensate_scope",
                  "else": [\(write("other"))] }, \(write("c"))
                """, ends: "completed", files: ["a": "a", "other": "other", "c": "c"]),
        Flow(
            name: "a scope begun again, until it is given up",
            steps: """
                \(write("a")), { "id": "s", "scope": [\(write("b")), \(fail)], "on_failure": "retry",
                  "retry": { "max_attempts": 3, "initial_seconds": 0.01 } }
                """, ends: "rolled_back", files: [:]),
        Flow(
            name: "a saga within, taken back with the rest",
            steps: """
                \(write("a")), { "id": "s", "saga": "inner", "with": { "name": "in" } }, \(fail)
                """, ends: "rolled_back", files: [:], definitions: inner),
        Flow(
            name: "a saga within that is done",
            steps: """
                { "id": "s", "saga": "inner", "with": { "name": "in" } },
                { "id": "w", "uses": "files.write", "with": { "path": "w", "content": "${ .steps.s.output.made }" } }
                """, ends: "completed", files: ["in": "deep", "in2": "deeper", "w": "in"], definitions: inner),
        Flow(
            name: "a wait, a pivot, and a failure past it",
            steps: """
                \(write("a", #", "pivot": true"#)), { "id": "w", "wait": { "seconds": 0.05 } }, \(write("b")), \(fail)
                """, ends: "failed", files: ["a": "a", "b": "b"]),
    ]

    private static let inner = """
        { "inner": { "saga": "inner", "inputs": { "required": ["name"], "properties": { "name": { "type": "string" } } },
          "steps": [{ "id": "x", "uses": "files.write", "with": { "path": "${ .inputs.name }", "content": "deep" } },
            { "id": "y", "uses": "files.write", "with": { "path": "${ .inputs.name }2", "content": "deeper" } }],
          "output": { "made": "${ .inputs.name }" } } }
        """

    @Test func `a data folder is found from where one stands`() {
        let folder = TemporaryFolder()
        let flow = Self.flows[0]
        let file = folder.file("flow.json", flow.text)
        let result = Command.run(
            Arcadia.program, ["run", file, "--data", "data", "--plugins", BuiltPlugins.folder], at: folder.path)
        #expect(result.code == 0, "\(result.errors)")
        #expect(folder.tree("data/files") == flow.files)
    }

    /// What is wrong with how it ended; nil: nothing.
    private func verdict(_ arcadia: Arcadia, _ flow: Flow) -> String? {
        guard let run = arcadia.newestRun() else { return "there is no run" }
        let files = arcadia.folder.tree("files")
        let isAsExpected = run.text("status") == flow.ends && files == flow.files
        return isAsExpected ? nil : "\(run.text("status")), \(files), \(run.ledger)"
    }

    @Test(arguments: flows) func `a run that nobody kills ends as it should`(flow: Flow) {
        let arcadia = Arcadia()
        _ = arcadia.run(flow.text)
        let problem = verdict(arcadia, flow)
        #expect(problem == nil)
    }

    @Test(arguments: flows)
    func `its plugins are replaced by other builds while it lies dead, and it ends the same`(flow: Flow) throws {
        let plugins = Arcadia.copy(["core", "files"])
        let arcadia = Arcadia(plugins: [plugins.path])
        let cut = arcadia.run(flow.text, environment: ["ARCADIA_FAULT": "kill:before_call:2"])
        #expect(cut.code == -SIGKILL)
        for name in ["core", "files"] {
            let library = URL(fileURLWithPath: plugins.path + "/\(name)/lib\(name).so")
            try (Data(contentsOf: library) + Data([0])).write(to: library)
        }
        #expect(arcadia("plugins", "list").code == 0)
        _ = arcadia("resume")
        let problem = verdict(arcadia, flow)
        #expect(problem == nil)
    }

    @Test(arguments: [FaultPoint.beforeWrite, .afterWrite, .beforeCall, .afterCall], flows)
    func `killed at any moment, it ends as the run that nobody killed`(point: FaultPoint, flow: Flow) {
        var (cases, wrong) = (0, 0)
        let offset = (Self.flows.firstIndex { $0.name == flow.name } ?? 0) + point.rawValue.count
        for number in 1...200 where Self.isWhole || (number + offset) % 11 == 1 {
            let arcadia = Arcadia()
            let cut = arcadia.run(flow.text, environment: ["ARCADIA_FAULT": "kill:\(point.rawValue):\(number)"])
            guard cut.code == -SIGKILL else { break }
            // Every other time it is killed again while it recovers.
            if number % 2 == 0 { _ = arcadia("resume", environment: ["ARCADIA_FAULT": "kill:\(point.rawValue):2"]) }
            _ = arcadia("resume")
            let problem = verdict(arcadia, flow)
            #expect(problem == nil, "killed at \(point.rawValue) \(number)")
            cases += 1
            wrong += problem == nil ? 0 : 1
        }
        if Self.isWhole { print("sweep: \(flow.name), killed \(point.rawValue): \(cases) cases, \(wrong) wrong") }
    }
}
