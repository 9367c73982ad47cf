/// What became of the wish for a forecast.
public enum ForecastAnswer: Sendable, Hashable {
    case told(Forecast)
    /// The operation has no plan to ask for.
    case notPlannable
    /// Whoever wants the plan wants no plugin asked.
    case notAsked
    /// What it needs to be told only a run knows: these members of `with`.
    case knownInRun([String])
    /// It refused, or could not be asked; a sentence says why.
    case failed(code: String, String)

    /// `{"state": "told", …}`, `{"state": "failed", "code", "message"}` and so on.
    var json: JSONValue {
        switch self {
        case .told(let forecast):
            var object = forecast.json.objectValue ?? [:]
            object["state"] = "told"
            return .object(object)
        case .notPlannable: return ["state": "not_plannable"]
        case .notAsked: return ["state": "not_asked"]
        case .knownInRun(let members):
            return ["state": "known_in_run", "left_out": .array(members.map(JSONValue.string))]
        case .failed(let code, let message):
            return ["state": "failed", "code": .string(code), "message": .string(message)]
        }
    }
}
