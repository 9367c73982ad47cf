internal import SagaCore
internal import Storage

/// Asks nothing of a droplet any more; the droplet itself stays as it is.
struct Unregistration {
    private let call: StepCall
    private let books: CloudOperations
    private let resourceID: String

    init(_ call: StepCall, _ books: CloudOperations) throws(StepError) {
        self.call = call
        self.books = books
        resourceID = Inventory.resourceID(
            provider: call.provider, kind: "droplet", providerID: try call.idAtProvider("droplet_id"))
    }

    func perform(_ save: (JSONValue) throws -> Void) throws -> StepOutcome {
        guard call.verb == .execute else { return try compensate() }
        let before = try call.checkpoint?["before"] ?? books.database.snapshot { try known($0)?.known.json ?? .null }
        if call.checkpoint == nil { try save(["before": before]) }
        try books.database.transaction { connection in
            guard let (resource, _) = try known(connection) else { return }
            _ = try SpecTable.remove(resource, connection)
        }
        return .completed(
            output: ["resource_id": .string(resourceID), "was_registered": .bool(before != .null)])
    }

    private func compensate() throws -> StepOutcome {
        guard let before = call.checkpoint?["before"].flatMap(SpecTable.Known.init) else {
            return .completed(output: [:])
        }
        try books.database.transaction { connection in
            guard let row = try InventoryQueries.row(resourceID, connection),
                try SpecTable.find(row.number, connection) == nil
            else { return }
            try SpecTable.write(before.spec, of: row.number, runID: before.runID, books.clock.now, connection)
        }
        return .completed(output: [:])
    }

    private func known(_ connection: any Connection) throws -> (resource: Int64, known: SpecTable.Known)? {
        guard let row = try InventoryQueries.row(resourceID, connection) else { return nil }
        return try SpecTable.find(row.number, connection).map { (row.number, $0) }
    }
}
