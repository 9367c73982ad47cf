internal import Glibc
internal import SagaCore

/// What a worker prints, as lines of the log: a plugin that prints a gigabyte costs the host nothing but reading it.
final class WorkerOutput: @unchecked Sendable {
    let descriptor: Int32
    private let plugin: String
    private let chunk: UnsafeMutableRawPointer
    // The supervisor's thread alone touches these.
    private var line: [UInt8] = []
    private var second: Int64 = 0
    private var linesThisSecond = 0
    private var dropped = 0
    /// How it began, for whoever wants to know whether it printed at all.
    let beginning = Monitor<[UInt8]>([])

    private static let chunkBytes = 1 << 16
    private static let lineLimit = 2000
    private static let beginningBytes = 160
    private static let linesASecond = 100

    /// Takes the descriptor over.
    init(_ descriptor: Int32, plugin: String) {
        self.descriptor = descriptor
        self.plugin = plugin
        chunk = .allocate(byteCount: Self.chunkBytes, alignment: 1)
    }

    deinit {
        close(descriptor)
        chunk.deallocate()
    }

    /// Reads what is there, to a limit, so that nobody else waits long. False: it was closed.
    func read() -> Bool {
        for _ in 0..<16 {
            let count = Glibc.read(descriptor, chunk, Self.chunkBytes)
            if count == 0 { return false }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            take(UnsafeRawBufferPointer(start: chunk, count: count))
        }
        return true
    }

    private func take(_ bytes: UnsafeRawBufferPointer) {
        beginning.withLock { if $0.count < Self.beginningBytes { $0 += bytes.prefix(Self.beginningBytes - $0.count) } }
        guard linesThisSecond <= Self.linesASecond || isNewSecond else { return pass(over: bytes) }
        for piece in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
            if piece.offset > 0 { endLine() }
            line.append(contentsOf: piece.element.prefix(max(0, Self.lineLimit - line.count)))
        }
    }

    /// Counts lines and keeps none: enough was said in this second.
    private func pass(over bytes: UnsafeRawBufferPointer) {
        var rest = bytes
        while let start = rest.baseAddress, let end = memchr(start, 10, rest.count) {
            dropped += 1
            let next = UnsafeRawPointer(end) + 1
            rest = UnsafeRawBufferPointer(start: next, count: rest.count - (next - start))
        }
    }

    private static var now: Int64 {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        return Int64(now.tv_sec)
    }

    private var isNewSecond: Bool { Self.now != second }

    private func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty else { return }
        if isNewSecond {
            (second, linesThisSecond) = (Self.now, 0)
            tellDropped()
        }
        linesThisSecond += 1
        guard linesThisSecond <= Self.linesASecond else {
            dropped += 1
            return
        }
        say(HostTable.oneLine(String(decoding: line, as: UTF8.self)))
    }

    /// Nothing more comes.
    func finish() {
        endLine()
        tellDropped()
    }

    private func tellDropped() {
        guard dropped > 0 else { return }
        say("it printed \(dropped) lines more")
        dropped = 0
    }

    private func say(_ text: String) {
        let sink = HostTable.log.withLock { $0 }
        sink.write(PluginLog.Line(.printed, label: plugin, run: nil, 2, text))
    }
}
