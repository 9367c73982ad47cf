import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What plugin authors copy: the most read code there is, so it is built and run.
@Suite struct TemplateTests {
    private let folder = TemporaryFolder()

    /// The template as an author has it: a copy somewhere else, built by its own Makefile.
    private func build() throws -> String {
        let copy = folder.path + "/greet"
        try FileManager.default.copyItem(atPath: Fixtures.repository.path + "/sdk/templates/c", toPath: copy)
        let made = Command.run(
            "/usr/bin/make", ["-C", copy, "SDK=\(Fixtures.repository.path)/sdk"], at: copy)
        #expect(made.code == 0, "\(made.errors)")
        return copy
    }

    @Test func `the template in C builds, completes, and takes itself back`() throws {
        let copy = try build()
        let arcadia = Arcadia(plugins: [copy + "/plugins", BuiltPlugins.folder])
        let greeting = folder.path + "/hello.txt"
        let step = #"{ "uses": "greet.write", "with": { "path": "\#(greeting)", "name": "Ada" } }"#
        #expect(arcadia.run("[\(step)]").code == 0)
        #expect(folder.text("hello.txt")?.hasPrefix("Hello, Ada!\n") == true)
        try FileManager.default.removeItem(atPath: greeting)
        #expect(arcadia.run(#"[\#(step), "core.fail"]"#).code == 1)
        #expect(folder.text("hello.txt") == nil)
    }

    @Test func `the template's definition fits its plugin`() throws {
        let copy = try build()
        let checked = Arcadia(plugins: [copy + "/plugins"])("check", copy + "/greet.json")
        #expect(checked.code == 0, "\(checked.errors)")
    }

    @Test func `the code in the SDK's page is the template`() throws {
        let page = try String(contentsOfFile: Fixtures.repository.path + "/sdk/README.md", encoding: .utf8)
        for file in ["greet.c", "plugin.json"] {
            let text = try String(
                contentsOfFile: Fixtures.repository.path + "/sdk/templates/c/" + file, encoding: .utf8)
            #expect(page.contains("\n" + text + "```\n"), "\(file)")
        }
    }

    @Test(arguments: ["core", "files"])
    func `every definition that a plugin ships is sound`(plugin: String) {
        let arcadia = Arcadia()
        let folder = Fixtures.repository.path + "/Plugins/\(plugin)/definitions"
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        #expect(!files.isEmpty)
        for file in files {
            let checked = arcadia("check", folder + "/" + file)
            #expect(checked.code == 0, "\(file): \(checked.errors)")
        }
    }

    @Test(arguments: ["core", "files", "scripted"])
    func `every example in a manifest fits its operation's schemas`(plugin: String) throws {
        let manifest = try JSONValue(
            parsing: String(contentsOfFile: BuiltPlugins.folder + "/\(plugin)/plugin.json", encoding: .utf8))
        for operation in manifest["operations"]?.arrayValue ?? [] {
            let input = try JSONSchema(operation["input"] ?? true)
            let output = try JSONSchema(operation["output"] ?? true)
            for example in operation["examples"]?.arrayValue ?? [] {
                let name = operation.text("name")
                #expect(input.violations(of: example["with"] ?? [:]).isEmpty, "\(name)")
                if let value = example["output"] { #expect(output.violations(of: value).isEmpty, "\(name)") }
            }
        }
    }
}
