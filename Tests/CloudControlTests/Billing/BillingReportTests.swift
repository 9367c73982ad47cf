import SagaCore
import Storage
import Testing

@testable import CloudControl

@Suite struct BillingReportTests {
    private let fixture: BillingFixture
    private static let header = BillingFixture.header
    private static let month = BillingFixture.month

    init() throws { fixture = try BillingFixture() }

    private func write(_ sql: String) throws { try fixture.database.write { try $0.executeScript(sql) } }

    private func number(of resourceID: String) throws -> Int64 {
        try fixture.database.read {
            try $0.first("SELECT resource FROM cloud_resources WHERE resource_id = ?", [.text(resourceID)]) {
                $0.int(0) ?? 0
            } ?? 0
        }
    }

    /// April and May of a small account.
    private func takeTwoMonths() throws {
        try fixture.addResource("web")
        try fixture.addResource("data", kind: "volume")
        try fixture.take(
            Self.header + "Droplets,,web (s-1),744,\(Self.month),$5.00,shop,iaas\n"
                + "Volumes,,data (nyc3) 100GB,744,\(Self.month),$10.00,shop,iaas\n"
                + "Droplets,,gone (s-1),10,\(Self.month),$0.50,lab,iaas\n"
                + "Taxes,,STATE SALES TAX (6.25%),,\(Self.month),$0.97,,\n", amount: "16.47")
        try fixture.take(
            Self.header
                + "Droplets,,WEB (s-1),744,2026-05-01 00:00:00 +0000,2026-06-01 00:00:00 +0000,$6.00,shop,iaas\n",
            uuid: "two", amount: "6.00", period: "2026-05")
    }

    // MARK: - Lines

