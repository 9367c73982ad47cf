internal import CPluginHost
internal import Glibc
public import SagaCore

/// The host's own threads: a pool that grows while calls block, to a limit.
///
/// Never Swift's cooperative pool: a plugin may block for as long as it likes, and sixteen that wait for their own tasks
/// would bring that pool to a stop for good.
public final class HostThreads: WorkQueue, @unchecked Sendable {
    fileprivate struct State {
        var queue: [any Work] = []
        /// Taken from the front, so that nobody waits for ever; the array is cut when it is mostly taken.
        var head = 0
        var idle = 0
        var count = 0
        /// Threads inside a call that was given up: they count no more.
        var lost = 0
        var lastTaken = ContinuousClock.now
    }

    private let state = Monitor(State())
    private let base: Int
    private let limit: Int

    /// - Parameters:
    ///   - base: threads that are started as soon as there is work for them; nil: as many as there are cores.
    ///   - limit: threads at most, however long work waits.
    public init(base: Int? = nil, limit: Int = 64) {
        self.base = max(1, base ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        self.limit = max(self.base, limit)
    }

    public func enqueue(_ work: any Work) {
        let startsThread = state.signal { state in
            state.queue.append(work)
            guard state.idle == 0, state.count - state.lost < base else { return false }
            state.count += 1
            return true
        }
        if startsThread { startThread() }
    }

    /// Starts one more thread when work has waited for 10 ms and every thread is in a call. Called regularly.
    public func growIfStalled() {
        let startsThread = state.withLock { state in
            guard state.head < state.queue.count, state.idle == 0, state.count - state.lost < limit,
                state.lastTaken.duration(to: .now) > .milliseconds(10)
            else { return false }
            state.count += 1
            return true
        }
        if startsThread { startThread() }
    }

    /// A thread will not come back from its call: another may take its place.
    func lose() { state.withLock { $0.lost += 1 } }
    /// It did come back.
    func regain() { state.withLock { $0.lost -= 1 } }

    public var threadCount: Int { state.withLock { $0.count } }

    private func startThread() {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 1 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var thread = pthread_t()
        let started = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<HostThreads>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, Unmanaged.passRetained(self).toOpaque())
        pthread_attr_destroy(&attributes)
        if started != 0 {
            Unmanaged.passUnretained(self).release()
            state.withLock { $0.count -= 1 }
        }
    }

    private func work() {
        arcadia_prepare_thread()
        while true {
            let work: any Work = state.wait { state in
                if let work = state.takeFirst() { return work }
                return nil
            } beforeWaiting: {
                $0.idle += 1
            } afterWaiting: {
                $0.idle -= 1
            }
            work.perform()
        }
    }
}

extension HostThreads.State {
    fileprivate mutating func takeFirst() -> (any Work)? {
        guard head < queue.count else { return nil }
        let work = queue[head]
        head += 1
        if head == queue.count {
            queue.removeAll(keepingCapacity: true)
            head = 0
        } else if head > 1024, head > queue.count / 2 {
            queue.removeFirst(head)
            head = 0
        }
        lastTaken = .now
        return work
    }
}
