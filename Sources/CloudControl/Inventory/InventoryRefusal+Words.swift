extension InventoryRefusal {
    public var code: String {
        switch self {
        case .unknown: "inventory.unknown_resource"
        case .ambiguous: "inventory.ambiguous_resource"
        case .unknownProject: "inventory.unknown_project"
        case .tenantName: "inventory.tenant_name"
        }
    }

    public var message: String {
        switch self {
        case .unknown(let text):
            "no resource is called \"\(text)\"; expected a resource_id such as \"digitalocean:droplet:3164444\", an id of the provider, or the name of a live resource"
        case .ambiguous(let text, let candidates):
            "\"\(text)\" may be \(Self.list(candidates)); expected a name that only one resource has"
        case .tenantName(let text):
            "\"\(text)\" can be no tenant's name; expected 1 to 128 bytes without spaces and control characters"
        case .unknownProject(let text):
            "no project is called \"\(text)\"; expected its name, or its id at the provider"
        }
    }

    public var hint: String? {
        switch self {
        case .unknown: "`arcadia inventory list` shows what there is; `arcadia inventory sync` looks again"
        case .ambiguous: "use the resource_id"
        case .unknownProject: "`arcadia projects list` shows what there is; `arcadia inventory sync` looks again"
        case .tenantName: nil
        }
    }

    private static func list(_ candidates: [String]) -> String {
        let quoted = candidates.prefix(10).map { "\"\($0)\"" }
        let more = candidates.count > 10 ? " or others" : ""
        guard let last = quoted.last, quoted.count > 1, more.isEmpty else {
            return quoted.joined(separator: ", ") + more
        }
        return quoted.dropLast().joined(separator: ", ") + " or " + last
    }
}
