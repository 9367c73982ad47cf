/// Why the inventory cannot do what was asked.
public enum InventoryRefusal: CloudRefusal, Hashable {
    case unknown(String)
    /// - Parameter candidates: `resource_id` of up to 11 that could be meant.
    case ambiguous(String, [String])
    /// No project has this name or id.
    case unknownProject(String)
    /// No token could name such a tenant.
    case tenantName(String)
}
