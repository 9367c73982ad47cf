internal import SagaCore

/// Which changes of a resource are worth an event. This is the one place that says so.
enum MeaningfulFields {
    /// All of them.
    static let common = CommonField.allCases
    /// Attributes that change without anybody having done something to the resource: a droplet's snapshots are resources
    /// with events of their own, and windows and locks move by themselves.
    static let volatileAttributes: Set = ["snapshot_ids", "backup_ids", "next_backup_window", "locked", "updated_at"]

    /// The fields that differ in meaning, as they were and as they are; nil when there are none.
    ///
    /// Shape: `{"size_slug": "s-1vcpu-1gb", "attrs": {"memory": 1024}}`.
    static func changes(from old: ResourceFields, to new: ResourceFields) -> FieldChanges? {
        var changes = FieldChanges()
        for field in common {
            changes.note(field.rawValue, field.value(of: old), field.value(of: new))
        }
        let attrs = attributeChanges(from: old.attrs, to: new.attrs)
        if !attrs.isEmpty {
            changes.before["attrs"] = .object(attrs.before)
            changes.after["attrs"] = .object(attrs.after)
        }
        return changes.isEmpty ? nil : changes
    }

    private static func attributeChanges(from old: JSONObject, to new: JSONObject) -> FieldChanges {
        var changes = FieldChanges()
        for (key, value) in new where !volatileAttributes.contains(key) { changes.note(key, old[key] ?? .null, value) }
        for (key, value) in old where !volatileAttributes.contains(key) && new[key] == nil {
            changes.note(key, value, .null)
        }
        return changes
    }
}

/// Fields as they were and as they are.
struct FieldChanges {
    var before: JSONObject = [:]
    var after: JSONObject = [:]

    var isEmpty: Bool { after.isEmpty }
    var areTagsOnly: Bool { after.count == 1 && after[CommonField.tags.rawValue] != nil }

    mutating func note(_ field: String, _ old: JSONValue, _ new: JSONValue) {
        guard !old.means(new) else { return }
        before[field] = old
        after[field] = new
    }
}
