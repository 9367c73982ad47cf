import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// Versions of one plugin side by side: what a run began with stays its own, whatever is installed meanwhile.
@Suite struct VersionsTests {
    /// A host whose plugin `diary` is replaced.
    private struct Place {
        let folder = Arcadia.copy(["core"])
        let arcadia: Arcadia

        init(trusted: Bool = true) {
            arcadia = Arcadia(plugins: [folder.path], trusted: trusted)
            try! FileManager.default.createDirectory(
                atPath: arcadia.data + "/diary", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
            chmod(arcadia.data, 0o700)
        }

        func install(_ built: String) {
            remove()
            try! FileManager.default.copyItem(atPath: built + "/diary", toPath: folder.path + "/diary")
        }

        func remove() { try? FileManager.default.removeItem(atPath: folder.path + "/diary") }

        /// What was done by which version, in order.
        var lines: [String] {
            (arcadia.folder.text("data/diary/diary") ?? "").split(separator: "\n").map(String.init)
        }

        /// Lets the runs that wait go on.
        func go() { _ = arcadia.folder.file("data/diary/diary.go", "") }

        /// Records a run, for whoever drives runs here; its id.
        func begin(_ definition: String) -> String {
            let file = arcadia.folder.file("\(UUID().uuidString).json", definition)
            return arcadia("run", file, "--detach").output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        /// The same, of a server: what its folders hold by now may be broken.
        func begin(_ definition: String, at served: ServedArcadia) -> String {
            let file = arcadia.folder.file("\(UUID().uuidString).json", definition)
            return served(["run", file, "--detach"]).output.trimmingCharacters(in: .whitespacesAndNewlines)
        }

        func run(_ id: String) -> JSONValue? { arcadia("runs", "show", id, "--output", "json").json }

        func reaches(_ status: String, _ id: String) -> Bool {
            arcadia.eventually { _ in run(id)?.text("status") == status ? true : nil } ?? false
        }

        /// The run is at the step that waits, asleep.
        func waits(_ id: String) -> Bool {
            arcadia.eventually { _ in run(id)?.statuses.contains("suspended") == true ? true : nil } ?? false
        }

        func blocked(_ id: String) -> String? {
            arcadia.eventually { _ in run(id)?["blocked"]?.stringValue }
        }
    }

    private static let waiting = """
        { "saga": "waiting", "steps": [
            { "id": "first", "uses": "diary.write" }, { "id": "pause", "uses": "diary.wait" },
            { "id": "last", "uses": "diary.legacy" }, "core.fail" ] }
        """
    private static let short = #"{ "saga": "short", "steps": [{ "id": "new", "uses": "diary.write" }] }"#

    private static let old = [
        "1.0.0 write first", "1.0.0 write pause", "1.0.0 write last", "1.0.0 erase last", "1.0.0 erase pause",
        "1.0.0 erase first",
    ]

    private static func reload(_ served: ServedArcadia, _ words: String...) -> JSONValue {
        served(["plugins", "reload", "--output", "json"] + words).json ?? .null
    }

    private static func outcomes(_ reload: JSONValue) -> [String] {
        (reload["changes"]?.arrayValue ?? []).map {
            "\($0.text("id")) \($0.text("outcome")) \($0["old"]?.text("version") ?? "") \($0["new"]?.text("version") ?? "")"
        }
    }

    @Test(arguments: [true, false])
    func `a run that waits goes on with the version it began with, is taken back by it, and a new one has the new`(
        trusted: Bool
    ) throws {
        let place = Place(trusted: trusted)
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        let id = place.begin(Self.waiting)
        #expect(place.waits(id))
        place.install(BuiltPlugins.diary("2.0.0"))
        #expect(Self.outcomes(Self.reload(served)) == ["diary replaced 1.0.0 2.0.0"])
        #expect(Self.outcomes(Self.reload(served)) == [])

        let list = served(["plugins", "list"]).output
        #expect(list.contains("diary   1.0.0    held    1 run goes on with it (build "), "\(list)")
        #expect(list.split(separator: "\n").allSatisfy { $0.count <= 80 })

        let new = place.begin(Self.short)
        #expect(place.reaches("completed", new))
        #expect(place.lines == ["1.0.0 write first", "2.0.0 write new"])
        place.go()
        #expect(place.reaches("rolled_back", id))
        #expect(place.lines.filter { $0 != "2.0.0 write new" } == Self.old)
        #expect(!served(["plugins", "list"]).output.contains("held"))
    }

    @Test(arguments: [true, false])
    func `a host that is killed and started with another version goes on with the old one`(trusted: Bool) throws {
        let place = Place(trusted: trusted)
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        let id = place.begin(Self.waiting)
        #expect(place.waits(id))
        served.kill(SIGKILL)
        _ = served.waitUntilExit()
        place.install(BuiltPlugins.diary("2.0.0"))
        let next = ServedArcadia(place.arcadia)
        let new = place.begin(Self.short)
        #expect(place.reaches("completed", new))
        place.go()
        #expect(place.reaches("rolled_back", id))
        #expect(place.lines.filter { $0 != "2.0.0 write new" } == Self.old)
        next.stop()
    }

    @Test func `a run that was killed in its first call is probed and taken up by the version that was in it`() {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let file = place.arcadia.folder.file("short.json", #"[{ "id": "one", "uses": "diary.legacy" }, "core.fail"]"#)
        #expect(place.arcadia("run", file, environment: ["ARCADIA_FAULT": "kill:after_call:1"]).code == -SIGKILL)
        place.install(BuiltPlugins.diary("2.0.0"))
        #expect(place.arcadia("resume").code == 0)
        #expect(place.lines == ["1.0.0 write one", "1.0.0 erase one"])
    }

    @Test func `a signal that comes after an upgrade leads on to the old version, too`() {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        let id = place.begin(
            """
            [{ "id": "one", "uses": "diary.write" }, { "id": "ok", "uses": "host.wait_signal", "with": { "name": "go" } },
             { "id": "two", "uses": "diary.write" }]
            """)
        #expect(place.waits(id))
        place.install(BuiltPlugins.diary("2.0.0"))
        served.kill(SIGHUP)
        #expect(
            place.arcadia.eventually { _ in
                place.arcadia.folder.text("serve.err")?.contains("plugin \"diary\" is 2.0.0 (build ") == true
                    ? true : nil
            } == true)
        #expect(served(["runs", "signal", id, "go", "--reason", "ok"]).code == 0)
        #expect(place.reaches("completed", id))
        #expect(place.lines == ["1.0.0 write one", "1.0.0 write two"])
    }

    @Test func `what a retry adopts is taken back by who did it, and what it does itself is done by what is installed`()
        throws
    {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        place.go()
        let (code, run, _) = place.arcadia.run(
            #"[{ "id": "one", "uses": "diary.write" }, { "id": "two", "uses": "diary.wait" }]"#)
        #expect(code == 0)
        try FileManager.default.removeItem(atPath: place.arcadia.data + "/diary/diary.go")
        place.install(BuiltPlugins.diary("2.0.0"))
        let retry = place.arcadia.start("runs", "retry", run.text("run_id"), "--from", "two", "--reason", "again")
        let next = try #require(
            place.arcadia.eventually {
                $0.newestRun().flatMap { $0.statuses.last == "suspended" ? $0.text("run_id") : nil }
            })
        #expect(place.arcadia("plugins", "list").output.contains("diary   1.0.0    held    1 run goes on with it"))
        #expect(place.arcadia("runs", "cancel", next, "--reason", "enough").code == 1)
        retry.waitUntilExit()
        #expect(
            place.lines == ["1.0.0 write one", "1.0.0 write two", "2.0.0 erase two", "1.0.0 erase one"])
    }

