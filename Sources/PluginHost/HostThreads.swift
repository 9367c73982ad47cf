internal import CPluginHost
internal import Glibc
public import SagaCore
internal import Synchronization

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
        /// Counts what was taken, so that a stall can be seen.
        var taken = 0
        var takenAtLastLook = -1
    }

    /// A closure that stands in a lock by itself is wrapped once more by every look at it, and calling it takes longer
    /// each time; within a structure it stays as it is.
    private struct Hook: Sendable {
        let body: @Sendable () -> Bool
    }

    private let state = Monitor(State())
    private let backlog = Atomic<Int>(0)
    /// Threads that are doing something.
    private let busy = Atomic<Int>(0)
    private let idleHook = Mutex<Hook?>(nil)
    private let base: Int
    private let limit: Int

    /// - Parameters:
    ///   - base: threads that are started as soon as there is work for them; nil: as many as there are cores.
    ///   - limit: threads at most, however long work waits.
    public init(base: Int? = nil, limit: Int = 64) {
        self.base = max(1, base ?? sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        self.limit = max(self.base, limit)
    }

    /// Called by a thread that finds nothing to do; true when that made something to do.
    public func beforeSleep(_ body: @escaping @Sendable () -> Bool) { idleHook.withLock { $0 = Hook(body: body) } }

    public func enqueue(_ work: any Work) {
        let startsThread = state.signal { state in
            state.queue.append(work)
            backlog.store(state.queue.count - state.head, ordering: .relaxed)
            return state.needsThread(base)
        }
        if startsThread { startWorker() }
    }

    public func enqueue(_ batch: [any Work]) {
        guard !batch.isEmpty else { return }
        let startsThread = state.change { state in
            state.queue.append(contentsOf: batch)
            backlog.store(state.queue.count - state.head, ordering: .relaxed)
            return state.needsThread(base)
        }
        if startsThread { startWorker() }
    }

    public var hasMoreUnderWay: Bool {
        backlog.load(ordering: .relaxed) > 0
            || busy.load(ordering: .relaxed) > (arcadia_is_host_thread() == 1 ? 1 : 0)
    }

    /// Starts one more thread when there is work and none was taken since the last look: every thread is in a call.
    /// Called regularly.
    public func growIfStalled() {
        let startsThread = state.withLock { state in
            defer { state.takenAtLastLook = state.taken }
            guard state.head < state.queue.count, state.idle == 0, state.count - state.lost < limit,
                state.count < 4 * limit,
                state.taken == state.takenAtLastLook
            else { return false }
            state.count += 1
            return true
        }
        if startsThread { startWorker() }
    }

    /// A thread will not come back from its call: another may take its place.
    func lose() {
        busy.subtract(1, ordering: .relaxed)
        state.withLock { $0.lost += 1 }
    }
    /// It did come back.
    func regain() {
        busy.add(1, ordering: .relaxed)
        state.withLock { $0.lost -= 1 }
    }

    private func startWorker() {
        startThread { [self] in
            arcadia_prepare_thread()
            work()
        }
    }

    private func work() {
        busy.add(1, ordering: .relaxed)
        while true {
            while let work = state.withLock({ take(from: &$0) }) { work.perform() }
            busy.subtract(1, ordering: .relaxed)
            let hook = idleHook.withLock { $0 }
            if hook?.body() == true {
                busy.add(1, ordering: .relaxed)
                continue
            }
            let work: any Work = state.wait {
                take(from: &$0)
            } beforeWaiting: {
                $0.idle += 1
            } afterWaiting: {
                $0.idle -= 1
            }
            busy.add(1, ordering: .relaxed)
            work.perform()
        }
    }

    private func take(from state: inout State) -> (any Work)? {
        let work = state.takeFirst()
        backlog.store(state.queue.count - state.head, ordering: .relaxed)
        return work
    }
}

extension HostThreads.State {
    /// Takes account of one thread more, if there should be one.
    fileprivate mutating func needsThread(_ base: Int) -> Bool {
        guard idle == 0, count - lost < base else { return false }
        count += 1
        return true
    }

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
        taken &+= 1
        return work
    }
}
