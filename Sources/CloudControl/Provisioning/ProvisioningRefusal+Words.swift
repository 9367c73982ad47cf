extension ProvisioningRefusal {
    public var code: String {
        switch self {
        case .notProvisioned: "provisioned.unknown"
        case .empty: "provisioned.empty"
        }
    }

    public var message: String {
        switch self {
        case .notProvisioned(let resourceID): "nothing was asked of \"\(resourceID)\", so there is no desired state"
        case .empty: "the desired state has no field; expected at least one, such as size_slug"
        }
    }

    public var hint: String? {
        switch self {
        case .notProvisioned(let resourceID): "`arcadia provisioned set \(resourceID) FIELD=VALUE` records one"
        case .empty: "`arcadia provisioned remove` takes the whole desired state away"
        }
    }
}
