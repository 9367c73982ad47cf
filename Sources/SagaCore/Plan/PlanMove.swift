/// What is another now than when a plan was made. The words are in `PlanMove+Words.swift`.
public enum PlanMove: Sendable, Hashable {
    case saga(was: String, is: String)
    /// By their SHA-256, in hex.
    case definition(was: String, is: String)
    case inputChanged(String)
    case inputAdded(String)
    case inputRemoved(String)
    case plugin(PluginImage, is: PluginImage)
    case pluginGone(PluginImage)
    case pluginAdded(PluginImage)

    /// Everything that keeps a run from being what was planned: its definition, its inputs, the builds of its plugins.
    ///
    /// - Parameters:
    ///   - old: a plan, as JSON.
    ///   - new: the plan that is made now, of the same form.
    public static func moves(from old: JSONValue, to new: JSONValue) -> [PlanMove] {
        var moves: [PlanMove] = []
        func text(_ plan: JSONValue, _ key: String) -> String { plan[key]?.stringValue ?? "" }
        let (was, now) = (text(old, "saga"), text(new, "saga"))
        if was != now { moves.append(.saga(was: was, is: now)) }
        let (hash, hashNow) = (text(old, "definition_hash"), text(new, "definition_hash"))
        if hash != hashNow { moves.append(.definition(was: hash, is: hashNow)) }
        return moves + inputs(old["inputs"] ?? [:], new["inputs"] ?? [:]) + plugins(old, new)
    }

    private static func inputs(_ old: JSONValue, _ new: JSONValue) -> [PlanMove] {
        let (old, new) = (old.objectValue ?? [:], new.objectValue ?? [:])
        var moves: [PlanMove] = []
        for (name, value) in old {
            guard let now = new[name] else {
                moves.append(.inputRemoved(name))
                continue
            }
            if !value.sameJSON(as: now) { moves.append(.inputChanged(name)) }
        }
        return moves + new.keys.filter { old[$0] == nil }.map(PlanMove.inputAdded)
    }

    private static func plugins(_ old: JSONValue, _ new: JSONValue) -> [PlanMove] {
        let (old, new) = (images(old), images(new))
        var moves: [PlanMove] = []
        for image in old {
            guard let now = new.first(where: { $0.plugin == image.plugin }) else {
                moves.append(.pluginGone(image))
                continue
            }
            if image != now { moves.append(.plugin(image, is: now)) }
        }
        return moves + new.filter { image in !old.contains { $0.plugin == image.plugin } }.map(PlanMove.pluginAdded)
    }

    private static func images(_ plan: JSONValue) -> [PluginImage] {
        (plan["plugins"]?.arrayValue ?? []).map { plugin in
            PluginImage(
                plugin: plugin["id"]?.stringValue ?? "", version: plugin["version"]?.stringValue ?? "",
                hash: plugin["hash"]?.stringValue ?? "")
        }
    }
}
