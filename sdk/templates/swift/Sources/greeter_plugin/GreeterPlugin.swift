import ArcadiaPlugin
import Glibc

/// Leaves greetings in a folder, and takes them back. One value, which all calls share from several threads.
struct GreeterPlugin: Plugin {
    static let id = "greeter"
    static let version = "1.0.0"
    static let operations: [any Operation<GreeterPlugin>.Type] = [Greet.self]

    struct Config: Decodable, Sendable { var folder: String }

    let folder: String

    init(config: Config) throws {
        folder = config.folder
        guard mkdir(folder, 0o777) == 0 || errno == EEXIST else {
            throw StepFailure(.config, "`folder` cannot be made: \(String(cString: strerror(errno)))", effect: .none)
        }
    }
}

/// The library's one symbol.
@c @implementation
public func arcadia_plugin_entry_v1(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
    GreeterPlugin.entry(host)
}
