internal import Glibc
internal import SagaCore

/// A message between a host and a worker: a JSON object with `frame` for its kind, and bytes that are no JSON.
struct Frame: Sendable {
    let json: JSONValue
    let attachment: [UInt8]

    var kind: String { json["frame"]?.stringValue ?? "" }
}

/// A frame on its way out: 4 bytes little-endian for the length of the JSON, 4 for that of the attachment, then both.
struct FrameBytes: Sendable {
    fileprivate(set) var bytes: [UInt8]
    private static let headerBytes = 8

    init(_ kind: StaticString) {
        bytes = []
        bytes.reserveCapacity(512)
        bytes.append(contentsOf: [0, 0, 0, 0, 0, 0, 0, 0])
        append(#"{"frame":""#)
        append(kind)
        append("\"")
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// - Parameter value: nil: the key is left out.
    mutating func add(_ key: StaticString, _ value: JSONValue?) {
        guard let value else { return }
        addKey(key)
        value.write(into: &bytes)
    }

    mutating func add(named key: String, _ value: JSONValue) {
        bytes.append(UInt8(ascii: ","))
        JSONValue.string(key).write(into: &bytes)
        bytes.append(UInt8(ascii: ":"))
        value.write(into: &bytes)
    }

    mutating func add(_ key: StaticString, _ text: String) { add(key, .string(text)) }
    mutating func add(_ key: StaticString, _ number: Int64) { add(key, .int(number)) }

    private mutating func addKey(_ key: StaticString) {
        append(",\"")
        append(key)
        append("\":")
    }

    /// Closes the frame.
    mutating func finish(attachment: [UInt8] = []) -> [UInt8] {
        append("}")
        let length = UInt32(bytes.count - Self.headerBytes)
        withUnsafeBytes(of: length.littleEndian) { bytes.replaceSubrange(0..<4, with: $0) }
        withUnsafeBytes(of: UInt32(attachment.count).littleEndian) { bytes.replaceSubrange(4..<8, with: $0) }
        bytes.append(contentsOf: attachment)
        return bytes
    }
}

/// Why no frame came.
enum FrameProblem: Error, Sendable, Hashable {
    /// The other side closed its end, or is gone.
    case ended
    /// What came is no frame; a sentence's end. eg: "a frame of 4 GB"
    case malformed(String)
}

/// One end of a stream of frames. Reading is one thread's at a time, writing any's.
final class FrameChannel: @unchecked Sendable {
    let descriptor: Int32
    private let writing = Monitor(())
    private let buffer: UnsafeMutableRawPointer
    private var pending: [UInt8] = []
    private static let bufferBytes = 1 << 16

    /// What one frame of the other side may hold, in bytes of JSON.
    private let jsonLimit: Int
    /// The documents of a call.
    static let callLimit = 5 * PluginCall.documentLimit
    /// What a call puts out, its last words, and what is around them.
    static let outcomeLimit = 2 * PluginCall.documentLimit
    /// The body of a request or an answer.
    static let attachmentLimit = PluginCall.documentLimit

    /// Takes the descriptor over.
    init(_ descriptor: Int32, jsonLimit: Int = FrameChannel.callLimit) {
        self.descriptor = descriptor
        self.jsonLimit = jsonLimit
        buffer = .allocate(byteCount: Self.bufferBytes, alignment: 8)
    }

    deinit {
        close(descriptor)
        buffer.deallocate()
    }

    // MARK: - Writing

    func send(_ frame: [UInt8]) throws(FrameProblem) {
        try writing.withLock { _ throws(FrameProblem) in
            var sent = 0
            while sent < frame.count {
                let count = frame.withUnsafeBytes {
                    Glibc.send(descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw .ended
                }
                sent += count
            }
        }
    }

    /// Sends it if there is room for it at once. False: there is none, and nothing was sent.
    func sendWithoutWaiting(_ frame: [UInt8]) -> Bool {
        writing.withLock { _ in
            frame.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress!, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT)) == $0.count
            }
        }
    }

    /// Whoever sends gives up after this time without room.
    func limitSending(seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }
    /// Nothing more is sent; what the other side still says is read.
    func finishSending() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Both directions end; whoever reads is told.
    func shutDown() { _ = shutdown(descriptor, Int32(SHUT_RDWR)) }

    // MARK: - Reading

    /// Waits for a whole frame.
    func receive() throws(FrameProblem) -> Frame {
        while true {
            if let frame = try takeFrame() { return frame }
            guard fill(flags: 0) == .more else { throw .ended }
        }
    }

    /// Waits for a whole frame until then; nil: none came.
    func receive(until end: ContinuousClock.Instant) throws(FrameProblem) -> Frame? {
        while true {
            if let frame = try takeFrame() { return frame }
            let left = ContinuousClock.now.duration(to: end)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = poll(&waiting, 1, Int32(clamping: max(0, milliseconds)))
            if count == 0 { return nil }
            if count > 0, fill(flags: 0) == .ended { throw .ended }
        }
    }

    /// The whole frames of what is there by now, to a limit, so that one who never stops talking keeps nobody else waiting;
    /// does not wait.
    func receiveWhatIsThere() throws(FrameProblem) -> [Frame] {
        var frames: [Frame] = []
        var filling = Filling.more
        for _ in 0..<16 where filling == .more { filling = fill(flags: Int32(MSG_DONTWAIT)) }
        while let frame = try takeFrame() { frames.append(frame) }
        // What was said last is heard first.
        guard filling != .ended || !frames.isEmpty else { throw .ended }
        return frames
    }

    private enum Filling { case more, nothing, ended }

    /// Reads once; nothing: there is nothing, and nobody waits for it.
    private func fill(flags: Int32) -> Filling {
        while true {
            let count = recv(descriptor, buffer, Self.bufferBytes, flags)
            if count > 0 {
                pending.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
                return .more
            }
            if count < 0, errno == EINTR { continue }
            return count < 0 && errno == EAGAIN ? .nothing : .ended
        }
    }

    private func takeFrame() throws(FrameProblem) -> Frame? {
        guard pending.count >= 8 else { return nil }
        let (json, attachment) = (number(at: 0), number(at: 4))
        guard json <= jsonLimit, attachment <= Self.attachmentLimit else {
            throw .malformed("a frame of \(json + attachment) bytes")
        }
        let end = 8 + json + attachment
        guard pending.count >= end else {
            pending.reserveCapacity(end)
            return nil
        }
        let value = pending.withUnsafeBytes {
            try? JSONValue(parsing: UnsafeRawBufferPointer(rebasing: $0[8..<8 + json]))
        }
        guard let value, value.objectValue != nil else { throw .malformed("a frame that is no JSON object") }
        let frame = Frame(json: value, attachment: Array(pending[(8 + json)..<end]))
        if pending.count == end { pending.removeAll(keepingCapacity: end < 1 << 20) } else { pending.removeFirst(end) }
        return frame
    }

    private func number(at offset: Int) -> Int {
        pending.withUnsafeBytes {
            Int(UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        }
    }
}
