internal import ArgumentParser
internal import Glibc
internal import SagaCore

/// How commands print their results.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl
}

/// How commands print what is rows of one form.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json, jsonl, csv

    /// How the other things such a command may say are printed: beside CSV, a mistake is a sentence on stderr.
    var other: OutputFormat { OutputFormat(rawValue: rawValue) ?? .table }
}

/// stdout for results, stderr for everything said to a person; colour only where it is wanted.
enum Terminal {
    /// Set once, when the options are known and before anything is printed.
    nonisolated(unsafe) static var output = OutputFormat.table

    /// Where results go: the stdout this process was given, whatever plugins do to descriptor 1.
    nonisolated(unsafe) private(set) static var results = STDOUT_FILENO

    /// Keeps stdout for our results; descriptor 1 becomes stderr.
    static func keepStandardOutput() {
        let kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
        guard results == STDOUT_FILENO, kept >= 0 else { return }
        results = kept
        dup2(STDERR_FILENO, STDOUT_FILENO)
    }

    static func print(_ text: String) { write(text + "\n", to: results) }
    /// A sentence of a result, folded where a person reads it.
    static func print(sentence text: String) { print(isInteractive ? Folding.fold(text, to: width) : text) }
    /// A result as JSON: laid out for `json`, on one line for `jsonl`.
    static func print(json value: JSONValue) { print(value.text(pretty: output == .json)) }

    /// Rows in the JSON of the API: `{KEY: [ROW, …], next?}`.
    ///
    /// - Parameter table: prints them for a person.
    static func print(_ list: JSONValue, rows key: String, table: ([JSONValue]) -> Void) {
        let rows = list[key]?.arrayValue ?? []
        switch output {
        case .json: print(json: list)
        case .jsonl: for row in rows { print(row.text) }
        case .table: table(rows)
        }
    }

    /// Something for a person; JSON is for a program, wherever it is read.
    static func say(_ text: String) {
        let isFolded = isatty(STDERR_FILENO) == 1 && !text.hasPrefix("{")
        write((isFolded ? Folding.fold(text, to: width(of: STDERR_FILENO)) : text) + "\n", to: STDERR_FILENO)
    }

    /// A line of a picture, which folding would break.
    static func sayAsIs(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// How wide a picture among what is said may be.
    static var talkWidth: Int { isatty(STDERR_FILENO) == 1 ? width(of: STDERR_FILENO) : 80 }

    static func say(error: String, hint: String?) {
        say(Style.bold.on("error:", STDERR_FILENO, colour: .red) + " " + error)
        if let hint { say("hint: " + hint) }
    }

    /// Asks on stderr, and takes a yes from a person; nil: there is none to ask.
    static func confirm(_ question: String) -> Bool? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        write(question + " [y/N] ", to: STDERR_FILENO)
        return ["y", "yes"].contains((readLine() ?? "").lowercased())
    }

    /// On a terminal only what is harmless there of it; elsewhere it is as it is.
    static func write(_ text: String, to descriptor: Int32) {
        send(isatty(descriptor) == 1 ? TerminalText.harmless(text) : text, to: descriptor)
    }

    /// Empties the line, or as many lines above it, to be written anew.
    static func clear(lines: Int = 0, on descriptor: Int32) {
        send(lines > 0 ? "\u{1B}[\(lines)A\u{1B}[0J" : "\r\u{1B}[K", to: descriptor)
    }

    private static func send(_ text: String, to descriptor: Int32) {
        var text = text
        text.withUTF8 { bytes in
            var written = 0
            while written < bytes.count {
                let count = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
                if count < 0, errno == EINTR { continue }
                // The reader is gone (`| head`): nobody is left to tell.
                guard count > 0 else { return }
                written += count
            }
        }
    }

    static var isInteractive: Bool { isatty(results) == 1 && environment("TERM") != "dumb" }

    static func hasColour(_ descriptor: Int32) -> Bool {
        isatty(descriptor) == 1 && (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
    }

    static var width: Int { width(of: results) }

    private static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        if ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { return Int(size.ws_col) }
        return environment("COLUMNS").flatMap { Int($0) } ?? 80
    }

    static var height: Int {
        var size = winsize()
        return ioctl(results, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 0 ? Int(size.ws_row) : 24
    }

    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// How a word looks where colour is wanted.
struct Style {
    enum Colour: String, CaseIterable {
        case red = "31"
        case green = "32"
        case yellow = "33"
        case blue = "34"
        case dim = "2"
        case none = ""
    }

    let isBold: Bool
    /// All that stands between `ESC [` and `m`.
    static let codes = Set(Colour.allCases.map(\.rawValue) + ["0", "1"])
    static let bold = Style(isBold: true)
    static let plain = Style(isBold: false)

    func on(_ text: String, _ descriptor: Int32 = Terminal.results, colour: Colour = .none) -> String {
        let codes = [isBold ? "1" : "", colour.rawValue].filter { !$0.isEmpty }
        guard !codes.isEmpty, Terminal.hasColour(descriptor) else { return text }
        return "\u{1B}[\(codes.joined(separator: ";"))m\(text)\u{1B}[0m"
    }
}

/// Columns of text, each as wide as its widest; the last one is cut to the terminal, where there is one.
struct TextTable {
    private var rows: [[String]] = []
    /// Columns of numbers, which end below one another.
    private let numbers: Set<Int>

    /// - Parameter numbers: which of the columns are numbers.
    init(_ header: String..., numbers: Set<String> = []) {
        rows.append(header)
        self.numbers = Set(header.indices.filter { numbers.contains(header[$0]) })
    }

    mutating func add(_ cells: String...) { rows.append(cells) }

    func print() { for line in lines() { Terminal.print(line) } }

    func lines() -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.enumerated().map { index, row in
            let cells = row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                if numbers.contains(column) { return space + cell }
                return column == row.count - 1 ? cell : cell + space
            }
            let line = cells.joined(separator: "  ")
            let fitted = Terminal.isInteractive ? fit(line, Terminal.width) : line
            return index == 0 ? Style.bold.on(fitted) : fitted
        }
    }
}

/// Cut to a width, with a sign that something is missing.
func fit(_ text: String, _ width: Int) -> String {
    width > 1 ? text.cut(to: width) : text
}
