internal import CArcadiaPlugin
internal import FoundationEssentials

/// Text and bytes across the border.
extension arcadia_str {
    static var absent: arcadia_str { arcadia_str(ptr: nil, len: 0) }

    var isAbsent: Bool { ptr == nil }

    /// The bytes, borrowed for as long as the host says.
    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: ptr, count: ptr == nil ? 0 : len) }

    /// A copy; nil: absent.
    var string: String? { isAbsent ? nil : String(decoding: bytes, as: UTF8.self) }
}

extension Duration {
    /// Whole milliseconds, rounded up: never sooner than asked for, and at most what the host can take.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds < 315_360_000_000 else { return 315_360_000_000_000 }
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}

/// Lends the bytes of a string for as long as `body` runs.
func lending<Result>(_ text: String, _ body: (arcadia_str) -> Result) -> Result {
    var text = text
    return text.withUTF8 { utf8 in
        utf8.withMemoryRebound(to: CChar.self) { body(arcadia_str(ptr: $0.baseAddress ?? emptyText, len: $0.count)) }
    }
}

/// Lends bytes; nil becomes absent.
func lending<Result>(_ bytes: Data?, _ body: (arcadia_str) -> Result) -> Result {
    guard let bytes else { return body(.absent) }
    return bytes.withUnsafeBytes { raw in
        body(arcadia_str(ptr: raw.assumingMemoryBound(to: CChar.self).baseAddress ?? emptyText, len: raw.count))
    }
}

/// Where text that is there and empty points to.
private nonisolated(unsafe) let emptyText: UnsafePointer<CChar> = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
}()
