internal import SagaCore

/// Whose signatures count, and whether one is asked for: `signers.json`, `{"require_signature": true, "signers": {"acme":
/// "<the public key, 32 bytes in base64>"}}`.
package struct Signers: Sendable, Hashable {
    package var signers: [Signer] = []
    package var isSignatureRequired = false

    package static let fileName = "signers.json"

    package init() {}

    /// Reads the file; nobody where there is none.
    package init(path: String) throws(TrustFileProblem) {
        self = try TrustFile.read(path, Signers.init) ?? Signers()
    }

    private init(_ object: JSONObject) throws(TrustFileMistake) {
        do throws(PluginRefusal.Fact) {
            let reader = ManifestReader(object: object, place: "")
            try reader.checkKeys(["require_signature", "signers"])
            isSignatureRequired = try reader.flag("require_signature")
            for (name, value) in try reader.optionalObject("signers") ?? [:] {
                guard let text = value.stringValue, let key = PublicKey(base64: text) else {
                    throw .manifestKey("signers.\(name)", found: value.text, expected: PublicKey.expected)
                }
                try Signer.check(name: name, at: "signers.\(name)")
                signers.append(Signer(name: name, key: key.base64))
            }
        } catch {
            throw TrustFileMistake(error)
        }
    }

    /// What two files say together: where both name somebody, the other one counts. A signature is asked for where one of
    /// them asks.
    package func merging(_ other: Signers) -> Signers {
        var merged = other
        merged.signers += signers.filter { own in !other.signers.contains { $0.name == own.name } }
        merged.isSignatureRequired = isSignatureRequired || other.isSignatureRequired
        return merged
    }

    package func signer(of key: PublicKey) -> Signer? { signers.first { $0.key == key.base64 } }

    /// Changes the file under its lock.
    package static func change<Failure: Error>(
        _ path: String, orTrouble trouble: (TrustFileProblem) -> Failure,
        _ body: (inout Signers) throws(Failure) -> Void
    ) throws(Failure) {
        try TrustFile.change(path, orTrouble: trouble) { object throws(Failure) in
            var signers = Signers()
            do throws(TrustFileMistake) {
                if let object { signers = try Signers(object) }
            } catch {
                throw trouble(TrustFileProblem(error, path: path))
            }
            try body(&signers)
            return signers.json
        }
    }

    private var json: JSONObject {
        var names = JSONObject()
        for signer in signers.sorted(by: { $0.name < $1.name }) { names[signer.name] = .string(signer.key) }
        return isSignatureRequired
            ? ["require_signature": true, "signers": .object(names)] : ["signers": .object(names)]
    }
}

extension Signer {
    package static let expectedName = "up to 64 of a-z, A-Z, 0-9, ., _, @ and -"

    package static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                switch $0 {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"):
                    true
                default: "._@-".utf8.contains($0)
                }
            }
    }

    static func check(name: String, at place: String) throws(PluginRefusal.Fact) {
        guard isName(name) else { throw .manifestKey(place, found: "of that name", expected: expectedName) }
    }
}
