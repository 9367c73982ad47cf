internal import CPluginHost
internal import Glibc
internal import SagaCore

/// How a worker ended. The words are in `WorkerEnd+Words.swift`.
struct WorkerEnd: Sendable, Hashable {
    enum Cause: Sendable, Hashable {
        /// A fault, or whoever sent it.
        case signal(Int32)
        /// It ended by itself.
        case exit(Int32)
        /// The kernel ended it: it and what it started had all the memory that they may.
        case ranOutOfMemory
        /// It made a system call that a worker may not make.
        case forbidden(call: Int32, argument: Int32)
        /// What it sent was no frame of the protocol; a sentence's end.
        case spokeNonsense(String)
        /// It closed its end and stayed.
        case fellSilent
        /// The host ended it, because a call did not come back.
        case wasEnded(CallStopReason)
        /// The host has no more use for it.
        case wasDismissed
    }

    let cause: Cause
    /// The lane whose call did it; nil: nobody knows.
    let lane: Int?
    /// The most memory it had, in bytes.
    let peakBytes: Int64

    /// It counts against the plugin.
    var isCrash: Bool {
        switch cause {
        case .signal, .exit, .ranOutOfMemory, .forbidden, .spokeNonsense, .fellSilent: true
        case .wasEnded, .wasDismissed: false
        }
    }
}
