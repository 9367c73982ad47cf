/// Everything that exists at the simulated provider. Always settled up to the time of the request at hand.
struct Account: Sendable {
    let timing: Timing
    let seed: UInt64
    var dropletCapacity: Int
    var timeline = Timeline()
    var random: SeededRandom

    var droplets = Shelf<Int, Droplet>()
    /// Every droplet that was ever created, deleted ones too: what proves that nothing was created twice.
    var everCreated: [Int: DropletRecord] = [:]
    var actions = Shelf<Int, Action>()
    /// The actions of a droplet, oldest first.
    var actionsOfDroplet: [Int: [Int]] = [:]
    var snapshots = Shelf<String, Snapshot>()
    var uploads = Shelf<Int, Image>()
    var volumes = Shelf<String, Volume>()
    var projects = Shelf<String, Project>()
    /// Which project a resource is in, by its urn.
    var assignments = Shelf<String, Assignment>()
    var tags = Shelf<String, Tag>()
    /// How each tag is written, by its name in small letters.
    var tagNames: [String: String] = [:]
    var billing: Billing

    private var lastDropletID: Int
    private var lastActionID: Int
    private var lastImageID: Int
    /// The first addresses of a network are its gateways.
    private var addressesGiven = 15

    init(timing: Timing, seed: UInt64, dropletCapacity: Int, now: Moment) {
        self.timing = timing
        self.seed = seed
        self.dropletCapacity = dropletCapacity
        random = SeededRandom(seed: seed, part: "account")
        billing = Billing(seed: seed, now: now)
        lastDropletID = 512_000_000 + random.number(0...9_000_000)
        lastActionID = 2_310_000_000 + random.number(0...9_000_000)
        lastImageID = 210_000_000 + random.number(0...900_000)
        let project = Project.first(id: random.uuid(), at: now)
        projects[project.id] = project
    }

    mutating func takeDropletID() -> Int {
        lastDropletID += random.number(1...9)
        return lastDropletID
    }

    mutating func takeActionID() -> Int {
        lastActionID += random.number(1...9)
        return lastActionID
    }

    mutating func takeImageID() -> Int {
        lastImageID += random.number(1...9)
        return lastImageID
    }

    mutating func takeAddresses() -> Addresses {
        addressesGiven += 1
        return Addresses(number: addressesGiven)
    }

    /// A duration as it turns out: up to a fifth shorter or longer.
    mutating func jittered(_ seconds: Double) -> Double {
        seconds * Double.random(in: 0.8...1.2, using: &random)
    }

    /// Lets everything happen that is due.
    mutating func settle(at now: Moment) {
        while let (due, change) = timeline.next(by: now) { apply(change, at: due) }
    }

    private mutating func apply(_ change: Timeline.Change, at due: Moment) {
        switch change {
        case .finishAction(let id): finishAction(id, at: due)
        case .giveNetwork(let id): giveNetwork(to: id)
        case .showSnapshot(let id): showSnapshot(id)
        case .forgetDroplet(let id): forgetDroplet(id)
        case .forgetSnapshot(let id): snapshots[id] = nil
        }
    }

    /// The provider's images, then the account's own.
    var images: [Image] {
        Image.provided + uploads.values + snapshots.values.filter { $0.isVisible }.compactMap(\.image)
    }

    /// The image with this id or slug; a snapshot only by its id.
    func image(_ key: String) -> Image? {
        if let id = Int(key) {
            return Image.provided.first { $0.id == id } ?? uploads[id] ?? snapshots[key].flatMap(\.bootable)
        }
        return Image.provided.first { $0.slug == key }
    }

    /// What a project may hold, by urn.
    func exists(urn: String) -> Bool {
        let parts = urn.split(separator: ":", maxSplits: 2).map(String.init)
        guard parts.count == 3, parts[0] == "do" else { return false }
        switch parts[1] {
        case "droplet": return Int(parts[2]).flatMap { droplets[$0] }?.isDeleted == false
        case "volume": return volumes[parts[2]] != nil
        default: return false
        }
    }
}
