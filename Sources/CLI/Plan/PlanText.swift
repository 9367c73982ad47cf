internal import SagaCore

/// A plan for a person: forward, back, cost, waits, risks, reach, limits. No line is wider than 80 columns.
struct PlanText {
    private let plan: JSONValue
    private let steps: [(step: JSONValue, depth: Int)]
    /// How a line looks that is read in passing.
    private let aside: (String) -> String
    private static let width = 80

    /// - Parameter plan: as the API tells it.
    init(_ plan: JSONValue, aside: @escaping (String) -> String = { $0 }) {
        self.plan = plan
        self.aside = aside
        steps = (plan["steps"] ?? []).planSteps()
    }

    var lines: [String] {
        var lines = [heading]
        if let given = plan["given"]?.stringValue {
            var facts = FactSheet()
            facts.add("inputs", given)
            lines += facts.lines(column: 10)
        }
        for (title, body) in [
            ("forward", forward), ("back, newest first, if a step fails for good", back), ("cost", cost),
            ("waits", waits), ("risks", risks), ("reach", reach), ("limits", limits),
        ] where !body.isEmpty {
            lines += ["", title] + body
        }
        return lines
    }

    private var heading: String {
        let version = plan["version"]?.stringValue.map { " version \($0)" } ?? ""
        return "\(plan.shown("saga"))\(version)  \(count(steps.count, "step"))"
    }

    // MARK: - Forward

    private var forward: [String] {
        let names = steps.map { Self.indent($0.depth) + $0.step.shown("step_id") }
        let column = min(28, (names.map(\.count).max() ?? 0) + 2)
        return lists(plan["steps"] ?? [], depth: 0, column)
    }

    private func lists(_ list: JSONValue, depth: Int, _ column: Int) -> [String] {
        (list.arrayValue ?? []).flatMap { step in lines(of: step, depth, column) }
    }

    private func lines(of step: JSONValue, _ depth: Int, _ column: Int) -> [String] {
        var facts = FactSheet()
        facts.add(Self.number(step) + Self.indent(depth) + step.shown("step_id"), Self.what(step))
        var lines = facts.lines(column: 5 + column) + given(step, column: 5 + column)
        var more = FactSheet()
        for line in Self.more(step) { more.add("", line) }
        lines += more.lines(column: 5 + column)
        for (number, branch) in step.rows("branches").enumerated() {
            lines.append("     " + Self.indent(depth + 1) + "branch \(number + 1)")
            lines += lists(branch, depth: depth + 1, column)
        }
        lines += lists(step["steps"] ?? [], depth: depth + 1, column)
        if let otherwise = step["else"] {
            lines.append("     " + Self.indent(depth + 1) + "else")
            lines += lists(otherwise, depth: depth + 1, column)
        }
        return lines
    }

    /// One line, cut to the width: what a step is given is read in passing.
    private func given(_ step: JSONValue, column: Int) -> [String] {
        guard let given = step["given"]?.stringValue, step["left_out"]?.boolValue != true else { return [] }
        let text = "with \(given)".cut(to: Self.width - column)
        return [String(repeating: " ", count: column) + aside(text)]
    }

    private static func number(_ step: JSONValue) -> String {
        let number = step.shown("step_number")
        return number + String(repeating: " ", count: max(1, 3 - number.count))
    }

    private static func indent(_ depth: Int) -> String { String(repeating: "  ", count: depth) }

    private static func what(_ step: JSONValue) -> String {
        switch step.shown("form") {
        case "parallel": "\(step.rows("branches").count) branches at once"
        case "for_each":
            "for each of \(step["count"]?.unlessNull?.text ?? step.shown("items")), \(step.shown("at_once")) at once"
        case "saga": "saga \(step.shown("saga")) \(step.shown("version"))"
        case "scope": "scope, on failure \(step.shown("on_failure"))"
        default: step.shown("uses")
        }
    }

