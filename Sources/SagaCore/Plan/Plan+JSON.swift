extension Plan {
    /// The format of `json`.
    public static let format: Int64 = 1

    /// `{"format", "made_at", "saga", "version"?, "timeout_seconds"?, "definition_hash", "inputs", "given"?, "steps": [Step], "irreversible":
    /// [{"step_id", "step_number", "uses"}], "waits": [Wait], "resources": [Resource], "cost", "plugins": [Plugin],
    /// "worst_case": {"forward", "back", "not_counted"}, "api_requests": [Requests], "warnings": [Finding]}`
    public var json: JSONValue {
        let ways = WaysBack(tree).ways
        let counted = CountedSteps(tree)
        var object: JSONObject = [
            "format": .int(Self.format), "made_at": .string(madeAt.description), "saga": .string(saga.name),
        ]
        object["version"] = saga.version.map(JSONValue.string)
        object["timeout_seconds"] = saga.timeoutSeconds.map(JSONValue.seconds)
        object["definition_hash"] = .string(saga.definitionHash)
        object["inputs"] = inputs
        object["given"] = PlanGiven.text(inputs, saga.inputs).map(JSONValue.string)
        object["steps"] = .array(tree.map { step($0, ways) })
        object["irreversible"] = .array(counted.calls.map(\.node).filter(\.step.cannotBeTakenBack).map(Self.named))
        object["waits"] = .array(counted.calls.compactMap { wait($0.node) })
        object["resources"] = .array(counted.calls.flatMap(resources))
        object["cost"] = cost(counted).json(at: madeAt)
        object["plugins"] = .array(plugins.map(\.json))
        object["worst_case"] = worstCase
        object["api_requests"] = .array(requests(counted).map(\.json))
        object["warnings"] = .array(warnings.map(\.json))
        return .object(object)
    }

    private static func named(_ node: PlanNode) -> JSONValue {
        [
            "step_id": .string(node.label), "step_number": .int(Int64(node.step.number)),
            "uses": .string(node.step.uses.description),
        ]
    }

    // MARK: - Steps

    private func step(_ node: PlanNode, _ ways: [Int: WayBack]) -> JSONValue {
        let step = node.step
        var object: JSONObject = [
            "step_id": .string(node.label), "step_number": .int(Int64(step.number)),
            "uses": .string(step.uses.description), "summary": .string(step.operation?.summary ?? ""),
        ]
        object["when"] = node.condition.map(JSONValue.string)
        if node.isLeftOut { object["left_out"] = .bool(true) }
        if node.isPivot { object["pivot"] = .bool(true) }
        object["given"] = node.given.map(JSONValue.string)
        object["total_timeout_seconds"] = node.totalSeconds.map(JSONValue.seconds)
        switch node.form {
        case .call: call(node, ways, &object)
        default: hold(node, ways, &object)
        }
        return .object(object)
    }

    private func call(_ node: PlanNode, _ ways: [Int: WayBack], _ object: inout JSONObject) {
        let step = node.step
        object["form"] = "call"
        object["with"] = step.with.shown(in: node.inputs)
        object["compensation"] = .string(step.takingBack(isDone: true).rawValue)
        object["compensated_by"] = step.compensation.uses.map { .string($0.description) }
        object["max_attempts"] = .int(Int64(step.retry.maxAttempts))
        object["timeout_seconds"] =
            (step.timeoutSeconds ?? step.operation?.timeoutSeconds).map(JSONValue.seconds) ?? .null
        object["forecast"] = (forecasts[step.number] ?? .notAsked).json
        object["if_it_fails"] = ways[step.number]?.json
    }

    private func hold(_ node: PlanNode, _ ways: [Int: WayBack], _ object: inout JSONObject) {
        func list(_ nodes: [PlanNode]) -> JSONValue { .array(nodes.map { step($0, ways) }) }
        switch node.form {
        case .call: break
        case .parallel(let branches):
            object["form"] = "parallel"
            object["branches"] = .array(branches.map(list))
        case .forEach(let items, let count, let atOnce, let body):
            object["form"] = "for_each"
            object["items"] = .string(items)
            object["count"] = count.map { .int(Int64($0)) } ?? .null
            object["at_once"] = .int(Int64(atOnce))
            object["steps"] = list(body)
        case .saga(let name, let version, let body):
            object["form"] = "saga"
            object["saga"] = .string(name)
            object["version"] = version.map(JSONValue.string)
            object["steps"] = list(body)
        case .scope(let end, let body, let otherwise):
            object["form"] = "scope"
            object["on_failure"] = .string(end.name)
            if case .again(let retry) = end { object["max_attempts"] = .int(Int64(retry.maxAttempts)) }
            object["steps"] = list(body)
            object["else"] = otherwise.map(list)
        }
    }

    // MARK: - What it comes to

    private func wait(_ node: PlanNode) -> JSONValue? {
        guard let wait = PlannedWait(node) else { return nil }
        var object: JSONObject = ["step_id": .string(node.label), "step_number": .int(Int64(node.step.number))]
        object.merge(wait.json)
        return .object(object)
    }

    private func resources(_ counted: CountedSteps.Call) -> [JSONValue] {
        guard case .told(let forecast) = forecasts[counted.node.step.number] else { return [] }
        return forecast.resources.map { resource in
            var object: JSONObject = ["step_id": .string(counted.node.label)]
            object["step_number"] = .int(Int64(counted.node.step.number))
            object.merge(resource.json.objectValue ?? [:])
            if counted.times != 1 { object["times"] = counted.times.map { .int(Int64($0)) } ?? .null }
            return .object(object)
        }
    }

    private func cost(_ counted: CountedSteps) -> PlannedCost {
        var cost = PlannedCost()
        for call in counted.calls {
            guard case .told(let forecast) = forecasts[call.node.step.number] else { continue }
            for resource in forecast.resources { cost.add(resource, times: call.times) }
        }
        return cost
    }

    private func requests(_ counted: CountedSteps) -> [PlannedRequests] {
        plugins.filter { !$0.http.isEmpty }.map { plugin in
            var requests = PlannedRequests(plugin)
            for call in counted.calls { requests.add(call.node.step, times: call.times) }
            return requests
        }
    }

    private var worstCase: JSONValue {
        let hosts = Set(plugins.filter { $0.placement == "host" }.map(\.image.plugin) + [SignalOperations.id])
        let reckoning = Reckoning(hosts: hosts)
        return [
            "forward": reckoning.forward(tree).within(saga.timeoutSeconds).json, "back": reckoning.back(tree).json,
            "not_counted": .array([
                "sleeps that steps ask for", "waits that the other side asks for", "stops of the host",
            ]),
        ]
    }
}

extension PlanNode.ScopeEnd {
    /// As definitions call it.
    var name: String {
        switch self {
        case .everythingBack: "compensate_all"
        case .scopeBack: "compensate_scope"
        case .again: "retry"
        }
    }
}

extension Step {
    /// Once it is done: its operation says so, whether or not there is a compensation to be called.
    var cannotBeTakenBack: Bool { compensation.uses == nil && operation?.isIrreversible ?? false }
}

/// The calls of a tree, and how often each is done.
struct CountedSteps {
    struct Call {
        let node: PlanNode
        /// Nil: only a run knows.
        let times: Int?
    }

    private(set) var calls: [Call] = []

    init(_ tree: [PlanNode]) { add(tree, times: 1) }

    private mutating func add(_ list: [PlanNode], times: Int?) {
        for node in list where !node.isLeftOut {
            switch node.form {
            case .call: calls.append(Call(node: node, times: times))
            case .forEach(_, let count, _, let body):
                let all = times.flatMap { times in count.map { times.multipliedClamped($0) } }
                add(body, times: all)
            default: for list in node.lists { add(list, times: times) }
            }
        }
    }
}
