/// Did the outside world change? What happens after a failure depends on this.
public enum Effect: String, Sendable, Hashable, CaseIterable {
    case unknown, none, partial, applied
}

/// Why a call of a step did not do what it should: a plugin's own words, or the host's where the plugin had none.
public struct StepError: Error, Sendable, Hashable {
    /// One of `codes`.
    public var code: String
    /// One line for an operator.
    public var message: String
    public var effect: Effect
    /// HTTP status, errno or a vendor's number; 0: none.
    public var remoteStatus: Int
    public var detail: JSONValue?
    /// The next thing to do, where the host knows it.
    public var hint: String?

    /// A plugin's, then the host's.
    public static let codes = [
        "input", "config", "auth", "denied", "not_found", "conflict", "quota", "rate", "network", "remote", "timeout",
        "unsupported", "bug", "other", "crashed", "host_stopped", "timed_out", "hung", "cancelled", "bad_output",
        "unresolved", "expression", "irreversible", "abandoned",
    ]

    public init(
        code: String, message: String, effect: Effect, remoteStatus: Int = 0, detail: JSONValue? = nil,
        hint: String? = nil
    ) {
        self.code = code
        self.message = message
        self.effect = effect
        self.remoteStatus = remoteStatus
        self.detail = detail
        self.hint = hint
    }

    /// Codes of the host itself.
    public enum HostCode {
        public static let crashed = "crashed"
        public static let hostStopped = "host_stopped"
        public static let timedOut = "timed_out"
        public static let hung = "hung"
        public static let cancelled = "cancelled"
        public static let badOutput = "bad_output"
        public static let unresolved = "unresolved"
        public static let expression = "expression"
        public static let irreversible = "irreversible"
        public static let abandoned = "abandoned"
    }
}

extension StepError {
    public var json: JSONValue {
        var object: JSONObject = [
            "code": .string(code), "message": .string(message), "effect": .string(effect.rawValue),
        ]
        if remoteStatus != 0 { object["remote_status"] = .int(Int64(remoteStatus)) }
        object["detail"] = detail
        object["hint"] = hint.map(JSONValue.string)
        return .object(object)
    }

    public init?(json: JSONValue) {
        guard let code = json["code"]?.stringValue, let message = json["message"]?.stringValue,
            let effect = json["effect"]?.stringValue.flatMap(Effect.init(rawValue:))
        else { return nil }
        self.init(
            code: code, message: message, effect: effect, remoteStatus: Int(json["remote_status"]?.intValue ?? 0),
            detail: json["detail"], hint: json["hint"]?.stringValue)
    }
}
