/// An amount of money, exact, in millionths.
public struct PlannedMoney: Sendable, Hashable {
    public var micros: Int64

    public init(micros: Int64) { self.micros = micros }

    /// Reads decimal text: digits, at most one point, at most six digits after it. eg: "0.05", "1152.00"
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (48...57).contains($0) } }),
            parts[0].utf8.count <= 12, parts.count == 1 || parts[1].utf8.count <= 6
        else { return nil }
        let fraction = parts.count == 2 ? parts[1] : ""
        let padded = fraction + String(repeating: "0", count: 6 - fraction.utf8.count)
        micros = (Int64(parts[0]) ?? 0) * 1_000_000 + (Int64(padded) ?? 0)
    }

    /// With as many digits after the point as it needs, two at least. eg: "6.00", "-18.00", "0.0075"
    public var text: String {
        let whole = micros.magnitude / 1_000_000
        var fraction = String(micros.magnitude % 1_000_000)
        fraction = String(repeating: "0", count: 6 - fraction.utf8.count) + fraction
        while fraction.utf8.count > 2, fraction.hasSuffix("0") { fraction.removeLast() }
        return (micros < 0 ? "-" : "") + "\(whole).\(fraction)"
    }
}
