internal import SagaCore

/// A plugin that can be called, and the files it runs from.
final class LoadedImage: @unchecked Sendable {
    let plugin: any CallablePlugin
    let image: PluginImage
    /// Where its files lie.
    let folder: String
    /// While it is here, nobody clears them away. It and the next are behind the catalog's lock.
    private var kept: KeptFiles?
    /// When a call was last made of it, or it was the installed one.
    private var lastUse = ContinuousClock.now

    init(_ plugin: any CallablePlugin, kept: KeptFiles) {
        self.plugin = plugin
        image = plugin.image
        self.kept = kept
        folder = kept.folder
    }

    /// The plugin, for a call that is made now.
    func used() -> any CallablePlugin {
        lastUse = .now
        return plugin
    }

    func isIdle(for patience: Duration) -> Bool { lastUse.duration(to: .now) >= patience }

    /// Whether there is no more to it than a worker that nobody is in.
    var canGo: Bool { (plugin as? WorkerPlugin)?.isIdle ?? false }

    /// What is mapped in this process stays so; its files may be cleared away, if no run needs them.
    func letGoOfFiles() { kept = nil }
}
