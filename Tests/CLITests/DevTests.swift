import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// `arcadia dev`, the real program with everything in it.
@Suite struct DevTests {
    private let arcadia = Arcadia()

    /// Started, and what it printed when everything was there.
    private func start(_ words: String...) throws -> (process: ChildProcess, facts: JSONValue) {
        let output = Pipe()
        let process = try ChildProcess(
            Arcadia.program,
            ["dev", "--still", "--output", "jsonl"] + words + arcadia.plugins.flatMap { ["--plugins", $0] },
            // Real tokens and addresses that lie about must not matter.
            environment: [
                "HOME": arcadia.folder.path, "TMPDIR": arcadia.folder.path,
                "ARCADIA_DIGITALOCEAN_URL": "http://127.0.0.1:9", "DO_API_TOKEN": "real",
            ], output: .pipe(output))
        let line = output.line() ?? ""
        return (process, try JSONValue(parsing: line))
    }

    private func stop(_ process: ChildProcess) -> Int32 {
        process.terminate()
        return process.waitUntilExit()
    }

    @Test func `dev shows every end of a run, drift, invoices and a plugin in quarantine, and leaves nothing behind`()
        throws
    {
        let (process, facts) = try start()
        let data = facts.text("data")
        func ask(_ words: String...) -> JSONValue {
            Command.run(
                Arcadia.program,
                words + ["--data", data, "--output", "json"] + arcadia.plugins.flatMap { ["--plugins", $0] }
            ).json ?? .null
        }
        let runs = ask("runs", "list")["runs"]?.arrayValue ?? []
        func statuses(_ saga: String) -> [String] {
            runs.filter { $0.text("saga") == saga }.map { $0.text("status") }
        }
        #expect(statuses("provision_droplet") == ["completed"])
        #expect(statuses("third_step_fails") == ["rolled_back"])
        #expect(statuses("campaign") == ["failed"])
        #expect(statuses("nightly_report") == ["running"])
        #expect(statuses("release") == ["running", "completed"])
        #expect(runs.contains { $0.text("run_id") == facts.text("waiting_run") && $0.text("status") == "running" })
        let costs = Command.run(
            Arcadia.program, ["billing", "costs", "--by", "run", "--data", data])
        #expect(costs.errors.hasPrefix("note: COUNT is how many resources a run made; 0.00: no invoice names them yet"))
        let drift = ask("drift", "list")["drift"]?.arrayValue ?? []
        #expect(Set(drift.map { $0.text("field") }) == ["size_slug", "name", "status"])
        #expect((ask("billing", "invoices")["invoices"]?.arrayValue ?? []).isEmpty == false)
        let files = ask("plugins", "list")["plugins"]?.arrayValue?.first { $0.text("id") == "files" }
        #expect(files?.text("state") == "quarantined")
        // What made the run fail has passed: a person who retries it is done.
        let failed = try #require(runs.first { $0.text("saga") == "campaign" }).text("run_id")
        #expect(ask("runs", "retry", failed, "--reason", "well again").text("status") == "rolled_back")
        #expect(stop(process) == 0)
        #expect(!FileManager.default.fileExists(atPath: data))
    }

    @Test func `a folder that dev is given is kept, and one with something in it is left alone`() throws {
        let (process, facts) = try start("--data", arcadia.data)
        #expect(facts.text("data") == arcadia.data)
        #expect(stop(process) == 0)
        #expect(FileManager.default.fileExists(atPath: arcadia.data + "/arcadia.db"))
        let again = Command.run(Arcadia.program, ["dev", "--data", arcadia.data])
        #expect(again.code == 64)
        #expect(
            again.errors
                == "error: \(arcadia.data) has something in it; expected an empty folder, or none yet\nhint: `arcadia serve --data \(arcadia.data)` serves what is there\n"
        )
    }
}
