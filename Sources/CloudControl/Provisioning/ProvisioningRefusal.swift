/// Why desired state cannot be read or written.
public enum ProvisioningRefusal: CloudRefusal, Hashable {
    /// Nothing was asked of the resource.
    case notProvisioned(String)
    /// No field is given, or none would be left.
    case empty
}
