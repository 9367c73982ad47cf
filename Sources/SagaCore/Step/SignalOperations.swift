/// Steps that wait: `host.wait` for a moment, `host.wait_signal` for a person or another program.
///
/// A step that waits is a row and a timer. Whoever sends the signal wakes it; looking again from time to time is only
/// for what nobody foresees.
public struct SignalOperations: HostPlugin {
    public static let id = "host"
    public static let wait = OperationName(plugin: id, operation: "wait")
    public static let waitSignal = OperationName(plugin: id, operation: "wait_signal")
    /// How long a step sleeps that nobody wakes.
    static let sleepMilliseconds: Int64 = 3_600_000

    private let signals: any SignalBox
    private let clock: any RunClock

    public init(signals: any SignalBox, clock: any RunClock) {
        self.signals = signals
        self.clock = clock
    }

    public func perform(_ call: StepCall, saving save: (JSONValue) throws -> Void) -> StepOutcome {
        call.operation == Self.wait ? waitForMoment(call) : waitForSignal(call)
    }

    private func waitForMoment(_ call: StepCall) -> StepOutcome {
        guard let end = until(call) else {
            let found = call.with["until"]?.text ?? "neither"
            let message = "`until` is \(found); expected a time such as \"2030-01-31T09:00:00Z\", or `seconds`"
            return .failed(StepError(code: "input", message: message, effect: .none), retry: .no)
        }
        let now = clock.now
        guard end > now else { return .completed(output: [:]) }
        return .suspended(
            afterMilliseconds: min(end - now, Self.sleepMilliseconds), checkpoint: ["until": .int(end.milliseconds)])
    }

    private func until(_ call: StepCall) -> Timestamp? {
        if let known = call.checkpoint?["until"]?.intValue { return Timestamp(milliseconds: known) }
        if let text = call.with["until"]?.stringValue { return Timestamp(rfc3339: text) }
        return call.with["seconds"]?.doubleValue.map { clock.now + Int64(min(max($0, 0) * 1000, 1e15)) }
    }

    private func waitForSignal(_ call: StepCall) -> StepOutcome {
        let name = call.with["name"]?.stringValue ?? ""
        do throws(StoreError) {
            if let signal = try signals.take(name, run: call.run, step: call.keyID, rule: SignalRule(call.with)) {
                return .completed(output: signal.output)
            }
        } catch {
            let message = "the signals could not be read: \(error.message)"
            return .failed(StepError(code: "other", message: message, effect: .none), retry: .yes)
        }
        return goOnWaiting(call, name)
    }

    private func goOnWaiting(_ call: StepCall, _ name: String) -> StepOutcome {
        let now = clock.now
        guard let seconds = call.with["timeout_seconds"]?.doubleValue else {
            return .suspended(afterMilliseconds: Self.sleepMilliseconds, checkpoint: Self.kept(call, until: nil))
        }
        let end =
            call.checkpoint?["until"]?.intValue.map(Timestamp.init(milliseconds:))
            ?? now + Int64(min(seconds * 1000, 1e15))
        guard end > now else {
            let message = "no signal \"\(name)\" came within \(Self.words(seconds)) s"
            return .failed(StepError(code: "timeout", message: message, effect: .none), retry: .no)
        }
        return .suspended(
            afterMilliseconds: min(end - now, Self.sleepMilliseconds),
            checkpoint: Self.kept(call, until: end))
    }

    /// What others want to know while the step waits: until when, and who may send the signal.
    private static func kept(_ call: StepCall, until end: Timestamp?) -> JSONValue? {
        var kept: JSONObject = [:]
        kept["until"] = end.map { .int($0.milliseconds) }
        for key in SignalRule.keptKeys { kept[key] = call.with[key] }
        return kept.isEmpty ? nil : .object(kept)
    }

    private static func words(_ seconds: Double) -> String {
        seconds == seconds.rounded() && seconds < 1e15 ? "\(Int64(seconds))" : "\(seconds)"
    }
}

/// A signal as it was sent.
public struct Signal: Sendable, Hashable {
    public let name: String
    public let data: JSONValue?
    /// Who sent it.
    public let by: String
    /// What they are, where that is known. eg: "operator"
    public let role: String?
    public let reason: String

    public init(name: String, data: JSONValue?, by: String, role: String? = nil, reason: String) {
        self.role = role
        self.name = name
        self.data = data
        self.by = by
        self.reason = reason
    }

    /// A letter, then letters, digits, `_`, `-` or `.`; 64 at most.
    public var hasName: Bool {
        guard let first = name.utf8.first, name.utf8.count <= 64, Self.isLetter(first) else { return false }
        return name.utf8.allSatisfy {
            Self.isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
                || [UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains($0)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    /// What the step puts out.
    var output: JSONObject { ["signal": .string(name), "data": data ?? .null, "by": .string(by)] }
}

/// Where signals lie until a step takes them.
public protocol SignalBox: Sendable {
    /// The oldest signal of that name which no step of the run has taken and the rule lets pass: whoever sent it before
    /// the rule was known is held to it all the same. It is this step's from then on: asking again gives the same one.
    func take(_ name: String, run: RunID, step: String, rule: SignalRule) throws(StoreError) -> Signal?
}

extension SignalOperations {
    public static let manifest = #"""
        {
            "manifest_version": 1,
            "id": "host",
            "version": "1.0.0",
            "abi": { "major": 1, "minor": 0 },
            "summary": "what a host itself offers to steps: waiting for a time or a signal",
            "language": "swift",
            "concurrency": "full",
            "operations": [
                {
                    "name": "wait",
                    "kind": "step",
                    "summary": "wait so many seconds, or until a time",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "minProperties": 1,
                        "maxProperties": 1,
                        "properties": {
                            "seconds": { "type": "number", "minimum": 0, "description": "how long" },
                            "until": { "type": "string", "description": "until when, such as 2030-01-31T09:00:00Z" }
                        }
                    },
                    "output": { "type": "object", "additionalProperties": false },
                    "idempotent": true,
                    "examples": [{ "with": { "seconds": 60 } }]
                },
                {
                    "name": "wait_signal",
                    "kind": "step",
                    "summary": "wait until somebody sends the run a signal: an approval, say",
                    "input": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["name"],
                        "properties": {
                            "name": {
                                "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
                                "description": "the signal's name; each signal is for one step"
                            },
                            "timeout_seconds": {
                                "type": "number", "exclusiveMinimum": 0,
                                "description": "how long to wait before the step fails; default: for ever"
                            },
                            "schema": {
                                "type": "object",
                                "description": "a JSON Schema of what must come with it"
                            },
                            "from": {
                                "type": "array", "minItems": 1,
                                "items": {
                                    "type": "string",
                                    "pattern": "^(role:(viewer|operator|tenant_admin|platform_admin)|(?!role:).+)$"
                                },
                                "description": "who may send it: names, or `role:operator`; default: whoever may send signals"
                            },
                            "four_eyes": {
                                "type": "boolean",
                                "description": "whoever started the run may not send it"
                            }
                        }
                    },
                    "output": {
                        "type": "object",
                        "additionalProperties": false,
                        "required": ["signal", "data", "by"],
                        "properties": {
                            "signal": { "type": "string", "description": "its name, as it was waited for. eg: approved" },
                            "data": { "description": "what came with it; null: nothing" },
                            "by": { "type": "string", "description": "who sent it" }
                        }
                    },
                    "idempotent": true,
                    "examples": [{ "with": { "name": "approved", "timeout_seconds": 86400 } }]
                }
            ]
        }
        """#
}
