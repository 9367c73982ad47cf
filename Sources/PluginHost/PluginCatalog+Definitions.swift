public import SagaCore

extension PluginCatalog {
    /// What plugins ship to be run by name, in the order of the search. Of two plugins that ship one name, the first.
    public func shippedDefinitions() -> [DefinitionEntry] {
        var entries: [DefinitionEntry] = []
        for plugin in self.entries() {
            // Nobody knows what a definition says that is not the one that was locked.
            guard plugin.state != .modified else { continue }
            for name in plugin.shippedNames where !entries.contains(where: { $0.name == name }) {
                guard let bytes = try? FileTrust.read("\(plugin.folder)/definitions/\(name).json"),
                    let text = String(validating: bytes, as: UTF8.self)
                else { continue }
                entries.append(DefinitionEntry(shippedBy: plugin.id, name: name, text: text))
            }
        }
        return entries
    }
}

extension PluginCatalog.Entry {
    /// The names of the definitions that come with it.
    public var shippedNames: [String] {
        FolderListing.names(in: folder + "/definitions").filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    }
}
