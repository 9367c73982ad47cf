/// `/v2/volumes`
enum VolumeEndpoints {
    static let routes = [
        Route("GET", "volumes", scope: "block_storage:read", list),
        Route("POST", "volumes", scope: "block_storage:create", create),
        Route("GET", "volumes/{id}", scope: "block_storage:read") { account, call throws(ProviderError) in
            .json(["volume": try volume(call, account).json])
        },
        Route("DELETE", "volumes/{id}", scope: "block_storage:delete", delete),
        Route("POST", "volumes/{id}/actions", scope: "block_storage_action:create", start),
        Route("GET", "volumes/{id}/snapshots", scope: "block_storage_snapshot:read", snapshots),
        Route("POST", "volumes/{id}/snapshots", scope: "block_storage_snapshot:create", takeSnapshot),
    ]

    private static func volume(_ call: Call, _ account: Account) throws(ProviderError) -> Volume {
        guard let volume = account.volumes[call.path[2]] else { throw .notFound }
        return volume
    }

    private static func list(_ account: inout Account, _ call: Call) -> Answer {
        var volumes = account.volumes.values
        if let name = call.query["name"] { volumes.removeAll { $0.name != name } }
        if let region = call.query["region"] { volumes.removeAll { $0.region.slug != region } }
        return call.list("volumes", volumes, \.json)
    }

    private static func create(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        guard let name = body["name"]?.string, isName(name) else {
            throw .unprocessable("name must be lowercase letters, digits and hyphens, beginning with a letter")
        }
        guard let region = body["region"]?.string.flatMap(Region.named), region.isAvailable else {
            throw .unprocessable("Region is not available")
        }
        guard let size = body["size_gigabytes"]?.integer, (1...16_384).contains(size) else {
            throw .unprocessable("size_gigabytes must be between 1 and 16384")
        }
        guard !account.volumes.values.contains(where: { $0.name == name && $0.region.slug == region.slug }) else {
            throw ProviderError(409, "conflict", "a volume with that name already exists")
        }
        let volume = Volume(
            id: account.random.uuid(), name: name, description: body["description"]?.string ?? "", region: region,
            gigabytes: size, createdAt: call.now, tags: body["tags"]?.array?.compactMap(\.string) ?? [],
            filesystemType: body["filesystem_type"]?.string ?? "",
            filesystemLabel: body["filesystem_label"]?.string ?? "")
        account.add(volume, at: call.now)
        return .json(["volume": volume.json], status: 201)
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return name == name.lowercased() && DropletOrder.isHostname(name) && name.utf8.count <= 64
    }

    private static func delete(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let volume = try volume(call, account)
        guard volume.dropletIDs.isEmpty else {
            throw ProviderError(409, "conflict", "attached volume cannot be deleted")
        }
        account.volumes[volume.id] = nil
        account.assignments[volume.urn] = nil
        return .nothing
    }

    private static func start(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        let volume = try volume(call, account)
        let kind = try kind(body, volume, account, call)
        return .json(["action": account.begin(kind, in: volume.region, call: call).json], status: 202)
    }

    private static func kind(_ body: JSON, _ volume: Volume, _ account: Account, _ call: Call)
        throws(ProviderError) -> Action.Kind
    {
        switch body["type"]?.string {
        case "attach":
            let droplet = try account.usableDroplet(body["droplet_id"]?.integer ?? 0, at: call.now)
            guard volume.dropletIDs.isEmpty else { throw .unprocessable("This volume is already attached") }
            guard droplet.region.slug == volume.region.slug else {
                throw .unprocessable("Volume and Droplet must be in the same region")
            }
            return .attach(volume: volume.id, droplet: droplet.id)
        case "detach":
            guard let droplet = body["droplet_id"]?.integer, volume.dropletIDs.contains(droplet) else {
                throw .unprocessable("Attachment not found")
            }
            return .detach(volume: volume.id, droplet: droplet)
        case "resize":
            guard let size = body["size_gigabytes"]?.integer, size > volume.gigabytes else {
                throw .unprocessable("size_gigabytes must be larger than the current size")
            }
            return .grow(volume: volume.id, gigabytes: size)
        default: throw .unprocessable("You specified an invalid action type.")
        }
    }

    private static func snapshots(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let source = Snapshot.Source.volume(try volume(call, account).id)
        return call.list("snapshots", account.snapshots.values.filter { $0.source == source }, \.json)
    }

    /// A volume's snapshot is there at once.
    private static func takeSnapshot(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        let volume = try volume(call, account)
        guard let name = body["name"]?.string, !name.isEmpty else { throw .unprocessable("Name can't be blank") }
        guard !account.snapshots.values.contains(where: { $0.name == name && !$0.isDeleted }) else {
            throw ProviderError(409, "conflict", "a snapshot with that name already exists")
        }
        let snapshot = Snapshot(
            id: account.random.uuid(), name: name, createdAt: call.now, source: .volume(volume.id),
            region: volume.region, minDisk: volume.gigabytes, size: volume.gigabytes * 40, distribution: "Unknown",
            tags: body["tags"]?.array?.compactMap(\.string) ?? [], isShown: true)
        account.snapshots[snapshot.id] = snapshot
        return .json(["snapshot": snapshot.json], status: 201)
    }
}

extension Account {
    mutating func add(_ volume: Volume, at now: Moment) {
        var volume = volume
        volume.tags = volume.tags.map { useTag($0) }
        volumes[volume.id] = volume
        assign(urn: volume.urn, to: defaultProject.id, at: now)
    }
}