    // MARK: - Builds that are not let in

    @Test(arguments: ["null", "truncated", "half", "no manifest"])
    func `a build that is not let in takes nothing away, and a good one is taken up afterwards`(how: String) throws {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        #expect(place.reaches("completed", place.begin(Self.short, at: served)))
        let own = place.folder.path + "/diary"
        switch how {
        case "null": place.install(BuiltPlugins.diary("2.0.0", "-DDIARY_BROKEN"))
        case "truncated":
            place.install(BuiltPlugins.diary("2.0.0"))
            let handle = try #require(FileHandle(forWritingAtPath: own + "/libdiary.so"))
            try handle.truncate(atOffset: 4000)
        case "half":
            place.install(BuiltPlugins.diary("2.0.0"))
            try FileManager.default.removeItem(atPath: own + "/libdiary.so")
        default:
            place.install(BuiltPlugins.diary("2.0.0"))
            try FileManager.default.removeItem(atPath: own + "/plugin.json")
        }
        let reload = Self.reload(served)
        let change = try #require(reload["changes"]?.arrayValue?.first)
        #expect(change.text("outcome") == "refused" && change["old"]?.text("version") == "1.0.0", "\(reload.text)")
        let shown = served(["plugins", "reload"]).output
        #expect(shown.contains("1.0.0 (build ") && shown.contains(" stays in use"), "\(shown)")
        #expect(served(["plugins", "list"]).output.contains("diary 1.0.0 stays in use, because "))
        #expect(place.reaches("completed", place.begin(Self.short, at: served)))
        #expect(place.lines == ["1.0.0 write new", "1.0.0 write new"])

        place.install(BuiltPlugins.diary("2.0.0"))
        #expect(Self.outcomes(Self.reload(served)) == ["diary replaced 1.0.0 2.0.0"])
        #expect(place.reaches("completed", place.begin(Self.short, at: served)))
        #expect(place.lines.last == "2.0.0 write new")
        #expect(!served(["plugins", "list"]).output.contains("stays in use"))
    }

