public import SagaCore

// The frames of the worker protocol, as sdk/worker-protocol.md describes them for those who speak it themselves.

// MARK: - A call

extension FrameBytes {
    /// - Parameters:
    ///   - timeoutMilliseconds: what is left of the call; nil: no limit.
    ///   - isCancelled: it was asked to stop before it began.
    static func call(_ step: StepCall, timeoutMilliseconds: Int64?, isCancelled: Bool) -> [UInt8] {
        var frame = FrameBytes(call: step)
        frame.add("timeout_ms", timeoutMilliseconds.map(JSONValue.int))
        if isCancelled { frame.add("cancelled", .bool(true)) }
        return frame.finish()
    }

    /// All of it but what is left of its time.
    init(call step: StepCall) {
        var frame = FrameBytes("call")
        frame.add("verb", step.verb.rawValue)
        frame.add("operation", step.operation.operation)
        frame.add("run_id", step.run.description)
        frame.add("saga", step.saga)
        frame.add("step_id", step.stepID)
        frame.add("step_number", Int64(step.stepNumber))
        frame.add("attempt", Int64(step.attempt))
        if step.verb != .plan {
            frame.add("idempotency_key", step.idempotencyKey)
            frame.add("execute_key", step.executeKey)
        }
        frame.add("traceparent", TraceContext.traceparent(of: step.run))
        frame.add("with", step.with)
        frame.add("inputs", step.inputs)
        frame.add("context", .object(step.context))
        frame.add("result", step.result.map(JSONValue.object))
        frame.add("checkpoint", step.checkpoint)
        self = frame
    }
}

extension StepCall {
    /// Nil: it is no call.
    convenience init?(frame: Frame, plugin: String) {
        let json = frame.json
        guard let verb = json["verb"]?.stringValue.flatMap(StepVerb.init(rawValue:)),
            let name = json["operation"]?.stringValue, let operation = OperationName(plugin + "." + name),
            let run = json["run_id"]?.stringValue.flatMap(RunID.init(_:))
        else { return nil }
        let stepID = json["step_id"]?.stringValue ?? ""
        // A key ends in what stands for the step.
        let keyID = json["execute_key"]?.stringValue.map { key in
            String(key.dropFirst(run.description.count + StepVerb.execute.keyDirection.utf8CodeUnitCount))
        }
        self.init(
            verb: verb, run: run, saga: json["saga"]?.stringValue ?? "", stepID: stepID,
            stepNumber: Int(json["step_number"]?.intValue ?? 0), keyID: keyID, operation: operation,
            attempt: Int(json["attempt"]?.intValue ?? 1), with: json["with"] ?? [:], inputs: json["inputs"] ?? [:],
            context: json["context"]?.objectValue ?? [:], result: json["result"]?.objectValue,
            checkpoint: json["checkpoint"],
            timeoutSeconds: json["timeout_ms"]?.intValue.map { Double($0) / 1000 }, executedBy: nil,
            mark: CallMark(slot: -1, licence: 0))
    }
}

// MARK: - An outcome

extension FrameBytes {
    static func outcome(_ outcome: StepOutcome) -> [UInt8] {
        var frame = FrameBytes("outcome")
        switch outcome {
        case .completed(let output):
            frame.add("status", "completed")
            frame.add("output", .object(output))
        case .suspended(let milliseconds, let checkpoint):
            frame.add("status", "suspended")
            frame.add("after_ms", milliseconds)
            frame.add("checkpoint", checkpoint)
        case .found(let effect, let output):
            frame.add("status", "found")
            frame.add("effect", effect.rawValue)
            frame.add("output", .object(output))
        case .failed(let error, let retry):
            frame.add("status", "failed")
            frame.add("error", error.json)
            frame.add(retry)
        case .unavailable(let reason):
            frame.add("status", "failed")
            frame.add("error", StepError(code: "bug", message: reason, effect: .none).json)
        }
        return frame.finish()
    }

    private mutating func add(_ retry: RetryAdvice) {
        switch retry {
        case .no: add("retry", "no")
        case .yes: add("retry", "yes")
        case .after(let milliseconds):
            add("retry", "after")
            add("retry_after_ms", milliseconds)
        }
    }
}

