import ArcadiaTesting
import Foundation
import SagaCore
import Testing

/// `plugins lock` and what follows from it, with the real program: what is refused leaves no mark.
@Suite struct PluginsLockTests {
    private static let mark = "marked: a line of it ran"
    private static let nod = #"["marked.nod"]"#

    /// A host whose only plugin is `marked`, where it can be tampered with.
    private struct Place {
        let plugins = TemporaryFolder()
        let arcadia: Arcadia
        var folder: String { plugins.path + "/marked" }

        init(_ version: String = "1.0.0", trusted: Bool = true) {
            arcadia = Arcadia(plugins: [plugins.path], trusted: trusted)
            put(version)
        }

        func put(_ version: String) {
            try? FileManager.default.removeItem(atPath: folder)
            try! FileManager.default.copyItem(atPath: BuiltPlugins.marked + "/" + version + "/marked", toPath: folder)
        }

        func append(_ text: String, to name: String) {
            let file = FileHandle(forUpdatingAtPath: folder + "/" + name)!
            file.seekToEndOfFile()
            file.write(Data(text.utf8))
            try! file.close()
        }

        var lockFile: String? { try? String(contentsOfFile: arcadia.data + "/plugins.lock.json", encoding: .utf8) }

        func state() -> String {
            let list = arcadia("plugins", "list", "--output", "json").json
            return list?["plugins"]?.arrayValue?.first { $0.text("id") == "marked" }?.text("state") ?? ""
        }
    }

