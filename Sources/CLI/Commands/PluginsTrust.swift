internal import ArgumentParser
internal import Glibc
internal import PluginHost
internal import SagaCore

extension PluginsCommand {
    /// `arcadia plugins trust [NAME --key FILE|BASE64]`
    struct Trust: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Name somebody whose signatures on plugins count; alone, list them.",
            discussion: """
                Keys are kept in signers.json in the data folder, with --user in your own
                configuration for every data folder. There `"require_signature": true` keeps
                out what is not signed by one of them; ARCADIA_REQUIRE_SIGNATURE=1 says the
                same. Nothing is asked of the network. Running hosts hear of it when they start
                again.

                EXAMPLES
                  arcadia plugins trust
                  arcadia plugins trust acme --key acme.pub
                  arcadia plugins trust acme --key 3q2+7wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
                  arcadia plugins trust acme --remove
                """)

        @Argument(help: "A name of yours for whoever has the key.")
        var name: String?

        @Option(help: ArgumentHelp("The public key: a PEM file, or 32 bytes in base64.", valueName: "file|base64"))
        var key: String?

        @Flag(help: "Signatures of that name no longer count.")
        var remove = false

        @Flag(help: "In your own configuration, for every data folder.")
        var user = false

        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard name != nil || (key == nil && !remove) else { throw ValidationError("expected a name, too") }
            guard name == nil || (key != nil) != remove else {
                throw ValidationError("with a name, expected either --key or --remove")
            }
            if let name, !remove, !Signer.isName(name) {
                throw ValidationError("\"\(name.printable)\" is no name; expected \(Signer.expectedName)")
            }
        }

        func run() throws {
            let wiring = Wiring(here: options)
            guard let name else { return try list(wiring) }
            let path = try file(wiring)
            if remove { return try take(name, outOf: path) }
            guard let key = PublicKey(text: Self.text(self.key ?? "")) else {
                throw Failure(
                    "trust.key", "\"\(key ?? "")\" is no public key; expected a PEM file, or 32 bytes in base64",
                    hint: "`openssl pkey -in acme.key -pubout` prints the public key of a private one", exit: .badData)
            }
            try Signers.change(path, orTrouble: { Failure($0) }) { signers throws(Failure) in
                if let other = signers.signer(of: key), other.name != name {
                    throw Failure(
                        "trust.same_key", "that key is \"\(other.name)\" already, in \(path)",
                        hint: "`arcadia plugins trust \(other.name) --remove` first", exit: .unavailable)
                }
                signers.signers.removeAll { $0.name == name }
                signers.signers.append(Signer(name: name, key: key.base64))
            }
            Terminal.print("signatures of \"\(name)\" count: \(key.base64), in \(path)")
        }

        private func file(_ wiring: Wiring) throws(Failure) -> String {
            guard user else {
                _ = try wiring.dataFolder()
                return wiring.signerFiles[1]
            }
            for folder in [
                UserConfiguration.folder.split(separator: "/").dropLast(),
                UserConfiguration.folder.split(separator: "/")[...],
            ] {
                mkdir("/" + folder.joined(separator: "/"), 0o700)
            }
            return wiring.signerFiles[0]
        }

        private func take(_ name: String, outOf path: String) throws(Failure) {
            try Signers.change(path, orTrouble: { Failure($0) }) { signers throws(Failure) in
                guard signers.signers.contains(where: { $0.name == name }) else {
                    throw Failure(
                        "trust.unknown", "\(path) names no \"\(name)\"",
                        hint: "`arcadia plugins trust` lists who is named, and where", exit: .unavailable)
                }
                signers.signers.removeAll { $0.name == name }
            }
            Terminal.print("signatures of \"\(name)\" no longer count here")
        }

        private func list(_ wiring: Wiring) throws {
            var rows: [JSONValue] = []
            var isRequired = false
            for path in wiring.signerFiles {
                let signers = try Wiring.reading { () throws(TrustFileProblem) in try Signers(path: path) }
                isRequired = isRequired || signers.isSignatureRequired
                rows += signers.signers.map {
                    ["name": .string($0.name), "key": .string($0.key), "file": .string(path)]
                }
            }
            isRequired = isRequired || wiring.environment["ARCADIA_REQUIRE_SIGNATURE"] == "1"
            let result: JSONValue = ["signers": .array(rows), "require_signature": .bool(isRequired)]
            Terminal.print(result, rows: "signers") { rows in
                for row in rows {
                    Terminal.print("\(row.shown("name"))  \(row.shown("key"))\n  in \(row.shown("file"))")
                }
                if rows.isEmpty { Terminal.say("nobody's signatures count") }
                Terminal.print(isRequired ? "what none of them signed is refused" : "a signature is not asked for")
            }
        }

        /// What the file holds, if it is one; else the text itself.
        private static func text(_ given: String) -> String {
            guard let file = fopen(given, "r") else { return given }
            defer { fclose(file) }
            return readAll(file) ?? ""
        }
    }

    /// `arcadia plugins keygen FILE`
    struct KeyGen: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "keygen", abstract: "Make a key to sign plugins with, for their author.",
            discussion: """
                FILE gets the private key (PEM, PKCS #8, mode 0600), FILE.pub the public one.
                `openssl genpkey -algorithm ed25519` makes such a key, too.

                EXAMPLE
                  arcadia plugins keygen acme.key
                """)

        @Argument(help: "The file to make.")
        var file: String

        @Option(name: .shortAndLong, help: "How the result is printed: table, json or jsonl.")
        var output: OutputFormat = .table

        func validate() throws { Terminal.output = output }

        func run() throws {
            let key = SigningKey()
            try KeyFile(file).write(key)
            let words = key.publicKey.base64
            guard output == .table else {
                return Terminal.print(json: [
                    "private_key": .string(file), "public_key": .string(file + ".pub"), "key": .string(words),
                ])
            }
            Terminal.print("\(file)  the private key: keep it\n\(file).pub  the public key: give it away")
            Terminal.print("whoever trusts you: arcadia plugins trust YOU --key \(words)")
        }
    }

    /// `arcadia plugins sign DIR --key FILE`
    struct Sign: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sign a plugin's folder, for its author: makes plugin.sig in it.",
            discussion: """
                Signed are the plugin's id, its version, and the hash over all files of the
                folder; any change of them makes the signature wrong.

                EXAMPLE
                  arcadia plugins sign build/mail --key acme.key
                """)

        @Argument(help: "The plugin's folder.")
        var folder: String

        @Option(help: ArgumentHelp("The private key, Ed25519, as openssl writes it (PEM, PKCS #8).", valueName: "file"))
        var key: String

        @Option(name: .shortAndLong, help: "How the result is printed: table, json or jsonl.")
        var output: OutputFormat = .table

        func validate() throws { Terminal.output = output }

        func run() throws {
            let key = try KeyFile(self.key).read()
            let folder = try PluginsCommand.real(folder)
            do throws(PluginRefusal) {
                let (id, version, hash) = try PluginSignature.sign(folder: folder, with: key)
                guard output == .table else {
                    return Terminal.print(json: [
                        "id": .string(id), "version": .string(version), "integrity": .string(hash),
                        "key": .string(key.publicKey.base64),
                    ])
                }
                Terminal.print("\(id) \(version.printable) is signed: \(hash)")
            } catch {
                throw Failure(error)
            }
        }
    }

    /// A folder that is there, by its real name.
    static func real(_ path: String) throws(Failure) -> String {
        guard let real = Wiring.real(path) else {
            throw Failure("plugins.no_folder", "there is no \(path)", exit: .usage)
        }
        return real
    }
}

