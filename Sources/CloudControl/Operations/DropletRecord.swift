internal import SagaCore
internal import Storage

/// Looks at a droplet at its provider and writes it down: how it is, and how it is asked to be.
struct DropletRecord {
    enum Purpose {
        /// From now on the droplet is asked to be as it is.
        case register
        /// What is asked of it changes in some fields, where anything is asked of it at all.
        case refresh
    }

    private let call: StepCall
    private let books: CloudOperations
    private let purpose: Purpose
    private let providerID: String
    private let resourceID: String

    init(_ call: StepCall, _ books: CloudOperations, _ purpose: Purpose) throws(StepError) {
        self.call = call
        self.books = books
        self.purpose = purpose
        providerID = try call.idAtProvider("droplet_id")
        resourceID = Inventory.resourceID(provider: call.provider, kind: "droplet", providerID: providerID)
    }

    func perform(_ save: (JSONValue) throws -> Void) throws -> StepOutcome {
        switch call.verb {
        case .execute: try execute(save)
        case .compensate: try compensate()
        case .probe, .plan:
            .failed(StepError(code: "unsupported", message: "nothing to ask", effect: .unknown), retry: .no)
        }
    }

    // MARK: - Forward

    private func execute(_ save: (JSONValue) throws -> Void) throws -> StepOutcome {
        // What was asked for before is durable before it is written over.
        let before = try call.checkpoint?["before"] ?? desiredState()
        if call.checkpoint == nil { try save(["before": before]) }
        let askedAt = books.clock.now
        switch try books.adapter(call.provider).ask(
            "inventory.droplets", ["provider_id": .string(providerID)], checkpoint: call.checkpoint?["adapter"],
            for: call)
        {
        case .later(let milliseconds, let checkpoint):
            return .suspended(
                afterMilliseconds: milliseconds,
                checkpoint: ["before": before, "adapter": checkpoint ?? .null])
        case .done(let answer): return try .completed(output: write(droplet(in: answer), at: askedAt))
        }
    }

    private func droplet(in answer: JSONObject) throws -> ProviderResource {
        let found: [ProviderResource]
        do {
            found = try ResourcePage(answer, kind: "droplet").resources
        } catch {
            throw StepError(code: "remote", message: "\(call.provider): \(error.message)", effect: .none)
        }
        guard let droplet = found.first, droplet.providerID == providerID else {
            throw StepError(
                code: "not_found", message: "\(call.provider) has no droplet \(providerID)", effect: .none,
                remoteStatus: 404)
        }
        return droplet
    }

    private func write(_ droplet: ProviderResource, at: Timestamp) throws -> JSONObject {
        try books.database.transaction { connection in
            let source = EventSource.saga(run: call.run.description)
            _ = try ResourceUpsert(connection, provider: call.provider, source: source, at: at)
                .see(droplet, in: .unknown)
            guard let row = try InventoryQueries.row(resourceID, connection) else {
                throw InventoryRefusal.unknown(resourceID)
            }
            let known = try SpecTable.find(row.number, connection)
            if let wanted = wanted(of: droplet, known: known?.spec), !(known?.isSame(wanted, by: runID(known)) ?? false)
            {
                try SpecTable.write(wanted, of: row.number, runID: runID(known), at, connection)
            }
            let written = try SpecTable.find(row.number, connection)
            return [
                "droplet_id": call.with["droplet_id"] ?? call.context["droplet_id"] ?? .string(providerID),
                "resource_id": .string(resourceID), "spec": written.map { .object($0.spec) } ?? .null,
                "spec_version": written.map { .int($0.version) } ?? .null,
            ]
        }
    }

    /// Nil: nothing is asked of it, and that stays so.
    private func wanted(of droplet: ProviderResource, known: JSONObject?) -> JSONObject? {
        var wanted: JSONObject
        switch purpose {
        case .register:
            wanted = [:]
            wanted["size_slug"] = droplet.sizeSlug.map(JSONValue.string)
            wanted["region"] = droplet.region.map(JSONValue.string)
            wanted["image"] = droplet.attrs["image"]
        case .refresh:
            guard let known else { return nil }
            wanted = known
        }
        for (field, value) in call.with["spec"]?.objectValue ?? [:] { wanted[field] = value == .null ? nil : value }
        return wanted.isEmpty ? nil : wanted
    }

    /// Who asked for it: this run, where it registers; a refresh leaves whoever did.
    private func runID(_ known: SpecTable.Known?) -> String? {
        purpose == .register ? call.run.description : known?.runID
    }

    // MARK: - What was asked for before

    /// `{spec, run_id}`, or null.
    private func desiredState() throws -> JSONValue {
        try books.database.snapshot { connection in
            guard let row = try InventoryQueries.row(resourceID, connection),
                let known = try SpecTable.find(row.number, connection)
            else { return .null }
            return known.json
        }
    }

    // MARK: - Back

    private func compensate() throws -> StepOutcome {
        guard let before = call.checkpoint?["before"] else { return .completed(output: [:]) }
        try books.database.transaction { connection in
            guard let row = try InventoryQueries.row(resourceID, connection) else { return }
            try putBack(before, row, connection)
            // Nobody knew of it before this run: with the run it goes. One that is still there is found by the next sync.
            if purpose == .register, row.firstSeenAt >= call.run.madeAt {
                _ = try ResourceUpsert(
                    connection, provider: row.provider, source: .saga(run: call.run.description), at: books.clock.now
                ).delete(resourceID: row.resourceID)
            }
        }
        return .completed(output: [:])
    }

    /// What somebody else has asked for since stays.
    private func putBack(_ before: JSONValue, _ row: ResourceRow, _ connection: any Connection) throws {
        guard let known = try SpecTable.find(row.number, connection) else { return }
        guard let previous = SpecTable.Known(before) else {
            if known.runID == call.run.description { _ = try SpecTable.remove(row.number, connection) }
            return
        }
        guard known.version == call.result?["spec_version"]?.intValue, !known.isSame(previous.spec, by: previous.runID)
        else { return }
        try SpecTable.write(previous.spec, of: row.number, runID: previous.runID, books.clock.now, connection)
    }
}
