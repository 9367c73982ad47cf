internal import SagaCore

/// What a plugin's author wants to know of it beside its operations: how it is configured, what a call may take, and how its
/// calls went.
struct PluginSheet {
    /// In the JSON of the API.
    private let entry: JSONValue

    init(_ entry: JSONValue) { self.entry = entry }

    /// Which it is; what it is for stands beside it where there is room.
    var head: [String] {
        let name = "\(entry.shown("id")) \(entry.shown("version"))  \(entry.shown("state"))"
        let summary = entry.shown("summary")
        guard name.count + 2 + summary.count > 80 else { return [name + (summary.isEmpty ? "" : "  " + summary)] }
        return [name] + FactSheet.fold(summary, 78).map { "  " + $0 }
    }

    /// Names below one another, and beside each what it does.
    var operations: [String] {
        let operations = entry.rows("operations")
        let width = operations.map { $0.shown("uses").count }.max() ?? 0
        return operations.flatMap { operation in
            FactSheet.fold(operation.shown("summary"), max(20, 76 - width)).enumerated().map { number, line in
                "  \(pad(number == 0 ? operation.shown("uses") : "", width))  \(line)"
            }
        }
    }

    /// Folded to 80 columns.
    var lines: [String] {
        var sheet = FactSheet()
        sheet.add("limits", limits)
        for (key, schema) in entry["config"]?["properties"]?.objectValue ?? [:] {
            sheet.add("config", setting(key, schema))
        }
        sheet.add("set by", example)
        sheet.add("figures", figures)
        sheet.add("crashes", crashes)
        return sheet.lines(column: 12)
    }

    // MARK: - What may be

    private var limits: String? {
        let heartbeat = entry["limits"]?["heartbeat_seconds"]?.unlessNull.map {
            "silent for \($0.text) s, a call counts as hung"
        }
        let timeout = entry["limits"]?["timeout_seconds"]?.unlessNull.map {
            "a call may take \($0.text) s where neither operation nor step says"
        }
        let parts = [heartbeat, timeout].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// eg: "poll_seconds = 5  between two looks at something that takes its time"
    private func setting(_ key: String, _ schema: JSONValue) -> String {
        let value = schema["default"].map { " = \($0.text)" } ?? (isRequired(key) ? " (required)" : "")
        let summary = schema["description"]?.stringValue.map { "  \($0)" } ?? ""
        let variables = (entry["environment"]?.objectValue ?? [:]).filter { $0.value.stringValue == key }.map {
            "; also $\($0.key)"
        }
        return key + value + summary + variables.joined()
    }

    private func isRequired(_ key: String) -> Bool {
        entry["config"]?["required"]?.arrayValue?.contains(.string(key)) ?? false
    }

    /// How the first setting is set.
    private var example: String? {
        guard let (key, schema) = (entry["config"]?["properties"]?.objectValue ?? [:]).first(where: { _ in true })
        else {
            return nil
        }
        let (id, value) = (entry.shown("id"), schema["default"] ?? "…")
        let file = JSONValue.object([id: .object([key: value])]).text
        return "--config \(CallCommand.quoted("\(id).\(key)=\(value.plain)")), or config.json: \(file)"
    }

    // MARK: - What was

    /// Of the host that answers; nil: it did not load the plugin.
    private var figures: String? {
        guard let stats = entry["stats"]?.unlessNull else { return nil }
        let calls = count(Int(stats["calls"]?.intValue ?? 0), "call")
        let since = stats.shown("since").prefix(16).replacing("T", with: " ")
        let counts = "\(calls), \(stats.shown("failed_calls")) failed since \(since)"
        guard let latency = stats["latency_ms"]?.unlessNull else { return counts }
        func time(_ key: String) -> String { CallWords.round(latency[key]?.doubleValue ?? 0) }
        return "\(counts); p50 \(time("p50")) ms, p99 \(time("p99")) ms"
    }

    /// Of the present build, on this data folder.
    private var crashes: String? {
        let crashes = entry.rows("crashes")
        guard let last = crashes.first else { return nil }
        let run = last["run_id"]?.stringValue.map { ", run \($0)" } ?? ""
        return
            "\(crashes.count) of this build; the last \(last.shown("cause")) in \(last.shown("operation")), \(last.shown("at"))\(run)"
    }

    // MARK: - An operation

    /// The command that makes its first example happen.
    static func calls(_ operation: JSONValue) -> [String] {
        guard let with = operation.rows("examples").first?["with"] else { return [] }
        return ["try arcadia plugins call \(operation.shown("uses")) \\", "  --with \(CallCommand.quoted(with.text))"]
    }
}
