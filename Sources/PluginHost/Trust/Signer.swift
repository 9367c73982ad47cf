internal import Crypto
internal import SagaCore

/// Somebody whose signatures count, by a name of the operator's and a key.
package struct Signer: Sendable, Hashable {
    package let name: String
    /// Ed25519, 32 bytes, in base64.
    package let key: String

    package init(name: String, key: String) { (self.name, self.key) = (name, key) }

    init(_ reader: ManifestReader) throws(PluginRefusal.Fact) {
        try reader.checkKeys(["name", "key"])
        self.init(name: try reader.string("name"), key: try reader.string("key"))
        try Self.check(name: name, at: reader.place + "name")
        guard PublicKey(base64: key) != nil else {
            throw .manifestKey(reader.place + "key", found: "\"\(key)\"", expected: PublicKey.expected)
        }
    }

    var json: JSONValue { ["name": .string(name), "key": .string(key)] }
}

/// A key that signatures are held against.
package struct PublicKey: Sendable, Hashable {
    package let bytes: [UInt8]

    static let expected = "an Ed25519 key, 32 bytes in base64"
    /// What stands before the key in a SubjectPublicKeyInfo (RFC 8410).
    static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]

    init?(bytes: [UInt8]) {
        guard bytes.count == 32, (try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)) != nil else {
            return nil
        }
        self.bytes = bytes
    }

    package init?(base64 text: String) {
        guard let bytes = [UInt8](base64: text) else { return nil }
        self.init(bytes: bytes)
    }

    /// From PEM as openssl writes it (`openssl pkey -pubout`), or from base64 alone.
    package init?(text: String) {
        if let der = PEM.content(of: text, label: "PUBLIC KEY") {
            guard der.starts(with: Self.prefix) else { return nil }
            self.init(bytes: Array(der.dropFirst(Self.prefix.count)))
        } else {
            self.init(base64: PEM.trimmed(text))
        }
    }

    package var base64: String { bytes.base64 }
    package var pem: String { PEM.text(Self.prefix + bytes, label: "PUBLIC KEY") }

    func accepts(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes)
        return key?.isValidSignature(signature, for: message) == true
    }
}

/// A key that signs.
package struct SigningKey: Sendable {
    private let key: Curve25519.Signing.PrivateKey

    /// What stands before the key in a PKCS #8 file as openssl writes it (RFC 8410).
    private static let prefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    package init() { key = Curve25519.Signing.PrivateKey() }

    /// From PEM as openssl writes it (`openssl genpkey -algorithm ed25519`).
    package init?(pem text: String) {
        guard let der = PEM.content(of: text, label: "PRIVATE KEY"), der.count == 48, der.starts(with: Self.prefix),
            let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: der.dropFirst(Self.prefix.count))
        else { return nil }
        self.key = key
    }

    package var pem: String { PEM.text(Self.prefix + Array(key.rawRepresentation), label: "PRIVATE KEY") }
    package var publicKey: PublicKey { PublicKey(bytes: Array(key.publicKey.rawRepresentation))! }

    func signature(of message: [UInt8]) -> [UInt8]? { (try? key.signature(for: message)).map { Array($0) } }
}

/// RFC 7468, as far as keys need it.
enum PEM {
    /// Nil: there is no such block.
    static func content(of text: String, label: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline).map { trimmed(String($0)) }
        guard let begin = lines.firstIndex(of: "-----BEGIN \(label)-----"),
            let end = lines[begin...].firstIndex(of: "-----END \(label)-----")
        else { return nil }
        return [UInt8](base64: lines[(begin + 1)..<end].joined())
    }

    static func text(_ bytes: [UInt8], label: String) -> String {
        let digits = Array(bytes.base64)
        let lines = stride(from: 0, to: digits.count, by: 64).map { String(digits[$0..<min($0 + 64, digits.count)]) }
        return "-----BEGIN \(label)-----\n\(lines.joined(separator: "\n"))\n-----END \(label)-----\n"
    }

    static func trimmed(_ text: String) -> String {
        String(text.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
