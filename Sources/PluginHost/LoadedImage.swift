internal import SagaCore

/// A plugin that can be called, and the files it runs from.
final class LoadedImage: @unchecked Sendable {
    let plugin: any CallablePlugin
    /// Nobody clears them away meanwhile.
    private let kept: KeptFiles
    /// Where they lie.
    var folder: String { kept.folder }
    /// When a call was last made of it; behind the catalog's lock.
    private var lastUse = ContinuousClock.now

    init(_ plugin: any CallablePlugin, kept: KeptFiles) {
        self.plugin = plugin
        self.kept = kept
    }

    var image: PluginImage { plugin.image }

    /// The plugin, for a call that is made now.
    func used() -> any CallablePlugin {
        lastUse = .now
        return plugin
    }

    /// Nobody was in it for so long, and it can be let go. What is mapped in this process stays.
    func isIdle(for patience: Duration) -> Bool {
        guard let worker = plugin as? WorkerPlugin, worker.isIdle else { return false }
        return lastUse.duration(to: .now) >= patience
    }
}
