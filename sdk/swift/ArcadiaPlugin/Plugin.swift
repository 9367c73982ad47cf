/// A plugin: what it is called, what it can do, and how it was configured. One in a library.
///
/// ```swift
/// struct Greeter: Plugin {
///     static let id = "greeter"
///     static let version = "1.0.0"
///     static let operations: [any Operation<Greeter>.Type] = [Greet.self]
///
///     struct Config: Decodable, Sendable { var base_url: String }
///     let config: Config
///     init(config: Config) { self.config = config }
/// }
///
/// @c @implementation
/// public func arcadia_plugin_entry_v1(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
///     Greeter.entry(host)
/// }
/// ```
///
/// The host makes one instance for a configuration and shares it between its threads.
public protocol Plugin: Sendable, SendableMetatype {
    /// What the operator may set; the keys are as in JSON, checked against the manifest's schema before.
    associatedtype Config: Decodable & Sendable = NoConfig

    /// Must equal plugin.json. eg: "greeter"
    static var id: String { get }

    /// Must equal plugin.json. eg: "1.0.0"
    static var version: String { get }

    /// Everything that plugin.json lists, in any order.
    static var operations: [any Operation<Self>.Type] { get }

    /// Takes the configuration; throws ``StepFailure`` with `.config` to refuse it, naming the key.
    init(config: Config) throws

    /// Could operations work now? Under a second, changes nothing, throws what is wrong. Without one: always.
    func health(_ call: HostCall) throws
}

extension Plugin {
    /// Always well.
    public func health(_ call: HostCall) throws {}
}

/// The configuration of a plugin that has none.
///
/// ```swift
/// init(config: NoConfig) {}
/// ```
public struct NoConfig: Decodable, Sendable {
    /// Nothing to say.
    public init() {}
}
