internal import Glibc
internal import PluginHost
internal import SagaCore

/// What lies in a plugin's source, by content: saving without a change is none, whatever way an editor writes.
struct SourceSnapshot: Equatable {
    /// By path below the folder.
    private let files: [String: String]
    /// Of the folder and those below it that count.
    let folders: [String]

    private static let fileLimit: Int64 = 4 << 20
    private static let outputFolders: Set<String> = ["build", "target", "node_modules", "__pycache__"]
    private static let outputs = ["o", "d", "a", "so", "pyc", "swp", "swx", "swo", "tmp"]

    /// - Parameter source: of a finished plugin everything counts, else not what is built.
    init(_ source: PluginSource) {
        var walk = Walk(source)
        walk.visit(source.folder, below: "")
        (files, folders) = (walk.files, walk.folders)
    }

    /// What is new, other than it was, or gone. eg: ["greeter.c"]
    func changes(from earlier: SourceSnapshot) -> [String] {
        Set(files.keys).union(earlier.files.keys).filter { files[$0] != earlier.files[$0] }.sorted()
    }

    private struct Walk {
        let source: PluginSource
        var files: [String: String] = [:]
        var folders: [String] = []

        init(_ source: PluginSource) { self.source = source }

        mutating func visit(_ folder: String, below: String) {
            folders.append(folder)
            for name in FolderListing.names(in: folder, hidden: true) where !SourceSnapshot.isOfAnEditor(name) {
                let path = folder + "/" + name
                var status = stat()
                guard stat(path, &status) == 0 else { continue }
                switch status.st_mode & S_IFMT {
                case S_IFDIR where counts(folder: name, at: path): visit(path, below: below + name + "/")
                case S_IFREG where counts(file: name): files[below + name] = SourceSnapshot.content(path, status)
                default: break
                }
            }
        }

        private func counts(folder name: String, at path: String) -> Bool {
            var status = stat()
            guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return false }
            guard source.isBuilt else { return true }
            return !SourceSnapshot.outputFolders.contains(name)
                && !(name == source.id && PluginSource.id(in: path) != nil)
        }

        private func counts(file name: String) -> Bool {
            guard source.isBuilt, let dot = name.lastIndex(of: ".") else { return true }
            return !SourceSnapshot.outputs.contains(String(name[name.index(after: dot)...]))
        }
    }

    /// Drafts, locks and backups that come and go while one writes; 4913 is how vim tries whether it may.
    private static func isOfAnEditor(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasPrefix("#") || name.hasSuffix("~") || name == "4913"
    }

    private static func content(_ path: String, _ status: stat) -> String {
        guard status.st_size <= fileLimit, let file = fopen(path, "re") else {
            return "\(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size) + 1)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count]).contentHash
    }
}
