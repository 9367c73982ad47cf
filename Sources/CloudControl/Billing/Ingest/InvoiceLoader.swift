internal import SagaCore
internal import Storage

/// What the lines of an invoice came to.
struct LoadedLines: Sendable {
    var lineCount: Int64 = 0
    var matchedCount: Int64 = 0
    var micros: Int64 = 0
}

/// Brings the lines of one invoice from its CSV into the tables. Belongs to one transaction.
///
/// The file is read, typed, matched and summed by a thread beside the one that writes, which is the slower of the two.
struct InvoiceLoader {
    let invoice: Int64
    let resources: ResourceIndex
    let connection: any Connection

    /// Takes the lines of the invoice out of the tables.
    func clear() throws {
        let first = invoice * BillingTables.linesInInvoice
        try connection.run(
            "DELETE FROM cloud_cost_lines WHERE line >= ? AND line < ?",
            [.int(first), .int(first + BillingTables.linesInInvoice)])
        try connection.run("DELETE FROM cloud_cost_totals WHERE invoice = ?", [.int(invoice)])
    }

    /// Reads the file to its end. When it returns, the source is not asked any more.
    ///
    /// - Throws: `InvoiceProblem`, and what the source and the database throw; the transaction must not be committed then.
    func load(_ source: @escaping CSVReader.Source) throws -> LoadedLines {
        let lines = try connection.bulkInsert(into: "cloud_cost_lines", columns: LineReader.columns)
        let texts = StableTexts()
        let pipe = LinePipe()
        let work = Work(
            reader: LineReader(invoice: invoice, resources: resources, texts: texts, pipe: pipe), source: source)
        startThread { work.reader.run(work.source) }
        return try withExtendedLifetime(texts) { try write(from: pipe, to: lines) }
    }

    private func write(from pipe: LinePipe, to lines: any BulkInsert) throws -> LoadedLines {
        var totals = TotalsWriter(invoice: invoice, connection: connection)
        while true {
            switch pipe.receive() {
            case .end(let loaded): return loaded
            case .failed(let error): throw error
            case .lines(let block):
                try orCancel(pipe) { try lines.insert(block.rows) }
                pipe.giveBack(block)
            case .totals(let named):
                try orCancel(pipe) { try totals.write(named) }
            }
        }
    }

    private func orCancel(_ pipe: LinePipe, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            pipe.cancel()
            throw error
        }
    }

    /// The reader and its source are the thread's alone until it has said its last word, and nobody's after that.
    private final class Work: @unchecked Sendable {
        let reader: LineReader
        let source: CSVReader.Source

        init(reader: LineReader, source: @escaping CSVReader.Source) {
            self.reader = reader
            self.source = source
        }
    }
}

/// Writes sums; there may be several portions of them.
private struct TotalsWriter {
    let invoice: Int64
    let connection: any Connection
    private var ordinal: Int64 = 0

    init(invoice: Int64, connection: any Connection) {
        self.invoice = invoice
        self.connection = connection
    }

    mutating func write(_ totals: [CostTotals.Named]) throws {
        let statement = try connection.statement(
            """
            INSERT INTO cloud_cost_totals (invoice, ordinal, product, kind, resource, project_name, amount_micros,
                line_count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """)
        for total in totals {
            ordinal += 1
            try statement.run([
                .int(invoice), .int(ordinal), .text(total.product), .text(orNull: total.kind),
                .int(orNull: total.resource), .text(orNull: total.project.isEmpty ? nil : total.project),
                .int(total.micros), .int(total.lineCount),
            ])
        }
    }
}
