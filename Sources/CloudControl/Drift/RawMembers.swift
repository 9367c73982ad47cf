internal import Glibc

/// Walks over the members of a JSON object where it lies in a row, without making values of them.
///
/// Good for objects that were written by a JSON writer, as those in the database are; of anything it cannot make sense of it
/// says so by not being `isAtEnd` after the last member.
struct RawMembers {
    /// The bytes between the quotes. One with an escape ends the walk.
    private(set) var key = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The bytes of the value, with its quotes or brackets.
    private(set) var value = UnsafeRawBufferPointer(start: nil, count: 0)
    /// The value is a string with a backslash in it.
    private(set) var hasEscape = false
    /// The closing brace was reached.
    private(set) var isAtEnd = false
    private var at: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>

    /// Nil when this is no object.
    init?(_ bytes: UnsafeRawBufferPointer?) {
        guard let bytes, let start = bytes.baseAddress, bytes.count > 1 else { return nil }
        at = start.assumingMemoryBound(to: UInt8.self)
        end = at + bytes.count
        guard at.pointee == openBrace else { return nil }
        at += 1
    }

    /// Goes to the next member; false at the end, and where this makes no sense.
    mutating func next() -> Bool {
        skipSpace()
        guard at < end else { return false }
        if at.pointee == comma {
            at += 1
            skipSpace()
        }
        guard at < end, at.pointee == quote else {
            isAtEnd = at < end && at.pointee == closeBrace
            return false
        }
        let keyStart = at + 1
        guard let keyEnd = endOfString(), !hasEscape else { return false }
        key = UnsafeRawBufferPointer(start: keyStart, count: keyEnd - 1 - keyStart)
        at = keyEnd
        skipSpace()
        guard at < end, at.pointee == colon else { return false }
        at += 1
        skipSpace()
        let valueStart = at
        guard at < end, let valueEnd = endOfValue() else { return false }
        value = UnsafeRawBufferPointer(start: valueStart, count: valueEnd - valueStart)
        at = valueEnd
        return true
    }

    private mutating func skipSpace() {
        while at < end, at.pointee <= space { at += 1 }
    }

    /// Behind the closing quote of the string at `at`.
    private mutating func endOfString() -> UnsafePointer<UInt8>? {
        hasEscape = false
        var place = at + 1
        while place < end {
            switch place.pointee {
            case quote: return place + 1
            case backslash:
                hasEscape = true
                place += 2
            default: place += 1
            }
        }
        return nil
    }

    private mutating func endOfValue() -> UnsafePointer<UInt8>? {
        switch at.pointee {
        case quote: return endOfString()
        case openBrace, openBracket: return endOfContainer()
        default:
            hasEscape = false
            var place = at
            while place < end, place.pointee != comma, place.pointee != closeBrace, place.pointee > space { place += 1 }
            return place
        }
    }

    private mutating func endOfContainer() -> UnsafePointer<UInt8>? {
        let start = at
        defer { at = start }
        var depth = 0
        while at < end {
            switch at.pointee {
            case quote:
                guard let end = endOfString() else { return nil }
                at = end
                continue
            case openBrace, openBracket: depth += 1
            case closeBrace, closeBracket: depth -= 1
            default: break
            }
            at += 1
            if depth == 0 { return at }
        }
        return nil
    }
}

extension UnsafeRawBufferPointer {
    func isSame(as other: UnsafeRawBufferPointer) -> Bool {
        count == other.count && (count == 0 || memcmp(baseAddress!, other.baseAddress!, count) == 0)
    }

    func isSame(as text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && memcmp(baseAddress!, text.utf8Start, count) == 0
    }
}

private let quote = UInt8(ascii: "\"")
private let backslash = UInt8(ascii: "\\")
private let openBrace = UInt8(ascii: "{")
private let closeBrace = UInt8(ascii: "}")
private let openBracket = UInt8(ascii: "[")
private let closeBracket = UInt8(ascii: "]")
private let comma = UInt8(ascii: ",")
private let colon = UInt8(ascii: ":")
private let space = UInt8(ascii: " ")
