internal import Storage

/// What the lines of an invoice came to.
struct LoadedLines {
    var lineCount: Int64 = 0
    var matchedCount: Int64 = 0
    var micros: Int64 = 0
}

/// Brings the lines of one invoice from its CSV into the tables, matched and summed. Belongs to one transaction.
final class InvoiceLoader {
    private let invoice: Int64
    private let resources: ResourceIndex
    private let lines: any BulkInsert
    private let sums: any BulkInsert
    private let texts = StableTexts()
    private var products: ProductTable
    private var totals = CostTotals()
    private var writtenTotals: Int64 = 0
    private var extra = ExtraTexts([])
    private var loaded = LoadedLines()
    private let row = UnsafeMutableBufferPointer<BorrowedValue>.allocate(capacity: lineColumns.count)

    private static let lineColumns = [
        "line", "product", "kind", "name", "resource", "group_description", "description", "hours", "starts_at",
        "ends_at", "amount_micros", "project_name", "category", "extra",
    ]
    private static let totalColumns = [
        "invoice", "ordinal", "product", "kind", "resource", "project_name", "amount_micros", "line_count",
    ]

    init(invoice: Int64, resources: ResourceIndex, connection: any Connection) throws {
        self.invoice = invoice
        self.resources = resources
        lines = try connection.bulkInsert(into: "cloud_cost_lines", columns: Self.lineColumns)
        sums = try connection.bulkInsert(into: "cloud_cost_totals", columns: Self.totalColumns)
        products = ProductTable(texts: texts)
        row.initialize(repeating: .null)
    }

    deinit { row.deallocate() }

    /// Takes the lines of an invoice out of the tables.
    static func clear(_ invoice: Int64, _ connection: any Connection) throws {
        let first = invoice * BillingTables.linesInInvoice
        try connection.run(
            "DELETE FROM cloud_cost_lines WHERE line >= ? AND line < ?",
            [.int(first), .int(first + BillingTables.linesInInvoice)])
        try connection.run("DELETE FROM cloud_cost_totals WHERE invoice = ?", [.int(invoice)])
    }

    /// Reads the file to its end.
    ///
    /// - Throws: `InvoiceProblem`, and what the source and the database throw; the transaction must not be committed then.
    func load(_ source: @escaping CSVReader.Source) throws -> LoadedLines {
        var csv = try InvoiceCSV(source: source) { [unowned self] in try flush() }
        extra = ExtraTexts(csv.columns.extra)
        while try csv.next() { try add(csv) }
        try flush()
        try writeTotals()
        return loaded
    }

    private func flush() throws {
        try lines.flush()
        extra.clear()
    }

    @inline(__always)
    private func add(_ csv: borrowing InvoiceCSV) throws {
        let columns = csv.columns
        guard Int64(csv.ordinal) < BillingTables.linesInInvoice else {
            throw csv.problem(.tooManyLines(limit: Int(BillingTables.linesInInvoice) - 1), in: columns.product)
        }
        let productNumber = products.number(of: csv.field(columns.product), resources)
        let product = products.entries[productNumber]
        let description = csv.field(columns.description)
        let project = csv.field(columns.project)
        var resource: Int64?
        row[0] = .int(invoice &* BillingTables.linesInInvoice &+ Int64(csv.ordinal))
        row[1] = .text(csv.field(columns.product))
        if let kind = product.kind {
            let name = product.product.name(description: description, group: csv.field(columns.group))
            resource = match(csv, product, name)
            row[2] = .text(kind)
            row[3] = optional(name)
        } else {
            row[2] = .null
            row[3] = .null
        }
        row[4] = resource.map { .int($0) } ?? .null
        row[5] = optional(csv.field(columns.group))
        row[6] = .text(description)
        row[7] = optional(csv.field(columns.hours))
        row[8] = .int(csv.startsAt)
        row[9] = .int(csv.endsAt)
        row[10] = .int(csv.micros)
        row[11] = optional(project)
        row[12] = optional(csv.field(columns.category))
        row[13] = extra.isEmpty ? .null : .text(try extraObject(csv))
        try lines.append(UnsafeBufferPointer(row))
        try count(csv, productNumber, resource, project)
    }

    @inline(__always)
    private func optional(_ text: UnsafeBufferPointer<UInt8>) -> BorrowedValue { text.isEmpty ? .null : .text(text) }

    /// By id where the file has one, else by name.
    @inline(__always)
    private func match(
        _ csv: borrowing InvoiceCSV, _ product: ProductTable.Entry, _ name: UnsafeBufferPointer<UInt8>
    ) -> Int64? {
        guard let kind = product.kindNumber else { return nil }
        let columns = csv.columns
        if columns.resourceUUID >= 0 || columns.resourceID >= 0 {
            for place in [columns.resourceUUID, columns.resourceID] {
                if let resource = resources.resource(kind: kind, id: csv.field(place)) { return resource }
            }
        }
        return resources.resource(kind: kind, name: name, from: csv.startsAt, until: csv.endsAt)
    }

    private func extraObject(_ csv: borrowing InvoiceCSV) throws -> UnsafeBufferPointer<UInt8> {
        if let object = extra.object(of: csv) { return object }
        try flush()
        return extra.object(of: csv)!
    }

    @inline(__always)
    private func count(
        _ csv: borrowing InvoiceCSV, _ product: Int, _ resource: Int64?, _ project: UnsafeBufferPointer<UInt8>
    ) throws {
        loaded.lineCount += 1
        if resource != nil { loaded.matchedCount += 1 }
        let (sum, overflowed) = loaded.micros.addingReportingOverflow(csv.micros)
        loaded.micros = sum
        guard totals.add(product: product, resource: resource, project: project, micros: csv.micros), !overflowed
        else { throw csv.problem(.sumTooLarge, in: csv.columns.amount) }
        if totals.isFull { try writeTotals() }
    }

    private func writeTotals() throws {
        for total in totals.totals { try write(total) }
        totals.clear()
    }

    private func write(_ total: CostTotals.Total) throws {
        let product = products.entries[total.product]
        var project = totals.projectNames[total.project]
        var name = product.name
        writtenTotals += 1
        try name.withUTF8 { name in
            try project.withUTF8 { project in
                let values: [BorrowedValue] = [
                    .int(invoice), .int(writtenTotals), .text(name), product.kind.map { .text($0) } ?? .null,
                    total.resource.map { .int($0) } ?? .null, optional(project), .int(total.micros),
                    .int(total.lineCount),
                ]
                try values.withUnsafeBufferPointer { try sums.append($0) }
                // The texts live no longer than this.
                try sums.flush()
            }
        }
    }
}