    @Test func `who locks another build of the same version reads which files are others`() {
        let place = Place(trusted: true)
        #expect(place.arcadia("plugins", "lock", "marked").code == 0)
        place.append(" ", to: "libmarked.so")
        #expect(
            place.arcadia("plugins", "show", "marked").output.contains("lock      locked, and this is another build"))
        let (code, output) = (place.arcadia("plugins", "lock", "marked").code, place.arcadia("plugins", "lock").output)
        #expect(code == 0 && !output.contains("locked anew"))
        place.append(" ", to: "plugin.json")
        let lines = place.arcadia("plugins", "lock", "marked").output.split(separator: "\n")
        #expect(lines.contains("marked is locked anew: it is not what was locked: plugin.json differs"))
    }

    @Test(arguments: [true, false])
    func `what is not what was locked is refused before a line of it runs, here and in a worker`(trusted: Bool) {
        let place = Place(trusted: trusted)
        // The mark is seen where it is let in: in this process at once, in a worker as what it printed.
        let good = place.arcadia.run(Self.nod, "--verbose")
        #expect(good.code == 0)
        #expect(good.errors.contains(Self.mark))
        #expect(place.arcadia("plugins", "lock").code == 0)
        #expect(place.arcadia.run(Self.nod, "--frozen").code == 0)
        for name in ["libmarked.so", "plugin.json", "README.md", "definitions/nods.json"] {
            place.append(" ", to: name)
            let (code, _, errors) = place.arcadia.run(Self.nod, "--verbose")
            #expect(code == 65)
            #expect(errors.contains("it is not what was locked: \(name) differs"), "\(errors)")
            #expect(!errors.contains(Self.mark))
            #expect(place.state() == "modified")
            place.put("1.0.0")
        }
        #expect(place.arcadia.run(Self.nod).code == 0)
    }

    @Test func `frozen lets in what is locked and nothing else, by option and by variable`() {
        let place = Place()
        for (words, environment) in [(["--frozen"], [:]), ([], ["ARCADIA_FROZEN": "1"])] {
            let file = place.arcadia.folder.file("nod.json", Self.nod)
            let result = Command.run(
                Arcadia.program, place.arcadia.arguments(["run", file, "--verbose"] + words),
                environment: environment.merging(["HOME": place.arcadia.folder.path]) { a, _ in a })
            #expect(result.code == 65)
            #expect(
                result.errors.contains(
                    "only locked plugins are let in here, and there is no lock file \(place.arcadia.data)/plugins.lock.json"
                ), "\(result.errors)")
            #expect(!result.errors.contains(Self.mark))
        }
        #expect(place.arcadia("plugins", "lock").code == 0)
        #expect(place.arcadia.run(Self.nod, "--frozen").code == 0)
        let unlocked = place.arcadia("plugins", "unlock", "marked")
        #expect(unlocked.output == "plugin \"marked\" is no longer locked\n")
        #expect(place.arcadia.run(Self.nod, "--frozen").code == 65)
        #expect(place.arcadia.run(Self.nod).code == 0)
    }

    @Test(arguments: ["yes", "true", "2", " 1"])
    func `a variable that nobody can mean leaves no door open`(value: String) {
        let place = Place()
        for name in ["ARCADIA_FROZEN", "ARCADIA_REQUIRE_SIGNATURE"] {
            let result = place.arcadia("plugins", "list", environment: [name: value])
            #expect(result.code == 64)
            #expect(result.errors == "error: \(name) is \"\(value)\"; expected 1, or nothing\n")
        }
    }

    @Test func `lock prints what it locks and grants; what is locked is as it was the next time`() {
        let place = Place("1.1.0")
        let first = place.arcadia("plugins", "lock", "marked")
        #expect(
            first.output == """
                PLUGIN  VERSION  SIGNER  LOCK
                marked  1.1.0    -       new
                marked may read and write files in /srv/marked
                marked may send requests to ${config.url}: GET
                marked may send requests to api.example.com: GET, POST
                marked may have the token marked.token, also from MARKED_TOKEN, added to its requests
                marked may start other programs
                marked may run in the host's own process, where you allow it
                in \(place.arcadia.data)/plugins.lock.json

                """)
        let written = place.lockFile
        let second = place.arcadia("plugins", "lock")
        #expect(second.output.contains("marked  1.1.0    -       as it was\n"))
        #expect(place.lockFile == written)
        let list = place.arcadia("plugins", "lock", "--output", "json").json
        #expect(list?["plugins"]?.arrayValue?.map { $0.text("change") } == ["same"])
    }

    @Test func `more capabilities need consent; without it nothing is written`() {
        let place = Place()
        #expect(place.arcadia("plugins", "lock").code == 0)
        let before = place.lockFile
        place.put("1.1.0")
        #expect(place.state() == "modified")
        let refused = place.arcadia("plugins", "lock")
        #expect(refused.code == 77)
        #expect(
            refused.talk == """
                marked 1.0.0 → 1.1.0
                  it asks to read and write files in /srv/marked
                  it asks to send requests to ${config.url}: GET
                  it asks to send requests to api.example.com: POST
                  it asks to have the token marked.token, also from MARKED_TOKEN, added to its requests
                  it asks to start other programs
                error: plugin "marked" asks for more than was granted, and there is nobody to ask: stdin is no terminal; nothing was changed
                hint: `--yes` agrees to all that is new

                """)
        #expect(place.lockFile == before)
        #expect(place.state() == "modified")
        let agreed = place.arcadia("plugins", "lock", "--yes")
        #expect(agreed.output.contains("marked  1.1.0    -       was 1.0.0\n"))
        #expect(place.state() == "loaded")
        place.put("1.2.0")
        #expect(place.arcadia("plugins", "lock").code == 0)
        #expect(place.state() == "loaded")
    }

    @Test func `check writes nothing, and exits with 1 for whatever differs`() {
        let place = Place()
        let unlocked = place.arcadia("plugins", "lock", "--check")
        #expect(unlocked.code == 1)
        #expect(unlocked.output == "marked: it is not locked\n")
        #expect(place.lockFile == nil)
        #expect(place.arcadia("plugins", "lock").code == 0)
        let good = place.arcadia("plugins", "lock", "--check")
        #expect((good.code, good.output) == (0, "everything is as it was locked\n"))
        place.put("1.2.0")
        let other = place.arcadia("plugins", "lock", "--check")
        #expect(other.code == 1)
        #expect(
            other.output
                == "marked: it is not what was locked: version 1.0.0 was locked and this is 1.2.0; libmarked.so and plugin.json differ\n"
        )
        try! FileManager.default.removeItem(atPath: place.folder)
        let gone = place.arcadia("plugins", "lock", "--check")
        #expect((gone.code, gone.output) == (1, "marked: it is locked, and there is no such plugin\n"))
    }

    @Test func `a lock file elsewhere is used where it is named, and missed where it is not there`() {
        let place = Place()
        let file = place.arcadia.folder.path + "/team/plugins.lock.json"
        let missing = place.arcadia("plugins", "list", "--lock-file", file)
        #expect(missing.code == 69)
        #expect(missing.errors == "error: there is no lock file \(file)\nhint: `arcadia plugins lock` makes it\n")
        _ = place.arcadia.folder.file("team/README", "")
        #expect(place.arcadia("plugins", "lock", "--lock-file", file).code == 0)
        #expect(place.arcadia.run(Self.nod, "--frozen", "--lock-file", file).code == 0)
        #expect(place.arcadia("plugins", "list", environment: ["ARCADIA_LOCK_FILE": file]).code == 0)
        #expect(place.lockFile == nil)
    }

    @Test func `a broken lock file lets nobody in, whatever the command`() {
        let place = Place()
        #expect(place.arcadia("plugins", "lock").code == 0)
        let text = place.lockFile ?? ""
        _ = place.arcadia.folder.file("data/plugins.lock.json", String(text.prefix(text.count / 2)))
        let run = place.arcadia.run(Self.nod)
        #expect(run.code == 65)
        #expect(run.errors.contains("plugins.lock.json:"))
        #expect(!run.errors.contains(Self.mark))
        for words in [["plugins", "list"], ["plugins", "lock"], ["resume"]] {
            let result = Command.run(
                Arcadia.program, place.arcadia.arguments(words), environment: ["HOME": place.arcadia.folder.path])
            #expect(result.code == 65, "\(words)")
        }
    }

    @Test func `many who lock at once lose nothing`() {
        let plugins = TemporaryFolder()
        let ids = (1...8).map { "p\($0)" }
        for id in ids {
            let manifest =
                (try? String(contentsOfFile: BuiltPlugins.marked + "/1.0.0/marked/plugin.json", encoding: .utf8))!
            _ = plugins.file("\(id)/plugin.json", manifest.replacingOccurrences(of: "\"marked\"", with: "\"\(id)\""))
            try! FileManager.default.copyItem(
                atPath: BuiltPlugins.marked + "/1.0.0/marked/libmarked.so", toPath: plugins.path + "/\(id)/lib\(id).so")
        }
        let arcadia = Arcadia(plugins: [plugins.path])
        let processes = ids.map { arcadia.start("plugins", "lock", $0) }
        for process in processes {
            process.waitUntilExit()
            #expect(process.code == 0)
        }
        let lock = try? JSONValue(parsing: arcadia.folder.text("data/plugins.lock.json") ?? "")
        #expect(lock?["plugins"]?.objectValue?.keys == ids)
    }

    @Test func `keygen, sign, trust, and a policy that asks for it`() {
        let place = Place()
        let key = place.arcadia.folder.path + "/acme.key"
        #expect(Command.run(Arcadia.program, ["plugins", "keygen", key]).code == 0)
        let attributes = try? FileManager.default.attributesOfItem(atPath: key)
        #expect(attributes?[.posixPermissions] as? Int == 0o600)
        let again = Command.run(Arcadia.program, ["plugins", "keygen", key])
        #expect((again.code, again.errors) == (64, "error: \(key) cannot be made: File exists\n"))
        let required = ["ARCADIA_REQUIRE_SIGNATURE": "1"]
        #expect(place.arcadia.run(Self.nod, environment: required).code == 65)
        let signed = Command.run(Arcadia.program, ["plugins", "sign", place.folder, "--key", key])
        #expect(signed.output.hasPrefix("marked 1.0.0 is signed: h1:"))
        #expect(place.arcadia.run(Self.nod, environment: required).errors.contains("a key that is not trusted"))
        #expect(place.arcadia("plugins", "trust", "acme", "--key", key + ".pub").code == 0)
        #expect(place.arcadia.run(Self.nod, environment: required).code == 0)
        #expect(place.arcadia("plugins", "lock").output.contains("marked  1.0.0    acme    new\n"))
        #expect(place.arcadia("plugins", "show", "marked").output.contains("  signer    acme\n  lock      locked\n"))
        #expect(place.arcadia("plugins", "trust").output.contains("acme  "))
        #expect(
            place.arcadia("plugins", "trust", "acme", "--remove").output
                == "signatures of \"acme\" no longer count here\n")
        #expect(place.state() == "modified")
        chmod(key, 0o640)
        let open = Command.run(Arcadia.program, ["plugins", "sign", place.folder, "--key", key])
        #expect(open.code == 77)
        #expect(
            open.errors.hasPrefix(
                "error: others may read \(key); expected a private key that only you can read\nhint: `chmod 600 \(key)`"
            ))
    }

    @Test func `a token that only a new version asks for is not taken while the lock does not grant it`() {
        let place = Place("1.1.0")
        #expect(place.arcadia("plugins", "lock").code == 0)
        let text = place.lockFile ?? ""
        let narrowed = text.replacingOccurrences(of: #""processes": true,"#, with: "")
        #expect(narrowed != text)
        _ = place.arcadia.folder.file("data/plugins.lock.json", narrowed)
        #expect(place.arcadia.run(Self.nod, "--frozen").code == 0)
        #expect(place.arcadia("plugins", "lock", "--check").code == 0)
    }
}
