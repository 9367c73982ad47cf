/// The full name of an operation, as a definition writes it: `files.write`.
public struct OperationName: Sendable, Hashable, CustomStringConvertible {
    public let plugin: String
    public let operation: String
    public let description: String

    public init(plugin: String, operation: String) {
        self.plugin = plugin
        self.operation = operation
        description = plugin + "." + operation
    }

    /// Reads `plugin.operation`; the operation may hold dots of its own (`digitalocean.inventory.droplets`).
    /// Nil when a part is missing or holds anything but `a-z 0-9 _ -`.
    public init?(_ text: String) {
        guard let dot = text.utf8.firstIndex(of: UInt8(ascii: ".")) else { return nil }
        let plugin = text[..<dot]
        let operation = text[text.utf8.index(after: dot)...]
        guard Self.isPlain(plugin),
            operation.split(separator: ".", omittingEmptySubsequences: false).allSatisfy(Self.isPlain)
        else { return nil }
        self.init(plugin: String(plugin), operation: String(operation))
    }

    private static func isPlain(_ part: Substring) -> Bool {
        !part.isEmpty
            && part.utf8.allSatisfy {
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                    || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
            }
    }
}

/// What a plugin's manifest says about one operation: all that a definition is checked against and a run decides by.
public struct Operation: Sendable {
    public let name: OperationName
    public let summary: String
    public let input: JSONSchema
    public let output: JSONSchema
    /// There is something to take back, and a way to.
    public let isCompensable: Bool
    /// The plugin can say what became of a call that nobody saw return.
    public let isProbeable: Bool
    /// Doing it twice under one key is the same as once, so an unknown outcome may simply be tried again.
    public let isIdempotent: Bool
    /// Once done it cannot be taken back, and the plugin says so.
    public let isIrreversible: Bool
    /// Seconds a call may take where the definition does not say; nil: no limit.
    public let timeoutSeconds: Double?
    /// The plugin can say what it would do, without doing it.
    public let isPlannable: Bool
    /// The most requests that calls of it make.
    public let apiCalls: APICalls

    /// How many requests a step makes at most, each way, of repeated looks at what it waits for one; nil: the plugin does
    /// not say.
    public struct APICalls: Sendable, Hashable {
        public let execute: Int?
        public let compensate: Int?

        public init(execute: Int?, compensate: Int?) { (self.execute, self.compensate) = (execute, compensate) }

        public static let unsaid = APICalls(execute: nil, compensate: nil)
    }

    public init(
        name: OperationName, summary: String = "", input: JSONSchema = .anything, output: JSONSchema = .anything,
        isCompensable: Bool = false, isProbeable: Bool = false, isIdempotent: Bool = false,
        isIrreversible: Bool = false, timeoutSeconds: Double? = nil, isPlannable: Bool = false,
        apiCalls: APICalls = .unsaid
    ) {
        self.name = name
        self.summary = summary
        self.input = input
        self.output = output
        self.isCompensable = isCompensable
        self.isProbeable = isProbeable
        self.isIdempotent = isIdempotent
        self.isIrreversible = isIrreversible
        self.timeoutSeconds = timeoutSeconds
        self.isPlannable = isPlannable
        self.apiCalls = apiCalls
    }
}

/// The operations of the plugins a host has, loaded or not: what a definition is checked against.
public protocol OperationCatalog: Sendable {
    func lookUp(_ name: OperationName) -> OperationLookup
    /// Every operation that could be used now, for suggestions.
    var operationNames: [OperationName] { get }
    /// The same for a run that keeps an image of the plugin, installed or not; nil: what is installed.
    func lookUp(_ name: OperationName, of image: PluginImage?) -> OperationLookup
    /// What a run that begins now is to use: the image that is installed of each of these plugins, loaded. Without those
    /// that cannot be.
    func images(of plugins: some Sequence<String>) -> [PluginImage]
    /// The most requests that a plugin's credentials are good for in an hour; nil: no limit is known.
    func requestsPerHour(of plugin: String) -> Int?
}

extension OperationCatalog {
    /// Where there is but one version of everything.
    public func lookUp(_ name: OperationName, of image: PluginImage?) -> OperationLookup { lookUp(name) }
    public func images(of plugins: some Sequence<String>) -> [PluginImage] { [] }
    public func requestsPerHour(of plugin: String) -> Int? { nil }
}

public enum OperationLookup: Sendable {
    case found(Operation)
    /// No plugin of that id in any folder that was searched.
    case noPlugin
    /// The plugin is there and was refused; the reason is a sentence. The operation, where its manifest could be read.
    case refused(reason: String, Operation?)
    /// The plugin has no such operation; these it has.
    case noOperation(known: [String])
}

/// The plugin image that did a piece of work: recorded with every executed step, so that the same one takes it back.
public struct PluginImage: Sendable, Hashable {
    public let plugin: String
    public let version: String
    /// SHA-256 of the library, in hex.
    public let hash: String

    public init(plugin: String, version: String, hash: String) {
        self.plugin = plugin
        self.version = version
        self.hash = hash
    }
}
