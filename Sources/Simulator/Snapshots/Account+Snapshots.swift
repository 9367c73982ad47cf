/// What happens to snapshots.
extension Account {
    /// The snapshot exists from now and shows some seconds later.
    mutating func takeSnapshot(of id: Int, name: String, action: Action, at due: Moment) {
        guard let droplet = droplets[id] else { return }
        let snapshot = Snapshot(
            id: String(takeImageID()), name: name, createdAt: action.startedAt, source: .droplet(id),
            region: droplet.region, minDisk: droplet.disk, size: random.number(120...max(140, droplet.disk * 30)),
            distribution: droplet.image.distribution)
        snapshots[snapshot.id] = snapshot
        timeline.plan(.showSnapshot(snapshot.id), at: due + jittered(timing.snapshotVisible))
    }

    mutating func showSnapshot(_ id: String) {
        guard let snapshot = snapshots[id] else { return }
        snapshots[id]?.isShown = true
        guard case .droplet(let droplet) = snapshot.source, let number = Int(id) else { return }
        if snapshot.isBackup {
            droplets[droplet]?.backupIDs.append(number)
        } else {
            droplets[droplet]?.snapshotIDs.append(number)
        }
    }

    /// The snapshot; 400 for an image that is none, as the provider says it.
    func snapshot(_ id: String) throws(ProviderError) -> Snapshot {
        if let snapshot = snapshots[id], snapshot.isShown, !snapshot.isDeleted { return snapshot }
        let isImage = Int(id).map { number in Image.provided.contains { $0.id == number } || uploads[number] != nil }
        throw isImage == true ? .badRequest("the resource is not a snapshot") : .notFound
    }

    mutating func deleteSnapshot(_ id: String, at now: Moment) throws(ProviderError) {
        let snapshot = try snapshot(id)
        snapshots[id]?.deletedAt = now
        if case .droplet(let droplet) = snapshot.source {
            droplets[droplet]?.snapshotIDs.removeAll { String($0) == id }
            droplets[droplet]?.backupIDs.removeAll { String($0) == id }
        }
        timeline.plan(.forgetSnapshot(id), at: now + jittered(timing.deleteLinger))
    }
}