extension StepOutcome {
    /// What a worker says became of a call. It is read as if the plugin itself had written it, which it may have.
    ///
    /// Nil: it is no outcome.
    init?(frame: Frame) {
        let json = frame.json
        let output = json["output"]?.objectValue ?? [:]
        switch json["status"]?.stringValue {
        case "completed": self = .completed(output: output)
        case "suspended":
            self = .suspended(
                afterMilliseconds: min(max(0, json["after_ms"]?.intValue ?? 0), 315_360_000_000),
                checkpoint: json["checkpoint"])
        case "found":
            guard let effect = json["effect"]?.stringValue.flatMap(Effect.init(rawValue:)) else { return nil }
            self = .found(effect, output: output)
        case "failed":
            guard var error = json["error"].flatMap(StepError.init(json:)) else { return nil }
            error.message = HostTable.oneLine(error.message)
            error.hint = nil
            if !StepError.pluginCodes.contains(error.code) { error.code = "other" }
            self = .failed(error, retry: Self.retry(json))
        default: return nil
        }
        guard json.isNested(atMost: 66) else { return nil }
    }

    private static func retry(_ json: JSONValue) -> RetryAdvice {
        switch json["retry"]?.stringValue {
        case "yes": .yes
        case "after": .after(milliseconds: min(max(0, json["retry_after_ms"]?.intValue ?? 0), 315_360_000_000))
        default: .no
        }
    }
}

extension StepError {
    /// What a plugin may say; and what the host's half in a worker says in its name.
    fileprivate static let pluginCodes = Set(HostTable.codes + [HostCode.timedOut, HostCode.cancelled])
}

// MARK: - A request

extension FrameBytes {
    static func http(_ request: HTTPRequest) -> [UInt8] {
        var frame = FrameBytes("http")
        frame.add("method", request.method)
        frame.add("url", request.url)
        frame.add("headers", Self.headers(request.headers))
        frame.add("credential", request.credential.map(JSONValue.string))
        frame.add("max_body_bytes", Int64(request.maxBodyBytes))
        frame.add("timeout_ms", request.timeoutMilliseconds)
        frame.add("once", .bool(request.isOnce))
        frame.add("has_body", .bool(request.body != nil))
        return frame.finish(attachment: request.body ?? [])
    }

    static func answer(_ answer: HTTPAnswer) -> [UInt8] {
        var frame = FrameBytes("answer")
        frame.add("status", Int64(answer.status))
        frame.add("headers", Self.headers(answer.headers))
        frame.add("sent", .bool(answer.wasSent))
        frame.add("earlier_try", .bool(answer.hasEarlierTry))
        frame.add("failure", answer.failure.map { RelayedFailure($0).json })
        return frame.finish(attachment: answer.body)
    }

    private static func headers(_ headers: [(name: String, value: String)]) -> JSONValue {
        .array(headers.map { [.string($0.name), .string($0.value)] })
    }
}

extension HTTPRequest {
    init?(frame: Frame) {
        let json = frame.json
        guard let method = json["method"]?.stringValue, let url = json["url"]?.stringValue,
            let headers = Frame.headers(json["headers"])
        else { return nil }
        let most = Int64(PluginCall.documentLimit)
        let timeout = json["timeout_ms"]?.intValue ?? 0
        self.init(
            method: method, url: url, headers: headers,
            body: json["has_body"]?.boolValue == true ? frame.attachment : nil,
            credential: json["credential"]?.stringValue,
            maxBodyBytes: Int(min(max(0, json["max_body_bytes"]?.intValue ?? most), most)),
            timeoutMilliseconds: timeout > 0 ? timeout : Self.defaultTimeoutMilliseconds,
            isOnce: json["once"]?.boolValue ?? false)
    }
}

extension HTTPAnswer {
    convenience init?(frame: Frame) {
        let json = frame.json
        guard let status = json["status"]?.intValue, let headers = Frame.headers(json["headers"]) else { return nil }
        self.init(
            status: Int(status), headers: headers, body: frame.attachment,
            failure: json["failure"].map { .relayed(RelayedFailure(json: $0)) },
            wasSent: json["sent"]?.boolValue ?? true, hasEarlierTry: json["earlier_try"]?.boolValue ?? false)
    }
}

extension Frame {
    fileprivate static func headers(_ json: JSONValue?) -> [(name: String, value: String)]? {
        guard let items = json?.arrayValue else { return json == nil ? [] : nil }
        guard items.count <= 256 else { return nil }
        var headers: [(name: String, value: String)] = []
        for item in items {
            guard let pair = item.arrayValue, pair.count == 2, let name = pair[0].stringValue,
                let value = pair[1].stringValue
            else { return nil }
            headers.append((name, value))
        }
        return headers
    }
}

/// What crosses between a host and a worker.
public enum WorkerFrames {
    /// The bytes of a call there, and of its completion back: what a bare exchange has to be measured with.
    public static func sizes(of step: StepCall, output: JSONObject) -> (there: Int, back: Int) {
        (
            FrameBytes.call(step, timeoutMilliseconds: nil, isCancelled: false).count,
            FrameBytes.outcome(.completed(output: output)).count
        )
    }
}
