internal import PluginHost
internal import SagaCore
internal import Storage

/// Every definition that can be run by its name: what operators stored, then what plugins ship.
struct DefinitionShelf {
    private let store: SQLRunStore?
    private let shipped: [DefinitionEntry]
    private let wiring: Wiring

    init(_ wiring: Wiring) throws(Failure) {
        self.wiring = wiring
        store = try wiring.existingStore()
        shipped = Self.shipped(try wiring.catalog(store), wiring)
    }

    /// Of two plugins that ship the same name, the one that is found first.
    private static func shipped(_ catalog: PluginCatalog, _ wiring: Wiring) -> [DefinitionEntry] {
        var entries: [DefinitionEntry] = []
        for plugin in catalog.entries() {
            for name in DefinitionSource.shipped(in: plugin.folder) where !entries.contains(where: { $0.name == name })
            {
                guard let text = wiring.readFile("\(plugin.folder)/definitions/\(name).json") else { continue }
                entries.append(DefinitionEntry(shippedBy: plugin.id, name: name, text: text))
            }
        }
        return entries
    }

    /// Of each name the version that a run takes, by name.
    func all() throws(StoreError) -> [DefinitionEntry] {
        let stored = try store?.definitions.newest() ?? []
        let names = Set(stored.map(\.name))
        return (stored + shipped.filter { !names.contains($0.name) }).sorted { $0.name < $1.name }
    }

    /// The newest first; what a plugin ships comes last.
    func versions(of name: String) throws -> [DefinitionEntry] {
        let entries = try (store?.definitions.versions(of: name) ?? []) + shipped.filter { $0.name == name }
        guard !entries.isEmpty else { throw DefinitionRefusal(.unknown(name: name, version: nil)) }
        return entries
    }

    func find(_ name: String, version: String?) throws -> DefinitionEntry {
        let found = try store?.definitions.find(name, version: version)
        if let entry = found ?? shipped.first(where: { $0.name == name && (version == nil || $0.version == version) }) {
            return entry
        }
        throw DefinitionRefusal(.unknown(name: name, version: version))
    }

    func show(list: (DefinitionShelf) throws -> [DefinitionEntry], key: String) throws {
        let entries = try Self.shelfwise { try list(self) }
        switch Terminal.output {
        case .json: Terminal.print(json: [(key): .array(entries.map { .object($0.summary) }), "next": .null])
        case .jsonl: for entry in entries { Terminal.print(JSONValue.object(entry.summary).text) }
        case .table:
            guard !entries.isEmpty else { return Terminal.say("no definitions") }
            var table = TextTable("NAME", "VERSION", "FROM", "DESCRIPTION")
            for entry in entries {
                table.add(
                    entry.name, entry.version ?? "-", entry.plugin.map { "plugin \($0)" } ?? "stored",
                    entry.summary["description"]?.stringValue ?? "")
            }
            for line in table.lines() { Terminal.print(line) }
        }
    }

    /// What a shelf says, in the words of a command's failure.
    static func shelfwise<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let refusal as DefinitionRefusal {
            throw Failure(refusal.code, refusal.message, hint: refusal.hint, exit: .badData)
        } catch let error as StoreError {
            throw Failure(error)
        }
    }
}
