internal import Crypto
internal import Glibc
internal import SagaCore

/// The files of a plugin's folder, each read once: what is in them, and the hash over all of them.
///
/// The hash is the one of Go's `dirhash.HashDir(folder, "", dirhash.Hash1)`, without the signature, which signs it:
/// `h1:` and the base64 of the SHA-256 of the lines `<SHA-256 of the file, hex>  <name>\n`, sorted by name.
package struct FolderContents: Sendable {
    /// SHA-256 in hex by the name within the folder. eg: ["plugin.json": "9f86…", "definitions/hello.json": "60303…"]
    package let files: [String: String]
    /// Of those that were asked for.
    package let bytes: [String: [UInt8]]
    /// What `plugin.sig` holds; nil: there is none.
    let signature: [UInt8]?

    static let signatureName = "plugin.sig"
    static let fileLimit = PluginFiles.countLimit
    /// Beside what is kept there may lie as much again: what it was built from, say.
    static let byteLimit = 1 << 30

    /// - Parameter isKept: whether a file's bytes are wanted.
    /// - Throws: what others can write to, and whatever is no file and no folder.
    package init(reading folder: String, keeping isKept: (String) -> Bool = { _ in false }) throws(PluginRefusal) {
        var reading = Reading(root: folder)
        try reading.read("", isKept)
        signature = reading.signature
        (files, bytes) = (reading.files, reading.bytes)
    }

    /// eg: "h1:uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="
    package var hash: String { Self.hash(of: files) }

    static func hash(of files: [String: String]) -> String {
        // By bytes, as `LC_ALL=C sort` does.
        let names = files.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let lines = names.map { "\(files[$0] ?? "")  \($0)\n" }.joined()
        return "h1:" + Array(SHA256.hash(data: Array(lines.utf8))).base64
    }
}

private struct Reading {
    let root: String
    var files: [String: String] = [:]
    var bytes: [String: [UInt8]] = [:]
    var signature: [UInt8]?
    private var byteCount = 0

    init(root: String) { self.root = root }

    /// - Parameter prefix: of the folder within the plugin's, with the slash at its end. eg: "definitions/"
    mutating func read(_ prefix: String, _ isKept: (String) -> Bool) throws(PluginRefusal) {
        for name in try Self.names(in: root + "/" + prefix) {
            let path = root + "/" + prefix + name
            var status = stat()
            guard lstat(path, &status) == 0 else { throw PluginRefusal(.unreadable(systemError()), path: path) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR:
                try FileTrust.check(status, path: path)
                try read(prefix + name + "/", isKept)
            case S_IFREG: try take(prefix + name, byteCount: Int(status.st_size), isKept)
            default: throw PluginRefusal(.notARegularFile, path: path)
            }
        }
    }

    private mutating func take(_ name: String, byteCount: Int, _ isKept: (String) -> Bool) throws(PluginRefusal) {
        self.byteCount += byteCount
        guard files.count < FolderContents.fileLimit, self.byteCount <= FolderContents.byteLimit else {
            throw PluginRefusal(.folderTooLarge(bytes: self.byteCount, files: files.count), path: root)
        }
        let content = try FileTrust.read(root + "/" + name)
        guard name != FolderContents.signatureName else {
            signature = content
            return
        }
        files[name] = content.contentHash
        if isKept(name) { bytes[name] = content }
    }

    /// Everything, hidden or not, but `.` and `..`.
    private static func names(in folder: String) throws(PluginRefusal) -> [String] {
        guard let stream = opendir(folder) else { throw PluginRefusal(.unreadable(systemError()), path: folder) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
            guard let name = String(validating: bytes, as: UTF8.self), !name.contains("\n") else {
                throw PluginRefusal(.oddFileName(String(decoding: bytes, as: UTF8.self)), path: folder)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
