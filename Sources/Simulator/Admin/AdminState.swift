extension Account {
    /// What exists now. What was deleted and is only still shown is left out.
    var state: JSON {
        let droplets = livingDroplets
        let snapshots = snapshots.values.filter { !$0.isDeleted }
        let running = actions.values.filter { $0.status == .inProgress }
        return [
            "counts": [
                "droplets": .integer(droplets.count), "snapshots": .integer(snapshots.count),
                "volumes": .integer(volumes.count), "projects": .integer(projects.count), "tags": .integer(tags.count),
                "actions": .integer(actions.count), "actions_in_progress": .integer(running.count),
                "droplets_ever_created": .integer(everCreated.count),
            ],
            "droplets": .array(droplets.map(Self.json)), "snapshots": .array(snapshots.map(\.json)),
            "volumes": .array(volumes.values.map(\.json)), "projects": .array(projects.values.map(\.json)),
            "tags": .array(tags.values.map { .string($0.name) }), "actions": .array(actions.values.map(Self.json)),
            "droplets_ever_created": .array(everCreated.values.sorted { $0.id < $1.id }.map(\.json)),
        ]
    }

    private static func json(_ action: Action) -> JSON {
        [
            "id": .integer(action.id), "type": .string(action.kind.type), "status": .string(action.status.rawValue),
            "droplet_id": JSON(action.droplet), "started_at": action.startedAt.json,
            "completed_at": action.completedAt?.json ?? .null,
        ]
    }

    /// Short, and with tags that do not show yet.
    private static func json(_ droplet: Droplet) -> JSON {
        [
            "id": .integer(droplet.id), "name": .string(droplet.name), "status": .string(droplet.status.rawValue),
            "locked": .bool(droplet.isLocked), "size_slug": .string(droplet.size.slug),
            "disk": .integer(droplet.disk), "region": .string(droplet.region.slug),
            "image_id": .integer(droplet.image.id), "tags": .array(droplet.tags.map { .string($0.name) }),
            "snapshot_ids": .array(droplet.snapshotIDs.map(JSON.integer)),
            "volume_ids": .array(droplet.volumeIDs.map(JSON.string)),
            "has_network": .bool(droplet.addresses != nil), "created_at": droplet.createdAt.json,
        ]
    }
}
