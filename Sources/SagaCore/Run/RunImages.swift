/// The plugin images of a run: it keeps those it began with, whatever is installed meanwhile.
public struct RunImages: Sendable, Hashable {
    /// What its steps call, at most one of a plugin.
    public var uses: [PluginImage]
    /// Others that did something for it: a version that stood in for one of the first, or executed a step it adopted.
    public var keeps: [PluginImage]

    public init(uses: [PluginImage] = [], keeps: [PluginImage] = []) {
        self.uses = uses
        self.keeps = keeps
    }

    public func used(of plugin: String) -> PluginImage? { uses.first { $0.plugin == plugin } }

    /// Notes who did something. False: it was known.
    mutating func note(_ image: PluginImage) -> Bool {
        guard !uses.contains(image), !keeps.contains(image) else { return false }
        keeps.append(image)
        return true
    }
}

extension StoredRun {
    /// The image that did the last of a plugin's steps in this run itself; nil: none was done.
    func lastImage(of plugin: String) -> PluginImage? {
        events.last { stored in
            if case .stepAdopted = stored.event { return false }
            return stored.image?.plugin == plugin
        }?.image
    }
}

/// The operations as the images of a run have them.
struct ImageOperations: OperationCatalog {
    let catalog: any OperationCatalog
    let images: [PluginImage]

    func lookUp(_ name: OperationName) -> OperationLookup {
        catalog.lookUp(name, of: images.first { $0.plugin == name.plugin })
    }

    var operationNames: [OperationName] { catalog.operationNames }
}
