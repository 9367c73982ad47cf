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

    @Test(arguments: ["core", "files", "digitalocean", "cloud", "host"])
    func `everything that an operation takes and puts out is described`(plugin: String) throws {
        let shown = try #require(Arcadia()("plugins", "show", plugin, "--output", "json").json)
        #expect(Self.undescribed(shown["config"] ?? true, "config") == [])
        let operations = shown["operations"]?.arrayValue ?? []
        #expect(!operations.isEmpty)
        for operation in operations {
            for schema in ["input", "output"] {
                #expect(Self.undescribed(operation[schema] ?? true, "\(operation.text("uses")).\(schema)") == [])
            }
        }
    }

    /// The properties below a schema of which it is not said what they are, or not briefly: a line of an editor.
    private static func undescribed(_ schema: JSONValue, _ place: String) -> [String] {
        var missing: [String] = []
        for (name, property) in schema["properties"]?.objectValue ?? [:] {
            let words = property.text("description")
            if words.isEmpty || words.count > 130 || words.hasSuffix(".") { missing.append("\(place).\(name)") }
            missing += undescribed(property, "\(place).\(name)")
        }
        if let items = schema["items"] { missing += undescribed(items, place + "[]") }
        for choice in ["anyOf", "oneOf", "allOf"] {
            missing += (schema[choice]?.arrayValue ?? []).flatMap { undescribed($0, place) }
        }
        return missing
    }
}
