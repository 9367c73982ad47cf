import PluginHost
import SagaCore
import Testing

@Suite struct HostThreadsTests {
    private final class Nothing: Work {
        func perform() {}
    }

    @Test func `what is called before a thread sleeps is called as directly the thousandth time as the first`() {
        let threads = HostThreads(base: 1, limit: 1)
        // How deep the stack is tells how much lies between the thread and what it calls.
        let places = Monitor([UInt]())
        threads.beforeSleep {
            withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 1) { here in
                places.change { $0.append(UInt(bitPattern: here.baseAddress)) }
            }
            return false
        }
        for count in 1...1000 {
            threads.enqueue(Nothing())
            places.wait { $0.count >= count ? () : nil }
        }
        let (first, last) = places.withLock { ($0[0], $0[999]) }
        #expect(first == last)
    }
}
