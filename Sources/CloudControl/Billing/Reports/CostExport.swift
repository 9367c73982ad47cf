internal import SagaCore

/// The form of an export.
public enum CostExportFormat: String, Sendable, Hashable, CaseIterable {
    /// Every column there is here.
    case csv
    /// The columns of the FinOps Foundation's FOCUS 1.0, as far as an invoice has them.
    case focus
}

extension BillingReports {
    /// Writes the lines as CSV with a header, in pieces.
    ///
    /// A text that a spreadsheet would take for a formula has an apostrophe before it: names are other people's to choose.
    /// - Parameter write: gets one piece of UTF-8 after another.
    public func export(
        _ filter: CostLineFilter = CostLineFilter(), as format: CostExportFormat,
        _ write: ([UInt8]) throws -> Void
    ) throws {
        let columns = format == .csv ? CostColumn.own : FOCUSColumns.columns
        var piece = CSVPiece()
        piece.add(columns.map { .text($0.name) })
        var thrown: (any Error)?
        do {
            try forEachLine(filter) { line in
                piece.add(columns.map { $0.value(line, provider) })
                if piece.bytes.count > 1 << 16 {
                    do { try write(piece.bytes) } catch {
                        thrown = error
                        throw error
                    }
                    piece.bytes.removeAll(keepingCapacity: true)
                }
            }
        } catch {
            throw thrown ?? error
        }
        try write(piece.bytes)
    }
}

/// A column of an export.
struct CostColumn: Sendable {
    let name: String
    /// Of a line and its provider.
    let value: @Sendable (CostLine, String) -> CSVValue

    init(_ name: String, _ value: @escaping @Sendable (CostLine, String) -> CSVValue) {
        self.name = name
        self.value = value
    }

    static let own = [
        CostColumn("period") { line, _ in .text(line.period.description) },
        CostColumn("invoice_uuid") { line, _ in .text(line.invoiceUUID) },
        CostColumn("line") { line, _ in .exact(String(line.ordinal)) },
        CostColumn("product") { line, _ in .text(line.product) },
        CostColumn("group_description") { line, _ in .text(line.groupDescription) },
        CostColumn("description") { line, _ in .text(line.description) },
        CostColumn("hours") { line, _ in .text(line.hours) },
        CostColumn("start") { line, _ in .exact(line.startsAt.description) },
        CostColumn("end") { line, _ in .exact(line.endsAt.description) },
        CostColumn("usd") { line, _ in .exact(line.amount.description) },
        CostColumn("project_name") { line, _ in .text(line.projectName) },
        CostColumn("category") { line, _ in .text(line.category) },
        CostColumn("kind") { line, _ in .text(line.kind) },
        CostColumn("name") { line, _ in .text(line.name) },
        CostColumn("resource_id") { line, _ in .text(line.resource?.resourceID) },
        CostColumn("extra") { line, _ in .text(line.extra.isEmpty ? nil : JSONValue.object(line.extra).text) },
    ]
}

/// A field of an export.
enum CSVValue {
    /// A number or a time of ours, written as it is: -12.34 is no formula.
    case exact(String)
    /// Anybody's text; nil is an empty field.
    case text(String?)
}

/// Some records of CSV.
struct CSVPiece {
    var bytes: [UInt8] = []

    mutating func add(_ values: [CSVValue]) {
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(ASCII.comma) }
            switch value {
            case .exact(let text): bytes.append(contentsOf: text.utf8)
            case .text(let text): add(text ?? "")
            }
        }
        bytes.append(ASCII.newline)
    }

    private mutating func add(_ text: String) {
        let special: Set<UInt8> = [ASCII.comma, ASCII.quote, ASCII.newline, ASCII.carriageReturn]
        let isQuoted = text.utf8.contains { special.contains($0) }
        if isQuoted { bytes.append(ASCII.quote) }
        if Self.isFormula(text) { bytes.append(ASCII.apostrophe) }
        for byte in text.utf8 {
            if byte == ASCII.quote { bytes.append(ASCII.quote) }
            bytes.append(byte)
        }
        if isQuoted { bytes.append(ASCII.quote) }
    }

    /// What spreadsheets evaluate, some of them after a tab or a line end too.
    private static func isFormula(_ text: String) -> Bool {
        guard let first = text.utf8.first else { return false }
        return [UInt8(ascii: "="), ASCII.plus, ASCII.minus, UInt8(ascii: "@"), 0x09, 0x0A, 0x0D].contains(first)
    }
}
