import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// What is locked, and what is then let in. Nothing here runs a line of the plugin but the last test.
@Suite struct LockTests {
    private let plugin = MarkedPlugin()

    @Test func `what was locked is let in, and says so`() throws {
        let trust = plugin.trust(try plugin.lock(), isFrozen: true)
        let entry = plugin.entry(trust)
        #expect(entry.state == .loaded)
        #expect(entry.isLocked)
        #expect(entry.integrity == (try FolderContents(reading: plugin.folder).hash))
    }

    @Test func `without a lock everything is as it was; nobody reads the folder`() {
        symlink("/etc/hostname", plugin.folder + "/link")
        let entry = plugin.entry(plugin.trust())
        #expect(entry.state == .loaded)
        #expect(!entry.isLocked)
        #expect(entry.integrity == nil)
    }

    @Test(arguments: ["README.md", "definitions/nods.json", "libmarked.so", "plugin.json"])
    func `a changed file is named, whichever it is`(name: String) throws {
        let trust = plugin.trust(try plugin.lock())
        plugin.append(" ", to: name)
        #expect(plugin.word(trust) == "modified: plugin.modified: it is not what was locked: \(name) differs")
        #expect(
            plugin.entry(trust).refusal?.hint
                == "`arcadia plugins lock marked` locks it as it is now, if that is what you want there; else bring back what was locked. `arcadia plugins unlock marked` lets any build of it in"
        )
        #expect(plugin.catalog(trust).shippedDefinitions().isEmpty)
    }

    @Test(arguments: ["README.md", "definitions/nods.json", "libmarked.so"])
    func `a file that is gone is named, too`(name: String) throws {
        let trust = plugin.trust(try plugin.lock())
        plugin.remove(name)
        #expect(plugin.word(trust) == "modified: plugin.modified: it is not what was locked: \(name) is gone")
    }

    @Test func `so is what is new, what cannot be read as a manifest any more, and another version`() throws {
        let trust = plugin.trust(try plugin.lock())
        plugin.write("", to: ".hidden")
        #expect(plugin.word(trust) == "modified: plugin.modified: it is not what was locked: .hidden is new")
        plugin.remove(".hidden")
        plugin.append("}", to: "plugin.json")
        #expect(plugin.word(trust) == "modified: plugin.modified: it is not what was locked: plugin.json differs")
        plugin.put("1.1.0")
        for name in ["a", "b", "c", "d"] { plugin.write("", to: name) }
        plugin.remove("README.md")
        #expect(
            plugin.word(trust)
                == "modified: plugin.modified: it is not what was locked: version 1.0.0 was locked and this is 1.1.0; libmarked.so and plugin.json differ; a, b, c and 1 more are new; README.md is gone"
        )
    }

    @Test func `frozen, what is not locked is not let in, and nothing is without a lock file`() throws {
        let empty = plugin.trust(PluginLock(), isFrozen: true)
        #expect(
            plugin.word(empty)
                == "refused: plugin.not_locked: only locked plugins are let in here, and plugins.lock.json does not name it"
        )
        #expect(
            plugin.entry(empty).refusal?.hint == "`arcadia plugins lock marked` locks it, if you want it let in")
        let none = plugin.trust(nil, isFrozen: true)
        #expect(
            plugin.word(none)
                == "refused: plugin.no_lock_file: only locked plugins are let in here, and there is no lock file plugins.lock.json"
        )
        #expect(plugin.entry(none).refusal?.hint == "`arcadia plugins lock` makes it, of what lies there now")
    }

    @Test func `what is locked for other machines is not locked for this one`() throws {
        let entry = try #require(try plugin.lock().plugins["marked"])
        let text = #"{"lock_version": 1, "plugins": {"marked": \#(Self.json(entry))}}"#
        let other = PluginLock.platform == "linux-aarch64" ? "linux-x86_64" : "linux-aarch64"
        let path = plugin.place.file("lock.json", text.replacingOccurrences(of: PluginLock.platform, with: other))
        let lock = try #require(try PluginLock(path: path))
        #expect(
            plugin.word(plugin.trust(lock))
                == "refused: plugin.locked_elsewhere: it is locked for \(other); this is \(PluginLock.platform)")
        // Locking it here leaves the other where it is: the manifest is the same.
        let change = LockChange(
            try LockCandidate(reading: plugin.folder, trust: .everything), old: lock.plugins["marked"])
        #expect(change.kind == .platform)
        #expect(change.entry.platforms.keys.sorted() == ["linux-aarch64", "linux-x86_64"])
        plugin.put("1.1.0")
        let next = LockChange(try LockCandidate(reading: plugin.folder, trust: .everything), old: change.entry)
        #expect(next.entry.platforms.keys.sorted() == [PluginLock.platform])
    }

    static func json(_ entry: PluginLock.Entry) -> String { entry.json.text }

    // MARK: - What is granted

    @Test func `a version that asks for more needs consent to just that, and one that asks for less needs none`() throws
    {
        let locked = try #require(try plugin.lock().plugins["marked"])
        plugin.put("1.1.0")
        let more = LockChange(try LockCandidate(reading: plugin.folder, trust: .everything), old: locked)
        #expect(more.kind == .renewed)
        #expect(
            more.consents == [
                "it asks to read and write files in /srv/marked", "it asks to send requests to ${config.url}: GET",
                "it asks to send requests to api.example.com: POST",
                "it asks to have the token marked.token, also from MARKED_TOKEN, added to its requests",
                "it asks to start other programs",
            ])
        plugin.put("1.2.0")
        let less = LockChange(try LockCandidate(reading: plugin.folder, trust: .everything), old: more.entry)
        #expect(!less.needsConsent)
        #expect(less.entry.capabilities.sentences == ["run in the host's own process, where you allow it"])
        // What was given back has to be asked for again.
        plugin.put("1.1.0")
        #expect(
            LockChange(try LockCandidate(reading: plugin.folder, trust: .everything), old: less.entry).needsConsent)
    }

    @Test func `what was taken from the lock by hand is not granted, and stays taken while it is the same build`()
        throws
    {
        plugin.put("1.1.0")
        let full = try #require(try plugin.lock().plugins["marked"])
        let capabilities = #"""
            {"services": ["arcadia.http/1"], "http": [{"host": "api.example.com", "methods": ["GET"]}],
             "credentials": [{"name": "marked.token"}], "files": [{"path": "/srv/marked", "access": "read"}],
             "placement": "worker"}
            """#
        let text = #"{"lock_version": 1, "plugins": {"marked": \#(Self.json(full))}}"#
            .replacingOccurrences(of: full.capabilities.json.text, with: capabilities)
        let lock = try #require(try PluginLock(path: plugin.place.file("lock.json", text)))
        let entry = plugin.entry(plugin.trust(lock))
        #expect(entry.state == .loaded)
        let json = entry.json
        #expect(json["http"]?.text == #"[{"host":"api.example.com","methods":["GET"]}]"#)
        #expect(json["credentials"]?.text == #"[{"name":"marked.token","environment":[],"summary":""}]"#)
        #expect(json["files"]?.text == #"[{"path":"/srv/marked","access":"read"}]"#)
        #expect(entry.manifest?.capabilities.processes == false)
        #expect(entry.manifest?.placement == .worker)
        let change = LockChange(
            try LockCandidate(reading: plugin.folder, trust: .everything), old: lock.plugins["marked"])
        #expect(change.kind == .same)
        #expect(!change.needsConsent)
        #expect(change.entry.capabilities == lock.plugins["marked"]?.capabilities)
    }

    @Test func `another default of a configured host or folder is another claim`() throws {
        func capabilities(_ standard: String) throws -> CapabilitySet {
            CapabilitySet(
                try PluginManifest(
                    parsing: """
                        { "manifest_version": 1, "id": "m", "version": "1", "abi": { "major": 1, "minor": 0 },
                          "environment": { "M_URL": "url" }, "placement": "worker",
                          "capabilities": { "http": [{ "host": "${config.url}", "methods": ["GET"] }] },
                          "config": { "type": "object", "properties": { "url": { "type": "string", "default": "\(standard)" } } },
                          "operations": [{ "name": "do" }] }
                        """))
        }
        let (before, after) = (try capabilities("https://a.example"), try capabilities("https://b.example"))
        #expect(
            after.beyond(before).sentences == [
                "send requests to ${config.url} (https://b.example, unless you configure another): GET"
            ])
        #expect(
            after.sentences == [
                "read the environment variable M_URL",
                "send requests to ${config.url} (https://b.example, unless you configure another): GET",
            ])
    }

    @Test func `who may write may read, and not the other way round`() {
        let (read, write) = (
            CapabilitySet([.files(path: "/srv", standard: nil, isWritable: false)]),
            CapabilitySet([.files(path: "/srv", standard: nil, isWritable: true)])
        )
        #expect(read.beyond(write).isEmpty)
        #expect(write.beyond(read) == write)
    }

    // MARK: - Loading

    @Test func `what is loaded is what was looked at: a library swapped after the inspection is not`() throws {
        let catalog = plugin.catalog(plugin.trust(try plugin.lock()))
        #expect(catalog.entries().first?.state == .loaded)
        plugin.append("\n", to: "libmarked.so")
        let nod = OperationName(plugin: "marked", operation: "nod")
        let error = #expect(throws: StepError.self) { try PluginOperations(catalog: catalog).call(nod, [:]) }
        #expect(
            error?.message == "plugin \"marked\" was refused: it is not what was locked: libmarked.so differs")
        plugin.put("1.0.0")
        let fresh = plugin.catalog(plugin.trust(try plugin.lock()))
        #expect(try PluginOperations(catalog: fresh).call(nod, [:]).text("version") == "1.0.0")
    }

    @Test func `folders read anew are held against the lock read anew: a build that is not locked takes nothing away`()
        throws
    {
        let path = plugin.place.path + "/plugins.lock.json"
        func lock() throws {
            let entry = try plugin.lock().plugins["marked"]
            PluginLock.change(path, orTrouble: { fatalError($0.message) }) { $0.plugins["marked"] = entry }
        }
        try lock()
        let trust = PluginTrust(
            lock: try PluginLock(path: path), lockPath: path, isFrozen: true, signers: Signers())
        let catalog = plugin.catalog(trust)
        func version() throws -> String {
            try PluginOperations(catalog: catalog).call(OperationName(plugin: "marked", operation: "nod"), [:]).text(
                "version")
        }
        func reload() -> [String] {
            catalog.reload().changes.map { "\($0.outcome.rawValue) \($0.refusal?.code ?? "")" }
        }
        #expect(try version() == "1.0.0")
        plugin.put("1.2.0")
        #expect(reload() == ["refused plugin.modified"])
        #expect(try version() == "1.0.0")
        try lock()
        #expect(reload() == ["replaced "])
        #expect(try version() == "1.2.0")
        plugin.put("1.0.0")
        try "{".write(toFile: path, atomically: false, encoding: .utf8)
        #expect(reload() == ["refused plugin.lock_unreadable"])
        #expect(try version() == "1.2.0")
        // Out of the lock, it is out of the host.
        try #"{"lock_version": 1, "plugins": {}}"#.write(toFile: path, atomically: false, encoding: .utf8)
        #expect(reload() == ["refused plugin.not_locked"])
        #expect(throws: StepError.self) { try version() }
    }

    @Test func `a disabled plugin is not called, and is again once it is enabled`() throws {
        let disabled = DisabledPlugin(id: "marked", reason: "too loud", by: "ada", at: Timestamp(milliseconds: 0))
        let catalog = plugin.catalog(.everything, disabled: [disabled])
        let nod = OperationName(plugin: "marked", operation: "nod")
        #expect(catalog.entries().first?.state == .disabled)
        #expect(catalog.entries().first?.refusal?.hint == "`arcadia plugins enable marked` lets it in again")
        #expect(!catalog.operationNames.contains(nod))
        let error = #expect(throws: StepError.self) { try PluginOperations(catalog: catalog).call(nod, [:]) }
        #expect(error?.message == "plugin \"marked\" was refused: it was disabled by ada: too loud")
        catalog.disable([])
        #expect(try PluginOperations(catalog: catalog).call(nod, [:]).text("version") == "1.0.0")
        catalog.disable([disabled])
        #expect(throws: StepError.self) { try PluginOperations(catalog: catalog).call(nod, [:]) }
    }
}

extension JSONObject {
    fileprivate func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
}
