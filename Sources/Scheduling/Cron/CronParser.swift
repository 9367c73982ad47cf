/// Reads the fields of a cron expression into sets of bits.
enum CronParser {
    /// A stretch of the text and where it begins, in characters from 1.
    struct Piece {
        let text: Substring
        let position: Int

        func split(at separator: Character) -> [Piece] {
            var position = position
            return text.split(separator: separator, omittingEmptySubsequences: false).map { part in
                defer { position += part.count + 1 }
                return Piece(text: part, position: position)
            }
        }
    }

    /// The five fields.
    static func fields(of text: String) throws(CronError) -> [Piece] {
        let written = Piece(text: text[...], position: 1).split(at: " ").filter { !$0.text.isEmpty }
        guard let first = written.first else { throw CronError(.empty) }
        if first.text.hasPrefix("@") {
            let name = written.map(\.text).joined(separator: " ")
            guard let word = CronExpression.words.first(where: { $0.word == name.lowercased() }) else {
                throw CronError(.unknownWord(name), at: first.position)
            }
            return Piece(text: word.fields[...], position: 1).split(at: " ")
        }
        guard written.count == 5 else { throw CronError(.fieldCount(written.count)) }
        return written
    }

    /// The numbers a field allows, a bit each.
    static func set(_ field: CronField, _ piece: Piece) throws(CronError) -> UInt64 {
        var set: UInt64 = 0
        for item in piece.split(at: ",") { set |= try numbers(field, item) }
        return set
    }

    /// `*`, `5`, `1-5`, each with or without a `/step`.
    private static func numbers(_ field: CronField, _ item: Piece) throws(CronError) -> UInt64 {
        let parts = item.split(at: "/")
        guard parts.count <= 2 else { throw CronError(.notAValue(field, found: String(item.text)), at: item.position) }
        let step = parts.count == 2 ? try Self.step(field, parts[1]) : nil
        let range = try Self.range(field, parts[0], isOpen: step != nil)
        return stride(from: range.lowerBound, through: range.upperBound, by: step ?? 1).reduce(0) {
            $0 | 1 << UInt64($1)
        }
    }

    private static func step(_ field: CronField, _ piece: Piece) throws(CronError) -> Int {
        guard let step = number(piece.text), (1...field.whole.upperBound).contains(step) else {
            throw CronError(.step(field, found: String(piece.text)), at: piece.position)
        }
        return step
    }

    /// - Parameter isOpen: a number alone means from there to the end.
    private static func range(_ field: CronField, _ piece: Piece, isOpen: Bool) throws(CronError) -> ClosedRange<Int> {
        if piece.text == "*" { return field.whole }
        let ends = piece.split(at: "-")
        let first = try value(field, ends[0])
        guard ends.count > 1 else { return isOpen ? first...max(first, field.whole.upperBound) : first...first }
        guard ends.count == 2 else {
            throw CronError(.notAValue(field, found: String(piece.text)), at: piece.position)
        }
        var last = try value(field, ends[1])
        // A week may end with its Sunday: FRI-SUN.
        if field == .dayOfWeek, last == 0, first > 0 { last = 7 }
        guard first <= last else { throw CronError(.backwards(field, found: String(piece.text)), at: piece.position) }
        return first...last
    }

    private static func value(_ field: CronField, _ piece: Piece) throws(CronError) -> Int {
        if let place = field.names.firstIndex(of: piece.text.uppercased()) { return place + field.range.lowerBound }
        guard let number = number(piece.text) else {
            throw CronError(.notAValue(field, found: String(piece.text)), at: piece.position)
        }
        guard field.range.contains(number) else {
            throw CronError(.outOfRange(field, found: String(piece.text)), at: piece.position)
        }
        return number
    }

    /// Digits and nothing else: `Int` would take a sign.
    private static func number(_ text: Substring) -> Int? {
        !text.isEmpty && text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) ? Int(text) : nil
    }
}
