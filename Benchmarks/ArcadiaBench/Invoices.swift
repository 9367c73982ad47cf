internal import CloudControl
internal import Foundation
internal import Glibc
internal import SagaCore
internal import Storage

/// A large invoice through the real path: read, typed, matched, summed, reconciled, durable.
enum Invoices {
    static let resourceCount = 10_000
    /// What a resource is, by its number: what it is billed as follows from that.
    private static let kinds = ["droplet", "droplet", "volume", "snapshot"]

    /// How long an invoice is.
    enum Length {
        /// About so many.
        case megabytes(Int)
        case lines(Int)

        func isReached(bytes: Int, lines: Int) -> Bool {
            switch self {
            case .megabytes(let number): bytes >= number * 1_000_000
            case .lines(let number): lines >= number
            }
        }
    }

    /// Writes an invoice to `FOLDER/invoice.csv`, and what it comes to. Always the same one.
    static func generate(folder: String, _ length: Length) throws {
        let file = try open(folder + "/invoice.csv", "w")
        defer { fclose(file) }
        var random = Mixed(state: 20_260_401)
        var text = "product,group_description,description,hours,start,end,USD,project_name,category\n"
        var (written, lines, micros) = (0, 0, Int64(0))
        while !length.isReached(bytes: written, lines: lines) {
            let cents = Int64(random.next() % 200_000) - 10_000
            micros += cents * 10_000
            lines += 1
            text += line(&random, cents)
            if text.utf8.count > 1 << 16 {
                written += text.utf8.count
                fputs(text, file)
                text = ""
            }
        }
        fputs(text, file)
        try "\(lines) \(Money(micros: micros))".write(
            toFile: folder + "/invoice.sum", atomically: true, encoding: .utf8)
        print("{\"lines\":\(lines),\"bytes\":\(written)}")
    }

    /// Half of the lines span the whole month, as on real invoices; a tenth bill what nobody knows any more.
    private static func line(_ random: inout Mixed, _ cents: Int64) -> String {
        let number = random.next() % UInt64(resourceCount * 11 / 10)
        let name = "node-\(number)"
        let (product, description) =
            switch kinds[Int(number % 4)] {
            case "volume": ("Volumes", "\(name) (nyc3) 100GB")
            case "snapshot": ("Droplet Snapshots", "\(name) (\(random.next() % 90 + 1) GB)")
            default:
                (
                    random.next() % 5 == 0 ? "Backups" : "Droplets",
                    "\(name) (s-\(random.next() % 8 + 1)vcpu-\(random.next() % 16 + 1)gb)"
                )
            }
        let isWhole = random.next() % 2 == 0
        let start = isWhole ? "2026-04-01 00:00:00" : "2026-04-\(two(random.next() % 15 + 1)) \(time(&random))"
        let end = isWhole ? "2026-05-01 00:00:00" : "2026-04-\(two(random.next() % 15 + 16)) \(time(&random))"
        let hours = product == "Backups" ? "" : String(isWhole ? 720 : random.next() % 720)
        let project = "project-\(number % 40)"
        let sign = cents < 0 ? "-" : ""
        let dollars = cents.magnitude / 100
        let amount =
            "\(sign)$" + (dollars >= 1000 ? "\(dollars / 1000),\(three(dollars % 1000))" : "\(dollars)")
            + ".\(two(UInt64(cents.magnitude % 100)))"
        let field = dollars >= 1000 ? "\"\(amount)\"" : amount
        return "\(product),,\(description),\(hours),\(start) +0000,\(end) +0000,\(field),\(project),iaas\n"
    }

    private static func two(_ number: UInt64) -> String { number < 10 ? "0\(number)" : "\(number)" }
    private static func three(_ number: UInt64) -> String { number < 100 ? "0" + two(number) : "\(number)" }
    private static func time(_ random: inout Mixed) -> String {
        "\(two(random.next() % 24)):\(two(random.next() % 60)):\(two(random.next() % 60))"
    }

    /// Ingests it into a new database in FOLDER/billing. The figure is of the whole call, from the first byte to durable.
    static func ingest(file path: String, folder: String) throws {
        let database = try SQLiteDatabase(path: folder + "/billing.db")
        try database.write { try $0.migrate(Migration.runs + CloudTables.migrations, at: 0) }
        try addResources(to: database)
        let said = try String(contentsOfFile: path + "/invoice.sum", encoding: .utf8).split(separator: " ")
        let summary = InvoiceSummary(
            invoiceUUID: "bench", period: try BillingPeriod("2026-04"), amount: try Money(String(said[1])))
        let file = Glibc.open(path + "/invoice.csv", O_RDONLY)
        guard file >= 0 else { fatalError("\(path)/invoice.csv cannot be opened") }
        defer { close(file) }
        let start = Subject.now()
        let invoice = try InvoiceImport(database: database, provider: "digitalocean").replaceLines(
            of: summary, from: { space in read(file, space.baseAddress, space.count) },
            at: Timestamp(milliseconds: 1_777_600_000_000))
        let seconds = Subject.now() - start
        guard invoice.isReconciled, invoice.lineCount == Int(said[0]) else {
            fatalError("\(invoice.lineCount) lines, difference \(invoice.difference)")
        }
        let rate = Double(invoice.lineCount) / seconds
        print(
            "{\"lines\":\(invoice.lineCount),\"matched\":\(invoice.matchedLineCount),\"seconds\":\(seconds),\"rows_per_s\":\(rate),\"rss_mib\":\(peakMemory)}"
        )
    }

    private static func addResources(to database: SQLiteDatabase) throws {
        let sql = """
            INSERT INTO cloud_resources (resource_id, provider, kind, provider_id, name, tags, attrs, created_at,
                first_seen_at, last_seen_at) VALUES (?, 'digitalocean', ?, ?, ?, '[]', '{}', '2026-01-01T00:00:00Z', 0, 0)
            """
        try database.write { connection in
            try connection.transaction {
                for number in 0..<resourceCount {
                    let kind = kinds[number % 4]
                    try connection.run(
                        sql,
                        [
                            .text("digitalocean:\(kind):\(number)"), .text(kind), .text("\(number)"),
                            .text("node-\(number)"),
                        ])
                }
            }
        }
    }

    /// In MiB.
    private static var peakMemory: Double {
        var usage = rusage()
        getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }

    private static func open(_ path: String, _ mode: String) throws -> UnsafeMutablePointer<FILE> {
        guard let file = fopen(path, mode) else { fatalError("\(path) cannot be written") }
        return file
    }
}

/// SplitMix64: the same invoice every time.
private struct Mixed {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}
