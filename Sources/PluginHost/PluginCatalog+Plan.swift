public import SagaCore

extension PluginCatalog {
    /// What a run of a saga would do.
    ///
    /// - Parameter asksPlugins: operations that can say what they would do are asked; otherwise no plugin's code runs.
    public func plan(
        of saga: Saga, inputs: JSONValue, warnings: [DefinitionError], asksPlugins: Bool,
        expressions: any ExpressionEvaluator = NoExpressionEvaluator(), at now: Timestamp
    ) -> Plan {
        var plan = Plan(
            saga, inputs: inputs, warnings: warnings, plugins: saga.plugins.compactMap(planned),
            expressions: expressions,
            at: now)
        let planner = PluginPlanner(self)
        for node in plan.calls {
            plan.forecasts[node.step.number] = forecast(of: node, in: plan, asksPlugins ? planner : nil)
        }
        return plan
    }

    private func forecast(of node: PlanNode, in plan: Plan, _ planner: PluginPlanner?) -> ForecastAnswer {
        let step = node.step
        guard step.operation?.isPlannable == true else { return .notPlannable }
        guard let planner else { return .notAsked }
        let (known, leftOut) = step.with.knownMembers(in: node.inputs)
        return planner.forecast(of: step, in: plan.saga, with: known, leftOut: leftOut, inputs: node.inputs.inputs)
    }

    /// The tightest limit of its credentials, as its manifest and config have it.
    public func requestsPerHour(of plugin: String) -> Int? {
        let access = entry(plugin)?.manifest.flatMap(loader.access)
        return access?.credentials.compactMap(\.perHour).min()
    }

    /// A plugin as a run would use it now; nil: it is not there. Nothing of it is loaded.
    private func planned(_ id: String) -> PlannedPlugin? {
        guard let entry = entry(id), let image = entry.image else { return nil }
        let access = entry.manifest.flatMap(loader.access)
        return PlannedPlugin(
            image: image, placement: entry.placement ?? "in_process", signer: entry.signer,
            credentials: access?.credentials ?? [], http: access?.http ?? [], writes: access?.writes ?? [],
            startsPrograms: access?.startsPrograms ?? false)
    }
}

extension PluginLoader {
    /// What a plugin may reach: what its manifest asks for, cut down to what its operator grants.
    fileprivate func access(
        _ manifest: PluginManifest
    ) -> (
        credentials: [PlannedPlugin.Credential], http: [PlannedPlugin.HTTPHost], writes: [String],
        startsPrograms: Bool
    )? {
        guard let config = try? configs.checked(manifest, folder: "") else { return nil }
        let http = pluginHTTP(manifest, config)
        return (
            http?.planned ?? [], http?.permissions.planned ?? [],
            manifest.capabilities.files.filter(\.isWritable).compactMap { $0.folder(config) },
            manifest.capabilities.processes && grants[manifest.id]?.allowsProcesses ?? true
        )
    }
}

extension HTTPPermissions {
    fileprivate var planned: [PlannedPlugin.HTTPHost] {
        granted.map { PlannedPlugin.HTTPHost(host: $0.host, methods: $0.methods) }
    }
}

extension PluginHTTP {
    fileprivate var planned: [PlannedPlugin.Credential] {
        grantedCredentials.map { name, limit in
            PlannedPlugin.Credential(
                name: name, perMinute: limit.perMinute > 0 ? limit.perMinute : nil,
                perHour: limit.perHour > 0 ? limit.perHour : nil)
        }
    }
}
