internal import SagaCore

/// What `plugin.sig` says: whose key, and the signature, in two lines.
///
/// ```
/// ed25519 <the public key, 32 bytes in base64>
/// <the signature, 64 bytes in base64>
/// ```
///
/// What is signed is these four lines, each with its newline: `arcadia plugin signature v1`, `id: mail`, `version: 1.2.0`,
/// `hash: h1:…`. The first keeps the signature from being taken for one of anything else.
package struct PluginSignature: Sendable {
    let key: PublicKey
    let bytes: [UInt8]

    static let byteLimit = 1024

    /// Nil: it has another form.
    init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.byteLimit, let text = String(validating: bytes, as: UTF8.self) else { return nil }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 3, lines[2].isEmpty, lines[0].hasPrefix("ed25519 "),
            let key = PublicKey(base64: String(lines[0].dropFirst("ed25519 ".count))),
            let signature = [UInt8](base64: String(lines[1])), signature.count == 64
        else { return nil }
        (self.key, self.bytes) = (key, signature)
    }

    private init(key: PublicKey, bytes: [UInt8]) { (self.key, self.bytes) = (key, bytes) }

    static func message(id: String, version: String, hash: String) -> [UInt8] {
        Array("arcadia plugin signature v1\nid: \(id)\nversion: \(version)\nhash: \(hash)\n".utf8)
    }

    var text: String { "ed25519 \(key.base64)\n\(bytes.base64)\n" }

    /// Signs a plugin's folder, for its author: writes `plugin.sig` into it.
    ///
    /// - Returns: what was signed.
    package static func sign(
        folder: String, with key: SigningKey
    ) throws(PluginRefusal) -> (id: String, version: String, hash: String) {
        let bundle = PluginBundle(reading: folder)
        if let refusal = bundle.refusal { throw refusal }
        guard let manifest = bundle.manifest else { throw PluginRefusal(.noManifest, path: folder) }
        let contents = try FolderContents(reading: folder)
        guard contents.files[manifest.fileName] != nil else {
            throw PluginRefusal(.noLibrary(manifest.fileName), path: folder)
        }
        let message = message(id: manifest.id, version: manifest.version, hash: contents.hash)
        guard !manifest.version.contains("\n"), let bytes = key.signature(of: message) else {
            throw PluginRefusal(.signatureUnreadable, path: folder)
        }
        let signature = PluginSignature(key: key.publicKey, bytes: bytes)
        let path = folder + "/" + FolderContents.signatureName
        do throws(PluginRefusal.Fact) {
            try DurableFile.put(Array(signature.text.utf8), at: path, mode: 0o644)
        } catch {
            throw PluginRefusal(error, path: path)
        }
        return (manifest.id, manifest.version, contents.hash)
    }
}
