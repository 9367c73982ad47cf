/// `/v2/tags`
enum TagEndpoints {
    static let routes = [
        Route("GET", "tags", scope: "tag:read") { account, call in
            call.list("tags", account.tags.values) { account.json($0, call: call) }
        },
        Route("POST", "tags", scope: "tag:create", create),
        Route("GET", "tags/{name}", scope: "tag:read") { account, call throws(ProviderError) in
            .json(["tag": account.json(try tag(call, account), call: call)])
        },
        Route("DELETE", "tags/{name}", scope: "tag:delete", delete),
        Route("POST", "tags/{name}/resources", scope: "tag:create") { account, call throws(ProviderError) in
            try change(&account, call, isAdding: true)
        },
        Route("DELETE", "tags/{name}/resources", scope: "tag:delete") { account, call throws(ProviderError) in
            try change(&account, call, isAdding: false)
        },
    ]

    private static func tag(_ call: Call, _ account: Account) throws(ProviderError) -> Tag {
        guard let tag = account.tags[call.path[2]] else { throw .notFound }
        return tag
    }

    private static func create(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        guard let body = JSON(parsing: call.body), let name = body["name"]?.string else {
            throw .badTag("name is required")
        }
        guard Tag.isName(name) else { throw .badTag("name contains invalid characters") }
        let canonical = account.useTag(name)
        return .json(["tag": account.json(account.tags[canonical]!, call: call)], status: 201)
    }

    private static func delete(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        account.deleteTag(try tag(call, account).name)
        return .nothing
    }

    private static func change(_ account: inout Account, _ call: Call, isAdding: Bool) throws(ProviderError) -> Answer {
        let name = try tag(call, account).name
        guard let resources = try call.object()["resources"]?.array else {
            throw .badRequest("resources is required")
        }
        for resource in resources {
            guard let id = resource["resource_id"]?.string ?? resource["resource_id"]?.integer.map(String.init) else {
                throw .badRequest("resource_id is required")
            }
            try change(&account, name, resource["resource_type"]?.string ?? "", id, isAdding, call)
        }
        return .nothing
    }

    private static func change(
        _ account: inout Account, _ name: String, _ type: String, _ id: String, _ isAdding: Bool, _ call: Call
    ) throws(ProviderError) {
        switch type {
        case "droplet":
            guard let number = Int(id), account.droplets[number] != nil else { throw .notFound }
            account.droplets[number]?.tags.removeAll { $0.name == name }
            guard isAdding else { return }
            account.droplets[number]?.tags.append(.init(name: name, visibleAt: call.now + account.timing.tagLag))
            account.tags[name]?.lastDroplet = number
        case "volume":
            guard account.volumes[id] != nil else { throw .notFound }
            account.volumes[id]?.tags.removeAll { $0 == name }
            guard isAdding else { return }
            account.volumes[id]?.tags.append(name)
            account.tags[name]?.lastVolume = id
        case "image", "volume_snapshot":
            try changeImage(&account, name, id, isAdding)
        default: throw .badRequest("resource_type \"\(type)\" cannot be tagged")
        }
    }

    private static func changeImage(_ account: inout Account, _ name: String, _ id: String, _ isAdding: Bool)
        throws(ProviderError)
    {
        let added = isAdding ? [name] : []
        if account.snapshots[id] != nil {
            account.snapshots[id]?.tags.removeAll { $0 == name }
            account.snapshots[id]?.tags += added
        } else if let number = Int(id), account.uploads[number] != nil {
            account.uploads[number]?.tags.removeAll { $0 == name }
            account.uploads[number]?.tags += added
        } else {
            throw .notFound
        }
        if isAdding { account.tags[name]?.lastImage = Int(id) }
    }
}
