public import SagaCore

extension PluginReload {
    /// What became of them, a line each.
    public var lines: [String] {
        changes.map(\.line) + (changes.isEmpty ? ["no plugin changed; \(unchanged) as before"] : [])
    }

    /// `{changes: [{id, outcome, folder, old, new, code, reason, hint}], unchanged}`; a build is `{version, hash}`, and what
    /// is not known is null.
    public var json: JSONValue {
        ["changes": .array(changes.map(\.json)), "unchanged": .int(Int64(unchanged))]
    }
}

extension PluginReload.Change {
    var line: String {
        let (before, now) = (old?.words ?? "nothing", new?.words ?? "nothing")
        switch outcome {
        case .added: return "plugin \"\(id)\" is new: \(now)"
        case .replaced: return "plugin \"\(id)\" is \(now) now, in the place of \(before)"
        case .gone: return "plugin \"\(id)\" is gone: \(before); runs that began with it go on with its copy"
        case .refused:
            let stays = old == nil ? "" : "; \(before) stays in use"
            return "plugin \"\(id)\" was refused, \(now): \(refusal?.reason ?? "no reason given")\(stays)"
        }
    }

    var json: JSONValue {
        [
            "id": .string(id), "outcome": .string(outcome.rawValue), "folder": .string(folder),
            "old": old?.json ?? .null, "new": new?.json ?? .null,
            "code": refusal.map { .string($0.code) } ?? .null, "reason": refusal.map { .string($0.reason) } ?? .null,
            "hint": refusal?.hint.map(JSONValue.string) ?? .null,
        ]
    }
}

extension PluginReload.Build {
    /// eg: `1.0.0 (build 0123abcd)`
    var words: String {
        let build = hash.map { "build \($0.prefix(8))" }
        guard let version else { return build ?? "of no readable manifest" }
        return version + (build.map { " (\($0))" } ?? "")
    }

    var json: JSONValue {
        ["version": version.map(JSONValue.string) ?? .null, "hash": hash.map(JSONValue.string) ?? .null]
    }
}
