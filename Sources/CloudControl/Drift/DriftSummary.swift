public import SagaCore

/// What a comparison of everything that was asked for with everything there is has told.
public struct DriftSummary: Sendable, Hashable {
    /// Resources with a spec.
    public internal(set) var checked = 0
    /// Fields that differ now, and resources that are missing; without those that are ignored.
    public internal(set) var driftedFields = 0
    /// Of these, noticed just now.
    public internal(set) var newDrift = 0
    /// Open before, and right by now, by itself or by somebody.
    public internal(set) var resolvedStale = 0
    /// Open before, and right by now, by the run that was to see to it.
    public internal(set) var resolvedReverted = 0
    /// Fields of specs that the inventory has never seen of their resource.
    public internal(set) var unknownFields = 0
    /// Fields that differ and are ignored.
    public internal(set) var ignoredFields = 0

    /// `{checked, drifted_fields, new_drift, resolved_stale, resolved_reverted, unknown_fields, ignored_fields}`
    public var json: JSONValue {
        func number(_ number: Int) -> JSONValue { .int(Int64(number)) }
        return [
            "checked": number(checked), "drifted_fields": number(driftedFields), "new_drift": number(newDrift),
            "resolved_stale": number(resolvedStale), "resolved_reverted": number(resolvedReverted),
            "unknown_fields": number(unknownFields), "ignored_fields": number(ignoredFields),
        ]
    }
}
