/// Twelve years of things that were paid for, made up from the seed.
struct BilledHistory: Sendable {
    let resources: [BilledResource]
    private static let beginning = Moment(year: 2014, month: 7, day: 20)

    init(seed: UInt64) {
        var random = SeededRandom(seed: seed, part: "billing")
        resources =
            Self.pillars(&random) + (0..<90).flatMap { Self.droplet($0, &random) }
            + (0..<14).map { Self.volume($0, &random) } + Self.snapshots(&random) + Self.oddities(&random)
    }

    /// Those that were there all the time: no month is without a line.
    private static func pillars(_ random: inout SeededRandom) -> [BilledResource] {
        [
            BilledResource(
                product: "Droplets", description: "indra (s-2vcpu-4gb)", monthly: Money(cents: 2000), start: beginning,
                project: "harbour", resourceID: "2353624", hasExclusiveEnd: true),
            BilledResource(
                product: "Droplets", description: "gateway (old) (s-1vcpu-1gb)", monthly: Money(cents: 500),
                start: beginning, project: "harbour", resourceID: "2353702", hasExclusiveEnd: true),
            BilledResource(
                product: "Droplet Backups", description: "indra (s-2vcpu-4gb)", monthly: Money(cents: 400),
                start: beginning, project: "harbour", resourceID: "2353624", showsHours: false),
            BilledResource(
                product: "Spaces Subscription", description: "Spaces ($5/mo 250GB storage & 1TB bandwidth)",
                monthly: Money(cents: 500), start: Moment(year: 2017, month: 9, day: 20), category: "paas",
                resourceUUID: random.uuid(), showsHours: false),
        ]
    }

    private static let plans: [(slug: String, cents: Int)] = [
        ("512mb", 500), ("1gb", 1000), ("2gb", 2000), ("s-1vcpu-1gb", 500), ("s-1vcpu-2gb", 1000),
        ("s-2vcpu-4gb", 2000), ("s-4vcpu-8gb", 4000), ("c-2", 4000), ("g-2vcpu-8gb", 6000), ("m-2vcpu-16gb", 8400),
    ]

    private static let roles = [
        "web", "api", "db", "worker", "cache", "ci", "staging", "build", "vpn", "mail", "zenit-node", "alchemy",
    ]

    /// A droplet that lived for some days or years, and its backups when it had them.
    private static func droplet(_ number: Int, _ random: inout SeededRandom) -> [BilledResource] {
        let (slug, cents) = random.pick(plans)
        let start = beginning + Double(random.number(0...100_000)) * 3600 + Double(random.number(0...3599))
        let end = start + Double(random.number(30...16_000)) * 3600 + Double(random.number(0...3599))
        let name = "\(random.pick(roles))-\(number.twoDigits)"
        let droplet = BilledResource(
            product: "Droplets", description: "\(name) (\(slug))", monthly: Money(cents: cents), start: start, end: end,
            project: random.pick(["", "harbour", "lighthouse"]), resourceID: String(3_000_000 + number * 4_711),
            hasExclusiveEnd: true)
        guard random.chance(0.3) else { return [droplet] }
        let backups = BilledResource(
            product: "Droplet Backups", description: droplet.description, monthly: Money(cents: cents / 5),
            start: start, end: end, project: droplet.project, resourceID: droplet.resourceID, showsHours: false)
        return [droplet, backups]
    }

    private static func volume(_ number: Int, _ random: inout SeededRandom) -> BilledResource {
        let size = random.pick([10, 50, 100, 250])
        let start = Moment(year: 2016, month: 7, day: 13) + Double(random.number(0...80_000)) * 3600
        return BilledResource(
            product: "Volumes",
            description: "volume-\(random.pick(["nyc1", "fra1"]))-\(number.twoDigits) (fra1) \(size)GB",
            monthly: Money(cents: size * 10), start: start, end: start + Double(random.number(200...20_000)) * 3600,
            project: random.pick(["", "harbour"]), resourceUUID: random.uuid())
    }

    private static func snapshots(_ random: inout SeededRandom) -> [BilledResource] {
        let names = ["web, before the upgrade", "\"golden\" image, v2", "db (copy) 2019", "=SUM(1) test", "nightly"]
        return names.enumerated().map { index, name in
            let start = Moment(year: 2016 + index, month: 3, day: 2) + Double(random.number(0...8000)) * 3600
            return BilledResource(
                product: "Droplet Snapshots", description: "\(name) (\(2 + index).34 GB)",
                monthly: Money(cents: 12 * (index + 2)), start: start, end: start + 30_000 * 3600,
                resourceID: String(41_000_000 + index * 977), showsHours: false)
        }
    }

    /// Clusters, whose lines have a group, and addresses that nothing used.
    private static func oddities(_ random: inout SeededRandom) -> [BilledResource] {
        [
            BilledResource(
                product: "Floating IPs", description: "Unused Floating IP - 203.0.113.17", monthly: Money(cents: 400),
                start: Moment(year: 2018, month: 2, day: 3) + 7 * 3600, end: Moment(year: 2018, month: 9, day: 4)),
            BilledResource(
                product: "Load Balancers", description: "harbour-lb (fra1)", monthly: Money(cents: 1200),
                start: Moment(year: 2019, month: 5, day: 6), end: Moment(year: 2023, month: 2, day: 9),
                project: "harbour", resourceUUID: random.uuid()),
            BilledResource(
                product: "Kubernetes Clusters", group: "lighthouse, production",
                description: "3 nodes - 4 GB / 2 vCPU / 80 GB SSD", monthly: Money(cents: 7200),
                start: Moment(year: 2021, month: 3, day: 11), end: Moment(year: 2022, month: 8, day: 2),
                project: "lighthouse", category: "paas", resourceUUID: random.uuid()),
            BilledResource(
                product: "Database Clusters", group: "ledger", description: "db-s-1vcpu-1gb",
                monthly: Money(cents: 750),
                start: Moment(year: 2022, month: 1, day: 1), project: "lighthouse", category: "paas",
                resourceUUID: "6a1f6a4e-2d5b-4c1e-9b7e-0d1c2b3a4f50"),
            // Two lines that are equal in all but their resource: nothing may take one for the other.
            BilledResource(
                product: "Database Clusters", group: "ledger", description: "db-s-1vcpu-1gb",
                monthly: Money(cents: 750),
                start: Moment(year: 2022, month: 1, day: 1), project: "lighthouse", category: "paas",
                resourceUUID: "6a1f6a4e-2d5b-4c1e-9b7e-0d1c2b3a4f51"),
        ]
    }
}
