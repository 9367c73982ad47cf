internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage

/// What this host can do, and who is kept out.
struct PluginsAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] {
        [
            "listPlugins": list, "getPlugin": show, "releasePlugin": release, "disablePlugin": disable,
            "enablePlugin": enable, "listOperations": operations, "reloadPlugins": reload, "prunePlugins": prune,
        ]
    }

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        .json(try PluginVersions.list(context.catalog, context.store))
    }

    @Sendable private func show(_ call: APICall) throws -> APIAnswer {
        .json(try detail(entry(call), call))
    }

    private func entry(_ call: APICall) throws -> PluginCatalog.Entry {
        let id = call.text("id") ?? ""
        guard let entry = context.catalog.entry(id) else {
            throw APIProblem.unknown("plugin", id, hint: "`GET /api/v1/plugins` lists them")
        }
        return entry
    }

    /// Everybody may know that it crashed; in whose run, who may see that run.
    private func detail(_ entry: PluginCatalog.Entry, _ call: APICall) throws -> JSONValue {
        try entry.detail(
            crashes: try context.store.crashes(), uses: try context.store.imageUses(), copies: context.catalog.store
        ) { try isSeen($0, by: call) }
    }

    private func isSeen(_ run: RunID, by call: APICall) throws -> Bool {
        guard let key = try context.store.find(run), let row = try context.store.row(key) else { return false }
        return call.scope.includes(tenant: row.tenant)
    }

    @Sendable private func release(_ call: APICall) throws -> APIAnswer {
        let found = try entry(call)
        guard found.state == .quarantined, let image = found.image else {
            throw APIProblem(
                409, "plugin.not_quarantined", "plugin \"\(found.id)\" is not quarantined",
                hint: "it is \(found.state.rawValue)")
        }
        _ = try context.store.forgetCrashes(of: image, witness: context.witness(call, .pluginRelease))
        context.catalog.forgetCrashes(of: image.hash)
        return .json(try detail(entry(call), call))
    }

    /// From the next call on; calls under way end as they do.
    @Sendable private func disable(_ call: APICall) throws -> APIAnswer {
        let found = try entry(call)
        guard found.placement != "host" else {
            throw APIProblem(
                409, "plugin.of_the_host", "\"\(found.id)\" is a part of the host itself, so it cannot be disabled")
        }
        let plugin = DisabledPlugin(
            id: found.id, reason: call.body?["reason"]?.stringValue ?? "", by: call.identity.subject, at: call.now)
        try context.store.disable(plugin, witness: context.witness(call, .pluginDisable))
        return try tell(call)
    }

    @Sendable private func enable(_ call: APICall) throws -> APIAnswer {
        let found = try entry(call)
        guard try context.store.enable(found.id, witness: context.witness(call, .pluginEnable)) else {
            throw APIProblem(
                409, "plugin.not_disabled", "plugin \"\(found.id)\" is not disabled",
                hint: "it is \(found.state.rawValue)")
        }
        return try tell(call)
    }

    /// Lets the running host know, too.
    private func tell(_ call: APICall) throws -> APIAnswer {
        context.catalog.disable(try context.store.disabledPlugins())
        return .json(try detail(entry(call), call))
    }

    @Sendable private func reload(_ call: APICall) throws -> APIAnswer {
        let id = call.body?["plugin"]?.stringValue
        if let id, !context.catalog.knows(id) {
            throw APIProblem.unknown("plugin", id, hint: "`GET /api/v1/plugins` lists them")
        }
        let reload = context.reload(id)
        try context.store.note(
            Change(target: id ?? "plugins", before: nil, after: reload.json),
            witness: context.witness(call, .pluginReload))
        return .json(reload.json)
    }

    @Sendable private func prune(_ call: APICall) throws -> APIAnswer {
        let isRehearsal = call.body?["dry_run"]?.boolValue == true
        let prune: StorePrune
        do {
            prune = try PluginPruning.prune(
                context.catalog, context.store, keepDays: call.body?["keep_days"]?.intValue.map(Int.init),
                isRehearsal: isRehearsal, at: call.now)
        } catch let trouble as StoreTrouble {
            throw APIProblem(503, "plugins.store", trouble.message)
        }
        if !isRehearsal {
            try context.store.note(
                Change(target: "plugins", before: nil, after: prune.json), witness: context.witness(call, .pluginPrune))
        }
        return .json(prune.json)
    }

    @Sendable private func operations(_ call: APICall) throws -> APIAnswer {
        let (plugin, kind) = (call.text("plugin"), call.text("kind"))
        let all = context.catalog.entries().filter { $0.refusal == nil && (plugin == nil || $0.id == plugin) }
            .flatMap { $0.manifest?.operations ?? [] }.filter { kind == nil || $0.kind == kind }
        let start = try call.text("cursor").map(Self.place) ?? 0
        let page = all.dropFirst(start).prefix(call.limit)
        let next = start + page.count < all.count ? JSONValue.string("at.\(start + page.count)") : .null
        return .json(["operations": .array(page.map(\.json)), "next": next])
    }

    private static func place(_ cursor: String) throws -> Int {
        guard cursor.hasPrefix("at."), let place = Int(cursor.dropFirst(3)), place >= 0 else {
            throw APIProblem(
                400, "request.cursor", "`cursor` is no place in this list; expected what `next` of the page before says"
            )
        }
        return place
    }
}
