internal import CArcadiaPlugin
internal import Glibc
internal import SagaCore

/// Memory that a plugin is lent, laid out so that a wrong use of it shows at once.
final class LentMemory: @unchecked Sendable {
    enum Layout: String {
        /// As a host does it.
        case usual
        /// Nothing behind the last byte: reading on ends the process.
        case edge
        /// Gone when the call is over: reading it later ends the process.
        case passing
    }

    let layout: Layout
    private let places = Monitor<[(start: UnsafeMutableRawPointer, bytes: Int)]>([])
    private static let page = Int(sysconf(Int32(_SC_PAGESIZE)))

    init(_ layout: Layout) { self.layout = layout }

    func copy(_ text: arcadia_str) -> arcadia_str {
        guard let source = text.ptr else { return text }
        let copy = place(text.len, alignment: 1)
        memcpy(copy, source, text.len)
        return arcadia_str(ptr: copy.assumingMemoryBound(to: CChar.self), len: text.len)
    }

    func copy(_ operation: arcadia_op) -> UnsafePointer<arcadia_op> {
        var it = operation
        for path in Self.texts { it[keyPath: path] = copy(it[keyPath: path]) }
        let place = place(MemoryLayout<arcadia_op>.size, alignment: 8).assumingMemoryBound(to: arcadia_op.self)
        place.initialize(to: it)
        return UnsafePointer(place)
    }

    nonisolated(unsafe) private static let texts: [WritableKeyPath<arcadia_op, arcadia_str>] = [
        \.operation, \.run_id, \.saga, \.step_id, \.idempotency_key, \.with_json, \.result_json, \.checkpoint_json,
        \.traceparent, \.execute_key,
    ]

    private func place(_ bytes: Int, alignment: Int) -> UnsafeMutableRawPointer {
        let used = (max(1, bytes) + Self.page) / Self.page * Self.page
        let start = mmap(nil, used + Self.page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)!
        precondition(start != MAP_FAILED, "no memory is left")
        places.withLock { $0.append((start, used + Self.page)) }
        guard layout == .edge else { return start }
        mprotect(start + used, Self.page, PROT_NONE)
        return start + used - (bytes + alignment - 1) / alignment * alignment
    }

    /// The call is over.
    func end() {
        guard layout == .passing else { return }
        places.withLock { for place in $0 { mprotect(place.start, place.bytes, PROT_NONE) } }
    }
}