    @Test func `what is new is added, what is away is gone, and a run that needs it goes on with its copy`() throws {
        let place = Place()
        let served = ServedArcadia(place.arcadia)
        place.install(BuiltPlugins.diary("1.0.0"))
        #expect(Self.outcomes(Self.reload(served)) == ["diary added  1.0.0"])
        let id = place.begin(Self.waiting)
        #expect(place.waits(id))
        place.remove()
        #expect(Self.outcomes(Self.reload(served)) == ["diary gone 1.0.0 "])
        #expect(served(["plugins", "list"]).output.contains("diary   1.0.0    gone    1 run goes on with it"))
        #expect(place.arcadia("check", place.arcadia.folder.file("s.json", Self.short)).code == 65)
        place.go()
        #expect(place.reaches("rolled_back", id))
        #expect(place.lines == Self.old)
        let unknown = served(["plugins", "reload", "no-such"])
        #expect(unknown.code == 69 && unknown.errors.contains("there is no plugin \"no-such\""), "\(unknown.errors)")
        let here = place.arcadia("plugins", "reload")
        #expect(here.code == 64 && here.errors.contains("no server is chosen"))
    }

    @Test func `a host that a new build ends while it is read loses no run, and the old one's go on`() {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        let id = place.begin(Self.waiting)
        #expect(place.waits(id))
        // In the host's own process: its `create` is the moment in the middle of the reload.
        place.install(BuiltPlugins.diary("2.0.0", "-DDIARY_KILLS"))
        served.kill(SIGHUP)
        #expect(served.waitUntilExit() == -SIGKILL)
        place.go()
        #expect(place.arcadia("resume").code == 0)
        #expect(place.run(id)?.text("status") == "rolled_back")
        #expect(place.lines == Self.old)
    }

    // MARK: - Versions that stand in

    @Test func `without the old version a run is held up until one is there that says it can go on`() throws {
        let place = Place()
        let id = try lost(place, then: BuiltPlugins.diary("2.0.0"))
        #expect(
            place.blocked(id)?.replacing(/build [0-9a-f]{8}/, with: "build #")
                == "step \"pause\" is for diary 1.0.0 (build #), which the run began with and is gone; diary 2.0.0 does not say that it can go on for it (`continues` in its plugin.json). Put 1.0.0 back into its folder, or a version that says so; then `arcadia plugins reload` and `arcadia resume`"
        )
        place.install(BuiltPlugins.diary("1.1.0", says: #""continues": ["1.0.0"],"#))
        place.go()
        #expect(place.arcadia("resume").code == 0)
        #expect(place.run(id)?.text("status") == "rolled_back")
        #expect(
            place.lines == [
                "1.0.0 write first", "1.1.0 write pause", "1.1.0 write last", "1.1.0 erase last", "1.1.0 erase pause",
                "1.1.0 erase first",
            ])
    }

