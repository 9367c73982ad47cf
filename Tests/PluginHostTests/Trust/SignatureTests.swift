import ArcadiaTesting
import Foundation
import PluginHost
import Testing

/// Signatures, held against openssl, which knows nothing of us.
@Suite struct SignatureTests {
    private let plugin = MarkedPlugin()
    private let key = SigningKey()
    private var acme: Signer { Signer(name: "acme", key: key.publicKey.base64) }

    private func sign(_ key: SigningKey? = nil) throws {
        _ = try PluginSignature.sign(folder: plugin.folder, with: key ?? self.key)
    }

    private var signature: [String] {
        let text = (try? String(contentsOfFile: plugin.folder + "/plugin.sig", encoding: .utf8)) ?? ""
        return text.components(separatedBy: "\n")
    }

    /// What is signed, written down by hand.
    private var message: String {
        get throws {
            """
            arcadia plugin signature v1
            id: marked
            version: 1.0.0
            hash: \(try FolderContents(reading: plugin.folder).hash)

            """
        }
    }

    @Test(.enabled(if: Toolchain.has("openssl"))) func `openssl verifies what we sign`() throws {
        try sign()
        let files = plugin.place
        let signed = files.path + "/signature"
        try #require(Data(base64Encoded: signature[1])).write(to: URL(fileURLWithPath: signed))
        let words = [
            "openssl", "pkeyutl", "-verify", "-pubin", "-inkey", files.file("key.pub", key.publicKey.pem), "-rawin",
            "-in", files.file("message", try message), "-sigfile", signed,
        ]
        let result = Toolchain.run(words)
        #expect(result.output == "Signature Verified Successfully\n", "\(result.errors)")
        _ = files.file("message", try message + "\n")
        #expect(Toolchain.run(words).code != 0)
    }

    @Test(.enabled(if: Toolchain.has("openssl"))) func `we verify what openssl signs, with a key that it made`() throws
    {
        let files = plugin.place
        let own = files.path + "/own.pem"
        #expect(Toolchain.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", own]).code == 0)
        let pem = try #require(files.text("own.pem"))
        let key = try #require(SigningKey(pem: pem))
        #expect(key.pem == pem)
        #expect(Toolchain.run(["openssl", "pkey", "-in", own, "-pubout"]).output == key.publicKey.pem)
        #expect(PublicKey(text: key.publicKey.pem) == key.publicKey)
        let words = ["openssl", "pkeyutl", "-sign", "-inkey", own, "-rawin", "-in", files.file("message", try message)]
        #expect(Toolchain.run(words + ["-out", files.path + "/signature"]).code == 0)
        let signature = try Data(contentsOf: files.url.appendingPathComponent("signature")).base64EncodedString()
        plugin.write("ed25519 \(key.publicKey.base64)\n\(signature)\n", to: "plugin.sig")
        let trust = plugin.trust(signers: [Signer(name: "own", key: key.publicKey.base64)], isRequired: true)
        #expect(plugin.word(trust) == "loaded")
        #expect(plugin.entry(trust).signer == "own")
    }

