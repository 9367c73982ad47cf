internal import ArcadiaPlugin
internal import Synchronization

/// The table that every plugin of these tests is handed.
enum FakeHost {
    static let serial = Mutex(())

    nonisolated(unsafe) static let table: UnsafePointer<arcadia_host> = {
        var host = arcadia_host()
        host.struct_size = UInt32(MemoryLayout<arcadia_host>.size)
        host.log = { call, _, message, _ in
            if call != nil { FakeCall.find(call).log(message) }
        }
        host.heartbeat = { call, _, _ in FakeCall.find(call).isCancelRequested ? 1 : 0 }
        host.cancel_requested = { FakeCall.find($0).isCancelRequested ? 1 : 0 }
        host.cancel_fd = { _ in -1 }
        host.deadline_ms = { _ in .max }
        host.checkpoint = { FakeCall.find($0).checkpoint($1) }
        host.suspend = { call, milliseconds in
            FakeCall.find(call).suspend(milliseconds)
            return 0
        }
        host.result = { FakeCall.find($0).put("/output", $1) }
        host.found = { FakeCall.find($0).find($1) }
        host.fail = { FakeCall.find($0).fail($1!.pointee) }
        host.get_json = { call, path, json in
            guard let found = FakeCall.find(call).json(at: String(cString: path!)) else { return 0 }
            json!.pointee = found
            return 1
        }
        host.put_json = { FakeCall.find($0).put(String(cString: $1!), $2) }
        host.service = { _, _ in nil }
        let table = UnsafeMutablePointer<arcadia_host>.allocate(capacity: 1)
        table.initialize(to: host)
        return UnsafePointer(table)
    }()
}
