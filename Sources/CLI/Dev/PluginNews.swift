internal import PluginHost
internal import SagaCore

/// What happens to plugins that are being developed: their builds, and their calls as they go. For a person a line each, for
/// a program an object a line.
final class PluginNews: CallAudience {
    enum Event {
        case building(String)
        /// - Parameter milliseconds: from the save until it was in use; nil: it is the first.
        case loaded(String, hash: String, changed: [String], milliseconds: Double?, operations: [String])
        case unchanged(String, changed: [String])
        /// - Parameter kept: the build that stays in use; nil: there is none.
        case buildFailed(String, changed: [String], output: String, kept: String?)
        case refused(String, PluginRefusal, kept: String?)
    }

    private let ids: Set<String>
    /// One at a time, so that lines stay whole and together.
    private let printing = Monitor(())

    init(of ids: [String]) { self.ids = Set(ids) }

    func tell(_ event: Event) {
        printing.withLock { _ in
            guard Terminal.output == .table else { return Terminal.print(Self.json(event).text) }
            for line in Self.lines(event) { Terminal.print(line) }
        }
    }

    // MARK: - Builds, for a person

    static func lines(_ event: Event) -> [String] {
        switch event {
        case .building(let id): return ["  \(id): building …"]
        case .loaded(let id, let hash, let changed, let milliseconds, let operations):
            let time = milliseconds.map { ", \(CallWords.round($0)) ms" } ?? ""
            return [
                "\(sign("✔", .green)) \(id): \(after(changed))build \(hash.prefix(8)) is in use\(time)  \(fit(operations.joined(separator: ", "), 40))"
            ]
        case .unchanged(let id, let changed): return ["  \(id): \(after(changed))the same build as before"]
        case .buildFailed(let id, let changed, let output, let kept):
            return ["\(sign("✘", .red)) \(id): \(after(changed))not built; \(stays(kept))"] + end(of: output)
        case .refused(let id, let refusal, let kept):
            let hint = refusal.hint.map { ["  hint: \($0)"] } ?? []
            return ["\(sign("✘", .red)) \(id): refused; \(stays(kept))", "  " + refusal.message] + hint
        }
    }

    private static func sign(_ sign: String, _ colour: Style.Colour) -> String { Style.plain.on(sign, colour: colour) }

    /// eg: "greeter.c and 2 more changed, "
    private static func after(_ changed: [String]) -> String {
        guard let first = changed.first else { return "" }
        return first + (changed.count > 1 ? " and \(changed.count - 1) more" : "") + " changed, "
    }

    private static func stays(_ kept: String?) -> String {
        kept.map { "build \($0.prefix(8)) stays in use" } ?? "waiting for the next save"
    }

    private static let mostLines = 40

    /// What a compiler says first tells most.
    private static func end(of output: String) -> [String] {
        let lines = output.split(separator: "\n").map { "  " + $0 }
        guard lines.count > mostLines else { return lines }
        return lines.prefix(mostLines) + ["  … and \(lines.count - mostLines) lines more"]
    }

    // MARK: - Builds, for a program

    /// `{event, plugin, …}`
    static func json(_ event: Event) -> JSONValue {
        switch event {
        case .building(let id): return ["event": "plugin_building", "plugin": .string(id)]
        case .loaded(let id, let hash, let changed, let milliseconds, let operations):
            return [
                "event": "plugin_loaded", "plugin": .string(id), "hash": .string(hash), "changed": list(changed),
                "milliseconds": milliseconds.flatMap { JSONValue($0) } ?? .null, "operations": list(operations),
            ]
        case .unchanged(let id, let changed):
            return ["event": "plugin_unchanged", "plugin": .string(id), "changed": list(changed)]
        case .buildFailed(let id, let changed, let output, let kept):
            return [
                "event": "plugin_build_failed", "plugin": .string(id), "changed": list(changed),
                "output": .string(output), "kept": kept.map(JSONValue.string) ?? .null,
            ]
        case .refused(let id, let refusal, let kept):
            return [
                "event": "plugin_refused", "plugin": .string(id), "code": .string(refusal.code),
                "message": .string(refusal.message), "hint": refusal.hint.map(JSONValue.string) ?? .null,
                "kept": kept.map(JSONValue.string) ?? .null,
            ]
        }
    }

    private static func list(_ texts: [String]) -> JSONValue { .array(texts.map(JSONValue.string)) }

    // MARK: - Calls

    func looksAt(plugin: String) -> Bool { ids.contains(plugin) }

    func saw(_ event: CallEvent, in call: StepCall) {
        if case .began(let image) = event {
            return tell("began", "\(call.operation), attempt \(call.attempt), build \(image.hash.prefix(8))", call)
        }
        if let words = CallWords(event, of: call.verb) { tell(words.kind, words.text, call) }
    }

    private func tell(_ kind: String, _ text: String, _ call: StepCall) {
        tell(
            kind == "began" && Terminal.output == .table ? call.verb.rawValue : kind, text, run: call.run.description,
            step: call.stepID, [("operation", call.operation.description), ("verb", call.verb.rawValue)])
    }

    /// What a plugin logs or prints. False: it is none of these.
    func hear(_ line: PluginLog.Line) -> Bool {
        let words = (line.label ?? "").split(separator: " ", maxSplits: 1).map(String.init)
        guard let first = words.first, let plugin = first.split(separator: ".").first, ids.contains(String(plugin))
        else { return false }
        let told = CallWords(line)
        let operation = first.contains(".") ? [("operation", first)] : [("plugin", first)]
        tell(told.kind, told.text, run: line.run?.description, step: words.count > 1 ? words[1] : nil, operation)
        return true
    }

    private func tell(_ kind: String, _ text: String, run: String?, step: String?, _ more: [(String, String)]) {
        printing.withLock { _ in
            guard Terminal.output == .table else {
                var object: JSONObject = ["event": "call", "kind": .string(kind), "text": .string(text)]
                object["run_id"] = run.map(JSONValue.string) ?? .null
                object["step_id"] = step.map(JSONValue.string) ?? .null
                for (key, value) in more { object[key] = .string(value) }
                return Terminal.print(JSONValue.object(object).text)
            }
            let place = run.map { "\($0.suffix(8))  \(step ?? "")" } ?? (more.first?.1 ?? "")
            Terminal.print("  \(pad(place, 24))  \(pad(kind, 10))  \(text)")
        }
    }
}
