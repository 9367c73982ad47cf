internal import CPluginHost
internal import Glibc
internal import SagaCore

/// How a plugin's workers are started, and what they may do.
struct WorkerSettings: Sendable {
    /// The program: this one, which knows how to be a worker.
    let program: String
    /// The library, in the content store; or a program, which speaks the protocol itself.
    let library: String
    let isProgram: Bool
    /// Where the plugin may read, besides the system's libraries.
    let readable: [String]
    /// Where it may read and write.
    let writable: [String]
    /// Address space in bytes; 0: no limit.
    let memoryBytes: Int64
    /// Seconds that a call has to stop in once it was asked to; nil: as the host has it.
    let graceSeconds: Double?
    /// Other programs may be started.
    let maySpawn: Bool
    /// Calls at once.
    let lanes: Int
    /// What tells that the host is alive; the worker keeps it open, so that nobody takes the host's runs over while it may
    /// still do something. -1: nothing does.
    let lock: Int32
    let purpose: LoadPurpose

    static let standardMemoryBytes: Int64 = 4 << 30
    /// As many as a host of a few cores keeps busy.
    static let standardLanes = 8

    /// What every program needs to be able to read, wherever its libraries lie.
    static let system = [
        "/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/usr/share/zoneinfo", "/usr/share/locale",
        "/etc/ld.so.cache", "/etc/localtime", "/dev/urandom", "/dev/random", "/dev/zero", "/proc/self",
        "/sys/devices/system/cpu",
    ]

    /// Where a program finds what runs it.
    static let interpreters = ["/usr/bin", "/bin", "/usr/local/bin", "/usr/share", "/etc/alternatives"]

    /// What the worker is told before it loads anything.
    ///
    /// - Parameter bench: it loads nothing by itself, but does with the plugin what it is told.
    func load(
        _ manifest: PluginManifest, image: PluginImage, config: JSONValue, hasHTTP: Bool, bench: Bench.Freedom? = nil
    ) -> [UInt8] {
        var frame = FrameBytes("load")
        frame.add("protocol", Self.protocolVersion)
        frame.add("host_version", HostTable.version)
        frame.add(isProgram ? "program" : "library", library)
        frame.add("first_lane", Int64(WorkerProcess.firstLane))
        frame.add("hash", image.hash)
        frame.add("manifest", manifest.source)
        frame.add("config", config)
        frame.add("services", .array(hasHTTP ? [.string(PluginCapabilities.httpService)] : []))
        frame.add("lanes", Int64(lanes))
        frame.add("readable", .array(readable.map(JSONValue.string)))
        frame.add("writable", .array(writable.map(JSONValue.string)))
        frame.add("memory_bytes", memoryBytes)
        frame.add("may_spawn", .bool(maySpawn))
        if purpose == .plan { frame.add("purpose", purpose.rawValue) }
        frame.add("bench", bench.map { .string($0.rawValue) })
        return frame.finish()
    }

    static let protocolVersion: Int64 = 1
}

/// What a worker and its host both see: who is in a call, and what ended it.
///
/// A header, then a mark for each lane.
struct WorkerMemory: @unchecked Sendable {
    let base: UnsafeMutableRawPointer
    let lanes: Int

    private static let headerBytes = 64

    static func byteCount(lanes: Int) -> Int { headerBytes + lanes * MemoryLayout<arcadia_mark>.size }

    /// Nil: it cannot be mapped.
    init?(descriptor: Int32, lanes: Int) {
        let map = mmap(nil, Self.byteCount(lanes: lanes), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let map, map != MAP_FAILED else { return nil }
        base = map
        self.lanes = lanes
    }

    func unmap() { munmap(base, Self.byteCount(lanes: lanes)) }

    /// The number of a system call that it was stopped for; 0: it was not.
    var forbiddenCall: UnsafeMutablePointer<Int32> { base.assumingMemoryBound(to: Int32.self) }
    var forbiddenArgument: UnsafeMutablePointer<Int32> { forbiddenCall + 1 }

    func mark(_ lane: Int) -> UnsafeMutablePointer<arcadia_mark> {
        (base + Self.headerBytes).assumingMemoryBound(to: arcadia_mark.self) + lane
    }
}
