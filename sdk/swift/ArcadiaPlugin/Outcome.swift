internal import CArcadiaPlugin
internal import FoundationEssentials

/// What the host asks of an operation.
enum Verb {
    case execute, compensate, probe, plan

    /// Whoever only asks a question keeps nothing and is not called again.
    var maySleep: Bool { self == .execute || self == .compensate }
}

/// What was thrown, told to the host.
extension HostCall {
    static let ok = arcadia_status(ARCADIA_OK)
    static let failed = arcadia_status(ARCADIA_FAILED)

    /// Outside of a step: there is nothing to suspend.
    func report(_ error: any Error, otherwise code: StepFailure.Code = .other) -> arcadia_status {
        switch error {
        case let failure as StepFailure: fail(failure)
        case let failure as HTTPFailure: fail(failure.stepFailure(after: mayHaveActed))
        case let cancelled as Cancelled: fail(StepFailure(.other, cancelled.message, effect: cancelled.effect))
        case let suspend as Suspend: fail(suspend.asFailure)
        default: fail(StepFailure(code, String(describing: error)))
        }
    }

    func fail(_ failure: StepFailure) -> arcadia_status {
        tell(failure)
        return Self.failed
    }

    /// Hands a failure to the host, which copies it.
    private func tell(_ failure: StepFailure) {
        var error = arcadia_error()
        error.struct_size = UInt32(MemoryLayout<arcadia_error>.size)
        error.code = failure.code.rawValue
        error.effect = failure.effect.rawValue
        error.remote_status = Int32(clamping: failure.remoteStatus)
        switch failure.retry {
        case .no: error.retry = arcadia_retry(ARCADIA_RETRY_NO)
        case .yes: error.retry = arcadia_retry(ARCADIA_RETRY_YES)
        case .after(let duration):
            error.retry = arcadia_retry(ARCADIA_RETRY_AFTER)
            error.retry_after_ms = UInt32(clamping: duration.milliseconds)
        }
        let detail = failure.detail.flatMap { try? JSON.encodeObject(AnyEncodable(value: $0), place: "detail") }
        lending(failure.message) { message in
            lending(detail) { detail in
                error.message = message
                error.detail_json = detail
                host.pointee.fail(handle, &error)
            }
        }
    }

    func cancel(_ cancelled: Cancelled) -> arcadia_status {
        tell(StepFailure(.other, cancelled.message, effect: cancelled.effect))
        return arcadia_status(ARCADIA_CANCELLED)
    }
}

extension Call {
    /// In a step: what waits becomes SUSPENDED, so that waiting uses up no attempts.
    func report(_ error: any Error, in verb: Verb) -> arcadia_status {
        switch error {
        case let suspend as Suspend where verb.maySleep: return self.suspend(suspend)
        case let cancelled as Cancelled: return cancel(cancelled)
        case let failure as HTTPFailure where failure.waitsForTurn:
            let turn = Suspend(after: failure.turn)
            return verb.maySleep ? suspend(turn) : fail(failure.retried(after: failure.turn))
        default: return report(error)
        }
    }

    private func suspend(_ suspend: Suspend) -> arcadia_status {
        do throws(StepFailure) {
            if let checkpoint = suspend.checkpoint { try put(checkpoint) }
        } catch {
            return fail(error)
        }
        guard host.pointee.suspend(handle, suspend.after.milliseconds) == 0 else {
            return fail(StepFailure(.other, "the host did not take the timer", retry: .yes))
        }
        return arcadia_status(ARCADIA_SUSPENDED)
    }

    /// What execute returned, and what a probe found to be there.
    func deliver(_ output: Op.Output) -> arcadia_status {
        let json: Data
        do throws(UnwritableJSON) {
            json = try JSON.encodeObject(output, place: "the output")
        } catch {
            return fail(StepFailure(.bug, error.message, effect: .applied))
        }
        guard lending(json, { host.pointee.result(handle, $0) }) == 0 else {
            return fail(StepFailure(.bug, "the host did not take the output", effect: .applied))
        }
        return Self.ok
    }

    /// What a plan says.
    func deliver(_ forecast: Forecast) -> arcadia_status {
        guard let json = try? JSON.encodeObject(forecast, place: "the forecast"),
            lending(json, { host.pointee.result(handle, $0) }) == 0
        else { return fail(StepFailure(.bug, "the host did not take the forecast", effect: .none)) }
        return Self.ok
    }

    func deliver(_ finding: Finding<Op.Output>) -> arcadia_status {
        let effect: Effect
        switch finding {
        case .nothing: effect = .none
        case .partial: effect = .partial
        case .applied(let output):
            effect = .applied
            let status = deliver(output)
            guard status == Self.ok else { return status }
        }
        host.pointee.found(handle, effect.rawValue)
        return Self.ok
    }
}

extension Suspend {
    /// A probe asks again, and keeps nothing.
    fileprivate var asFailure: StepFailure {
        StepFailure(.other, "it cannot be told yet", retry: .after(after))
    }
}
