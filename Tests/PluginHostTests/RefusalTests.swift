import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// Libraries that must not be let in, one real file for each way to be wrong, and the sentence each gets.
@Suite struct RefusalTests {
    private let folder = TemporaryFolder()

    private func entry(_ name: String, folders: [String]? = nil) throws -> PluginCatalog.Entry {
        let search = PluginSearch(given: folders ?? [BuiltPlugins.bad + "/" + name], environment: [:], executable: nil)
        let catalog = PluginCatalog(search: search, dataFolder: folder.path)
        return try #require(catalog.entries().last)
    }

    /// What can be told from the files alone, before any of the plugin's code runs.
    @Test(arguments: [
        ("not_elf", "plugin.not_elf", "it is not an ELF file, so it is not a shared object"),
        ("truncated", "plugin.truncated", "it ends before its own tables say: a part of the file is missing"),
        ("other_machine", "plugin.other_machine", "it is built for aarch64; this machine is x86-64"),
        ("not_shared", "plugin.not_shared", "it is an object file that was never linked; expected a shared object"),
        ("no_entry", "plugin.no_entry", "it does not export `arcadia_plugin_entry_v1`, so it is not an arcadia plugin"),
        ("other_major", "plugin.other_major", "its entry is for plugin ABI 2; this host speaks 1"),
        ("abi_major_2", "plugin.abi_major", "it is made for plugin ABI 2; this host speaks 1"),
        ("manifest_missing_key", "plugin.manifest_key_missing", "plugin.json has no `version`"),
        ("manifest_unknown_key", "plugin.manifest_unknown_key", "\"sumary\" is not a key of plugin.json"),
        ("manifest_newer", "plugin.manifest_newer", "its manifest_version is 2; this host reads up to 1"),
        (
            "folder_not_id", "plugin.folder_is_not_id",
            "its folder is called \"another_name\" and its id is \"folder_not_id\"; expected the same"
        ),
        (
            "group_writable", "plugin.writable_by_others",
            "others may write to it (mode 0664); whoever can write a plugin can do whatever arcadia can"
        ),
    ])
    func `a plugin that is wrong by its files is refused by its files`(name: String, code: String, reason: String)
        throws
    {
        let refusal = try #require(try entry(name).refusal)
        #expect(refusal.code == code)
        #expect(refusal.reason == reason)
    }

