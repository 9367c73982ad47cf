internal import SagaCore

/// How a plan's figures read.
enum PlanWords {
    /// eg: "45 s", "16 min 21 s", "3 h 5 min", "4 d 2 h"
    static func time(_ seconds: Double) -> String {
        guard seconds < 31_536_000_000 else { return "more than 1000 years" }
        let whole = Int64(seconds.rounded(.up))
        func two(_ first: Int64, _ unit: String, _ second: Int64, _ small: String) -> String {
            second > 0 ? "\(first) \(unit) \(second) \(small)" : "\(first) \(unit)"
        }
        switch whole {
        case ..<120: return "\(whole) s"
        case ..<7200: return two(whole / 60, "min", whole % 60, "s")
        case ..<172_800: return two(whole / 3600, "h", whole % 3600 / 60, "min")
        default: return two(whole / 86_400, "d", whole % 86_400 / 3600, "h")
        }
    }

    /// `+ droplet web-1  s-1vcpu-1gb  fra1  6.00 USD a month  × 3`
    static func resource(_ resource: JSONValue) -> String {
        let signs = ["create": "+", "change": "~", "delete": "-"]
        let name = (resource["name"] ?? resource["id"])?.stringValue.map { " \($0)" } ?? ""
        var parts = ["\(signs[resource.shown("action")] ?? "?") \(resource.shown("kind"))\(name)"]
        parts += ["size", "region"].compactMap { resource[$0]?.stringValue }
        if let monthly = resource["monthly"]?.stringValue {
            parts.append("\(monthly) \(resource.shown("currency")) a month")
        }
        if let times = resource["times"] { parts.append(times == .null ? "for each item" : "× \(times.text)") }
        return parts.joined(separator: "  ")
    }

    /// How a step waits. eg: "signal \"approved\" from role:operator, 1 d at most"
    static func wait(_ wait: JSONValue) -> String {
        let isSignal = wait.shown("for") == "signal"
        var words = isSignal ? "signal \"\(wait.shown("name"))\"" : "waits"
        let from = wait["from"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if !from.isEmpty { words += " from \(from.joined(separator: " or "))" }
        if wait["four_eyes"]?.boolValue == true { words += ", not whoever began the run" }
        return words + length(wait, isSignal: isSignal)
    }

    private static func length(_ wait: JSONValue, isSignal: Bool) -> String {
        if let seconds = wait["seconds"]?.doubleValue {
            return isSignal ? ", \(time(seconds)) at most" : " \(time(seconds))"
        }
        if let until = wait["until"]?.stringValue { return " until \(until)" }
        if wait["known_in_run"]?.boolValue == true { return ", as long as only the run knows" }
        return ", for ever"
    }

    /// Why something has no end.
    static func unbounded(_ entry: JSONValue) -> String {
        let step = entry.shown("step_id")
        switch entry.shown("why") {
        case "no_timeout": return "nothing limits a call of \(step)"
        case "no_signal_timeout": return "\(step) waits for ever"
        case "wait_known_in_run": return "how long \(step) waits, only the run knows"
        case "items_known_in_run": return "how many items \(step) has, only the run knows"
        default: return "\(step) has no end"
        }
    }

    static func standing(_ entry: JSONValue) -> String {
        let why =
            switch entry.shown("why") {
            case "irreversible": "cannot be taken back"
            case "skip": "is left as it is"
            default: "is past the pivot"
            }
        return "\(entry.shown("step_id")) \(why)"
    }

    /// `rolled back`, `failed: a person is needed`, `goes on after scope X`
    static func end(_ way: JSONValue) -> String {
        switch way.shown("ends") {
        case "rolled_back": "ends rolled back"
        case "failed": "ends failed, a person is needed"
        default: "goes on after \(way.shown("scope"))" + (way["else"]?.boolValue == true ? ", with its `else`" : "")
        }
    }
}

extension JSONValue {
    /// The steps of a plan and all within them, each before what it holds; with its depth.
    func planSteps(depth: Int = 0) -> [(step: JSONValue, depth: Int)] {
        (arrayValue ?? []).flatMap { step -> [(step: JSONValue, depth: Int)] in
            let lists = step.rows("branches") + [step["steps"], step["else"]].compactMap { $0 }
            return [(step, depth)] + lists.flatMap { $0.planSteps(depth: depth + 1) }
        }
    }
}
