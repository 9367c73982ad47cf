import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// `plugins install` and `uninstall`, with the real program and real folders.
@Suite struct PluginsInstallTests {
    private let arcadia = Arcadia(plugins: [], trusted: false)
    private var parent: String { arcadia.folder.path + "/.local/share/arcadia/plugins" }
    private func source(_ version: String) -> String { BuiltPlugins.marked + "/\(version)/marked" }

    private func installed() -> [String: String] { arcadia.folder.tree(".local/share/arcadia/plugins") }

    @Test func `installing shows what it is, asks, copies whole, locks, and runs nothing`() {
        let asked = arcadia("plugins", "install", source("1.0.0"))
        #expect(asked.code == 77)
        #expect(
            asked.talk == """
                marked 1.0.0: leaves a mark when a line of it runs
                  from      \(source("1.0.0"))
                  to        \(parent)/marked
                  signer    nobody who is trusted here
                  runs      in a worker process of its own
                  it asks to send requests to api.example.com: GET
                  it asks to run in the host's own process, where you allow it
                error: nothing was installed: there is nobody to ask, stdin is no terminal
                hint: `--yes` agrees to it

                """)
        #expect(installed().isEmpty)
        let done = arcadia("plugins", "install", source("1.0.0"), "--yes")
        #expect((done.code, done.output) == (0, "plugin \"marked\" 1.0.0 is installed and locked\n"))
        #expect(installed()["marked/README.md"] == "Says its version.\n")
        #expect(FileManager.default.contentsEqual(atPath: source("1.0.0"), andPath: parent + "/marked"))
        #expect(try! FileManager.default.contentsOfDirectory(atPath: parent) == ["marked"])
        #expect(arcadia.run(#"["marked.nod"]"#, "--frozen").code == 0)
    }

    @Test func `an upgrade shows what is new alone, and asks only then`() {
        #expect(arcadia("plugins", "install", source("1.0.0"), "--yes").code == 0)
        let refused = arcadia("plugins", "install", source("1.1.0"))
        #expect(refused.code == 77)
        #expect(refused.talk.hasPrefix("marked 1.0.0 → 1.1.0: leaves a mark when a line of it runs\n"))
        #expect(refused.errors.contains("  new: it asks to start other programs\n"))
        #expect(!refused.errors.contains("own process"))
        #expect(arcadia.run(#"["marked.nod"]"#, "--frozen").code == 0)
        let less = arcadia("plugins", "install", source("1.2.0"))
        #expect((less.code, less.output) == (0, "plugin \"marked\" 1.2.0 is installed and locked\n"))
        #expect(less.errors.contains("  it asks for nothing new\n"))
        #expect(less.errors.contains("hint: hosts that run go on with the build they have"))
        #expect(
            arcadia.run(#"["marked.nod"]"#, "--frozen").run["steps"]?.arrayValue?.first?["output"]?.text("version")
                == "1.2.0")
        #expect(try! FileManager.default.contentsOfDirectory(atPath: parent) == ["marked"])
    }

    @Test func `what somebody left who was killed is cleared away, and never taken for a plugin`() {
        _ = arcadia.folder.file(".local/share/arcadia/plugins/.arcadia-moving/marked/plugin.json", "{}")
        chmod(arcadia.folder.path + "/.local", 0o755)
        #expect(arcadia("plugins", "list").output.contains("marked") == false)
        #expect(arcadia("plugins", "install", source("1.0.0"), "--yes").code == 0)
        #expect(try! FileManager.default.contentsOfDirectory(atPath: parent) == ["marked"])
    }

    @Test func `a host that runs keeps what it has while another version is put in its place`() {
        #expect(arcadia("plugins", "install", BuiltPlugins.folder + "/core", "--yes").code == 0)
        let nap = arcadia.folder.file(
            "nap.json", #"["core.echo", { "uses": "core.sleep", "with": { "seconds": 1 } }, "core.echo"]"#)
        let host = arcadia.start("run", nap)
        #expect(arcadia.eventually { $0.newestRun().flatMap { $0.statuses.last == "suspended" ? true : nil } } == true)
        let other = TemporaryFolder()
        try! FileManager.default.copyItem(atPath: BuiltPlugins.folder + "/core", toPath: other.path + "/core")
        _ = other.file("core/README.md", "another")
        #expect(arcadia("plugins", "install", other.path + "/core").code == 0)
        host.waitUntilExit()
        #expect(host.code == 0)
    }

    @Test func `what is wrong by its files is not installed`() {
        for (name, words) in [
            ("not_elf", "it is not an ELF file"), ("other_major", "its entry is for plugin ABI 2"),
            ("manifest_unknown_key", "\"sumary\" is not a key of plugin.json"),
            ("group_writable", "others may write to it"),
        ] {
            let result = arcadia("plugins", "install", BuiltPlugins.bad + "/\(name)/\(name)", "--yes")
            #expect(result.code == 65, "\(name)")
            #expect(result.errors.contains(words), "\(result.errors)")
        }
        #expect(installed().isEmpty)
        #expect(!FileManager.default.fileExists(atPath: arcadia.data + "/plugins.lock.json"))
    }

    @Test func `an archive is installed like the folder in it`() {
        let archive = arcadia.folder.path + "/marked-1.0.0.tar.gz"
        #expect(Toolchain.run(["tar", "-czf", archive, "-C", BuiltPlugins.marked + "/1.0.0", "marked"]).code == 0)
        let result = arcadia("plugins", "install", archive, "--yes", environment: ["TMPDIR": arcadia.folder.path])
        #expect(result.code == 0, "\(result.errors)")
        #expect(FileManager.default.contentsEqual(atPath: source("1.0.0"), andPath: parent + "/marked"))
        #expect(arcadia.folder.tree().keys.contains { $0.hasPrefix("arcadia-install") } == false)
    }

    /// What a hostile archive tries, as Python's tarfile writes it.
    @Test(
        .enabled(if: Toolchain.has("python3")),
        arguments: [
            ("up", #"add("marked/plugin.json", b"{}"); add("../escaped", b"x"); add("marked/../../escaped", b"x")"#),
            ("absolute", #"add("marked/plugin.json", b"{}"); add(ROOT + "/escaped", b"x")"#),
            ("link", #"link("marked", ROOT); add("marked/escaped", b"x"); add("marked/plugin.json", b"{}")"#),
            ("inner", #"add("marked/plugin.json", b"{}"); link("marked/out", ROOT); add("marked/out/escaped", b"x")"#),
            ("hard", #"add("marked/plugin.json", b"{}"); hard("marked/libmarked.so", ROOT + "/secret")"#),
            ("two", #"add("marked/plugin.json", b"{}"); add("other/plugin.json", b"{}")"#),
            ("none", #"add("a", b"x")"#),
            ("cut", #"add("marked/plugin.json", b"{}"); cut()"#),
        ])
    func `a hostile archive installs nothing and writes nowhere`(name: String, what: String) throws {
        let place = TemporaryFolder()
        _ = place.file("secret", "secret")
        let archive = place.path + "/a.tar.gz"
        let script = """
            import tarfile, io, os
            ROOT = \"\(place.path)\"
            tar = tarfile.open("\(archive)", "w:gz")
            def add(name, data):
                info = tarfile.TarInfo(name); info.size = len(data); tar.addfile(info, io.BytesIO(data))
            def link(name, to):
                info = tarfile.TarInfo(name); info.type = tarfile.SYMTYPE; info.linkname = to; tar.addfile(info)
            def hard(name, to):
                info = tarfile.TarInfo(name); info.type = tarfile.LNKTYPE; info.linkname = to; tar.addfile(info)
            def cut():
                tar.close(); os.truncate("\(archive)", os.path.getsize("\(archive)") // 2)
            \(what)
            tar.close()
            """
        let made = Toolchain.run(["python3", "-c", script])
        #expect(made.code == 0, "\(made.errors)")
        let temporary = place.path + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: false)
        let result = arcadia("plugins", "install", archive, "--yes", environment: ["TMPDIR": temporary])
        #expect(result.code == 65, "\(result.errors)")
        #expect(installed().isEmpty)
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.path).sorted() == ["a.tar.gz", "secret", "tmp"])
    }

    @Test func `uninstalling takes it out of the folder and out of the lock`() {
        #expect(arcadia("plugins", "install", source("1.0.0"), "--yes").code == 0)
        let unknown = arcadia("plugins", "uninstall", "core")
        #expect(unknown.code == 69)
        #expect(unknown.errors.hasPrefix("error: there is no plugin \"core\" in \(parent)\n"))
        #expect(arcadia("plugins", "uninstall", "../plugins/marked").code == 69)
        let done = arcadia("plugins", "uninstall", "marked")
        #expect((done.code, done.output) == (0, "plugin \"marked\" is removed from \(parent)\n"))
        #expect(installed().isEmpty)
        #expect(arcadia("plugins", "lock", "--check").code == 0)
    }

    @Test func `a manifest that plays with the terminal is shown without its tricks`() throws {
        let place = TemporaryFolder()
        try FileManager.default.copyItem(atPath: source("1.1.0"), toPath: place.path + "/marked")
        let manifest = try #require(place.text("marked/plugin.json"))
        _ = place.file(
            "marked/plugin.json", manifest.replacingOccurrences(of: "/srv/marked", with: #"/srv/\u001b[2K\u202egood"#))
        let asked = arcadia("plugins", "install", place.path + "/marked")
        #expect(asked.code == 77)
        #expect(
            asked.errors.contains("  it asks to read and write files in /srv/\u{FFFD}[2K\u{FFFD}good\n"),
            "\(asked.errors)")
    }
}