    @Test func `lines are filtered by period, kind and match`() throws {
        try takeTwoMonths()
        func descriptions(_ filter: CostLineFilter) throws -> [String] {
            try fixture.reports.lines(filter).map(\.description)
        }
        #expect(try descriptions(CostLineFilter()).count == 5)
        #expect(try descriptions(CostLineFilter(period: BillingPeriod("2026-05-17"))) == ["WEB (s-1)"])
        #expect(try descriptions(CostLineFilter(period: BillingPeriod("2026-06"))).isEmpty)
        #expect(try descriptions(CostLineFilter(kind: "droplet")) == ["web (s-1)", "gone (s-1)", "WEB (s-1)"])
        #expect(
            try descriptions(CostLineFilter(kind: "droplet", match: .unmatched)) == ["gone (s-1)"])
        #expect(
            try descriptions(CostLineFilter(match: .unmatched)) == ["gone (s-1)", "STATE SALES TAX (6.25%)"])
        #expect(try descriptions(CostLineFilter(match: .matched)).count == 3)
        #expect(try descriptions(CostLineFilter(product: "Taxes")).count == 1)
        #expect(try descriptions(CostLineFilter(invoiceUUID: "two")) == ["WEB (s-1)"])
    }

    @Test func `a list goes on where its last line says`() throws {
        try takeTwoMonths()
        var filter = CostLineFilter(limit: 2)
        var pages: [[Int]] = []
        while true {
            let lines = try fixture.reports.lines(filter)
            guard let last = lines.last else { break }
            pages.append(lines.map(\.ordinal))
            filter.after = last.cursor
        }
        #expect(pages == [[1, 2], [3, 4], [1]])
    }

    @Test(arguments: [
        "", "2026", "2026-13", "2026-00", "26-01", "2026-1", "2026-01-32", "2026-02-30", "2026-01-01-01", "2026-٠1",
        "-2026-01",
    ])
    func `what is no period is refused`(text: String) {
        #expect(
            billingMessage { _ = try BillingPeriod(text) }
                == "\"\(text)\" is no period; expected a month like 2026-04, or a day in it like 2026-04-01")
    }

    @Test func `a period begins and ends with its month`() throws {
        #expect(try BillingPeriod("2026-12").end.description == "2027-01-01T00:00:00.000Z")
        #expect(try BillingPeriod("2024-02-29").start.description == "2024-02-01T00:00:00.000Z")
        #expect(try BillingPeriod("2024-02") < BillingPeriod("2024-03"))
        #expect(BillingPeriod(containing: Timestamp(milliseconds: 0)).description == "1970-01")
    }

    // MARK: - Costs

    private func costs(_ grouping: CostGrouping) throws -> [String] {
        try fixture.reports.costs(by: grouping).map { "\($0.key ?? "-") \($0.amount) \($0.lineCount)" }
    }

    @Test func `costs are summed by project, kind, product, resource and period`() throws {
        try takeTwoMonths()
        #expect(try costs(.project) == ["shop 21.00 3", "- 0.97 1", "lab 0.50 1"])
        #expect(try costs(.kind) == ["droplet 11.50 3", "volume 10.00 1", "- 0.97 1"])
        #expect(try costs(.product) == ["Droplets 11.50 3", "Volumes 10.00 1", "Taxes 0.97 1"])
        #expect(
            try costs(.resource) == [
                "digitalocean:droplet:web 11.00 2", "digitalocean:volume:data 10.00 1", "- 1.47 2",
            ])
        #expect(try costs(.period) == ["2026-04 16.47 4", "2026-05 6.00 1"])
        let may = try BillingPeriod("2026-05")
        #expect(try fixture.reports.costs(by: .kind, periods: may...may).map(\.amount.description) == ["6.00"])
    }

    @Test func `sums of totals are sums of lines, for any invoice`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the lines: \(seed)")
        var random = SeededRandom(seed: seed)
        for name in 0..<20 { try fixture.addResource("web-\(name)") }
        var csv = Self.header
        for _ in 0..<10_000 {
            let product = ["Droplets", "Backups", "Volumes", "Taxes"].randomElement(using: &random)!
            let project = ["shop", "lab", "", "\"a, b\""].randomElement(using: &random)!
            let amount = Money(micros: Int64.random(in: -5_000_000...5_000_000, using: &random))
            csv +=
                "\(product),,web-\(Int.random(in: 0..<40, using: &random)) (s-1),,\(Self.month),$\(amount),\(project),iaas\n"
        }
        let ingested = try fixture.take(csv)
        for grouping in CostGrouping.allCases {
            let groups = try fixture.reports.costs(by: grouping)
            #expect(groups.reduce(0) { $0 + $1.amount.micros } == ingested.linesTotal.micros, "seed \(seed)")
            #expect(groups.reduce(0) { $0 + $1.lineCount } == 10_000)
        }
        let lines = try fixture.reports.lines()
        for group in try fixture.reports.costs(by: .resource) {
            let own = lines.filter { $0.resource?.resourceID == group.key }
            #expect(own.reduce(0) { $0 + $1.amount.micros } == group.amount.micros, "seed \(seed)")
        }
    }

    @Test func `more sums than are kept in memory are as right as few`() throws {
        let groups = CostTotals.most * 2 + 10
        var csv = Self.header
        for group in 0..<groups {
            csv += "Droplets,,web (s-1),1,\(Self.month),0.01,project-\(group % (CostTotals.most + 5)),iaas\n"
        }
        try fixture.take(csv)
        let costs = try fixture.reports.costs(by: .project)
        #expect(costs.count == CostTotals.most + 5)
        #expect(costs.reduce(0) { $0 + $1.lineCount } == groups)
        #expect(costs.first?.amount.description == "0.02")
    }

    @Test func `a tenant pays for its projects, as billed and else as they are`() throws {
        try write(
            """
            INSERT INTO cloud_projects (project, provider, provider_id, name, tenant, first_seen_at, last_seen_at) VALUES
                (1, 'digitalocean', 'p1', 'shop', 'acme', 0, 0), (2, 'digitalocean', 'p2', 'lab', 'blue', 0, 0),
                (3, 'digitalocean', 'p3', 'lab', 'red', 0, 0)
            """)
        try fixture.addResource("web", project: 2)
        try fixture.addResource("data", kind: "volume", project: 1)
        try fixture.take(
            Self.header + "Droplets,,web (s-1),1,\(Self.month),1,shop,\n" + "Droplets,,web (s-1),1,\(Self.month),2,,\n"
                + "Volumes,,data (x),1,\(Self.month),4,unknown,\n" + "Droplets,,gone (s-1),1,\(Self.month),8,lab,\n")
        #expect(try costs(.tenant) == ["- 8.00 1", "acme 5.00 2", "blue 2.00 1"])
    }

    // MARK: - Runs

    private let good = "0190a1b2-c3d4-7e5f-8123-456789abcdef"
    private let back = "0190a1b2-c3d4-7e5f-8123-000000000001"
    private let broken = "0190a1b2-c3d4-7e5f-8123-000000000002"

    private func addRun(_ id: String, _ status: String) throws {
        try write(
            """
            INSERT INTO saga_runs (run_id, saga, status, inputs, definition, created_at, finished_at)
            VALUES ('\(id)', 'provision_droplet', '\(status)', '{}', 1, 0, 1)
            """)
    }

    private func provision(_ resourceID: String, _ run: String) throws {
        try write(
            "INSERT INTO cloud_provisioned VALUES (\(try number(of: resourceID)), '{}', 1, '\(run)', 0, 0)")
    }

    @Test func `a run costs what its resources cost`() throws {
        try addRun(good, "completed")
        for name in ["web", "db"] { try provision(try fixture.addResource(name), good) }
        try fixture.addResource("other")
        try fixture.take(
            Self.header + "Droplets,,web (s-1),1,\(Self.month),1,,\nBackups,,web (s-1),,\(Self.month),0.20,,\n"
                + "Droplets,,db (s-1),1,\(Self.month),2,,\nDroplets,,other (s-1),1,\(Self.month),4,,\n")
        let run = try #require(try fixture.reports.costs(ofRun: good).first)
        #expect(run.amount.description == "3.20")
        #expect(run.saga == "provision_droplet")
        #expect(run.status == .completed)
        #expect(run.resources.map(\.amount.description) == ["1.20", "2.00"])
        #expect(run.resources.map(\.lineCount) == [2, 1])
        #expect(try fixture.reports.costs().map(\.runID) == [good])
        #expect(try fixture.reports.costs(ofRun: back).isEmpty)
        #expect(try fixture.reports.leftovers().isEmpty)
    }

    @Test func `what is left of runs that ended badly is told with its cost`() throws {
        try addRun(back, "rolled_back")
        try addRun(broken, "failed")
        // Desired state is gone with the run that took itself back; the tag is not.
        try fixture.addResource("left", tags: "[\"a\",\"arcadia-run-\(back)\"]")
        try fixture.addResource("deleted", deletedAt: 5, tags: "[\"arcadia-run-\(back)\"]")
        try provision(try fixture.addResource("stuck"), broken)
        try fixture.take(
            Self.header + "Droplets,,left (s-1),1,\(Self.month),1,,\nDroplets,,deleted (s-1),1,\(Self.month),2,,\n"
                + "Droplets,,stuck (s-1),1,\(Self.month),4,,\n")
        let left = try fixture.reports.leftovers()
        #expect(left.map(\.runID) == [broken, back])
        #expect(left.map(\.amount.description) == ["4.00", "1.00"])
        #expect(left.last?.resources.map(\.resource.name) == ["left"])
        #expect(try fixture.reports.costs(ofRun: back).first?.amount.description == "3.00")
    }

    // MARK: - Forecast

    @Test func `a month that goes on as it began comes to its share`() throws {
        fixture.provider.balance["month_to_date_usage"] = "10.00"
        fixture.provider.balance["generated_at"] = "2026-04-11T00:00:00Z"
        let now = CalendarTime.moment("2026-04-11T01:07:00Z")!
        #expect(try fixture.reports.forecast(at: now) == nil)
        _ = try fixture.billing.snapshotBalance(at: now)
        let forecast = try #require(try fixture.reports.forecast(at: now + 60_000))
        #expect(forecast.period.description == "2026-04")
        #expect(forecast.monthToDate.description == "10.00")
        #expect(forecast.forecast.description == "30.00")
        #expect(
            forecast.explanation
                == "10.00 used in 10 of 30 days of 2026-04; the rest of the month is taken to cost the same by the hour"
        )
        // A balance of April says nothing about May.
        #expect(try fixture.reports.forecast(at: CalendarTime.moment("2026-05-01T00:00:00Z")!) == nil)
        #expect(try fixture.reports.forecast(at: CalendarTime.moment("2026-04-02T00:00:00Z")!) == nil)
    }

    @Test func `what a forecast says is in cents, what it is stays exact`() throws {
        fixture.provider.balance["month_to_date_usage"] = "10.000001"
        fixture.provider.balance["generated_at"] = "2026-04-08T00:00:00Z"
        let now = CalendarTime.moment("2026-04-08T01:07:00Z")!
        _ = try fixture.billing.snapshotBalance(at: now)
        let forecast = try #require(try fixture.reports.forecast(at: now))
        #expect(forecast.forecast.description == "42.857147")
        #expect(forecast.forecast.inCents == "42.86")
        #expect(forecast.explanation.hasPrefix("10.00 used in 7 of 30 days of 2026-04;"))
    }

    @Test func `a forecast is exact where a double would not be, and none where it does not fit`() {
        #expect(
            BillingReports.scaled(Money(micros: 9_007_199_254_740_993), by: 3, over: 1)?.micros
                == 27_021_597_764_222_979)
        #expect(BillingReports.scaled(Money(micros: -10), by: 3, over: 2)?.micros == -15)
        #expect(BillingReports.scaled(Money(micros: .max), by: 2, over: 1) == nil)
        #expect(BillingReports.scaled(Money(micros: .min), by: .max, over: 1) == nil)
    }

    // MARK: - Export

    private func export(_ format: CostExportFormat) throws -> [String] {
        var bytes: [UInt8] = []
        try fixture.reports.export(as: format) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\r\n").map(String.init)
    }

    @Test func `an export has every column, and no formula`() throws {
        try fixture.addResource("=cmd|' /C calc'!A0", id: "1")
        try fixture.take(
            Self.header + "Droplets,@group,=cmd|' /C calc'!A0 (s-1),1.5,\(Self.month),-$1.50,\"+a, \"\"b\"\"\",-x\n",
            amount: "-1.50")
        #expect(
            try export(.csv) == [
                "period,invoice_uuid,line,product,group_description,description,hours,start,end,usd,project_name,category,kind,name,resource_id,extra",
                "2026-04,one,1,Droplets,'@group,'=cmd|' /C calc'!A0 (s-1),1.5,2026-04-01T00:00:00.000Z,2026-05-01T00:00:00.000Z,-1.50,\"'+a, \"\"b\"\"\",'-x,droplet,'=cmd|' /C calc'!A0,digitalocean:droplet:1,",
            ])
    }

    @Test func `an export in FOCUS columns`() throws {
        try fixture.addResource("data", kind: "volume", id: "v")
        try fixture.take(
            Self.header
                + "Volumes,,data (nyc3) 100GB,744,2026-04-01 00:00:00 +0000,2026-04-30 23:59:59 +0000,$10.00,shop,iaas\n"
                + "Taxes,,GST,,\(Self.month),$1.00,,\nCredits,,promo,,\(Self.month),-$3.00,,\n", amount: "8")
        let rows = try export(.focus)
        #expect(
            rows.first
                == "BilledCost,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,ConsumedQuantity,ConsumedUnit,EffectiveCost,InvoiceIssuerName,ProviderName,PublisherName,RegionId,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,SubAccountName,x_InvoiceId,x_InvoiceLine,x_GroupDescription"
        )
        #expect(
            rows[1]
                == "10.00,USD,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Usage,,data (nyc3) 100GB,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,744,Hours,10.00,DigitalOcean,DigitalOcean,DigitalOcean,nyc3,digitalocean:volume:v,data,volume,Storage,Volumes,shop,one,1,"
        )
        #expect(rows[2].hasPrefix("1.00,USD,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Tax,"))
        #expect(rows[3].hasPrefix("-3.00,USD,2026-04-01T00:00:00Z,2026-05-01T00:00:00Z,Credit,"))
    }

    @Test func `an export goes out in pieces, and ends where its reader ends`() throws {
        struct Enough: Error {}
        try fixture.take(
            Self.header
                + String(repeating: "Droplets,,web (s-1),744,\(Self.month),$1.00,shop,iaas\n", count: 5000))
        var pieces = 0
        try fixture.reports.export(as: .focus) { _ in pieces += 1 }
        #expect(pieces > 5)
        pieces = 0
        #expect(throws: Enough.self) {
            try fixture.reports.export(as: .csv) { _ in
                pieces += 1
                throw Enough()
            }
        }
        #expect(pieces == 1)
    }

    @Test func `an export of an invoice can be taken as an invoice`() throws {
        try takeTwoMonths()
        var bytes: [UInt8] = []
        try fixture.reports.export(CostLineFilter(invoiceUUID: "one"), as: .csv) { bytes += $0 }
        let again = try fixture.take(String(decoding: bytes, as: UTF8.self), uuid: "three", amount: "16.47")
        #expect(again.isReconciled)
        #expect(again.matchedLineCount == 2)
    }
}
