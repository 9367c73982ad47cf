internal import Crypto

/// SHA-256, as hex: how definitions and plugin libraries are named by their content.
public struct ContentHash: Sendable {
    private var function = SHA256()

    public init() {}

    public static func hex(of text: String) -> String {
        var hash = ContentHash()
        var text = text
        text.withUTF8 { hash.update(UnsafeRawBufferPointer($0)) }
        return hash.hex()
    }

    public mutating func update(_ bytes: UnsafeRawBufferPointer) { function.update(bufferPointer: bytes) }

    public func hex() -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: function.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}

extension [UInt8] {
    /// SHA-256, in hex.
    public var contentHash: String {
        var hash = ContentHash()
        withUnsafeBytes { hash.update($0) }
        return hash.hex()
    }
}
