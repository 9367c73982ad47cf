internal import ArcadiaPlugin
public import CArcadiaPlugin

/// DigitalOcean as steps of a saga, and as an adapter that says what an account holds and what it costs.
struct DigitalOcean: Plugin {
    static let id = "digitalocean"
    static let version = "1.0.0"
    static let operations: [any Operation<DigitalOcean>.Type] = [
        CreateDroplet.self, WaitDropletActive.self, DestroyDroplet.self, ResizeDroplet.self, RenameDroplet.self,
        TagDroplet.self, CreateDropletSnapshot.self,
        InventoryDroplets.self, InventorySnapshots.self, InventoryVolumes.self,
        ProjectsList.self, ProjectsEnsure.self, ProjectsResources.self,
        BillingBalance.self, BillingHistory.self, BillingInvoiceSummary.self, BillingInvoiceCSV.self,
    ]

    struct Config: Decodable, Sendable {
        /// Without the `/v2`. eg: "https://api.digitalocean.com"
        var base_url: String
        /// Between two looks at something that takes its time.
        var poll_seconds: Double
        /// For so long something that was asked for, and not answered, is looked for before it is asked for again.
        var settle_seconds: Double
        /// Items of a list in one request, 200 at most.
        var page_size: Int
    }

    private(set) var config: Config

    init(config: Config) {
        self.config = config
        while self.config.base_url.hasSuffix("/") { self.config.base_url.removeLast() }
    }

    /// The pause before the next look, a fifth shorter or longer so that many that wait do not come at once.
    var poll: Duration { .milliseconds(Int64(config.poll_seconds * 1000 * Double.random(in: 0.8...1.2))) }
}

@c @implementation
public func arcadia_plugin_entry_v1(_ host: UnsafePointer<arcadia_host>?) -> UnsafePointer<arcadia_plugin>? {
    DigitalOcean.entry(host)
}