    @Test func `who says that it compensates takes back, and does not go on`() throws {
        let place = Place()
        let id = try lost(place, then: BuiltPlugins.diary("2.0.0", says: #""compensates": ["1.0.0"],"#))
        #expect(place.blocked(id)?.contains("(`continues` in its plugin.json)") == true)
        #expect(place.arcadia("runs", "cancel", id, "--reason", "enough").code == 1)
        #expect(place.run(id)?.text("status") == "rolled_back")
        #expect(place.lines == ["1.0.0 write first", "2.0.0 erase pause", "2.0.0 erase first"])
    }

    @Test func `the same version built anew stands in for one that is gone`() throws {
        let place = Place()
        let id = try lost(place, then: BuiltPlugins.diary("1.0.0", "-DANEW"))
        place.go()
        #expect(place.arcadia("resume").code == 0)
        #expect(place.reaches("rolled_back", id))
        #expect(place.lines == Self.old)
    }

    /// A run that waits, its version gone from folder and store, and another installed.
    private func lost(_ place: Place, then built: String) throws -> String {
        place.install(BuiltPlugins.diary("1.0.0"))
        let id = stopped(place)
        place.install(built)
        try FileManager.default.removeItem(atPath: place.arcadia.data + "/store")
        let host = place.arcadia.start("resume")
        defer {
            kill(host.processIdentifier, SIGKILL)
            host.waitUntilExit()
        }
        if built.contains("2_0_0") { #expect(place.blocked(id) != nil) }
        return id
    }

    /// A run that waits, and nobody drives it.
    private func stopped(_ place: Place) -> String {
        let served = ServedArcadia(place.arcadia)
        let id = place.begin(Self.waiting)
        #expect(place.waits(id))
        served.stop()
        return id
    }

    // MARK: - Programs

    @Test(
        .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "there is no /usr/bin/python3"))
    func `an old version of a program has the modules it began with`() throws {
        let place = Place(trusted: false)
        let own = place.folder.path + "/notes"
        func install(_ word: String, _ version: String) throws {
            let example = Fixtures.repository.path + "/sdk/examples/python/notes"
            try? FileManager.default.removeItem(atPath: own)
            try FileManager.default.createDirectory(atPath: own + "/parts", withIntermediateDirectories: true)
            let text = try String(contentsOfFile: example + "/notes", encoding: .utf8)
                .replacingOccurrences(of: "import hashlib\n", with: "import hashlib\nimport parts.words\n")
                .replacingOccurrences(of: #"call["with"]["text"]"#, with: "parts.words.WORD")
            try text.write(toFile: own + "/notes", atomically: true, encoding: .utf8)
            chmod(own + "/notes", 0o755)
            try "WORD = '\(word)'\n".write(toFile: own + "/parts/words.py", atomically: true, encoding: .utf8)
            try String(contentsOfFile: example + "/plugin.json", encoding: .utf8)
                .replacingOccurrences(of: #""version": "1.0.0""#, with: #""version": "\#(version)""#)
                .write(toFile: own + "/plugin.json", atomically: true, encoding: .utf8)
        }
        try install("old", "1.0.0")
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        let note = #"{ "uses": "notes.add", "with": { "text": "x" } }"#
        let id = place.begin("[\(note), { \"uses\": \"diary.wait\" }, \(note)]")
        #expect(place.waits(id))
        try install("new", "1.0.1")
        #expect(Self.outcomes(Self.reload(served)) == ["notes replaced 1.0.0 1.0.1"])
        #expect(place.reaches("completed", place.begin("[\(note)]")))
        place.go()
        #expect(place.reaches("completed", id))
        #expect(place.arcadia.folder.tree("data/notes").values.sorted() == ["new\n", "old\n", "old\n"])
    }

    // MARK: - Clearing away

    @Test func `prune keeps what is installed and what a run holds, and removes it when nobody needs it`() throws {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let id = stopped(place)
        place.install(BuiltPlugins.diary("2.0.0"))
        func prune(_ words: String...) -> JSONValue {
            Command.run(Arcadia.program, place.arcadia.arguments(["plugins", "prune", "--output", "json"] + words))
                .json ?? .null
        }
        func versions(_ prune: JSONValue, _ key: String) -> [String] {
            (prune[key]?.arrayValue ?? []).filter { $0.text("plugin") == "diary" }
                .map { "\($0.text("version")): \($0.text("why"))" }
        }
        #expect(versions(prune(), "kept") == ["1.0.0: 1 run under way goes on with it"])
        place.go()
        #expect(place.arcadia("resume").code == 0)
        #expect(place.run(id)?.text("status") == "rolled_back")
        #expect(place.lines == Self.old)
        #expect(place.arcadia("run", place.arcadia.folder.file("s.json", Self.short)).code == 0)

        let rehearsal = prune("--dry-run")
        #expect(versions(rehearsal, "removed") == ["1.0.0: "])
        #expect(versions(rehearsal, "kept") == ["2.0.0: it is installed"])
        let shown = place.arcadia("plugins", "show", "diary").output
        #expect(shown.contains("\n2.0.0 *  ") && shown.contains("\n1.0.0    "), "\(shown)")
        #expect(
            shown.split(separator: "\n").filter { $0.hasPrefix("1.0.0") || $0.hasPrefix("2.0.0") }.allSatisfy {
                $0.count <= 80
            })
        let text = place.arcadia("plugins", "prune").output
        #expect(text.contains("1 copy with ") && text.contains(" kB removed\n"), "\(text)")
        #expect(versions(prune(), "removed") == [])
        #expect(!place.arcadia("plugins", "show", "diary").output.contains("1.0.0"))
        #expect(place.arcadia("run", place.arcadia.folder.file("s.json", Self.short)).code == 0)
        let audit = place.arcadia("audit", "list", "--output", "json").json?["events"]?.arrayValue ?? []
        #expect(audit.filter { $0.text("action") == "plugin.prune" }.count == 3)
    }

    @Test func `what a failed run would be taken back with is kept, unless it is said for how long`() throws {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        _ = place.arcadia.folder.file("data/diary/diary.stuck", "")
        let (code, _, _) = place.arcadia.run(
            #"[{ "uses": "diary.write", "compensation": { "retry": { "max_attempts": 1 } } }, "core.fail"]"#)
        #expect(code == 2)
        place.install(BuiltPlugins.diary("2.0.0"))
        #expect(
            place.arcadia("plugins", "prune").output.contains("kept: 1 run that failed can be taken back with it"))
        #expect(place.arcadia("plugins", "prune", "--keep-days", "1").output.contains("kept: 1 run that failed"))
        #expect(place.arcadia("plugins", "prune", "--keep-days", "0").output.contains(" removed\n"))
        #expect(!place.arcadia("plugins", "prune", "--keep-days", "0").output.contains("diary   1.0.0"))
    }

    @Test func `what a host has loaded is kept, and what a prune that was killed left is cleared away`() throws {
        let place = Place()
        place.install(BuiltPlugins.diary("1.0.0"))
        let served = ServedArcadia(place.arcadia)
        #expect(place.reaches("completed", place.begin(Self.short)))
        // The host has not been told to read it: 1.0.0 is what it goes on with.
        place.install(BuiltPlugins.diary("2.0.0"))
        #expect(place.arcadia("plugins", "prune").output.contains("kept: a host has it loaded"))
        #expect(place.reaches("completed", place.begin(Self.short)))
        #expect(place.lines == ["1.0.0 write new", "1.0.0 write new"])
        let there = served(["plugins", "prune", "--dry-run", "--output", "json"])
        #expect(there.json?["dry_run"] == true, "\(there.errors)")
        served.stop()
        let left = place.arcadia.data + "/store/.gone.\(String(repeating: "a", count: 64)).1"
        try FileManager.default.createDirectory(atPath: left + "/diary", withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: left + "/diary/libdiary.so", contents: Data("x".utf8))
        #expect(place.arcadia("plugins", "prune").output.contains("1 copy with "))
        #expect(!FileManager.default.fileExists(atPath: left))
    }
}
