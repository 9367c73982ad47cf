/// The products of one invoice: each is looked at once, however many lines it has.
struct ProductTable {
    struct Entry {
        let product: BilledProduct
        /// The kind as bytes that stay where they are, for the lines; nil where no resource is billed.
        let kind: UnsafeBufferPointer<UInt8>?
        /// The kind's number in the index of resources; nil: it holds none of this kind.
        let kindNumber: Int?
        let name: String
    }

    private var index = ByteIndex()
    private(set) var entries: [Entry] = []
    private let texts: StableTexts

    init(texts: StableTexts) { self.texts = texts }

    @inline(__always)
    mutating func number(of product: UnsafeBufferPointer<UInt8>, _ resources: ResourceIndex) -> Int {
        index.number(of: product) ?? add(product, resources)
    }

    private mutating func add(_ bytes: UnsafeBufferPointer<UInt8>, _ resources: ResourceIndex) -> Int {
        let name = String(decoding: bytes, as: UTF8.self)
        let product = BilledProduct.named(String(decoding: BilledProduct.trimmed(bytes[...]), as: UTF8.self))
        entries.append(
            Entry(
                product: product, kind: product.kind.map { texts.bytes(of: $0) },
                kindNumber: product.kind.flatMap { resources.number(ofKind: $0) }, name: name))
        return index.insert(bytes)
    }
}

/// Texts whose bytes stay where they are for as long as this lives.
final class StableTexts {
    private var known: [String: UnsafeMutableBufferPointer<UInt8>] = [:]

    func bytes(of text: String) -> UnsafeBufferPointer<UInt8> {
        if let bytes = known[text] { return UnsafeBufferPointer(bytes) }
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: text.utf8.count)
        _ = bytes.initialize(fromContentsOf: text.utf8)
        known[text] = bytes
        return UnsafeBufferPointer(bytes)
    }

    deinit { for bytes in known.values { bytes.deallocate() } }
}
