import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// What plugins bring along beside their code.
@Suite struct ShippedPluginTests {
    @Test(arguments: ["core", "files", "digitalocean"])
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

    @Test(arguments: ["core", "files", "digitalocean", "scripted"])
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
