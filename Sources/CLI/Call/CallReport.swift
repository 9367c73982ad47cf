internal import Glibc
internal import PluginHost
internal import SagaCore

/// What became of a call by hand, for a person or a program, and what to type next.
struct CallReport {
    let call: HandCall
    let end: HandCallEnd
    /// `in_process`, `worker`, or `host`.
    let placement: String
    /// Which commands make sense after this one.
    let operation: Operation
    let host: HostOptions
    /// The folder in which the call can be followed by another; nil: it left nothing in any.
    let data: String?
    let isSimulated: Bool

    // MARK: - For a program

    var json: JSONValue {
        let error = failure
        return [
            "verb": .string(call.verb.rawValue), "operation": .string(call.operation.description),
            "outcome": .string(word), "run_id": .string(call.run.description), "step_id": .string(call.step),
            "idempotency_key": .string(call.key), "attempt": .int(Int64(call.attempt)),
            "output": output.map(JSONValue.object) ?? .null, "effect": found.map { .string($0.rawValue) } ?? .null,
            "checkpoints": .array(end.checkpoints), "error": error.map { Self.json($0.error, $0.retry) } ?? .null,
            "calls": .int(Int64(end.calls)), "duration_ms": JSONValue(end.milliseconds) ?? .null,
            "placement": .string(placement), "version": end.image.map { .string($0.version) } ?? .null,
            "hash": end.image.map { .string($0.hash) } ?? .null, "http_exchanges": .int(Int64(end.exchanges)),
            "next": next.map { .string($0.command.text) } ?? .null,
        ]
    }

    private static func json(_ error: StepError, _ retry: RetryAdvice) -> JSONValue {
        var object = error.json.objectValue ?? [:]
        object["retry"] = .string(word(retry))
        if case .after(let milliseconds) = retry { object["retry_after_ms"] = .int(milliseconds) }
        return .object(object)
    }

    private static func word(_ retry: RetryAdvice) -> String {
        switch retry {
        case .no: "no"
        case .yes: "yes"
        case .after: "after"
        }
    }

    private var failure: (error: StepError, retry: RetryAdvice)? {
        if case .failed(let error, let retry) = end.outcome { (error, retry) } else { nil }
    }

    private var output: JSONObject? {
        switch end.outcome {
        case .completed(let output): call.verb == .execute ? output : nil
        case .found(.applied, let output): output
        default: nil
        }
    }

    private var found: Effect? { if case .found(let effect, _) = end.outcome { effect } else { nil } }

    private var word: String {
        switch end.outcome {
        case .completed: call.verb == .compensate ? "compensated" : "completed"
        case .found: "found"
        case .failed: "failed"
        case .suspended: "suspended"
        case .unavailable: "unavailable"
        }
    }

    // MARK: - For a person

    func show() {
        guard Terminal.output == .table else { return Terminal.print(json: json) }
        for line in lines { Terminal.print(line) }
    }

    private var lines: [String] {
        var sheet = FactSheet()
        if let found { sheet.add("effect", found.rawValue) }
        for (key, value) in output ?? [:] { sheet.add(key, value.plain) }
        if let (error, retry) = failure {
            sheet.add("message", error.message)
            sheet.add("code", error.code)
            sheet.add("effect", Self.sentence(error.effect))
            sheet.add("retry", Self.sentence(retry))
            if error.remoteStatus != 0 { sheet.add("status", "\(error.remoteStatus)") }
            sheet.add("detail", error.detail?.text)
        }
        return [head] + sheet.lines()
    }

    private var head: String {
        let (sign, colour): (String, Style.Colour) =
            switch end.outcome {
            case .completed, .found: call.verb == .compensate ? ("↩", .yellow) : ("✔", .green)
            default: ("✘", .red)
            }
        let more = [
            "\(CallWords.round(end.milliseconds)) ms", place, end.calls > 1 ? count(end.calls, "call") : nil,
            end.exchanges > 0 ? count(end.exchanges, "HTTP exchange") : nil,
        ]
        return Style.plain.on(sign, colour: colour) + " \(call.operation) \(word)  "
            + Style.plain.on("(\(more.compactMap { $0 }.joined(separator: ", ")))", colour: .dim)
    }

    private var place: String {
        switch placement {
        case "worker": "in a worker"
        case "host": "by the host itself"
        default: "in this process"
        }
    }

    private static func sentence(_ effect: Effect) -> String {
        switch effect {
        case .none: "none: a run takes nothing back of this step"
        case .partial: "partial: a run compensates this step, too"
        case .applied: "applied: a run compensates this step, too"
        case .unknown: "unknown: a run probes the step first, or compensates it"
        }
    }

    private static func sentence(_ retry: RetryAdvice) -> String {
        switch retry {
        case .no: "no: a run gives up here"
        case .yes: "yes: a run tries again, while attempts are left"
        case .after(let milliseconds): "after \(milliseconds) ms: a run tries again, while attempts are left"
        }
    }

    // MARK: - What next

    /// What takes the call back, or asks what became of it; nil: there is nothing to take back, or no way to.
    private var next: (verb: StepVerb, command: CallCommand)? {
        guard call.verb == .execute, !isSimulated else { return nil }
        func command(_ verb: StepVerb, _ result: JSONObject?) -> (StepVerb, CallCommand) {
            (verb, CallCommand(call.following(verb, result: result, checkpoint: end.checkpoint), host, data: data))
        }
        switch end.outcome {
        case .completed(let output): return operation.isCompensable ? command(.compensate, output) : nil
        case .failed(let error, _) where error.effect == .unknown && operation.isProbeable:
            return command(.probe, nil)
        case .failed(let error, _) where error.effect != .none && operation.isCompensable:
            return command(.compensate, nil)
        default: return nil
        }
    }

    func showNext() {
        if let data, host.data == nil { Terminal.say("note: what it left is in \(data), which stays") }
        if let next {
            Terminal.say(next.verb == .probe ? "hint: this asks what became of it:" : "hint: this takes it back:")
            Terminal.write(next.command.lines.joined(separator: "\n") + "\n", to: STDERR_FILENO)
        } else if isSimulated, call.verb == .execute, operation.isCompensable, failure == nil {
            Terminal.say(
                "hint: the simulated account ended with this call; one that stays, to take things back in, is `arcadia simulate digitalocean --fast`"
            )
        }
    }

    /// Nil: it ended as it should.
    var trouble: Failure? {
        switch end.outcome {
        case .failed(let error, _):
            return Self.failure(
                "call.failed", "\(call.operation) failed\(Self.words(error.effect))",
                error.effect == .none ? .rolledBack : .failed)
        case .unavailable(let reason): return Failure("call.unavailable", reason, exit: .unavailable)
        case .suspended:
            return Self.failure("call.stopped", "\(call.operation) was stopped while it was suspended", .failed)
        case .completed, .found: return nil
        }
    }

    private static func failure(_ code: String, _ message: String, _ exit: Failure.Exit) -> Failure {
        var failure = Failure(code, message, exit: exit)
        failure.isAfterResult = true
        return failure
    }

    private static func words(_ effect: Effect) -> String {
        switch effect {
        case .none: " and changed nothing"
        case .partial: " and changed a part"
        case .applied: " after changing what it was to change"
        case .unknown: ", and nobody knows whether it changed anything"
        }
    }
}
