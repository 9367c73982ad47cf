import ArcadiaPlugin
import Synchronization
import Testing

/// The C structs that the host reads, and the instance behind them.
@Suite struct TableTests {
    private let plugin = Loaded(Scripted.self)

    @Test func `the table says what the plugin says`() {
        let table = plugin.table.pointee
        #expect(table.struct_size == UInt32(MemoryLayout<arcadia_plugin>.size))
        #expect(table.abi_minor == ARCADIA_ABI_MINOR)
        #expect(table.min_host_minor == 0)
        #expect(String(cString: table.id) == "scripted")
        #expect(String(cString: table.version) == "1.2.3")
        #expect(table.operation_count == 3)
        #expect(table.create != nil && table.destroy != nil && table.health != nil)
        // Nothing of it can be planned, and it knows no other extension.
        #expect(table.extension?("arcadia.plan/1") == nil)
        #expect(table.extension?("arcadia.else/1") == nil)
    }

    @Test func `compensate and probe are there exactly where the type has them`() {
        let plain = plugin.operation("plain")
        #expect(plain.struct_size == UInt32(MemoryLayout<arcadia_operation>.size))
        #expect(plain.execute != nil)
        #expect(plain.compensate == nil)
        #expect(plain.probe == nil)
        let full = plugin.operation("full")
        #expect(full.execute != nil && full.compensate != nil && full.probe != nil)
        #expect(full.cancel == nil)
    }

    @Test func `a host that is too old is refused`() {
        var host = FakeCall.host.pointee
        host.struct_size = 200
        #expect(Scripted.entry(&host) == nil)
        #expect(Scripted.entry(nil) == nil)
    }

    @Test func `health is what the plugin says`() {
        let call = FakeCall()
        #expect(plugin.table.pointee.health(plugin.instance, call.handle) == arcadia_status(ARCADIA_OK))
        let ill = Loaded(Scripted.self, config: #"{"greeting":"ill"}"#)
        #expect(ill.table.pointee.health(ill.instance, call.handle) == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.code == .auth)
        #expect(call.failure?.message == "the token expired")
    }

    @Test func `destroy lets go of the plugin`() {
        final class Witness: Sendable {
            static let alive = Atomic(0)
            init() { Self.alive.add(1, ordering: .relaxed) }
            deinit { Self.alive.subtract(1, ordering: .relaxed) }
        }
        struct Mortal: Plugin {
            static let id = "mortal"
            static let version = "1.0.0"
            static let operations: [any Operation<Mortal>.Type] = []
            let witness = Witness()
            init(config: NoConfig) {}
        }
        let plugin = Loaded(Mortal.self)
        #expect(Witness.alive.load(ordering: .relaxed) == 1)
        plugin.table.pointee.destroy(plugin.instance)
        #expect(Witness.alive.load(ordering: .relaxed) == 0)
    }

    @Test func `an operation that is not there is said to be`() {
        let call = FakeCall()
        var op = arcadia_op()
        op.operation = call.lend("nothing")
        let status = plugin.operation("plain").execute(plugin.instance, call.handle, &op)
        #expect(status == arcadia_status(ARCADIA_FAILED))
        #expect(call.failure?.message == "scripted has no operation `nothing` for this")
    }

    @Test func `several threads call one instance at once`() async {
        let plugin = plugin
        let wrong = await withTaskGroup(of: Int.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    (0..<500).count { round in
                        let call = FakeCall()
                        let status = plugin.call(.execute, "add", with: #"{"a":\#(thread),"b":\#(round)}"#, on: call)
                        return status != arcadia_status(ARCADIA_OK) || call.output != #"{"sum":\#(thread + round)}"#
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }
}
