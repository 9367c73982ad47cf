/// What happens to droplets.
extension Account {
    /// Creates a droplet that becomes active and then gets its addresses, and the action that does it.
    mutating func createDroplet(_ order: DropletOrder, name: String, call: Call) -> (droplet: Int, action: Int) {
        let now = call.now
        var droplet = Droplet(
            id: takeDropletID(), name: name, size: order.size, disk: order.size.disk, region: order.region,
            image: order.image, createdAt: now, hasBackups: order.hasBackups, hasV6: order.hasV6,
            hasMonitoring: order.hasMonitoring, hasPublicNetwork: order.hasPublicNetwork, vpc: order.vpc,
            hiddenUntil: now + (call.hiding?.seconds ?? 0), hiddenReads: call.hiding?.reads ?? 0)
        droplet.tags = order.tags.map { Droplet.TagMark(name: useTag($0), visibleAt: now + timing.tagLag) }
        droplet.volumeIDs = order.volumes
        droplets[droplet.id] = droplet
        everCreated[droplet.id] = DropletRecord(
            id: droplet.id, name: name, tags: droplet.tags.map(\.name), createdAt: now, requestID: call.requestID)
        for volume in order.volumes { volumes[volume]?.dropletIDs = [droplet.id] }
        for tag in droplet.tags { tags[tag.name]?.lastDroplet = droplet.id }
        assign(urn: droplet.urn, to: defaultProject.id, at: now)
        return (droplet.id, begin(.create, on: droplet.id, lasting: timing.create, fate: call.fate, at: now).id)
    }

    mutating func giveNetwork(to id: Int) {
        guard droplets[id] != nil else { return }
        let addresses = takeAddresses()
        droplets[id]?.addresses = addresses
    }

    /// The droplet, unless it is gone, hidden or does not exist. A read of one that hides for some reads counts.
    mutating func readDroplet(_ id: Int, at now: Moment) throws(ProviderError) -> Droplet {
        guard let droplet = droplets[id], !droplet.isHidden(at: now) else { throw .notFound }
        guard droplet.hiddenReads == 0 else {
            droplets[id]?.hiddenReads -= 1
            throw .notFound
        }
        return droplet
    }

    /// The droplet, unless it was deleted: such a one is shown for a while, and nothing can be done with it.
    func usableDroplet(_ id: Int, at now: Moment) throws(ProviderError) -> Droplet {
        guard let droplet = droplets[id], !droplet.isDeleted, !droplet.isHidden(at: now) else { throw .notFound }
        return droplet
    }

    func shownDroplets(at now: Moment) -> [Droplet] {
        droplets.values.filter { !$0.isHidden(at: now) && $0.hiddenReads == 0 }
    }

    /// Its snapshots stay; its volumes are let go when it is really gone.
    mutating func deleteDroplet(_ id: Int, at now: Moment) {
        if let event = droplets[id]?.event { endAction(event, .errored, at: now) }
        droplets[id]?.deletedAt = now
        everCreated[id]?.deletedAt = now
        timeline.plan(.forgetDroplet(id), at: now + jittered(timing.deleteLinger))
    }

    mutating func forgetDroplet(_ id: Int) {
        guard let droplet = droplets.removeValue(forKey: id) else { return }
        assignments[droplet.urn] = nil
        for volume in droplet.volumeIDs { volumes[volume]?.dropletIDs = [] }
    }

    /// Those that exist and were not deleted.
    var livingDroplets: [Droplet] { droplets.values.filter { !$0.isDeleted } }
}
