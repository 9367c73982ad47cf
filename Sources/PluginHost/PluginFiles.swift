internal import Glibc
internal import SagaCore

/// What a plugin consists of: the files of its folder that a host keeps a copy of, and by whose bytes a build is told from
/// another.
///
/// Of a plugin with a library: plugin.json, the library, and the folders `definitions` and `resources`; the rest of such a
/// folder is most likely what it was built from. Of a program: everything, for nobody knows what it imports. Names that
/// begin with a dot, and `__pycache__`, never belong to it.
struct PluginFiles {
    struct File {
        /// From the plugin's folder on. eg: "resources/words.txt"
        let path: String
        let bytes: [UInt8]
        let isExecutable: Bool
    }

    /// In the order of their paths.
    let files: [File]
    /// SHA-256 over the paths, the bytes and who may run what, in hex.
    let hash: String

    /// Of what lies beside plugin.json and the library or program.
    static let byteLimit = 64 << 20
    static let countLimit = 4096
    /// The folders of a plugin with a library that belong to it.
    static let folders = ["definitions", "resources"]

    static let manifest = "plugin.json"

    /// - Parameter folder: the plugin's own.
    init(reading folder: String, of manifest: PluginManifest) throws(PluginRefusal) {
        var reader = Reader(folder: folder)
        if manifest.program == nil {
            for name in [Self.manifest, manifest.fileName] { try reader.read(name) }
            for name in Self.folders { try reader.readAll(below: name) }
        } else {
            try reader.readAll(below: "")
        }
        self.init(reader.files)
    }

    private init(_ files: [File]) {
        self.files = files.sorted { $0.path < $1.path }
        var hash = ContentHash()
        func add(_ text: String) { Array(text.utf8).withUnsafeBytes { hash.update($0) } }
        add("arcadia plugin 1\n")
        for file in self.files {
            add("\(file.bytes.contentHash) \(file.isExecutable ? "x" : "-") \(file.path)\n")
        }
        self.hash = hash.hex()
    }

    func file(_ path: String) -> File? { files.first { $0.path == path } }

    private struct Reader {
        let folder: String
        var files: [File] = []
        var bytes = 0

        mutating func read(_ path: String) throws(PluginRefusal) {
            let (content, mode) = try FileTrust.readWithMode(folder + "/" + path)
            files.append(File(path: path, bytes: content, isExecutable: mode & S_IXUSR != 0))
        }

        /// - Parameter place: a folder within the plugin's; "": all of it.
        mutating func readAll(below place: String) throws(PluginRefusal) {
            for name in FolderListing.names(in: place.isEmpty ? folder : folder + "/" + place)
            where name != "__pycache__" {
                let path = place.isEmpty ? name : place + "/" + name
                // A link to a folder is none: reading it as a file is refused.
                guard !FileTree.isFolder(folder + "/" + path) else {
                    try readAll(below: path)
                    continue
                }
                try read(path)
                bytes += files[files.count - 1].bytes.count
                guard bytes <= PluginFiles.byteLimit, files.count <= PluginFiles.countLimit else {
                    throw PluginRefusal(.folderTooLarge(bytes: bytes, files: files.count), path: folder)
                }
            }
        }
    }
}
