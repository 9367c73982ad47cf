internal import SagaCore

extension DriftRefusal {
    public var code: String {
        switch self {
        case .unknown: "drift.unknown"
        case .notOpen: "drift.not_open"
        case .moved: "drift.moved"
        case .noSpec: "drift.no_spec"
        case .noRepair: "drift.no_repair"
        case .noInput: "drift.no_input"
        case .reverting: "drift.reverting"
        case .everywhere: "drift.everywhere"
        case .reasonMissing: "drift.reason_missing"
        case .expiryPassed: "drift.expiry_passed"
        case .fieldMissing: "drift.field_missing"
        }
    }

    public var message: String {
        switch self {
        case .unknown(let drift): "there is no drift \(drift)"
        case .notOpen(let drift, let status, let at, let by):
            "drift \(drift) is \(status.rawValue)\(by.map { ", by \($0)" } ?? "")\(at.map { " at \($0)" } ?? ""); expected an open one"
        case .moved(let drift, let field, let from, let to):
            "\"\(field)\" of drift \(drift) was \(from.text) when it was noticed and is \(to.text) now, so nothing was changed"
        case .noSpec(let drift, let resourceID):
            "nothing is asked of \"\(resourceID)\" any more, so drift \(drift) has nothing to compare with"
        case .noRepair(let drift, let resourceID, let field, let repairable):
            "no operation puts \"\(field)\" of \"\(resourceID)\" right (drift \(drift)); \(repairable.isEmpty ? "none is known for this kind" : "expected one of \(repairable.joined(separator: ", "))")"
        case .noInput(let drift, let operation, let providerID):
            "\"\(operation)\" takes a number as the resource's id, and drift \(drift) is of \"\(providerID)\""
        case .reverting(let drift, let runID):
            "run \(runID) is putting drift \(drift) right already; expected none that has not ended"
        case .everywhere: "a field cannot be ignored everywhere by somebody who sees the resources of one tenant only"
        case .reasonMissing: "no reason is given; expected a sentence for those who look at it later"
        case .expiryPassed(let expiry, let now): "the end \(expiry) is not after now, \(now)"
        case .fieldMissing: "no field is given; expected a name such as size_slug, or a pattern such as *_ids"
        }
    }

    public var hint: String? {
        switch self {
        case .unknown: "`arcadia drift list` shows those that are open"
        case .notOpen: "`arcadia drift list` shows those that are open; `arcadia drift detect` looks again"
        case .moved: "`arcadia drift detect` looks again; decide on what it shows then"
        case .noSpec: "`arcadia drift detect` closes it"
        case .noRepair(let drift, _, DriftRow.wholeResource, _):
            "make it again, and ask nothing of the old one any more: `arcadia drift accept \(drift) --reason WHY`"
        case .noRepair(let drift, _, _, _):
            "put it right by hand, or take the live value over: `arcadia drift accept \(drift) --reason WHY`"
        case .reverting(_, let runID): "`arcadia runs watch \(runID)` waits for it"
        case .everywhere: "ignore it of one resource"
        case .noInput, .reasonMissing, .expiryPassed, .fieldMissing: nil
        }
    }
}
