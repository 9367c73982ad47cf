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
    /// | read inventory, runs, definitions, plugins, schedules | yes | yes | yes | yes |
    /// | submit runs, cancel, retry, signal | | yes | yes | yes |
    /// | mark steps as compensated, abandon runs | | | yes | yes |
    /// | write definitions, read the audit log | | | of its tenant | yes |
    /// | release, disable, reload and prune plugins, act on schedules, drift, billing, metrics | | | | yes |
    ///
    /// A plugin and a schedule serve every tenant of the host, so only the platform changes them. Drift and billing are of
    /// the whole account.
    public var permissions: Set<Permission> {
        switch self {
        case .viewer: [.readInventory, .readRuns, .readDefinitions, .readPlugins, .readSchedules]
        case .operator: Role.viewer.permissions.union([.submitRuns, .actOnRuns])
        case .tenantAdmin: Role.operator.permissions.union([.settleRuns, .writeDefinitions, .readAudit])
        case .platformAdmin: Set(Permission.allCases)
        }
    }

    public func may(_ permission: Permission) -> Bool { permissions.contains(permission) }
}
