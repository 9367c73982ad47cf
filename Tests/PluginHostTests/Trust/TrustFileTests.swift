import ArcadiaTesting
import Foundation
import PluginHost
import SagaCore
import Testing

/// Files that say who is let in, and what is wrong with them: said in a sentence, and never taken for no file.
@Suite struct TrustFileTests {
    private let folder = TemporaryFolder()

    /// The sentence without the path; nil: the file is good.
    private func lock(_ text: String) -> String? {
        problem { path throws(TrustFileProblem) in _ = try PluginLock(path: path) }(text)
    }

    private func signers(_ text: String) -> String? {
        problem { path throws(TrustFileProblem) in _ = try Signers(path: path) }(text)
    }

    private func problem(_ read: @escaping (String) throws(TrustFileProblem) -> Void) -> (String) -> String? {
        { text in
            let path = folder.file("file.json", text)
            do throws(TrustFileProblem) {
                try read(path)
                return nil
            } catch {
                return error.message.replacingOccurrences(of: path, with: "…")
            }
        }
    }

    private static let hash = String(repeating: "0", count: 64)
    private static func entry(_ rest: String) -> String {
        #"{"lock_version": 1, "plugins": {"m": {"version": "1", "abi": "1.0", \#(rest)}}}"#
    }

    @Test(arguments: [
        ("", "…:1:1: the text is empty; expected a JSON value"),
        (
            #"{"lock_version": 1, "plugins": {"m": {"#,
            "…:1:39: the text ends inside an object; expected a key in double quotes or \"}\""
        ),
        ("[]", "…: it is array; expected an object"),
        (#"{"plugins": {}}"#, "…: there is no `lock_version`"),
        (#"{"lock_version": 2, "anything": 1}"#, "…: its lock_version is 2; this host reads up to 1"),
        (#"{"lock_version": "1"}"#, "…: `lock_version` is string; expected a whole number"),
        (#"{"lock_version": 1, "plugin": {}}"#, "…: \"plugin\" is not a key of this file"),
        (#"{"lock_version": 1, "plugins": []}"#, "…: `plugins` is array; expected an object"),
        (#"{"lock_version": 1, "plugins": {"m": 1}}"#, "…: `plugins.m` is integer; expected an object"),
        (#"{"lock_version": 1, "plugins": {"m": {}}}"#, "…: there is no `plugins.m.version`"),
        (
            #"{"lock_version": 1, "plugins": {"m": {}, "m": {}}}"#,
            "…:1:42: \"m\" stands twice in one object, first on line 1"
        ),
        (entry(#""signer": "acme""#), "…: `plugins.m.signer` is string; expected an object"),
        (
            entry(#""signer": {"name": "acme", "key": "x"}"#),
            "…: `plugins.m.signer.key` is \"x\"; expected an Ed25519 key, 32 bytes in base64"
        ),
        (
            entry(#""capabilities": {"network": true}"#),
            "…: \"plugins.m.capabilities.network\" is not a key of this file"
        ),
        (
            entry(#""capabilities": {"processes": "yes"}"#),
            "…: `plugins.m.capabilities.processes` is string; expected true or false"
        ),
        (
            entry(#""capabilities": {"http": [{"host": 1}]}"#),
            "…: `plugins.m.capabilities.http[0].host` is integer; expected a string"
        ),
        (
            entry(#""capabilities": {"placement": "anywhere"}"#),
            "…: `plugins.m.capabilities.placement` is \"anywhere\"; expected one of \"in_process\", \"worker\""
        ),
        (entry(#""platforms": {"linux-x86_64": {}}"#), "…: there is no `plugins.m.platforms.linux-x86_64.hash`"),
        (
            entry(#""platforms": {"linux-x86_64": {"hash": "h1:x", "files": {"a": "b"}}}"#),
            "…: `plugins.m.platforms.linux-x86_64.files.a` is \"b\"; expected a SHA-256 in hex"
        ),
        (
            entry(#""platforms": {"linux-x86_64": {"hash": "h1:x", "files": {"a": "\#(hash)"}}}"#),
            "…: the hash in `plugins.m.platforms.linux-x86_64` is not that of the files listed there: it was changed by hand"
        ),
    ])
    func `a lock file that is wrong is told what is wrong with it`(text: String, message: String) {
        #expect(lock(text) == message)
    }

    @Test(arguments: [
        (#"{"signers": {"acme": 1}}"#, "…: `signers.acme` is 1; expected an Ed25519 key, 32 bytes in base64"),
        (
            #"{"signers": {"acme": "AAAA"}}"#,
            "…: `signers.acme` is \"AAAA\"; expected an Ed25519 key, 32 bytes in base64"
        ),
        (#"{"require_signature": "true"}"#, "…: `require_signature` is string; expected true or false"),
        (#"{"require_signatures": true}"#, "…: \"require_signatures\" is not a key of this file"),
        ("null", "…: it is null; expected an object"),
    ])
    func `so is a file of signers`(text: String, message: String) {
        #expect(signers(text) == message)
    }

    @Test func `a key that is nearly right is told the right one`() {
        let path = folder.file("signers.json", #"{"require_signatures": true}"#)
        let problem = #expect(throws: TrustFileProblem.self) { try Signers(path: path) }
        #expect(problem?.hint == "did you mean \"require_signature\"?")
    }

    @Test func `a file that others may write to says who is let in to nobody`() {
        let path = folder.file("lock.json", #"{"lock_version": 1}"#)
        chmod(path, 0o666)
        let problem = #expect(throws: TrustFileProblem.self) { try PluginLock(path: path) }
        #expect(
            problem?.message
                == "\(path): others may write to it (mode 0666); whoever can write it decides which plugins are let in")
        #expect(problem?.hint == "`chmod go-w \(path)`, if you trust what is in it")
    }

    @Test func `a file of 20 MB is not read to its end, and a folder is none`() throws {
        let path = folder.file("lock.json", String(repeating: " ", count: 20 << 20))
        let problem = #expect(throws: TrustFileProblem.self) { try PluginLock(path: path) }
        #expect(problem?.message == "\(path): it has more than 16777216 bytes, which is the most")
        let other = #expect(throws: TrustFileProblem.self) { try PluginLock(path: folder.path) }
        #expect(other?.message == "\(folder.path): it is not a regular file; links and devices are not followed")
        #expect(try PluginLock(path: folder.path + "/none.json") == nil)
    }

    @Test func `bytes that are no text, and brackets without end, are no lock`() throws {
        let path = folder.file("lock.json", "")
        try Data([0xFF, 0xFE, 0x7B]).write(to: URL(fileURLWithPath: path))
        let problem = #expect(throws: TrustFileProblem.self) { try PluginLock(path: path) }
        #expect(problem?.message == "\(path): it is not UTF-8")
        #expect(lock(String(repeating: #"{"plugins":"#, count: 100_000))?.contains("levels") == true)
    }

    @Test func `what is written reads back, in one order, whoever wrote it, and through a link`() throws {
        let plugin = MarkedPlugin("1.1.0")
        let entry = try #require(try plugin.lock().plugins["marked"])
        let path = folder.path + "/real.json"
        let link = folder.path + "/link.json"
        symlink(path, link)
        _ = folder.file("real.json", #"{"lock_version": 1, "plugins": {}}"#)
        for ids in [["b", "a"], ["c"]] {
            PluginLock.change(link, orTrouble: { fatalError($0.message) }) { lock in
                for id in ids { lock.plugins[id] = entry }
            }
        }
        let lock = try #require(try PluginLock(path: path))
        #expect(lock.plugins == ["a": entry, "b": entry, "c": entry])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
        let text = try #require(folder.text("real.json"))
        let ids = text.components(separatedBy: "\n").filter { $0.hasPrefix("    \"") }.map { $0.prefix(7) }
        #expect(ids == ["    \"a\"", "    \"b\"", "    \"c\""])
        #expect(FileManager.default.enumerator(atPath: folder.path)?.allObjects.count == 2)
    }

    @Test func `many who write at once lose nothing`() throws {
        let entry = try #require(try MarkedPlugin().lock().plugins["marked"])
        let path = folder.path + "/lock.json"
        DispatchQueue.concurrentPerform(iterations: 64) { number in
            PluginLock.change(path, orTrouble: { fatalError($0.message) }) { $0.plugins["p\(number)"] = entry }
        }
        #expect(try PluginLock(path: path)?.plugins.count == 64)
    }

    @Test func `of two files of signers both count, the second where both name somebody; either asks for signatures`() {
        let keys = (0..<3).map { _ in SigningKey().publicKey }
        var (first, second) = (Signers(), Signers())
        first.signers = [Signer(name: "acme", key: keys[0].base64), Signer(name: "ada", key: keys[1].base64)]
        first.isSignatureRequired = true
        second.signers = [Signer(name: "acme", key: keys[2].base64)]
        let both = first.merging(second)
        #expect(keys.map { both.signer(of: $0)?.name } == [nil, "ada", "acme"])
        #expect(both.isSignatureRequired)
    }
}
