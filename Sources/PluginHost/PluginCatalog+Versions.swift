internal import SagaCore

/// Which version of a plugin makes a call.
extension PluginCatalog {
    enum Resolution {
        case plugin(any CallablePlugin)
        /// Nothing can make this call in this process; a sentence.
        case unavailable(String)
    }

    /// The plugin to make a call: the image that executed the step, else the one that the run began with, where there still
    /// is one; else what is installed, if it says that it can.
    func resolve(_ call: StepCall) -> Resolution {
        let id = call.operation.plugin
        let wanted = call.executedBy ?? call.begunWith
        if let refusal = disabled.refusal(of: id, path: id) {
            return .unavailable("plugin \"\(id)\" was refused: \(refusal.reason)")
        }
        do throws(PluginRefusal) {
            switch try installed(id, for: wanted) {
            case .plugin(let plugin): return .plugin(plugin)
            case .nothing: return .unavailable("plugin \"\(id)\" is not there")
            case .another(let wanted):
                if let other = try other(wanted) { return .plugin(other) }
                return substitute(for: wanted, call)
            }
        } catch {
            return .unavailable("plugin \"\(id)\" was refused: \(error.reason)")
        }
    }

    private enum Installed {
        case plugin(any CallablePlugin)
        /// What is wanted is not what is installed.
        case another(PluginImage)
        case nothing
    }

    private func installed(_ id: String, for wanted: PluginImage?) throws(PluginRefusal) -> Installed {
        try contents.withLock { contents throws(PluginRefusal) in
            if let loaded = contents.installed[id] {
                if let wanted, wanted != loaded.image { return .another(wanted) }
                if let refusal = crashes.quarantine(of: loaded.image) { throw PluginRefusal(refusal, path: id) }
                return .plugin(loaded.plugin)
            }
            if let wanted, let known = inspected(id, &contents), known != wanted { return .another(wanted) }
            if let loaded = try installed(id, &contents) { return .plugin(loaded.plugin) }
            return wanted.map(Installed.another) ?? .nothing
        }
    }

    private func inspected(_ id: String, _ contents: inout Contents) -> PluginImage? {
        guard let index = contents.index(of: id) else { return nil }
        admission.inspect(&contents.bundles[index])
        return contents.bundles[index].image
    }

    /// An image that is not what is installed, from the content store; nil: it is gone, or kept out.
    private func other(_ image: PluginImage) throws(PluginRefusal) -> (any CallablePlugin)? {
        try contents.withLock { contents throws(PluginRefusal) in
            guard crashes.quarantine(of: image) == nil else { return nil }
            if let loaded = contents.others[image.hash] { return loaded.used() }
            guard let loaded = try loader.load(image) else { return nil }
            contents.others[image.hash] = loaded
            return loaded.used()
        }
    }

    private func substitute(for wanted: PluginImage, _ call: StepCall) -> Resolution {
        let why = crashes.quarantine(of: wanted).map { PluginRefusal($0, path: "").reason }
        let role = call.executedBy == nil ? "is for" : "was executed by"
        let lost =
            "step \"\(call.stepID)\" \(role) \(wanted.plugin) \(wanted.version) (build \(wanted.hash.prefix(8)))"
            + (call.executedBy == nil ? ", which the run began with" : "") + " and \(why ?? "is gone")"
        do throws(PluginRefusal) {
            guard let installed = try plugin(wanted.plugin) else {
                return .unavailable("\(lost), and no other version is there")
            }
            if Self.canStandIn(installed, for: wanted, call.verb) { return .plugin(installed) }
            return .unavailable("\(lost); \(Self.missing(installed, for: wanted, call.verb))")
        } catch {
            return .unavailable("\(lost); what is installed was refused: \(error.reason)")
        }
    }

    /// Another build of the same version does, and one whose manifest names the version: under `continues` for everything,
    /// under `compensates` for taking back and asking what happened.
    private static func canStandIn(
        _ installed: any CallablePlugin, for wanted: PluginImage, _ verb: StepVerb
    ) -> Bool {
        let manifest = installed.manifest
        if manifest.version == wanted.version || manifest.continues.contains(wanted.version) { return true }
        return verb != .execute && manifest.compensates.contains(wanted.version)
    }

    private static func missing(
        _ installed: any CallablePlugin, for wanted: PluginImage, _ verb: StepVerb
    ) -> String {
        let (what, key) = verb == .execute ? ("go on for it", "continues") : ("stand in for it", "compensates")
        return
            "\(installed.image.plugin) \(installed.image.version) does not say that it can \(what) (`\(key)` in its plugin.json). Put \(wanted.version) back into its folder, or a version that says so; then `arcadia plugins reload` and `arcadia resume`"
    }
}
