internal import SagaCore

/// W3C trace context: a run is a trace, each call and each request a span of it.
enum TraceContext {
    /// eg: "00-019a9f5c8e217c3ab1f02d7e6a1c9b04-00f067aa0ba902b7-01"
    static func traceparent(of run: RunID) -> String {
        let trace = run.description.filter { $0 != "-" }
        return "00-\(trace)-\(hex(UInt64.random(in: 1 ... .max)))-01"
    }

    private static func hex(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
