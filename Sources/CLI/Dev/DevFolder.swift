internal import Glibc
internal import Identity
internal import SagaCore
internal import Storage

/// The data folder of `arcadia dev`: what it says leads every command that uses it to the simulated account.
struct DevFolder {
    let path: String
    private let isTemporary: Bool

    var secretFile: String { path + "/secret" }
    var tokenPolicy: TokenPolicy { TokenPolicy(algorithm: .hs256, keys: .secretFiles([secretFile])) }

    /// - Parameter given: a folder that is empty or not there; nil: a temporary one.
    init(_ given: String?) throws(Failure) {
        isTemporary = given == nil
        let wanted: String
        if let given { wanted = given } else { wanted = try Self.makeTemporary() }
        guard isTemporary || Self.isEmpty(wanted) else {
            throw Failure(
                "dev.folder_in_use", "\(wanted) has something in it; expected an empty folder, or none yet",
                hint: "`arcadia serve --data \(wanted)` serves what is there", exit: .usage)
        }
        do throws(StoreError) {
            path = try DataFolder(opening: wanted).path
        } catch {
            throw Failure(error)
        }
    }

    private static func makeTemporary() throws(Failure) -> String {
        let place = Terminal.environment("TMPDIR") ?? "/tmp"
        var template = Array("\(place)/arcadia-dev-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw Failure(
                "dev.no_folder", "no folder can be made in \(place): \(String(cString: strerror(errno)))",
                hint: "`--data DIR` names a place for it", exit: .disk)
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func isEmpty(_ path: String) -> Bool {
        access(path, F_OK) != 0 || (Wiring.isFolder(path) && names(in: path).isEmpty)
    }

    /// Everything in a folder, what is hidden too.
    private static func names(in path: String) -> [String] {
        guard let stream = opendir(path) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Where the account is, a token for it, and a secret that tokens for the API can be signed with.
    func prepare(for account: DevAccount) throws {
        let config: JSONValue = [
            "digitalocean": [
                "base_url": .string(account.address), "poll_seconds": 1, "settle_seconds": 2, "requests_per_minute": 0,
                "requests_per_hour": 0,
            ]
        ]
        try write(config.text(pretty: true) + "\n", to: "config.json")
        for purpose in ["provisioning", "sync", "billing"] {
            try write("any-token-will-do\n", to: "credentials/digitalocean.\(purpose)")
        }
        try secretwise { () throws(SharedSecretProblem) in try SharedSecret.make(file: secretFile) }
    }

    private func write(_ text: String, to name: String) throws(Failure) {
        let file = path + "/" + name
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                "dev.unwritable", "\(file) cannot be written: \(String(cString: strerror(errno)))", exit: .disk)
        }
        Terminal.write(text, to: descriptor)
        close(descriptor)
    }

    /// Takes a temporary folder away, with everything in it.
    func remove() {
        guard isTemporary else { return }
        Self.removeTree(path)
    }

    /// Links are taken away, not followed.
    private static func removeTree(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            unlink(path)
            return
        }
        for name in names(in: path) { removeTree(path + "/" + name) }
        rmdir(path)
    }
}
