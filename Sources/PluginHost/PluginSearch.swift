internal import Glibc
internal import SagaCore

/// Where plugins are looked for, in order; of two with one id the first counts.
public struct PluginSearch: Sendable {
    private let candidates: [String]
    /// The installation's own, as it is; nil: there is none.
    public let own: String?

    /// - Parameters:
    ///   - given: folders named on the command line, first of all.
    ///   - environment: `ARCADIA_PLUGIN_PATH` (folders, colons between), `XDG_DATA_HOME`, `HOME`.
    ///   - executable: the path of this program: `../plugins` beside its folder is the installation's own.
    public init(given: [String], environment: [String: String], executable: String?) {
        var folders = given
        folders += (environment["ARCADIA_PLUGIN_PATH"] ?? "").split(separator: ":").map(String.init)
        if let folder = Self.userFolder(environment) { folders.append(folder) }
        let beside = executable.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) + "/../plugins" } }
        own = beside.flatMap(Self.real)
        folders += beside.map { [$0] } ?? []
        folders += ["/usr/local/lib/arcadia/plugins", "/usr/lib/arcadia/plugins"]
        candidates = folders
    }

    /// Those that are there now. The same folder by two names is one folder.
    public var folders: [String] {
        var seen: Set<String> = []
        return candidates.compactMap(Self.real).filter { seen.insert($0).inserted }
    }

    /// The user's own; nil: there is no HOME.
    public static func userFolder(_ environment: [String: String]) -> String? {
        let home = environment["XDG_DATA_HOME"] ?? environment["HOME"].map { $0 + "/.local/share" }
        return home.map { $0 + "/arcadia/plugins" }
    }

    private static func real(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The plugin folders in these folders: whatever holds a plugin.json. A given folder may be a plugin's own.
    func bundles() -> [String] {
        folders.flatMap { folder -> [String] in
            if access(folder + "/plugin.json", F_OK) == 0 { return [folder] }
            return FolderListing.names(in: folder).map { folder + "/" + $0 }.filter {
                access($0 + "/plugin.json", F_OK) == 0
            }
        }
    }
}

public enum FolderListing {
    /// What lies in a folder, sorted; nothing where there is no such folder.
    ///
    /// - Parameter hidden: also what begins with a dot.
    public static func names(in folder: String, hidden: Bool = false) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name == "." || name == ".." || !hidden && name.hasPrefix(".") { continue }
            names.append(name)
        }
        return names.sorted()
    }
}
