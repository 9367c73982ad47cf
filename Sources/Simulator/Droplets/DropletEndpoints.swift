/// `/v2/droplets`, without its actions
enum DropletEndpoints {
    static let routes = [
        Route("GET", "droplets", scope: "droplet:read", list),
        Route("POST", "droplets", scope: "droplet:create", create),
        Route("DELETE", "droplets", scope: "droplet:delete", deleteTagged),
        Route("GET", "droplets/{id}", scope: "droplet:read", get),
        Route("DELETE", "droplets/{id}", scope: "droplet:delete", delete),
        Route("GET", "droplets/{id}/snapshots", scope: "droplet:read", snapshots),
        Route("GET", "droplets/{id}/backups", scope: "droplet:read", backups),
    ]

    /// Without graphics processors unless `type=gpus`.
    private static func list(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let (tag, name, type) = (call.query["tag_name"], call.query["name"]?.lowercased(), call.query["type"])
        if tag != nil { try call.require("tag:read") }
        guard tag == nil || (name == nil && type == nil) else {
            throw .badRequest("tag_name cannot be combined with name or type")
        }
        var droplets = account.shownDroplets(at: call.now)
        if let tag {
            droplets.removeAll { !$0.hasTag(tag, at: call.now) }
        } else {
            droplets.removeAll { $0.size.isGraphics != (type == "gpus") }
        }
        if let name { droplets.removeAll { $0.name.lowercased() != name } }
        return call.list("droplets", droplets) { $0.json(at: call.now) }
    }

    private static func create(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let order = try DropletOrder(try call.object(), account: account, call: call)
        if order.tags.contains(where: { account.tag(like: $0) == nil }) { try call.require("tag:create") }
        let created = order.names.map { account.createDroplet(order, name: $0, call: call) }
        let links = created.map { made in
            JSON.object([
                .init(key: "id", value: .integer(made.action)), .init(key: "rel", value: "create"),
                .init(key: "href", value: .string("\(call.base)/v2/actions/\(made.action)")),
            ])
        }
        let droplets = created.compactMap { account.droplets[$0.droplet]?.json(at: call.now) }
        let key = order.isMultiple ? "droplets" : "droplet"
        return .json(
            [key: order.isMultiple ? .array(droplets) : droplets[0], "links": ["actions": .array(links)]], status: 202)
    }

    private static func get(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        .json(["droplet": try account.readDroplet(try call.id(2), at: call.now).json(at: call.now)])
    }

    private static func delete(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let droplet = try account.usableDroplet(try call.id(2), at: call.now)
        account.deleteDroplet(droplet.id, at: call.now)
        return .nothing
    }

    private static func deleteTagged(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        try call.require("tag:read")
        guard let tag = call.query["tag_name"], !tag.isEmpty else { throw .badRequest("tag_name is required") }
        guard account.tags[tag] != nil else { throw .notFound }
        for droplet in account.livingDroplets where droplet.hasTag(tag, at: call.now) {
            account.deleteDroplet(droplet.id, at: call.now)
        }
        return .nothing
    }

    private static func snapshots(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let droplet = try account.readDroplet(try call.id(2), at: call.now)
        let shown = droplet.snapshotIDs.compactMap { account.snapshots[String($0)] }
        return call.list("snapshots", shown, \.dropletJSON)
    }

    private static func backups(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let droplet = try account.readDroplet(try call.id(2), at: call.now)
        let shown = droplet.backupIDs.compactMap { account.snapshots[String($0)] }
        return call.list("backups", shown, \.dropletJSON)
    }
}
