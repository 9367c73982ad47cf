internal import SagaCore

/// Runs in a list. Where a line would be too long for the terminal, what a run waits for, or died of, stands below it.
struct RunTable {
    private let rows: [Row]

    private struct Row {
        let cells: [String]
        let inputs: String
        let why: String
    }

    init(_ runs: [RunRow], at now: Timestamp) {
        rows = runs.map { run in
            let age = RunTree.duration(Double(now - run.createdAt) / 1000)
            let id = String(run.id.description.suffix(Self.idLetters))
            return Row(cells: [id, run.saga, run.status.rawValue, age], inputs: run.label, why: Self.why(run, now))
        }
    }

    /// Of a run's id: its end, which is random.
    private static let idLetters = 8

    private static func why(_ run: RunRow, _ now: Timestamp) -> String {
        if let blocked = run.blocked { return blocked }
        if let paused = run.paused { return "paused: \(paused)" }
        if let waits = run.waits { return waits.words(at: now) }
        if let message = run.error?["message"]?.stringValue { return message }
        guard !run.status.isEnded, let wake = run.wakeAt, wake > now else { return "" }
        return "goes on at \(wake.shortened(at: now))"
    }

    func print() {
        guard !rows.isEmpty else { return Terminal.say("no runs") }
        for line in lines(width: Terminal.isInteractive ? Terminal.width : nil) { Terminal.print(line) }
    }

    private static let head = ["RUN", "SAGA", "STATUS", "AGE"]

    /// - Parameter width: of the terminal; nil: lines are as long as they are.
    func lines(width: Int?) -> [String] {
        let columns = Self.head.indices.map { column in
            ([Self.head[column]] + rows.map { $0.cells[column] }).map(\.count).max() ?? 0
        }
        let inputs = max(6, rows.map(\.inputs.count).max() ?? 0)
        let start = columns.reduce(0) { $0 + $1 + 2 }
        let why = rows.map(\.why.count).max() ?? 0
        if let width, start + inputs + 2 + max(why, 3) > width {
            return folded(columns, start, width)
        }
        return [Style.bold.on(Self.line(Self.head + ["INPUTS", "WHY"], columns + [inputs]))]
            + rows.map { Self.line($0.cells + [$0.inputs, $0.why], columns + [inputs]) }
    }

    private func folded(_ columns: [Int], _ start: Int, _ width: Int) -> [String] {
        let head = fit(Self.line(Self.head + ["INPUTS, and below: WHY"], columns), width)
        return [Style.bold.on(head)]
            + rows.flatMap { row in
                [fit(Self.line(row.cells + [row.inputs], columns), width)] + Self.below(row.why, start, width)
            }
    }

    /// Below the inputs where it fits there, else further to the left.
    private static func below(_ why: String, _ start: Int, _ width: Int) -> [String] {
        guard !why.isEmpty else { return [] }
        let indent = start + why.count <= width ? start : idLetters + 2
        return FactSheet.fold(why, max(20, width - indent)).map { String(repeating: " ", count: indent) + $0 }
    }

    private static func line(_ cells: [String], _ columns: [Int]) -> String {
        let padded = cells.enumerated().map { $0 < columns.count ? pad($1, columns[$0]) : $1 }
        var line = padded.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
