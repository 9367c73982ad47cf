internal import Glibc
internal import PluginHost
internal import SagaCore

/// A temporary folder with copies of the library in it, gone when its owner is.
final class Workshop: Sendable {
    let path: String
    /// Where worlds are made.
    let worlds: String
    /// Two of them, in folders of their own; empty where there is no library.
    let copies: [String]

    init(library: [UInt8]?, id: String?) throws(CheckProblem) {
        let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array((base + "/arcadia-check-XXXXXX").utf8CString)
        guard mkdtemp(&template) != nil else { throw CheckProblem(.workshop(String(cString: strerror(errno)))) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        worlds = path + "/worlds"
        mkdir(worlds, 0o755)
        guard let library, let id else {
            copies = []
            return
        }
        copies = [path + "/one/lib\(id).so", path + "/two/lib\(id).so"]
        for folder in ["/one", "/two"] { mkdir(path + folder, 0o700) }
        for copy in copies { Tree.write(library, to: copy) }
    }

    deinit { FileTree.remove(path) }

    /// A token for whatever the plugin asks one for: the other side is not real.
    func credentials(_ manifest: PluginManifest?) -> Credentials {
        mkdir(path + "/credentials", 0o700)
        for request in manifest?.capabilities.credentials ?? [] {
            let file = path + "/credentials/" + request.name
            Tree.write(Array("a-token-of-the-check".utf8), to: file)
            chmod(file, 0o600)
        }
        return Credentials(folder: path + "/credentials")
    }

    /// A new folder of a world.
    func folder(_ name: String) -> String {
        var template = Array((worlds + "/\(name)-XXXXXX").utf8CString)
        mkdtemp(&template)
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Files and folders below a folder.
enum Tree {
    static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "we") else { return }
        defer { fclose(file) }
        _ = fwrite(bytes, 1, bytes.count, file)
    }

    /// With the folders on the way to it.
    static func write(_ text: String, to name: String, below folder: String) {
        var path = folder
        for part in name.split(separator: "/").dropLast() {
            path += "/" + part
            mkdir(path, 0o755)
        }
        write(Array(text.utf8), to: folder + "/" + name)
    }

    /// By path: what kind of thing is there, with what in it.
    static func read(_ folder: String) -> [String: String] {
        var found: [String: String] = [:]
        read(folder, prefix: "", into: &found)
        return found
    }

    private static func read(_ folder: String, prefix: String, into found: inout [String: String]) {
        for name in FolderListing.names(in: folder, hidden: true) {
            let path = folder + "/" + name
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            let mode = String(status.st_mode & 0o7777, radix: 8)
            if status.st_mode & S_IFMT == S_IFDIR {
                found[prefix + name] = "folder \(mode)"
                read(path, prefix: prefix + name + "/", into: &found)
            } else {
                found[prefix + name] = "file \(mode) \(digest(path))"
            }
        }
    }

    private static func digest(_ path: String) -> String {
        guard let file = fopen(path, "re") else { return "unreadable" }
        defer { fclose(file) }
        var hash = ContentHash()
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&chunk, 1, chunk.count, file), count > 0 {
            chunk.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return hash.hex()
    }
}
