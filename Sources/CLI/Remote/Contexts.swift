internal import Glibc
internal import SagaCore

/// The servers that a user speaks to, by name: `contexts.json` in the folder of his configuration.
struct Contexts {
    /// The word for the database of this machine.
    static let local = "local"

    private(set) var places: [(name: String, place: ServerPlace)] = []
    /// The context in use; nil: the database of this machine.
    private(set) var current: String?

    /// eg: "/home/ada/.config/arcadia/contexts.json"
    static var path: String { UserConfiguration.folder + "/contexts.json" }

    // MARK: - Reading

    /// Those there are; no file is none.
    static func read() throws(Failure) -> Contexts {
        var status = stat()
        guard stat(path, &status) == 0 else { return Contexts() }
        // Who can write it says where tokens go.
        guard status.st_uid == geteuid() || status.st_uid == 0, status.st_mode & 0o022 == 0 else {
            throw Failure(ServerTrouble.contextsOpen(path))
        }
        guard let file = fopen(path, "r") else { throw Failure(ServerTrouble.contextsUnreadable(path)) }
        defer { fclose(file) }
        guard let text = readAll(file) else { throw Failure(ServerTrouble.contextsUnreadable(path)) }
        return try Contexts(try parsed(text, of: path))
    }

    private init() {}

    private init(_ json: JSONValue) throws(Failure) {
        for (name, value) in json["contexts"]?.objectValue ?? [:] {
            guard let url = value["server"]?.stringValue, var place = try? ServerPlace(url: url) else {
                throw Failure(ServerTrouble.contextsUnreadable(Self.path))
            }
            place.tokenFile = value["token_file"]?.stringValue
            place.caFile = value["ca_file"]?.stringValue
            place.mayUsePlainHTTP = value["plain_http"]?.boolValue ?? false
            place.context = name
            places.append((name, place))
        }
        current = json["current"]?.stringValue
    }

    /// The server of a context; nil: the database of this machine.
    func place(_ name: String) throws(Failure) -> ServerPlace? {
        guard name != Self.local else { return nil }
        if let place = places.first(where: { $0.name == name })?.place { return place }
        throw Failure(ServerTrouble.noContext(name, known: places.map(\.name)))
    }

    // MARK: - Changing

    mutating func put(_ place: ServerPlace, as name: String) {
        if let index = places.firstIndex(where: { $0.name == name }) {
            places[index].place = place
        } else {
            places.append((name, place))
        }
    }

    mutating func remove(_ name: String) throws(Failure) {
        _ = try place(name)
        places.removeAll { $0.name == name }
        if current == name { current = nil }
    }

    mutating func use(_ name: String) throws(Failure) { current = try place(name) == nil ? nil : name }

    /// Writes the file whole, or leaves it as it was; nobody else may read it.
    func write() throws(Failure) {
        let path = Self.path
        let folder = String(path.prefix(upTo: path.lastIndex(of: "/")!))
        umask(0o077)
        Self.makeFolder(folder)
        let new = path + ".new"
        unlink(new)
        let text = Array((json.text(pretty: true) + "\n").utf8)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw Failure(ServerTrouble.contextsUnwritable(path, Self.systemError)) }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0, rename(new, path) == 0
        else { throw Failure(ServerTrouble.contextsUnwritable(path, Self.systemError)) }
    }

    private static func makeFolder(_ folder: String) {
        var made = ""
        for part in folder.split(separator: "/") {
            made += "/" + part
            mkdir(made, 0o700)
        }
    }

    private static var systemError: String { String(cString: strerror(errno)) }

    // MARK: - JSON

    /// `{current, contexts: {NAME: {server, token_file, ca_file, plain_http}}}`
    private var json: JSONValue {
        let contexts = places.reduce(into: JSONObject()) { $0[$1.name] = .object($1.place.json) }
        return ["current": current.map(JSONValue.string) ?? .null, "contexts": .object(contexts)]
    }

    /// `{name, server, token_file, ca_file, plain_http, in_use}`
    func json(of name: String, _ place: ServerPlace) -> JSONValue {
        var object: JSONObject = ["name": .string(name)]
        for (key, value) in place.json { object[key] = value }
        object["in_use"] = .bool(name == current)
        return .object(object)
    }
}

extension ServerPlace {
    fileprivate var json: JSONObject {
        [
            "server": .string(url), "token_file": tokenFile.map(JSONValue.string) ?? .null,
            "ca_file": caFile.map(JSONValue.string) ?? .null, "plain_http": .bool(mayUsePlainHTTP),
        ]
    }
}