    @Test(arguments: ["README.md", "definitions/nods.json", "libmarked.so", "plugin.json"])
    func `whichever file is changed, the signature is wrong, whoever is trusted`(name: String) throws {
        try sign()
        plugin.append(" ", to: name)
        #expect(
            plugin.word(plugin.trust(signers: [acme]))
                == "refused: plugin.signature_wrong: its signature is not one of \"acme\" for what lies there")
        #expect(
            plugin.word(plugin.trust())
                == "refused: plugin.signature_wrong: its signature is not one for what lies there")
    }

    @Test func `a signature is of one version of one plugin`() throws {
        try sign()
        let signature = signature.joined(separator: "\n")
        plugin.put("1.1.0")
        plugin.write(signature, to: "plugin.sig")
        #expect(plugin.word(plugin.trust()).hasPrefix("refused: plugin.signature_wrong"))
    }

    @Test func `a signature by a stranger counts as none, and the stranger's key is told`() throws {
        try sign()
        let stranger = SigningKey()
        let others = [Signer(name: "other", key: stranger.publicKey.base64)]
        #expect(plugin.word(plugin.trust(signers: others)) == "loaded")
        #expect(plugin.entry(plugin.trust(signers: others)).signer == nil)
        let trust = plugin.trust(signers: others, isRequired: true)
        #expect(
            plugin.word(trust)
                == "refused: plugin.signer_unknown: only signed plugins are let in here, and it is signed with a key that is not trusted, \(acme.key)"
        )
        #expect(
            plugin.entry(trust).refusal?.hint
                == "if you trust whoever signed it: `arcadia plugins trust NAME --key \(acme.key)`")
    }

    @Test func `where a signature is asked for, an unsigned plugin is not let in`() throws {
        #expect(
            plugin.word(plugin.trust(signers: [acme], isRequired: true))
                == "refused: plugin.unsigned: only signed plugins are let in here, and it has no plugin.sig")
        #expect(
            plugin.word(plugin.trust(try plugin.lock(), signers: [acme], isRequired: true)).hasPrefix(
                "refused: plugin.unsigned"))
        try sign()
        #expect(plugin.word(plugin.trust(signers: [acme], isRequired: true)) == "loaded")
    }

    @Test(arguments: [
        "", "ed25519", "ed25519 x\ny\n", "rsa KEY\nSIG\n", "ed25519 KEY\nSIG", "ed25519 KEY\nSIG\n\n",
        "ed25519  KEY\nSIG\n",
        "ed25519 KEY\r\nSIG\r\n", "ed25519 KEY\nKEY\n", "\u{FEFF}ed25519 KEY\nSIG\n",
    ])
    func `a plugin.sig of another form is refused, never taken for none`(text: String) throws {
        try sign()
        let lines = signature
        let text = text.replacingOccurrences(of: "KEY", with: acme.key).replacingOccurrences(of: "SIG", with: lines[1])
        plugin.write(text, to: "plugin.sig")
        #expect(
            plugin.word(plugin.trust(signers: [acme]))
                == "refused: plugin.signature_unreadable: plugin.sig is no signature; expected the two lines that `arcadia plugins sign` writes"
        )
    }

    @Test func `a plugin.sig of megabytes, a link, and a folder are no signatures either`() throws {
        plugin.write(String(repeating: "x", count: 3 << 20), to: "plugin.sig")
        #expect(plugin.word(plugin.trust()).hasPrefix("refused: plugin.signature_unreadable"))
        plugin.remove("plugin.sig")
        symlink("/nowhere", plugin.folder + "/plugin.sig")
        #expect(plugin.word(plugin.trust()).hasPrefix("refused: plugin.not_a_regular_file"))
    }

    @Test func `the lock holds a plugin to its signer`() throws {
        try sign()
        let lock = try plugin.lock(signers: [acme])
        #expect(lock.plugins["marked"]?.signer == acme)
        #expect(plugin.word(plugin.trust(lock, signers: [acme])) == "loaded")
        #expect(
            plugin.word(plugin.trust(lock))
                == "modified: plugin.modified: it is not what was locked: \"acme\" had signed it, and now it is signed by nobody who is trusted here"
        )
        let other = SigningKey()
        try sign(other)
        let both = [acme, Signer(name: "evil", key: other.publicKey.base64)]
        #expect(
            plugin.word(plugin.trust(lock, signers: both))
                == "modified: plugin.modified: it is not what was locked: \"acme\" had signed it, and now it is signed by \"evil\""
        )
        let candidate = try LockCandidate(reading: plugin.folder, trust: plugin.trust(lock, signers: both))
        let change = LockChange(candidate, old: lock.plugins["marked"])
        #expect(change.consents == ["\"evil\" signed it; what was locked was signed by \"acme\""])
        // Who was locked without a signature may have one now.
        #expect(plugin.word(plugin.trust(try plugin.lock(), signers: both)) == "loaded")
    }

    @Test func `private keys of another kind or form are none`() {
        #expect(SigningKey(pem: "") == nil)
        #expect(SigningKey(pem: key.publicKey.pem) == nil)
        #expect(SigningKey(pem: key.pem.replacingOccurrences(of: "MC4CAQAw", with: "MC4CAQEw")) == nil)
        #expect(PublicKey(text: key.pem) == nil)
        #expect(PublicKey(text: " \(acme.key)\n")?.base64 == acme.key)
        #expect(PublicKey(base64: "AAAA") == nil)
    }
}