    private static func more(_ step: JSONValue) -> [String] {
        if step["left_out"]?.boolValue == true { return ["left out: \(step.shown("when")) does not hold"] }
        var lines = step["when"]?.stringValue.map { ["only when \($0)"] } ?? []
        if step["pivot"]?.boolValue == true { lines.append("after it there is no way back") }
        if let uses = step["compensated_by"]?.stringValue { lines.append("taken back by \(uses)") }
        let forecast = step["forecast"] ?? [:]
        lines += forecast.rows("resources").map(PlanWords.resource)
        lines += forecast["notes"]?.arrayValue?.compactMap(\.stringValue).map { "note: \($0)" } ?? []
        let leftOut = forecast["left_out"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if !leftOut.isEmpty { lines.append("only the run knows its \(leftOut.joined(separator: ", "))") }
        if forecast.shown("state") == "not_asked" { lines.append("what it would do was not asked") }
        return lines
    }

    // MARK: - Back

    private var back: [String] {
        let calls = steps.map(\.step).filter { $0["if_it_fails"] != nil }
        var facts = FactSheet()
        for step in calls { facts.add(Self.number(step) + step.shown("step_id"), Self.way(step["if_it_fails"] ?? [:])) }
        let widest = calls.map { $0.shown("step_id").count }.max() ?? 0
        return facts.lines(column: 5 + min(28, widest + 2))
    }

    private static func way(_ way: JSONValue) -> String {
        var back = way.rows("takes_back").prefix(mostNamed).map { step in
            switch step.shown("extent") {
            case "itself": "itself if it did anything"
            case "as_far_as_it_came": "\(step.shown("step_id")) as far as it came"
            default: step.shown("step_id")
            }
        }
        let rest = way.rows("takes_back").count - back.count + Int(way["more"]?.intValue ?? 0)
        if rest > 0 { back.append("\(rest) more") }
        var words = back.isEmpty ? "nothing" : back.joined(separator: ", ")
        if let again = way["again"] {
            words = "up to \(again.shown("times")) times \(again.shown("scope")) again; then \(words)"
        }
        let standing = way.rows("stands")
        words += standing.prefix(mostNamed).map { "; \(PlanWords.standing($0))" }.joined()
        let others = standing.count - min(standing.count, mostNamed) + Int(way["more_stand"]?.intValue ?? 0)
        if others > 0 { words += "; \(others) more stand" }
        return words + "; " + PlanWords.end(way)
    }

    private static let mostNamed = 8

    // MARK: - What it comes to

    private var cost: [String] {
        var facts = FactSheet()
        for sum in plan["cost"]?.rows("monthly") ?? [] {
            let age = Int(sum["age_days"]?.intValue ?? 0)
            let parts = [("creates", "+"), ("deletes", "-"), ("changes_to", "changed to ")].compactMap { key, sign in
                sum.shown(key) == "0.00" ? nil : sign + sum.shown(key)
            }
            let amount = (parts.isEmpty ? ["0.00"] : parts).joined(separator: ", ")
            let day = age == 0 ? "today" : "\(count(age, "day")) ago"
            facts.add("a month", "\(amount) \(sum.shown("currency")), at prices of \(sum.shown("as_of")), \(day)")
        }
        let unpriced = Int(plan["cost"]?["unpriced"]?.intValue ?? 0)
        if unpriced > 0 { facts.add("unpriced", "\(count(unpriced, "resource")) without a known price") }
        return facts.lines()
    }

    private var waits: [String] {
        var facts = FactSheet()
        for wait in plan.rows("waits") { facts.add(wait.shown("step_id"), PlanWords.wait(wait)) }
        return facts.lines()
    }

    private var risks: [String] {
        var facts = FactSheet()
        for step in plan.rows("irreversible") {
            facts.add("! \(step.shown("step_id"))", "cannot be taken back once it is done")
        }
        for (step, _) in steps where step["forecast"]?.shown("state") == "failed" {
            facts.add(
                "! \(step.shown("step_id"))",
                "could not say what it would do: \(step["forecast"]?.shown("message") ?? "")")
        }
        for entry in Self.endless(plan["worst_case"]?["forward"]) { facts.add("! no end", entry) }
        return facts.lines()
    }

    private static func endless(_ worst: JSONValue?) -> [String] {
        let all = worst?.rows("unbounded").map(PlanWords.unbounded) ?? []
        return all.prefix(mostNamed) + (all.count > mostNamed ? ["\(all.count - mostNamed) more like that"] : [])
    }

    private var reach: [String] {
        var facts = FactSheet()
        for plugin in plan.rows("plugins") {
            let build = "\(plugin.shown("version")) \(plugin.shown("hash").prefix(12)), \(Self.place(plugin))"
            facts.add(plugin.shown("id"), ([build] + Self.access(plugin)).joined(separator: "\n"))
        }
        return facts.lines()
    }

    private static func place(_ plugin: JSONValue) -> String {
        switch plugin.shown("placement") {
        case "host": "the host itself"
        case "worker": "in a worker of its own"
        default: "in the host's process"
        }
    }

    private static func access(_ plugin: JSONValue) -> [String] {
        func words(_ value: JSONValue, _ key: String, _ separator: String) -> String {
            value[key]?.arrayValue?.compactMap(\.stringValue).joined(separator: separator) ?? ""
        }
        var lines = plugin.rows("http").map { "\($0.shown("host")): \(words($0, "methods", " "))" }
        let credentials = plugin.rows("credentials").map { $0.shown("name") }
        if !credentials.isEmpty { lines.append("with \(credentials.joined(separator: ", "))") }
        let writes = words(plugin, "writes", ", ")
        if !writes.isEmpty { lines.append("writes to \(writes)") }
        if plugin["starts_programs"]?.boolValue == true { lines.append("may start programs") }
        return lines
    }

    private var limits: [String] {
        var facts = FactSheet()
        let (forward, back) = (plan["worst_case"]?["forward"] ?? [:], plan["worst_case"]?["back"] ?? [:])
        facts.add(
            "time",
            "forward \(Self.most(forward)), back \(Self.most(back)); without what steps sleep and wait by themselves")
        facts.add("calls", "forward \(forward.shown("calls")) at most, back \(back.shown("calls"))")
        for requests in plan.rows("api_requests") {
            facts.add(requests.shown("plugin"), Self.words(requests))
        }
        return facts.lines()
    }

    private static func most(_ worst: JSONValue) -> String {
        worst["seconds"]?.doubleValue.map { "\(PlanWords.time($0)) at most" } ?? "without end"
    }

    private static func words(_ requests: JSONValue) -> String {
        var words =
            "\(requests.shown("forward")) requests forward at most, \(requests.shown("back")) back"
            + ", without further looks while a step waits"
        let limits = [("per_minute", "a minute"), ("per_hour", "an hour")].compactMap { key, unit in
            requests[key]?.intValue.map { "\($0) \(unit)" }
        }
        if !limits.isEmpty { words += ", of \(limits.joined(separator: " and "))" }
        let unsaid = requests["unsaid"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if !unsaid.isEmpty { words += "; \(unsaid.joined(separator: ", ")) does not say how many" }
        return words
    }
}
