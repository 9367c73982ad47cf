import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// Typed functions as the steps of runs, by the real program.
@Suite struct TypedRunTests {
    private let folder = TemporaryFolder()

    /// The example as an author has it: a copy somewhere else, built by its own Makefile.
    private func buildZlib() throws -> String {
        let copy = folder.path + "/zlib"
        try FileManager.default.copyItem(atPath: Fixtures.repository.path + "/sdk/examples/zlib", toPath: copy)
        let made = Command.run("/usr/bin/make", ["-C", copy, "SDK=\(Fixtures.repository.path)/sdk"], at: copy)
        #expect(made.code == 0, "\(made.errors)")
        return copy
    }

    @Test func `an existing library becomes operations by a file of ten lines`() throws {
        let copy = try buildZlib()
        let arcadia = Arcadia(plugins: [copy + "/plugins"])
        #expect(arcadia("check", copy + "/checksums.json").code == 0)
        let run = arcadia("run", copy + "/checksums.json", "--input", "text=123456789", "--output", "json")
        #expect(run.code == 0, "\(run.errors)")
        #expect(run.json?["context"]?["crc32"] == 0xCBF4_3926)
        #expect(run.json?["context"]?["adler32"] == 0x091E_01DE)
    }

    @Test func `the code in the SDK's page is the example`() throws {
        let sdk = Fixtures.repository.path + "/sdk/"
        let code = try String(contentsOfFile: sdk + "examples/zlib/zlib.c", encoding: .utf8)
        #expect(try String(contentsOfFile: sdk + "README.md", encoding: .utf8).contains("```c\n" + code + "```\n"))
    }

    @Test func `each example of the library's manifest is what it really puts out`() throws {
        let catalog = PluginCatalog(
            search: PluginSearch(given: [try buildZlib() + "/plugins"], environment: [:], executable: nil),
            dataFolder: folder.path)
        let operations = PluginOperations(catalog: catalog)
        let described = try #require(catalog.entries().first?.manifest?.operations)
        #expect(described.map(\.name) == ["crc32", "adler32"])
        for (operation, example) in described.flatMap({ operation in operation.examples.map { (operation, $0) } }) {
            let with = try #require(example["with"]?.objectValue)
            #expect(try operations.call(operation.operation.name, with) == example["output"]?.objectValue)
        }
    }

    @Test func `a literal that does not fit is refused before the run, a value that does not fit while it runs`() {
        let arcadia = Arcadia(plugins: [BuiltPlugins.typed, BuiltPlugins.folder])
        let literal = arcadia.run(#"[{ "uses": "typed.uint8", "with": { "x": 300 } }]"#)
        #expect(literal.code == 65)
        #expect(literal.errors.contains("\"x\" is 300; expected at most 255"))

        let (code, run, _) = arcadia.run(
            #"""
            { "saga": "late", "inputs": { "type": "object", "properties": { "n": { "type": "integer", "default": 300 } } },
              "steps": ["core.echo",
                { "id": "late", "uses": "typed.uint8", "with": { "x": "${ .inputs.n }" },
                  "retry": { "max_attempts": 5, "initial_seconds": 0 } }] }
            """#)
        #expect(code == 1)
        #expect(run.text("status") == "rolled_back")
        let late = run["steps"]?.arrayValue?.last
        #expect(late?["error"]?["message"] == "typed.uint8 does not take this: \"x\" is 300; expected at most 255")
        #expect(late?["error"]?["effect"] == "none")
        #expect(late?["attempt"] == 1)
        #expect(run.statuses == ["compensated", "failed"])
    }
}
