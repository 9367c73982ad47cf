internal import Storage

/// Reads an invoice line by line, types, matches and sums: all there is to do before the table. Belongs to one thread.
final class LineReader {
    private let invoice: Int64
    private let resources: ResourceIndex
    private let pipe: LinePipe
    private var products: ProductTable
    private var totals = CostTotals()
    private var loaded = LoadedLines()
    private var extra = ExtraTexts([])
    private var block: LineBlock?
    /// Lines of the block that have no resource yet.
    private var pending: [PendingLine] = []
    /// A group of lines came to more than there is room for.
    private var isSumTooLarge = false

    /// Matching goes through so many lines at a time.
    private static let linesAtOnce = 64
    static let columns = [
        "line", "product", "kind", "name", "resource", "group_description", "description", "hours", "starts_at",
        "ends_at", "amount_micros", "project_name", "category", "extra",
    ]

    /// - Parameter texts: holds the names of kinds; must outlive what is sent.
    init(invoice: Int64, resources: ResourceIndex, texts: StableTexts, pipe: LinePipe) {
        self.invoice = invoice
        self.resources = resources
        self.pipe = pipe
        products = ProductTable(texts: texts)
        pending.reserveCapacity(Self.linesAtOnce)
    }

    /// Sends all lines, then the sums, then the end; or why there is none.
    func run(_ source: @escaping CSVReader.Source) {
        do {
            try read(source)
            sendBlock()
            pipe.send(.totals(named()))
            pipe.send(.end(loaded))
        } catch {
            pipe.send(.failed(error))
        }
    }

    private func read(_ source: @escaping CSVReader.Source) throws {
        var csv = try InvoiceCSV(source: source) { [unowned self] in
            sendBlock()
            let next = try pipe.takeBlock()
            block = next
            return next.bytes
        }
        extra = ExtraTexts(csv.columns.extra)
        while try csv.next() {
            if pending.count == Self.linesAtOnce { settle() }
            try add(csv)
        }
        settle()
        guard !isSumTooLarge else { throw csv.problem(.sumTooLarge, in: csv.columns.amount) }
    }

    private func sendBlock() {
        settle()
        if let block { pipe.send(.lines(block)) }
        block = nil
    }

    // MARK: - One line

    @inline(__always)
    private func add(_ csv: borrowing InvoiceCSV) throws {
        try count(csv)
        let columns = csv.columns
        let productNumber = products.number(of: csv.field(columns.product), resources)
        let product = products.entries[productNumber]
        let description = csv.field(columns.description)
        let project = csv.field(columns.project)
        let block = block!
        var line = PendingLine(
            row: block.valueCount, product: productNumber, project: totals.number(ofProject: project),
            startsAt: csv.startsAt, endsAt: csv.endsAt, micros: csv.micros)
        let row = block.addRow(columnCount: Self.columns.count)
        row[0] = .int(invoice &* BillingTables.linesInInvoice &+ Int64(csv.ordinal))
        row[1] = .text(csv.field(columns.product))
        if let kind = product.kind {
            let name = product.product.name(description: description, group: csv.field(columns.group))
            ask(for: name, csv, product, &line)
            row[2] = .text(kind)
            row[3] = Self.optional(name)
        } else {
            row[2] = .null
            row[3] = .null
        }
        row[4] = .null
        row[5] = Self.optional(csv.field(columns.group))
        row[6] = .text(description)
        row[7] = Self.optional(csv.field(columns.hours))
        row[8] = .int(csv.startsAt)
        row[9] = .int(csv.endsAt)
        row[10] = .int(csv.micros)
        row[11] = Self.optional(project)
        row[12] = Self.optional(csv.field(columns.category))
        row[13] = extra.isEmpty ? .null : .text(block.keep(extra.object(of: csv)))
        pending.append(line)
    }

    @inline(__always)
    private static func optional(_ text: UnsafeBufferPointer<UInt8>) -> BorrowedValue {
        text.isEmpty ? .null : .text(text)
    }

    @inline(__always)
    private func count(_ csv: borrowing InvoiceCSV) throws {
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
    private func settle() {
        guard let values = block?.values else { return }
        pending.withUnsafeMutableBufferPointer { lines in
            for place in lines.indices where lines[place].query != nil { resources.lookUp(&lines[place].query!) }
            for place in lines.indices {
                if let query = lines[place].query {
                    lines[place].match = resources.resource(
                        query, from: lines[place].startsAt, until: lines[place].endsAt)
                }
                guard let match = lines[place].match else { continue }
                values[lines[place].row + 4] = .int(match.resource)
                loaded.matchedCount += 1
            }
            for line in lines {
                let isAdded = totals.add(
                    product: line.product, match: line.match, project: line.project, micros: line.micros)
                if !isAdded { isSumTooLarge = true }
            }
        }
        pending.removeAll(keepingCapacity: true)
        if totals.isFull {
            pipe.send(.totals(named()))
            totals.clear()
        }
    }

    private func named() -> [CostTotals.Named] {
        totals.totals.map { total in
            let product = products.entries[total.product]
            return CostTotals.Named(
                product: product.name, kind: product.product.kind, resource: total.resource,
                project: totals.projectNames[total.project], micros: total.micros, lineCount: total.lineCount)
        }
    }
}

/// A line that is typed and does not know its resource yet.
private struct PendingLine {
    /// Where its row begins in the block.
    let row: Int
    let product: Int
    let project: Int
    let startsAt: Int64
    let endsAt: Int64
    let micros: Int64
    /// What is asked for it; nil: nothing.
    var query: NameTable.Query?
    var match: ResourceIndex.Match?
}
