internal import SagaCore

/// Counters, gauges and histograms, printed in the text format of Prometheus (exposition format 0.0.4).
public final class Metrics: Sendable {
    public typealias Labels = [(name: String, value: String)]

    private struct Series {
        var sum = 0.0
        var count = 0
        /// As many as `bounds`, and one for what is larger.
        var buckets: [Int] = []
    }

    private enum Kind: String { case counter, gauge, histogram }

    private struct Family {
        let kind: Kind
        let help: String
        /// By their labels, as they are printed.
        var series: [String: Series] = [:]
    }

    /// Seconds.
    private static let bounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    private static let helps: [String: (Kind, String)] = [
        "arcadia_http_request_seconds": (.histogram, "How long requests took, by operation and status."),
        "arcadia_runs_total": (.counter, "Runs that ended in this process, by status."),
        "arcadia_run_seconds": (.histogram, "How long runs took from their making to their end, by status."),
        "arcadia_step_seconds": (.histogram, "How long steps took from their licence to their outcome, by operation."),
        "arcadia_step_failures_total": (.counter, "Attempts that failed, by operation and code."),
    ]

    private let families = Monitor([String: Family]())

    public init() {}

    public func add(_ name: String, _ amount: Double = 1, labels: Labels = []) {
        update(name, labels) { $0.sum += amount }
    }

    public func observe(_ name: String, _ value: Double, labels: Labels = []) {
        update(name, labels) { series in
            if series.buckets.isEmpty { series.buckets = Array(repeating: 0, count: Self.bounds.count + 1) }
            series.buckets[Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count] += 1
            series.sum += value
            series.count += 1
        }
    }

    private func update(_ name: String, _ labels: Labels, _ body: (inout Series) -> Void) {
        families.withLock { families in
            let (kind, help) = Self.helps[name] ?? (.gauge, name)
            body(&families[name, default: Family(kind: kind, help: help)].series[Self.text(labels), default: Series()])
        }
    }

    /// - Parameter gauges: what is looked up at the moment of asking.
    func text(gauges: [Gauge]) -> String {
        var text = ""
        for gauge in gauges {
            text +=
                "# HELP \(gauge.name) \(gauge.help)\n# TYPE \(gauge.name) \(gauge.isCounter ? "counter" : "gauge")\n"
            for (labels, value) in gauge.values { text += Self.line(gauge.name, Self.text(labels), value) }
        }
        let families = families.withLock { $0 }
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.kind.rawValue)\n"
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                text +=
                    family.kind == .histogram ? histogram(name, labels, series) : Self.line(name, labels, series.sum)
            }
        }
        return text
    }

    private func histogram(_ name: String, _ labels: String, _ series: Series) -> String {
        var (text, total) = ("", 0)
        for (index, count) in series.buckets.enumerated() {
            total += count
            let bound = index < Self.bounds.count ? "\(Self.bounds[index])" : "+Inf"
            let own = "le=\"\(bound)\""
            text += Self.line(name + "_bucket", labels.isEmpty ? own : labels + "," + own, Double(total))
        }
        return text + Self.line(name + "_sum", labels, series.sum)
            + Self.line(name + "_count", labels, Double(series.count))
    }

    private static func line(_ name: String, _ labels: String, _ value: Double) -> String {
        let number = value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)"
        return name + (labels.isEmpty ? "" : "{\(labels)}") + " \(number)\n"
    }

    private static func text(_ labels: Labels) -> String {
        labels.map { name, value in
            let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
            return "\(name)=\"\(escaped)\""
        }.joined(separator: ",")
    }
}

/// Something that is counted when it is asked for.
public struct Gauge: Sendable {
    public let name: String
    public let help: String
    public let isCounter: Bool
    public let values: [(Metrics.Labels, Double)]

    public init(_ name: String, _ help: String, isCounter: Bool = false, _ values: [(Metrics.Labels, Double)]) {
        (self.name, self.help, self.isCounter, self.values) = (name, help, isCounter, values)
    }
}
