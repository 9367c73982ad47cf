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
    private let connection: any Connection
    private let resources: ResourceIndex
    private let texts = StableTexts()
    private var products: ProductTable
    private var totals = CostTotals()
    private var writtenTotals: Int64 = 0
    private var loaded = LoadedLines()
    /// A group of lines came to more than there is room for.
    private var isSumTooLarge = false

    private static let lineColumns = [
        "line", "product", "kind", "name", "resource", "group_description", "description", "hours", "starts_at",
        "ends_at", "amount_micros", "project_name", "category",
    ]
    private static let totalColumns = [
        "invoice", "ordinal", "product", "kind", "resource", "project_name", "amount_micros", "line_count",
    ]

    init(invoice: Int64, resources: ResourceIndex, connection: any Connection) throws {
        self.invoice = invoice
        self.connection = connection
        self.resources = resources
        products = ProductTable(texts: texts)
    }

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
        let outgoing = Outgoing()
        var csv = try InvoiceCSV(source: source) { [unowned self, unowned outgoing] in try flush(outgoing) }
        outgoing.extra = ExtraTexts(csv.columns.extra)
        // Most files have no columns that nobody knows: then the table need not hear of them.
        let columns = Self.lineColumns + (csv.columns.extra.isEmpty ? [] : ["extra"])
        let lines = try connection.bulkInsert(into: "cloud_cost_lines", columns: columns)
        outgoing.lines = lines
        outgoing.pending.reserveCapacity(lines.rowsAtOnce)
        while try csv.next() {
            if outgoing.pending.count == lines.rowsAtOnce {
                settle(outgoing)
                if totals.isFull { try writeTotals() }
            }
            try add(csv, to: lines, outgoing)
        }
        try flush(outgoing)
        guard !isSumTooLarge else { throw csv.problem(.sumTooLarge, in: csv.columns.amount) }
        try writeTotals()
        return loaded
    }

    private func flush(_ outgoing: Outgoing) throws {
        settle(outgoing)
        try outgoing.lines?.flush()
        outgoing.extra.clear()
    }

    // MARK: - One line

    @inline(__always)
    private func add(_ csv: borrowing InvoiceCSV, to lines: any BulkInsert, _ outgoing: Outgoing) throws {
        let columns = csv.columns
        try check(csv)
        let productNumber = products.number(of: csv.field(columns.product), resources)
        let product = products.entries[productNumber]
        let description = csv.field(columns.description)
        let project = csv.field(columns.project)
        // Before the row: making room for it may put in the rows so far, and those must be whole.
        let extra = try outgoing.extra.isEmpty ? nil : extraObject(csv, outgoing)
        let row = try lines.nextRow()
        var line = PendingLine(
            row: row.baseAddress!, product: productNumber, project: totals.number(ofProject: project),
            startsAt: csv.startsAt, endsAt: csv.endsAt, micros: csv.micros)
        row[0] = .int(invoice &* BillingTables.linesInInvoice &+ Int64(csv.ordinal))
        row[1] = .text(csv.field(columns.product))
        if let kind = product.kind {
            let name = product.product.name(description: description, group: csv.field(columns.group))
            ask(for: name, csv, product, &line)
            row[2] = .text(kind)
            row[3] = optional(name)
        } else {
            row[2] = .null
            row[3] = .null
        }
        row[4] = .null
        row[5] = optional(csv.field(columns.group))
        row[6] = .text(description)
        row[7] = optional(csv.field(columns.hours))
        row[8] = .int(csv.startsAt)
        row[9] = .int(csv.endsAt)
        row[10] = .int(csv.micros)
        row[11] = optional(project)
        row[12] = optional(csv.field(columns.category))
        if let extra { row[13] = .text(extra) }
        outgoing.pending.append(line)
    }

    @inline(__always)
    private func optional(_ text: UnsafeBufferPointer<UInt8>) -> BorrowedValue { text.isEmpty ? .null : .text(text) }

    private func extraObject(_ csv: borrowing InvoiceCSV, _ outgoing: Outgoing) throws -> UnsafeBufferPointer<UInt8> {
        if let object = outgoing.extra.object(of: csv) { return object }
        try flush(outgoing)
        return outgoing.extra.object(of: csv)!
    }

    /// Counts the line.
    @inline(__always)
    private func check(_ csv: borrowing InvoiceCSV) throws {
        guard Int64(csv.ordinal) < BillingTables.linesInInvoice else {
            throw csv.problem(.tooManyLines(limit: Int(BillingTables.linesInInvoice) - 1), in: csv.columns.product)
        }
        loaded.lineCount += 1
        let (sum, overflowed) = loaded.micros.addingReportingOverflow(csv.micros)
        loaded.micros = sum
        guard !overflowed, !isSumTooLarge else { throw csv.problem(.sumTooLarge, in: csv.columns.amount) }
    }

    /// By id where the file has one, else by name.
    @inline(__always)
    private func ask(
        for name: UnsafeBufferPointer<UInt8>, _ csv: borrowing InvoiceCSV, _ product: ProductTable.Entry,
        _ line: inout PendingLine
    ) {
        guard let kind = product.kindNumber else { return }
        let columns = csv.columns
        if columns.resourceUUID >= 0 || columns.resourceID >= 0 {
            line.match =
                resources.resource(kind: kind, id: csv.field(columns.resourceUUID))
                ?? resources.resource(kind: kind, id: csv.field(columns.resourceID))
        }
        if line.match == nil { line.query = resources.query(kind: kind, name: name) }
    }

    // MARK: - Many lines

    /// Finds the resources of the lines that wait for theirs, and adds them to the sums. In steps through all of them,
    /// not line by line: each step's looks into memory are then waited for together.
    private func settle(_ outgoing: Outgoing) {
        outgoing.pending.withUnsafeMutableBufferPointer { lines in
            for place in lines.indices where lines[place].query != nil { resources.lookUp(&lines[place].query!) }
            for place in lines.indices {
                if let query = lines[place].query {
                    lines[place].match = resources.resource(
                        query, from: lines[place].startsAt, until: lines[place].endsAt)
                }
                guard let match = lines[place].match else { continue }
                lines[place].row[4] = .int(match.resource)
                loaded.matchedCount += 1
            }
            for line in lines {
                let isAdded = totals.add(
                    product: line.product, match: line.match, project: line.project, micros: line.micros)
                if !isAdded { isSumTooLarge = true }
            }
        }
        outgoing.pending.removeAll(keepingCapacity: true)
    }

    // MARK: - Sums

    private func writeTotals() throws {
        let sums = try connection.bulkInsert(into: "cloud_cost_totals", columns: Self.totalColumns)
        // Names that are gone with the sums they stand for.
        let names = StableTexts()
        for total in totals.totals { try write(total, sums, names) }
        try sums.flush()
        totals.clear()
    }

    private func write(_ total: CostTotals.Total, _ sums: any BulkInsert, _ names: StableTexts) throws {
        let product = products.entries[total.product]
        let row = try sums.nextRow()
        writtenTotals += 1
        row[0] = .int(invoice)
        row[1] = .int(writtenTotals)
        row[2] = .text(names.bytes(of: product.name))
        row[3] = product.kind.map { .text($0) } ?? .null
        row[4] = total.resource.map { .int($0) } ?? .null
        row[5] = optional(names.bytes(of: totals.projectNames[total.project]))
        row[6] = .int(total.micros)
        row[7] = .int(total.lineCount)
    }
}

/// Lines between the file and the table.
private final class Outgoing {
    var lines: (any BulkInsert)?
    var extra = ExtraTexts([])
    var pending: [PendingLine] = []
}

/// A line that is typed and does not know its resource yet.
private struct PendingLine {
    /// Where it goes into the table.
    let row: UnsafeMutablePointer<BorrowedValue>
    let product: Int
    let project: Int
    let startsAt: Int64
    let endsAt: Int64
    let micros: Int64
    /// What is asked for it; nil: nothing.
    var query: NameTable.Query?
    var match: ResourceIndex.Match?
}
