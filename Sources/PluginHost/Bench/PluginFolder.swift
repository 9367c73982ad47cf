internal import Glibc

/// A plugin's folder, read the way the host reads it, a question at a time. Runs nothing of it.
package struct PluginFolder: Sendable {
    package let path: String

    package init(_ path: String) { self.path = path }

    /// May nobody else have written it?
    package func checkTrust() throws(PluginRefusal) {
        try FileTrust.checkFolder(path)
        if access(path + "/plugin.json", F_OK) == 0 { _ = try FileTrust.read(path + "/plugin.json") }
    }

    package func manifest() throws(PluginRefusal) -> PluginManifest {
        let file = path + "/plugin.json"
        guard access(file, F_OK) == 0 else { throw PluginRefusal(.noManifest, path: path) }
        let bytes = try Self.bytes(of: file)
        guard bytes.count <= PluginManifest.byteLimit else {
            throw PluginRefusal(.manifestTooLarge(bytes.count), path: file)
        }
        do throws(PluginRefusal.Fact) {
            let manifest = try PluginManifest(parsing: String(decoding: bytes, as: UTF8.self))
            guard manifest.abiMajor == 1 else { throw .abiMajor(found: manifest.abiMajor, known: 1) }
            let name = path.split(separator: "/").last.map(String.init) ?? path
            guard manifest.id == name else { throw .folderIsNotID(folder: name, id: manifest.id) }
            return manifest
        } catch {
            throw PluginRefusal(error, path: path)
        }
    }

    package func libraryPath(_ manifest: PluginManifest) -> String {
        path + "/" + manifest.fileName
    }

    /// - Throws: it is not there, or not to be trusted.
    package func library(_ manifest: PluginManifest) throws(PluginRefusal) -> [UInt8] {
        let file = libraryPath(manifest)
        guard access(file, F_OK) == 0 else {
            throw PluginRefusal(.noLibrary(manifest.fileName), path: path)
        }
        return try FileTrust.read(file)
    }

    package static func checkEntry(_ library: [UInt8]) throws(PluginRefusal.Fact) {
        try ELFImage(library).checkEntry(prefix: LoadedPlugin.entryPrefix, major: 1)
    }

    /// Whoever wrote it.
    package static func bytes(of path: String) throws(PluginRefusal) -> [UInt8] {
        guard let file = fopen(path, "r") else { throw PluginRefusal(.unreadable(systemError()), path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk[..<count] }
        return bytes
    }
}
