/// What a product of an invoice says about the resource that is billed.
struct BilledProduct {
    /// Where the resource's name stands.
    enum NameRule {
        /// `name (size)`: before the last ` (`, since names have brackets too.
        case description
        /// `Unused Floating IP - 1.1.1.1`: after the last ` - `.
        case afterDash
        /// The parts of a cluster are the description; its name is the group.
        case group
    }

    /// As the inventory says it; nil: no resource is billed.
    let kind: String?
    let nameRule: NameRule

    /// The products of DigitalOcean's invoices that were seen, in lower case. The list is open: what is not here bills
    /// no resource that anybody knows.
    private static let known: [String: BilledProduct] = [
        "droplets": BilledProduct(kind: "droplet", nameRule: .description),
        "gpu droplets": BilledProduct(kind: "droplet", nameRule: .description),
        // A backup is billed against its droplet.
        "backups": BilledProduct(kind: "droplet", nameRule: .description),
        "droplet backups": BilledProduct(kind: "droplet", nameRule: .description),
        "snapshots": BilledProduct(kind: "snapshot", nameRule: .description),
        "droplet snapshots": BilledProduct(kind: "snapshot", nameRule: .description),
        "volume snapshots": BilledProduct(kind: "snapshot", nameRule: .description),
        "volumes": BilledProduct(kind: "volume", nameRule: .description),
        "floating ips": BilledProduct(kind: "reserved_ip", nameRule: .afterDash),
        "reserved ips": BilledProduct(kind: "reserved_ip", nameRule: .afterDash),
        "load balancers": BilledProduct(kind: "load_balancer", nameRule: .description),
        "kubernetes clusters": BilledProduct(kind: "kubernetes_cluster", nameRule: .group),
        "database clusters": BilledProduct(kind: "database_cluster", nameRule: .group),
    ]

    static func named(_ product: String) -> BilledProduct {
        known[product.lowercased()] ?? BilledProduct(kind: nil, nameRule: .description)
    }

    /// The name of the resource, a part of one of the two texts.
    func name(description: UnsafeBufferPointer<UInt8>, group: UnsafeBufferPointer<UInt8>)
        -> UnsafeBufferPointer<UInt8>
    {
        switch nameRule {
        case .description: Self.beforeBracket(description)
        case .afterDash: Self.afterDash(description)
        case .group: group.isEmpty ? Self.beforeBracket(description) : Self.trimmed(group[...])
        }
    }

    @inline(__always)
    static func beforeBracket(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var at = text.count - 1
        while at > 0 {
            if text[at] == ASCII.openParenthesis, text[at - 1] == ASCII.space { return trimmed(text[..<(at - 1)]) }
            at -= 1
        }
        return trimmed(text[...])
    }

    private static func afterDash(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var at = text.count - 1
        while at > 1 {
            if text[at] == ASCII.space, text[at - 1] == ASCII.minus, text[at - 2] == ASCII.space {
                return trimmed(text[(at + 1)...])
            }
            at -= 1
        }
        return trimmed(text[...])
    }

    @inline(__always)
    static func trimmed(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> UnsafeBufferPointer<UInt8> {
        var (start, end) = (text.startIndex, text.endIndex)
        while start < end, text[start] == ASCII.space { start += 1 }
        while end > start, text[end - 1] == ASCII.space { end -= 1 }
        return UnsafeBufferPointer(rebasing: text.base[start..<end])
    }
}
