public import CloudControl
public import SagaCore
public import Scheduling

/// Why a request was not carried out: a code for programs, a sentence for people, the words of the command line.
public struct APIProblem: Error, Sendable {
    public var status: Int
    public var code: String
    public var message: String
    public var hint: String?
    /// Where in the body, a JSON pointer.
    public var at: String?
    /// All of them, where there is more than one.
    public var findings: [JSONValue] = []
    public var headers: [String: String] = [:]
    /// A token names a key that its issuer may have made since its keys were asked for.
    var namesUnknownKey = false

    public init(_ status: Int, _ code: String, _ message: String, hint: String? = nil, at: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.hint = hint
        self.at = at
    }

    /// `{"error": {code, message, hint?, at?, request_id}, "errors"?: […]}`
    func json(requestID: String) -> JSONValue {
        var error: JSONObject = ["code": .string(code), "message": .string(message)]
        error["hint"] = hint.map(JSONValue.string)
        error["at"] = at.map(JSONValue.string)
        error["request_id"] = .string(requestID)
        var object: JSONObject = ["error": .object(error)]
        if !findings.isEmpty { object["errors"] = .array(findings) }
        return .object(object)
    }

    public static func unknown(_ what: String, _ id: String, hint: String? = nil) -> APIProblem {
        APIProblem(404, "\(what).unknown", "there is no \(what) \"\(id)\"", hint: hint)
    }
}

extension APIProblem {
    /// What the database said.
    public init(_ error: StoreError) {
        self.init(503, "store.\(error.code)", error.message, hint: error.hint)
        if ["busy", "full", "io", "locked"].contains(error.code) { headers["Retry-After"] = "5" }
    }

    /// What the books of the account said.
    public init(_ refusal: any CloudRefusal) {
        let status =
            switch refusal.code.split(separator: ".").last {
            case "unknown", "unknown_resource": 404
            case "cursor", "ambiguous_resource": 400
            case "everywhere": 403
            case "reason_missing", "tenant_name", "empty", "field_missing", "expiry_passed": 422
            default: 409
            }
        self.init(status, refusal.code, refusal.message, hint: refusal.hint)
    }

    /// What billing said.
    public init(_ error: BillingError) {
        if case .store(let error) = error.fact {
            self.init(error)
        } else {
            self.init(Self.status(of: error), error.code, error.message, hint: error.hint)
        }
    }

    private static func status(of error: BillingError) -> Int {
        switch error.fact {
        case .invoiceUnknown: 404
        case .period, .cursor: 400
        case .scope: 403
        case .provider, .answer, .amount, .cursorRepeated, .otherInvoice, .csv, .source, .store: 500
        }
    }

    /// What the schedules said.
    public init(_ refusal: SchedulingRefusal) {
        let status =
            switch refusal {
            case .unknown: 404
            case .name, .cron, .reasonMissing: 422
            case .exists, .notOwn, .alreadyPaused, .notPaused, .busy: 409
            }
        self.init(status, refusal.code, refusal.message, hint: refusal.hint)
    }
}
