/// `/v2/droplets/{id}/actions` and `/v2/droplets/actions`
enum DropletActionEndpoints {
    static let routes = [
        Route("GET", "droplets/{id}/actions", scope: "droplet:read", list),
        Route("GET", "droplets/{id}/actions/{action}", scope: "droplet:read", get),
        Route("POST", "droplets/{id}/actions", scope: "droplet:update", start),
        Route("POST", "droplets/actions", scope: "droplet:update", startTagged),
    ]

    /// The actions that may be started for all droplets of a tag.
    private static let ofTags: Set<String> = [
        "power_cycle", "power_on", "power_off", "shutdown", "enable_ipv6", "enable_backups", "disable_backups",
        "snapshot",
    ]

    private static func list(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let droplet = try account.readDroplet(try call.id(2), at: call.now)
        let ids = account.actionsOfDroplet[droplet.id] ?? []
        return call.list("actions", ids.reversed()) { account.actions[$0]!.json }
    }

    /// Found for as long as the provider remembers actions, which is longer than the droplet lives.
    private static func get(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        guard let action = account.actions[try call.id(4)], action.droplet == (try call.id(2)) else { throw .notFound }
        return .json(["action": action.json])
    }

    private static func start(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        let droplet = try account.usableDroplet(try call.id(2), at: call.now)
        let kind = try DropletActionOrder.kind(body, droplet: droplet, account: account, call: call)
        return .json(["action": begin(kind, on: droplet.id, account: &account, call: call).json], status: 201)
    }

    private static func startTagged(_ account: inout Account, _ call: Call) throws(ProviderError) -> Answer {
        let body = try call.object()
        guard let tag = call.query["tag_name"], !tag.isEmpty else { throw .badRequest("tag_name is required") }
        guard ofTags.contains(body["type"]?.string ?? "") else {
            throw .unprocessable("The action type is not supported for tags.")
        }
        let droplets = account.livingDroplets.filter { $0.hasTag(tag, at: call.now) }
        guard !droplets.contains(where: \.isLocked) else {
            throw .unprocessable("there are currently blocking events processing for one or more of the droplets")
        }
        var actions: [JSON] = []
        for droplet in droplets {
            let kind = try DropletActionOrder.kind(body, droplet: droplet, account: account, call: call)
            actions.append(begin(kind, on: droplet.id, account: &account, call: call).json)
        }
        return .json(["actions": .array(actions)], status: 201)
    }

    private static func begin(_ kind: Action.Kind, on id: Int, account: inout Account, call: Call) -> Action {
        let timing = account.timing
        let seconds =
            switch kind {
            case .snapshot, .restore: timing.snapshot
            case .resize: timing.resize
            case .create, .rebuild: timing.create
            default: timing.power
            }
        return account.begin(kind, on: id, lasting: seconds, fate: call.fate, at: call.now)
    }
}
