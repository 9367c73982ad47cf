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
