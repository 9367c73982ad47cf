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

    /// Entries in the JSON of the API.
    static func list(_ key: String, _ body: () throws -> [DefinitionEntry]) throws -> JSONValue {
        [key: .array(try shelfwise(body).map { .object($0.summary) }), "next": .null]
    }

    static func show(_ entries: [JSONValue]) {
        guard !entries.isEmpty else { return Terminal.say("no definitions") }
        var table = TextTable("NAME", "VERSION", "FROM", "DESCRIPTION")
        for entry in entries {
            table.add(
                entry.shown("name"), entry.shown("version", or: "-"),
                entry["plugin"]?.stringValue.map { "plugin \($0)" } ?? "stored", entry.shown("description"))
        }
        table.print()
    }

    /// Versions of one name; the first of them is what a run takes.
    static func showVersions(_ entries: [JSONValue]) {
        var table = TextTable("VERSION", "STORED", "BY", "STEPS", "HASH", "DESCRIPTION", numbers: ["STEPS"])
        for entry in entries {
            table.add(
                entry.shown("version", or: "-"), entry.shown("stored_at", or: "-"),
                entry["plugin"]?.stringValue.map { "plugin \($0)" } ?? entry.shown("stored_by"), entry.shown("steps"),
                String(entry.shown("hash").prefix(12)), entry.shown("description"))
        }
        table.print()
    }

    /// What a shelf says, in the words of a command's failure.
    static func shelfwise<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let refusal as DefinitionRefusal {
            throw Failure(APIProblem(refusal))
        } catch let error as StoreError {
            throw Failure(error)
        }
    }
}
