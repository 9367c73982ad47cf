internal import PluginHost
internal import SagaCore
internal import Server
internal import Storage

extension DefinitionShelf {
    /// The shelf that commands see: the platform's.
    init(_ wiring: Wiring) throws(Failure) {
        let store = try wiring.existingStore()
        self.init(store, try wiring.catalog(store))
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
