internal import PluginHost
internal import SagaCore

/// What a plugin can change while it is tried, made anew for each try: the folders it asks for, and the server.
final class World: Sendable {
    /// The plugin's, with the folders and the server's address in it.
    let config: JSONValue
    private let folders: [String]
    private let exam: Examination

    init(_ exam: Examination) {
        self.exam = exam
        let manifest = exam.manifest!
        var config = exam.sheet.config
        var folders: [String] = []
        for rule in manifest.capabilities.files {
            guard let key = PluginCapabilities.configKey(rule.path), config[key] == nil else { continue }
            let folder = exam.workshop.folder(key)
            for (name, text) in exam.sheet.folders[key] ?? [:] { Tree.write(text, to: name, below: folder) }
            config[key] = .string(folder)
            folders.append(folder)
        }
        if let server = exam.server, let key = exam.sheet.server?.urlKey {
            server.prepare()
            config[key] = .string(server.url)
        }
        self.folders = folders
        self.config = manifest.config.fillingDefaults(in: .object(config))
    }

    deinit { for folder in folders { FileTree.remove(folder) } }

    /// Can it be seen what a plugin changes?
    static func isVisible(_ exam: Examination) -> Bool {
        let hasFolders = exam.manifest!.capabilities.files.contains { PluginCapabilities.configKey($0.path) != nil }
        return hasFolders || exam.server?.hasState == true || !exam.needsHTTP
    }

    /// Everything that counts of it.
    func look() -> JSONValue {
        var seen = JSONObject()
        for (index, folder) in folders.enumerated() {
            for (path, what) in Tree.read(folder).sorted(by: { $0.key < $1.key }) {
                guard !exam.sheet.ignore.contains(where: { path == $0 || path.hasPrefix($0 + "/") }) else { continue }
                seen["\(index)/\(path)"] = .string(what)
            }
        }
        seen["server"] = exam.server?.state
        return .object(seen)
    }

    /// Is it like this, or becomes so within a moment? What a server does on its own takes its time.
    func becomes(_ wanted: JSONValue) -> Bool {
        let end = ContinuousClock.now.advanced(by: .seconds(exam.server == nil ? 0 : 3))
        while true {
            if look().sameJSON(as: wanted) { return true }
            guard ContinuousClock.now < end else { return false }
            Pause.milliseconds(20)
        }
    }

    /// The first thing that is different from how it was. eg: "\"a.txt\" is there, and was not"
    func difference(from before: JSONValue) -> String {
        let now = look()
        for (key, value) in now.objectValue ?? [:] where key != "server" {
            guard let was = before[key] else { return "\"\(key.dropFirst(2))\" is there, and was not" }
            if was != value { return "\"\(key.dropFirst(2))\" is another" }
        }
        for (key, _) in before.objectValue ?? [:] where key != "server" && now[key] == nil {
            return "\"\(key.dropFirst(2))\" is gone"
        }
        return "the server has \(String((now["server"] ?? .null).text.prefix(300)))"
    }
}
