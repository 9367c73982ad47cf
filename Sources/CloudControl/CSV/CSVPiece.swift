internal import SagaCore

/// A column of a table that is written as CSV.
struct CSVColumn<Row> {
    let name: String
    let value: (Row) -> CSVValue

    init(_ name: String, _ value: @escaping (Row) -> CSVValue) {
        self.name = name
        self.value = value
    }
}

/// A field of a record.
enum CSVValue {
    /// A number or a time of ours, written as it is: -12.34 is no formula.
    case exact(String)
    /// Anybody's text; nil is an empty field.
    case text(String?)

    /// A number as it is; of everything else its text; null is an empty field.
    static func of(_ value: JSONValue) -> CSVValue {
        switch value {
        case .int, .number: .exact(value.text)
        case .string(let text): .text(text)
        case .null: .text(nil)
        case .bool, .array, .object: .text(value.text)
        }
    }
}

/// Some records of CSV, as RFC 4180 has them.
///
/// A text that a spreadsheet would take for a formula has an apostrophe before it: names are other people's to choose.
struct CSVPiece {
    var bytes: [UInt8] = []

    /// A header, and a record a row.
    static func table<Row>(_ rows: [Row], _ columns: [CSVColumn<Row>]) -> String {
        var piece = CSVPiece()
        piece.add(columns.map { .text($0.name) })
        for row in rows { piece.add(columns.map { $0.value(row) }) }
        return String(decoding: piece.bytes, as: UTF8.self)
    }

    mutating func add(_ values: [CSVValue]) {
        for (place, value) in values.enumerated() {
            if place > 0 { bytes.append(ASCII.comma) }
            switch value {
            case .exact(let text): bytes.append(contentsOf: text.utf8)
            case .text(let text): add(text ?? "")
            }
        }
        bytes += [ASCII.carriageReturn, ASCII.newline]
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
