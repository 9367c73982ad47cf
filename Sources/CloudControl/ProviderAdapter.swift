public import SagaCore

/// What is asked of a provider: operations of its plugin, called outside of any run. A second provider is a second plugin.
public protocol ProviderAdapter: Sendable {
    /// The plugin's id. eg: "digitalocean"
    var provider: String { get }

    /// Calls an operation and waits. Blocks the thread it is called on.
    ///
    /// - Parameter operation: without the plugin's id. eg: "inventory.droplets"
    func call(_ operation: String, _ input: JSONObject) throws(AdapterFailure) -> JSONObject
}

/// Why a provider did not answer as asked.
public struct AdapterFailure: Error, Sendable, Hashable {
    /// As plugins say it: `auth denied not_found rate network remote timeout …`
    public let code: String
    /// One line for an operator.
    public let message: String
    /// The HTTP status; 0: none.
    public let remoteStatus: Int

    public init(code: String, message: String, remoteStatus: Int = 0) {
        self.code = code
        self.message = message
        self.remoteStatus = remoteStatus
    }
}
