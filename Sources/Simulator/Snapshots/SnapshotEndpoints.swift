/// `/v2/snapshots`
enum SnapshotEndpoints {
    static let routes = [
        Route("GET", "snapshots", scope: "snapshot:read", list),
        Route("GET", "snapshots/{id}", scope: "snapshot:read") { account, call throws(ProviderError) in
            .json(["snapshot": try account.snapshot(call.path[2]).json])
        },
        Route("DELETE", "snapshots/{id}", scope: "snapshot:delete") { account, call throws(ProviderError) in
            try account.deleteSnapshot(call.path[2], at: call.now)
            return .nothing
        },
    ]

    /// There is no way to ask for a name or a tag.
    private static func list(_ account: inout Account, _ call: Call) -> Answer {
        var snapshots = account.snapshots.values.filter(\.isVisible)
        if let type = call.query["resource_type"] {
            snapshots.removeAll { snapshot in
                if case .droplet = snapshot.source { type != "droplet" } else { type != "volume" }
            }
        }
        return call.list("snapshots", snapshots, \.json)
    }
}
