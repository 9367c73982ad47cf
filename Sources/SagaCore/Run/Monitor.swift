internal import Glibc

/// State that several threads share, with a way to wait until it is as one wants it: a mutex and a condition.
///
/// The standard library's `Mutex` cannot wait, and Foundation is not worth its start-up time for this.
public final class Monitor<State>: @unchecked Sendable {
    private var state: State
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    public init(_ state: State) {
        self.state = state
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    public func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> Result) throws(Failure)
        -> Result
    {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }

    /// Changes the state and wakes everyone who waits for it.
    public func change<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = body(&state)
        pthread_cond_broadcast(condition)
        return result
    }

    /// Wakes one thread that waits, after changing the state.
    public func signal<Result>(_ body: (inout State) -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let result = body(&state)
        pthread_cond_signal(condition)
        return result
    }

    /// Waits until `body` has an answer, for as long as it takes.
    ///
    /// - Parameters:
    ///   - beforeWaiting: runs when there is no answer at once.
    ///   - afterWaiting: runs when there is one after all.
    @discardableResult
    public func wait<Result>(
        until body: (inout State) -> Result?, beforeWaiting: (inout State) -> Void = { _ in },
        afterWaiting: (inout State) -> Void = { _ in }
    ) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let result = body(&state) { return result }
        beforeWaiting(&state)
        while true {
            pthread_cond_wait(condition, mutex)
            if let result = body(&state) {
                afterWaiting(&state)
                return result
            }
        }
    }

    /// Waits until `body` has an answer, this long at most; then the answer is nil.
    public func wait<Result>(milliseconds: Int64, until body: (inout State) -> Result?) -> Result? {
        wait(microseconds: milliseconds * 1000, until: body)
    }

    public func wait<Result>(microseconds: Int64, until body: (inout State) -> Result?) -> Result? {
        var end = timespec()
        clock_gettime(CLOCK_MONOTONIC, &end)
        let nanoseconds = Int64(end.tv_nsec) + microseconds % 1_000_000 * 1000
        end.tv_sec += Int(microseconds / 1_000_000 + nanoseconds / 1_000_000_000)
        end.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while true {
            if let result = body(&state) { return result }
            if pthread_cond_timedwait(condition, mutex, &end) == ETIMEDOUT { return body(&state) }
        }
    }
}

/// Nothing of it is shown: whoever prints an object and all that hangs on it, as a failing expectation of a test does,
/// would read the state while another thread writes it.
extension Monitor: CustomReflectable {
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// Starts a thread of the host's own, with a megabyte of stack, that nobody waits for.
public func startThread(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setstacksize(&attributes, 1 << 20)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    defer { pthread_attr_destroy(&attributes) }
    let box = Unmanaged.passRetained(ThreadBody(body))
    var thread = pthread_t()
    let started = pthread_create(
        &thread, &attributes,
        { argument in
            Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
            return nil
        }, box.toOpaque())
    // Without threads nothing can go on, and nothing is lost by stopping: the runs are in the store.
    guard started == 0 else {
        fatalError("this process may not have another thread: \(String(cString: strerror(started)))")
    }
}

private final class ThreadBody {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}
