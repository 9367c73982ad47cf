extension PlanMove {
    public var code: String {
        switch self {
        case .saga: "plan.other_saga"
        case .definition: "plan.definition_moved"
        case .inputChanged, .inputAdded, .inputRemoved: "plan.inputs_moved"
        case .plugin, .pluginGone, .pluginAdded: "plan.plugin_moved"
        }
    }

    /// What is, and what was planned. Values of inputs stay out of it.
    public var message: String {
        switch self {
        case .saga(let was, let now): "the plan is of saga \"\(was)\", and this is saga \"\(now)\""
        case .definition(let was, let now):
            "the definition is another than the planned one: SHA-256 \(Self.short(now)), planned \(Self.short(was))"
        case .inputChanged(let name): "the input \"\(name)\" is another than the planned one"
        case .inputAdded(let name): "the input \"\(name)\" is given, and was not when it was planned"
        case .inputRemoved(let name): "the input \"\(name)\" is not given, and was when it was planned"
        case .plugin(let was, let now) where was.version == now.version:
            "plugin \"\(now.plugin)\" \(now.version) is another build than the planned one: SHA-256 \(Self.short(now.hash)), planned \(Self.short(was.hash))"
        case .plugin(let was, let now):
            "plugin \"\(now.plugin)\" is version \(now.version), planned was \(was.version)"
        case .pluginGone(let was):
            "plugin \"\(was.plugin)\" \(was.version) is not there any more, and the plan counts on it"
        case .pluginAdded(let now):
            "plugin \"\(now.plugin)\" \(now.version) is used, and was not when it was planned"
        }
    }

    private static func short(_ hash: String) -> String { String(hash.prefix(12)) + "…" }
}
