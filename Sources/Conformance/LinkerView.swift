internal import Glibc
internal import PluginHost

/// What the dynamic linker of this machine would find for a library, without asking it.
struct LinkerView {
    /// Libraries that are nowhere.
    private(set) var missing: [String] = []
    /// Every name that those it needs have for it.
    private(set) var exports: Set<String> = []

    init(_ facts: LibraryFacts, folder: String) {
        var waiting = facts.needed.map { (name: $0, paths: facts.runPaths) }
        var seen: Set<String> = []
        while let (name, paths) = waiting.popLast() {
            guard seen.insert(name).inserted else { continue }
            guard let path = Self.find(name, paths, folder: folder) else {
                missing.append(name)
                continue
            }
            guard let bytes = try? PluginFolder.bytes(of: path), let found = try? LibraryFacts(bytes) else { continue }
            exports.formUnion(found.exports)
            exports.formUnion(found.unique)
            waiting += found.needed.map { ($0, found.runPaths) }
        }
    }

    private static func find(_ name: String, _ paths: [String], folder: String) -> String? {
        guard !name.contains("/") else { return access(name, R_OK) == 0 ? name : nil }
        let own = paths.map { $0.replacing("${ORIGIN}", with: folder).replacing("$ORIGIN", with: folder) }
        return (own + standard).map { $0 + "/" + name }.first { access($0, R_OK) == 0 }
    }

    /// The linker's own folders, and those that its configuration names.
    private static let standard: [String] = {
        let configured = FolderListing.names(in: "/etc/ld.so.conf.d").flatMap { name -> [String] in
            let bytes = (try? PluginFolder.bytes(of: "/etc/ld.so.conf.d/" + name)) ?? []
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
        }
        return configured.filter { $0.hasPrefix("/") } + ["/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib"]
    }()
}
