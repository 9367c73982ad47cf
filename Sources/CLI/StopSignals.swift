internal import Glibc
internal import SagaCore

/// INT and TERM, held back from this thread and from all that begin later, for a command that stays until it is told to end.
struct StopSignals: Sendable {
    private let signals: sigset_t

    /// Before the first thread: they all inherit it.
    ///
    /// - Parameter others: that mean the same here. eg: SIGHUP, when a terminal is closed
    init(and others: Int32...) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGINT)
        sigaddset(&signals, SIGTERM)
        for other in others { sigaddset(&signals, other) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        self.signals = signals
    }

    /// Calls `body` whenever HUP comes, until the process ends. Before the first thread, like the others.
    static func onHangUp() -> @Sendable (@escaping @Sendable () -> Void) -> Void {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, SIGHUP)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        return { [signals] body in
            startThread {
                var signals = signals
                while true { if sigwaitinfo(&signals, nil) == SIGHUP { body() } }
            }
        }
    }

    func wait() {
        var signals = signals
        while sigwaitinfo(&signals, nil) < 0 {}
    }

    func came(within milliseconds: Int) -> Bool {
        var signals = signals
        var patience = timespec(tv_sec: milliseconds / 1000, tv_nsec: milliseconds % 1000 * 1_000_000)
        return sigtimedwait(&signals, nil, &patience) >= 0
    }

    /// Who asks a second time does not want to wait.
    func endAtOnceOnNext() {
        startThread {
            wait()
            _exit(1)
        }
    }
}
