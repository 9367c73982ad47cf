/// A kind of resource and the operation that lists it: the operations whose kind is `inventory` in the plugin's manifest.
public struct InventoryKind: Sendable, Hashable {
    /// As the resources say it. eg: "droplet"
    public let kind: String
    /// Without the plugin's id. eg: "inventory.droplets"
    public let operation: String

    public init(kind: String, operation: String) {
        self.kind = kind
        self.operation = operation
    }

    /// The kind as the operation's name tells it: `inventory.droplets` lists droplets.
    ///
    /// Nil where the name is not `inventory.` and a plural with s.
    public init?(operation: String) {
        let prefix = "inventory."
        guard operation.hasPrefix(prefix), operation.hasSuffix("s"), operation.utf8.count > prefix.utf8.count + 1 else {
            return nil
        }
        self.init(kind: String(operation.dropFirst(prefix.count).dropLast()), operation: operation)
    }
}
