/// Fills the account at once, for tests of scale.
enum AdminSeed {
    /// `{"droplets": 1000, "snapshots": 10, "backups": 10, "volumes": 10, "projects": 3, "tag": "seeded"}`.
    /// Snapshots and backups are of the seeded droplets, in turn.
    static func grow(_ account: inout Account, _ call: Call) throws(ProviderError) -> JSON {
        let body = try call.object()
        let tag = body["tag"]?.string
        if let tag, !Tag.isName(tag) { throw .badTag("the tag contains invalid characters") }
        let droplets = (0..<max(0, body["droplets"]?.integer ?? 0)).map { addDroplet($0, tag, &account, call) }
        for number in 0..<max(0, body["volumes"]?.integer ?? 0) { addVolume(number, tag, &account, call) }
        for number in 0..<max(0, body["projects"]?.integer ?? 0) { addProject(number, &account, call) }
        let sources = droplets.isEmpty ? account.livingDroplets.map(\.id) : droplets
        if !sources.isEmpty {
            for number in 0..<max(0, body["snapshots"]?.integer ?? 0) {
                addSnapshot(of: sources[number % sources.count], number, isBackup: false, &account, call)
            }
            for number in 0..<max(0, body["backups"]?.integer ?? 0) {
                addSnapshot(of: sources[number % sources.count], number, isBackup: true, &account, call)
            }
        }
        return account.state["counts"]!
    }

    private static func addDroplet(_ number: Int, _ tag: String?, _ account: inout Account, _ call: Call) -> Int {
        let sizes = Size.all.filter { !$0.isGraphics && $0.disk >= 25 && $0.regions.contains("fra1") }
        let addresses = account.takeAddresses()
        var droplet = Droplet(
            id: account.takeDropletID(), name: "seeded-\(account.everCreated.count + 1)",
            size: sizes[number % sizes.count], disk: sizes[number % sizes.count].disk, region: Region.named("fra1")!,
            image: Image.provided[number % 4], status: .active, createdAt: call.now + -86_400, hasBackups: false,
            hasV6: number % 3 == 0, hasMonitoring: true, addresses: addresses, vpc: account.random.uuid(),
            hiddenUntil: call.now)
        if let tag { droplet.tags = [.init(name: account.useTag(tag), visibleAt: call.now)] }
        account.droplets[droplet.id] = droplet
        account.everCreated[droplet.id] = DropletRecord(
            id: droplet.id, name: droplet.name, tags: droplet.tags.map(\.name), createdAt: droplet.createdAt,
            requestID: call.requestID)
        account.assign(urn: droplet.urn, to: account.defaultProject.id, at: call.now)
        return droplet.id
    }

    private static func addVolume(_ number: Int, _ tag: String?, _ account: inout Account, _ call: Call) {
        let volume = Volume(
            id: account.random.uuid(), name: "seeded-volume-\(account.volumes.count + 1)", description: "",
            region: Region.named("fra1")!, gigabytes: 10 + number % 9 * 10, createdAt: call.now,
            tags: tag.map { [$0] } ?? [], filesystemType: "ext4", filesystemLabel: "data")
        account.add(volume, at: call.now)
    }

    private static func addProject(_ number: Int, _ account: inout Account, _ call: Call) {
        let project = Project(
            id: account.random.uuid(), name: "seeded-project-\(account.projects.count + 1)", description: "",
            purpose: "Web Application", environment: Project.environments[number % 3], createdAt: call.now,
            updatedAt: call.now, isDefault: false)
        account.projects[project.id] = project
    }

    private static func addSnapshot(
        of id: Int, _ number: Int, isBackup: Bool, _ account: inout Account, _ call: Call
    ) {
        let droplet = account.droplets[id]!
        let snapshot = Snapshot(
            id: String(account.takeImageID()), name: "\(droplet.name)-\(number + 1)", createdAt: call.now + -3600,
            source: .droplet(id), region: droplet.region, minDisk: droplet.disk, size: 150 + number % 700,
            distribution: droplet.image.distribution, isBackup: isBackup)
        account.snapshots[snapshot.id] = snapshot
        account.showSnapshot(snapshot.id)
    }
}