/// A private key in a file, which nobody else may read.
private struct KeyFile {
    let path: String
    init(_ path: String) { self.path = path }

    func write(_ key: SigningKey) throws(Failure) {
        try make(path, key.pem, mode: 0o600)
        try make(path + ".pub", key.publicKey.pem, mode: 0o644)
    }

    private func make(_ path: String, _ text: String, mode: mode_t) throws(Failure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw Failure("keygen.file", "\(path) cannot be made: \(reason)", exit: .usage)
        }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
            throw Failure("keygen.file", "\(path) cannot be written", exit: .disk)
        }
    }

    func read() throws(Failure) -> SigningKey {
        guard let file = fopen(path, "r") else {
            throw Failure("sign.key", "\(path) cannot be read: \(String(cString: strerror(errno)))", exit: .usage)
        }
        defer { fclose(file) }
        var status = stat()
        guard fstat(fileno(file), &status) == 0, status.st_mode & 0o077 == 0 else {
            throw Failure(
                "sign.key_open", "others may read \(path); expected a private key that only you can read",
                hint: "`chmod 600 \(path)`, and a new key if others were here", exit: .notAllowed)
        }
        guard let text = readAll(file), let key = SigningKey(pem: text) else {
            throw Failure(
                "sign.key", "\(path) is no private key; expected Ed25519 in PEM, PKCS #8, without a password",
                hint: "`arcadia plugins keygen FILE` makes one, and so does `openssl genpkey -algorithm ed25519`",
                exit: .badData)
        }
        return key
    }
}
