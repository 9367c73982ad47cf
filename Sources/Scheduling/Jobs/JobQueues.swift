public import SagaCore
internal import Storage

/// Works the queues: takes what each allows, a thread a job, until it is stopped.
///
/// A queue never waits for another: a slow invoice holds one place of its own queue and nothing else.
public final class JobQueues: Sendable {
    /// Does a job; on a thread of its own, which it may block.
    public typealias Perform = @Sendable (_ job: Job, _ control: JobControl) -> JobEnd

    private let jobs: Jobs
    private let settings: ScheduleSettings
    private let host: HostID
    private let now: @Sendable () -> Timestamp
    private let perform: Perform
    private let ended: @Sendable (_ job: Job, _ end: JobEnd, _ status: JobStatus?) -> Void
    private let control = JobControl()
    private let state = Monitor(State())

    private struct State {
        var running = 0
        var isStopped = false
        /// What the database said when it did not do as asked; told once.
        var problem: StoreError?
    }

    /// - Parameters:
    ///   - now: for the times in the rows.
    ///   - ended: hears how each attempt ended, once that is durable; nil: another host has taken the job meanwhile.
    public init(
        _ jobs: Jobs, settings: ScheduleSettings, host: HostID, now: @escaping @Sendable () -> Timestamp,
        perform: @escaping Perform,
        ended: @escaping @Sendable (_ job: Job, _ end: JobEnd, _ status: JobStatus?) -> Void = { _, _, _ in }
    ) {
        self.jobs = jobs
        self.settings = settings
        self.host = host
        self.now = now
        self.perform = perform
        self.ended = ended
    }

    /// Begins whatever may begin now. Called when a job may have been queued, and from time to time.
    public func look() throws(StoreError) {
        for queue in try jobs.queuesWithWork(at: now()) { try fill(settings.queue(queue)) }
    }

    private func fill(_ queue: QueueSettings) throws(StoreError) {
        while let job = try claim(queue) {
            startThread { [self] in
                work(job, queue)
                state.change { $0.running -= 1 }
            }
        }
    }

    /// A job taken counts as running from before it is taken: who waits for the last must not miss it.
    private func claim(_ queue: QueueSettings) throws(StoreError) -> Job? {
        let mayClaim = state.withLock { state in
            guard !state.isStopped else { return false }
            state.running += 1
            return true
        }
        guard mayClaim else { return nil }
        do throws(StoreError) {
            if let job = try jobs.claim(queue, host: host, at: now()) { return job }
        } catch {
            state.change { $0.running -= 1 }
            throw error
        }
        state.change { $0.running -= 1 }
        return nil
    }

    private func work(_ job: Job, _ queue: QueueSettings) {
        let end = perform(job, control)
        do throws(StoreError) {
            let status = try jobs.end(job, end, queue, at: now())
            ended(job, end, status)
            try look()
        } catch {
            state.withLock { $0.problem = error }
        }
    }

    /// What the database said since the last time this was asked. The job it was about stays where it is until this host
    /// ends, and is then done again.
    public func takeProblem() -> StoreError? {
        state.withLock { state in
            defer { state.problem = nil }
            return state.problem
        }
    }

    public var runningCount: Int { state.withLock { $0.running } }

    /// Begins nothing any more, and asks what is under way to stop where it may.
    public func stop() {
        state.withLock { $0.isStopped = true }
        control.requestStop()
    }

    /// Waits until nothing is under way here.
    public func waitUntilIdle() {
        state.wait { $0.running == 0 ? true : nil }
    }
}

/// How a job hears that it is to stop.
public final class JobControl: Sendable {
    private let isAsked = Monitor(false)

    public init() {}

    /// Stop at the next place where that is safe, and end with `later`.
    public var isStopRequested: Bool { isAsked.withLock { $0 } }

    func requestStop() { isAsked.change { $0 = true } }
}
