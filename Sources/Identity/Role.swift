/// What somebody is here. In the order of what they may do: each may do what the ones before it may.
public enum Role: String, Sendable, Hashable, CaseIterable {
    case viewer
    case `operator`
    case tenantAdmin = "tenant_admin"
    case platformAdmin = "platform_admin"
}

extension Role {
    /// The table of who may do what; the one place where it stands.
    ///
    /// | | viewer | operator | tenant_admin | platform_admin |
    /// |---|---|---|---|---|
    /// | read inventory, runs, definitions, plugins | yes | yes | yes | yes |
    /// | submit and control runs | | yes | yes | yes |
    /// | read the audit log | | | of its tenant | yes |
    /// | write definitions, control plugins, schedules, drift, billing | | | | yes |
    ///
    /// A saved definition, a plugin and a schedule serve every tenant of the host, so only the platform changes them.
    /// Drift and billing are of the whole account.
    public var permissions: Set<Permission> {
        switch self {
        case .viewer: [.readInventory, .readRuns, .readDefinitions, .readPlugins]
        case .operator: Role.viewer.permissions.union([.submitRuns, .controlRuns])
        case .tenantAdmin: Role.operator.permissions.union([.audit])
        case .platformAdmin: Set(Permission.allCases)
        }
    }

    public func may(_ permission: Permission) -> Bool { permissions.contains(permission) }
}