    /// What only loading shows. Each is loaded by a run of the real program, which must survive it.
    @Test(arguments: [
        ("null_table", "plugin.null_table", "its entry gave no plugin, and said nothing"),
        ("needs_newer_host", "plugin.needs_newer_host", "it needs a host with ABI 1.99; this one has 1.0"),
        ("struct_too_small", "plugin.struct_too_small", "its `arcadia_plugin` says it has 16 bytes; ABI 1.0 has 72"),
        ("wrong_id", "plugin.other_id", "the library says it is \"somebody_else\", its plugin.json \"wrong_id\""),
        ("wrong_version", "plugin.other_version", "the library says version 9.9.9, its plugin.json 1.0.0"),
        ("null_operations", "plugin.no_operations", "the library has no operations"),
        (
            "operation_missing", "plugin.operation_missing",
            "plugin.json describes operation \"write\", which the library does not have"
        ),
        (
            "operation_extra", "plugin.operation_undeclared",
            "the library has operation \"secret\", which plugin.json does not describe"
        ),
        (
            "compensate_missing", "plugin.function_missing",
            "plugin.json calls operation \"write\" compensable, but the library has no compensate for it"
        ),
    ])
    func `a plugin that is wrong by what it says is refused when it is loaded, and listed so from then on`(
        name: String, code: String, reason: String
    ) throws {
        let arcadia = Arcadia(plugins: [BuiltPlugins.bad + "/" + name, BuiltPlugins.folder])
        let (exit, _, errors) = arcadia.run(#"["core.echo", "\#(name).write"]"#)
        #expect(exit == 65)
        #expect(errors.contains("step \"step_2\" uses plugin \"\(name)\", which was refused: \(reason)"))

        let listed = try #require(arcadia("plugins", "list", "--output", "json").json?["plugins"]?.arrayValue)
        let entry = try #require(listed.first { $0.text("id") == name })
        #expect(entry.text("state") == "refused")
        #expect(entry.text("code") == code)
        #expect(entry.text("reason").hasSuffix(reason))
        // The host and the other plugins go on.
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
    }

    @Test func `a library with a missing symbol is refused in the linker's words`() {
        let arcadia = Arcadia(plugins: [BuiltPlugins.bad + "/undefined_symbol", BuiltPlugins.folder])
        let (exit, _, errors) = arcadia.run(#"["undefined_symbol.write"]"#)
        #expect(exit == 65)
        #expect(errors.contains("the dynamic linker does not take it: "))
        #expect(errors.contains("undefined symbol"))
    }

    @Test func `a plugin that refuses its config is told in its own words, and is not remembered for it`() throws {
        let arcadia = Arcadia(plugins: [BuiltPlugins.bad + "/create_fails", BuiltPlugins.folder])
        let (exit, _, errors) = arcadia.run(#"["create_fails.write"]"#)
        #expect(exit == 65)
        #expect(errors.contains("it did not take its config: "))
        #expect(arcadia("plugins", "list").output.contains("create_fails  1.0.0    loaded"))
    }

    @Test func `of two plugins with one id the first counts, and the second says where the first is`() throws {
        let folders = ["a", "b"].map { BuiltPlugins.bad + "/duplicate_id/" + $0 }
        let second = try entry("", folders: folders)
        #expect(second.refusal?.code == "plugin.duplicate_id")
        #expect(
            second.refusal?.reason
                == "a plugin \"duplicate_id\" was found before it, in \(folders[0])/duplicate_id; the first one counts")
    }

    @Test func `no folder takes the name of what the host does itself`() {
        let folder = TemporaryFolder()
        _ = folder.file("own/plugin.json", Own.manifest)
        let catalog = PluginCatalog(
            search: PluginSearch(given: [folder.path], environment: [:], executable: nil), dataFolder: folder.path,
            hostPlugins: [Own.self])
        let entries = catalog.entries().filter { $0.id == "own" }
        #expect(entries.map(\.state) == [.refused, .loaded])
        #expect(
            entries[0].refusal?.reason
                == "a plugin \"own\" was found before it, in the host itself; the first one counts")
        guard case .found = catalog.lookUp(OperationName(plugin: "own", operation: "nod")) else {
            Issue.record("the host's own operation is not found")
            return
        }
    }

    @Test func `a manifest that is no JSON is refused with line and column`() throws {
        let refusal = try #require(try entry("manifest_not_json").refusal)
        #expect(refusal.code == "plugin.manifest_not_json")
        #expect(refusal.reason.hasPrefix("plugin.json:"))
    }

    @Test(arguments: ["constructor_crash", "entry_crash"])
    func `a plugin that ends the process while it is loaded is kept out after the third time`(name: String) {
        let arcadia = Arcadia(plugins: [BuiltPlugins.bad + "/" + name, BuiltPlugins.folder])
        for _ in 1...3 {
            let (code, _, errors) = arcadia.run(#"["\#(name).write"]"#)
            #expect(code < 0)
            #expect(errors.contains("arcadia: plugin \"\(name)\" ended this process"))
        }
        let (code, _, errors) = arcadia.run(#"["\#(name).write"]"#)
        #expect(code == 65)
        #expect(
            errors.contains(
                "which was refused: it crashed 3 times within 24 hours, last in loading; this build of it is not let in again"
            ))
        #expect(arcadia.run(#"["core.echo"]"#).code == 0)
    }

    @Test func `a link in the place of a library is not followed`() throws {
        let plugin = TemporaryFolder()
        try FileManager.default.copyItem(atPath: BuiltPlugins.folder + "/core", toPath: plugin.path + "/core")
        let library = plugin.path + "/core/libcore.so"
        try FileManager.default.removeItem(atPath: library)
        try FileManager.default.createSymbolicLink(
            atPath: library, withDestinationPath: BuiltPlugins.folder + "/core/libcore.so")
        let refusal = try #require(try entry("", folders: [plugin.path]).refusal)
        #expect(refusal.reason == "it is not a regular file; links and devices are not followed")
    }

    @Test func `listing runs no code of a plugin, not even a constructor`() throws {
        let entry = try entry("constructor_crash")
        #expect(entry.refusal == nil)
        #expect(entry.image?.hash.count == 64)
    }

    @Test func `an overwritten library does not disturb the host that has loaded it`() throws {
        let plugins = Arcadia.copy(["core"])
        let arcadia = Arcadia(plugins: [plugins.path])
        let file = arcadia.folder.file(
            "nap.json", #"["core.echo", { "uses": "core.sleep", "with": { "seconds": 1 } }, "core.echo"]"#)
        let host = arcadia.start("run", file)
        let isAsleep = arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? true : nil } }
        #expect(isAsleep == true)
        try Data().write(to: URL(fileURLWithPath: plugins.path + "/core/libcore.so"))
        host.waitUntilExit()
        #expect(host.code == 0)
    }
}

private struct Own: HostPlugin {
    static let id = "own"
    static let manifest = #"""
        { "manifest_version": 1, "id": "own", "version": "1.0.0", "abi": { "major": 1, "minor": 0 },
          "operations": [{ "name": "nod" }] }
        """#

    func perform(_ call: StepCall, saving save: (JSONValue) throws -> Void) -> StepOutcome { .completed(output: [:]) }
}
