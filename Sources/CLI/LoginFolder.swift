internal import Glibc
internal import Identity
internal import SagaCore

/// The keys that running servers share with the operator of their machine: `logins/` in the data folder, a file a server.
///
/// A server holds a lock on its file, which the kernel drops when its process ends: so a key whose server is gone is told
/// from one that is good.
struct LoginFolder {
    struct Server {
        let key: LoginKey
        /// eg: "http://127.0.0.1:7070"
        let address: String
    }

    private let path: String

    /// - Parameter dataFolder: where the database is.
    init(_ dataFolder: String) { path = dataFolder + "/logins" }

    /// Servers that run now. What others left is taken away.
    func servers() -> [Server] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var servers: [Server] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasSuffix(".key"), let server = server(path + "/" + name) { servers.append(server) }
        }
        return servers.sorted { $0.address < $1.address }
    }

    /// Nil: its server is gone.
    private func server(_ path: String) -> Server? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_SH | LOCK_NB) != 0 else {
            unlink(path)
            return nil
        }
        guard let file = fdopen(dup(descriptor), "r") else { return nil }
        defer { fclose(file) }
        guard let json = readAll(file).flatMap({ try? JSONValue(parsing: $0) }),
            let key = json["key"]?.stringValue.flatMap(LoginKey.init(text:)), let address = json["address"]?.stringValue
        else { return nil }
        return Server(key: key, address: address)
    }

    /// Writes down a server that listens; it is forgotten when what is returned is.
    func add(_ server: Server) throws(Failure) -> LoginFile {
        mkdir(path, 0o700)
        let name = path + "/" + String(UInt64.random(in: 0 ... .max), radix: 36) + ".key"
        let descriptor = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let json: JSONValue = ["key": .string(server.key.text), "address": .string(server.address)]
        let text = Array((json.text + "\n").utf8)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0,
            write(descriptor, text, text.count) == text.count
        else {
            throw Failure(
                "login.unwritable", "\(name) cannot be written: \(String(cString: strerror(errno)))", exit: .disk)
        }
        return LoginFile(path: name, descriptor: descriptor)
    }
}

/// A server's key in the data folder, as long as the server runs.
final class LoginFile: Sendable {
    private let path: String
    private let descriptor: Int32

    init(path: String, descriptor: Int32) { (self.path, self.descriptor) = (path, descriptor) }

    deinit { remove() }

    /// No link is made for the server any more.
    func remove() { unlink(path) }
}
