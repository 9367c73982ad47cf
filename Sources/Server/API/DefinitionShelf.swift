public import PluginHost
public import SagaCore
public import Storage

/// Every definition that can be run by its name: what operators stored, then what plugins ship.
public struct DefinitionShelf: Sendable {
    private let store: SQLRunStore?
    private let catalog: PluginCatalog
    /// Whose own come first; nil: the platform's only.
    private let tenant: String?

    /// - Parameter store: nil: there is none yet.
    public init(_ store: SQLRunStore?, _ catalog: PluginCatalog, tenant: String? = nil) {
        self.store = store
        self.catalog = catalog
        self.tenant = tenant
    }

    /// Of each name the version that a run takes, by name.
    public func all() throws(StoreError) -> [DefinitionEntry] {
        let stored = try store?.definitions.newest(tenant: tenant) ?? []
        let names = Set(stored.map(\.name))
        return (stored + catalog.shippedDefinitions().filter { !names.contains($0.name) }).sorted { $0.name < $1.name }
    }

    /// The newest first; what a plugin ships comes last.
    ///
    /// - Throws: `DefinitionRefusal`, `StoreError`
    public func versions(of name: String) throws -> [DefinitionEntry] {
        let shipped = catalog.shippedDefinitions().filter { $0.name == name }
        let entries = try (store?.definitions.versions(of: name, tenant: tenant) ?? []) + shipped
        guard !entries.isEmpty else { throw DefinitionRefusal(.unknown(name: name, version: nil)) }
        return entries
    }

    /// - Parameter version: nil: the one that a run takes.
    /// - Throws: `DefinitionRefusal`, `StoreError`
    public func find(_ name: String, version: String? = nil) throws -> DefinitionEntry {
        if let stored = try store?.definitions.find(name, version: version, tenant: tenant) { return stored }
        let shipped = catalog.shippedDefinitions().first {
            $0.name == name && (version == nil || $0.version == version)
        }
        guard let shipped else { throw DefinitionRefusal(.unknown(name: name, version: version)) }
        return shipped
    }
}

extension DefinitionShelf: DefinitionLibrary {
    public func text(of name: String, version: String?) -> String? { try? find(name, version: version).text }
}
