public import SagaCore
public import Storage

/// What operators decide. Each decision is one transaction; what is refused has changed nothing.
extension Drift {
    // MARK: - Accept

    /// Takes the live value into the spec and counts its version up; of a missing resource, takes the spec away.
    ///
    /// - Parameters:
    ///   - scope: what is not in it is not there.
    ///   - by: who decided.
    ///   - witness: sees the drift change.
    /// - Throws: `DriftRefusal.unknown`, `.notOpen`, `.noSpec`, and `.moved` where the live value is no longer the one that
    ///   the operator has seen.
    @discardableResult
    public func accept(
        _ drift: Int64, in scope: Scope, by: String, reason: String? = nil, at: Timestamp, witness: Witness? = nil
    ) throws -> DriftRow {
        try database.transaction { connection in
            let before = try DriftRow.findOpen(drift, scope, connection)
            try accept(before, by, reason, at, connection)
            return try witnessed(drift, since: before, witness, connection)
        }
    }

    /// The drift as it is now, after the witness has seen how it was and is.
    private func witnessed(
        _ drift: Int64, since before: DriftRow, _ witness: Witness?, _ connection: any Connection
    ) throws -> DriftRow {
        let after = try DriftRow.find(drift, .operatorOfThisMachine, connection)
        try witness?(Change(target: "drift \(drift)", before: before.json, after: after.json), connection)
        return after
    }

    /// Accepts what is open, as things are now: 500 in a transaction, so that one that was cut off is gone on with by
    /// doing it again. What stays open is in the report, with the reason.
    ///
    /// - Parameters:
    ///   - scope: what somebody has seen and agreed to; what opens later is left alone.
    ///   - by: who decided.
    ///   - witness: sees each drift that is accepted change.
    /// - Throws: `InventoryRefusal`, `DriftRefusal.reasonMissing`
    public func baseline(
        _ scope: BaselineScope, by: String, reason: String, at: Timestamp, witness: Witness? = nil
    ) throws -> BaselineReport {
        guard !reason.isEmpty else { throw DriftRefusal.reasonMissing }
        var report = BaselineReport()
        var filter = scope.filter
        while true {
            let rows = try list(filter, in: .operatorOfThisMachine)
            guard let last = rows.last else { return report }
            let refusals = try database.transaction { connection in
                try rows.map { ($0.driftID, try acceptIfUnmoved($0.driftID, by, reason, at, witness, connection)) }
            }
            for (drift, refusal) in refusals { report.note(drift, refusal) }
            filter.after = last.driftID
        }
    }

    /// What a baseline would accept now.
    ///
    /// - Parameters:
    ///   - resource: as `Inventory.show` takes it; nil: of all resources.
    ///   - field: a pattern with `*` and `?`; nil: all fields.
    /// - Throws: `InventoryRefusal`
    public func baselineScope(resource: String? = nil, field: String? = nil) throws -> BaselineScope {
        var filter = DriftFilter()
        (filter.resource, filter.field) = (resource, field)
        return try database.snapshot { connection in
            let (conditions, values) = try filter.conditions(.operatorOfThisMachine, connection)
            let scope = try connection.first(
                """
                SELECT count(*), count(DISTINCT f.resource), coalesce(max(f.drift), 0)
                FROM \(DriftRow.tables) \(conditions)
                """, values
            ) { row in
                BaselineScope(
                    resource: resource, field: field, count: Int(row.int(0) ?? 0),
                    resourceCount: Int(row.int(1) ?? 0), last: row.int(2) ?? 0)
            }
            guard let scope else { preconditionFailure("A count without GROUP BY is a row.") }
            return scope
        }
    }

    private func acceptIfUnmoved(
        _ drift: Int64, _ by: String, _ reason: String, _ at: Timestamp, _ witness: Witness?,
        _ connection: any Connection
    ) throws -> DriftRefusal? {
        do {
            let before = try DriftRow.findOpen(drift, .operatorOfThisMachine, connection)
            try accept(before, by, reason, at, connection)
            _ = try witnessed(drift, since: before, witness, connection)
            return nil
        } catch let refusal as DriftRefusal {
            return refusal
        }
    }

    /// Refuses before it writes anything.
    private func accept(
        _ drift: DriftRow, _ by: String, _ reason: String?, _ at: Timestamp, _ connection: any Connection
    ) throws {
        guard let resource = try ComparedResource.find(drift.resource, connection) else {
            throw DriftRefusal.noSpec(drift.driftID, resourceID: drift.resourceID)
        }
        switch drift.kind {
        case .missing:
            guard resource.isDeleted else { throw moved(drift, to: "present") }
            _ = try SpecTable.remove(drift.resource, connection)
        case .field:
            guard !resource.isDeleted else { throw moved(drift, to: "deleted") }
            let live = resource.live(drift.field) ?? .null
            guard case .equal = resource.compare(drift.field, drift.actual, comparators) else {
                throw moved(drift, to: live)
            }
            var spec = resource.spec
            spec[drift.field] = live
            let runID = try SpecTable.find(drift.resource, connection)?.runID
            try SpecTable.write(spec, of: drift.resource, runID: runID, at, connection)
        }
        try DriftTable.close(drift.driftID, .accepted, by: "operator:" + by, reason: reason, at, connection)
    }

    private func moved(_ drift: DriftRow, to live: JSONValue) -> DriftRefusal {
        .moved(drift.driftID, field: drift.field, from: drift.actual, to: live)
    }

    // MARK: - Revert

    /// What a run has to do to put the field right, by these repairs.
    ///
    /// - Throws: `DriftRefusal.unknown`, `.notOpen`, `.noSpec`, `.noRepair`, `.noInput`
    public func plan(_ drift: Int64, repairs: [Repair], in scope: Scope) throws -> RepairPlan {
        try database.snapshot { connection in
            let drift = try DriftRow.findOpen(drift, scope, connection)
            guard let resource = try ComparedResource.find(drift.resource, connection) else {
                throw DriftRefusal.noSpec(drift.driftID, resourceID: drift.resourceID)
            }
            let known = repairs.filter { $0.provider == resource.provider && $0.kind == resource.kind }
            guard let repair = known.first(where: { $0.field == drift.field }), drift.kind == .field,
                let expected = resource.spec[drift.field]
            else {
                throw DriftRefusal.noRepair(
                    drift.driftID, resourceID: drift.resourceID, field: drift.field, repairable: known.map(\.field))
            }
            let providerID = try InventoryQueries.find(drift.resourceID, scope, connection).providerID
            let live = resource.live(drift.field) ?? .null
            guard let input = repair.input(providerID: providerID, expected: expected, actual: live) else {
                throw DriftRefusal.noInput(drift.driftID, operation: repair.operation, providerID: providerID)
            }
            return RepairPlan(
                drift: drift, operation: repair.operation, with: input,
                tenant: try tenant(of: drift.resource, connection), provider: resource.provider,
                kind: resource.kind, providerID: providerID)
        }
    }

    private func tenant(of resource: Int64, _ connection: any Connection) throws -> String? {
        let sql = """
            SELECT p.tenant FROM cloud_resources r JOIN cloud_projects p ON p.project = r.project WHERE r.resource = ?
            """
        return try connection.first(sql, [.int(resource)]) { $0.text(0) } ?? nil
    }

    /// A run takes it up; the comparison that finds the field right closes it as reverted.
    ///
    /// - Throws: `DriftRefusal.unknown`, `.notOpen`, and `.reverting` where a run that has not ended took it up before.
    @discardableResult
    public func markReverting(
        _ drift: Int64, in scope: Scope, runID: String, reason: String? = nil, witness: Witness? = nil
    ) throws -> DriftRow {
        try database.transaction { connection in
            let before = try DriftRow.findOpen(drift, scope, connection)
            if let run = before.revertingRun, try isUnfinished(run, connection) {
                throw DriftRefusal.reverting(drift, runID: run)
            }
            try connection.run(
                "UPDATE cloud_drift SET reverting_run = ?, reason = coalesce(?, reason) WHERE drift = ?",
                [.text(runID), .text(orNull: reason), .int(drift)])
            return try witnessed(drift, since: before, witness, connection)
        }
    }

    private func isUnfinished(_ runID: String, _ connection: any Connection) throws -> Bool {
        let sql = "SELECT 1 FROM saga_runs WHERE run_id = ? AND finished_at IS NULL"
        return try connection.first(sql, [.text(runID)]) { _ in true } ?? false
    }

    /// The run ended without having put things right: whoever does so later gets the credit.
    public func revertFailed(runID: String) throws {
        try database.transaction {
            try $0.run(
                "UPDATE cloud_drift SET reverting_run = NULL WHERE status = 'open' AND reverting_run = ?",
                [.text(runID)])
        }
    }

    // MARK: - Ignore

    /// Stops reporting fields until `expiresAt`, and closes what is open of them.
    ///
    /// - Parameters:
    ///   - field: a pattern with `*` and `?`, as the spec names fields.
    ///   - resource: as `Inventory.show` takes it; nil: of every resource.
    /// - Throws: `InventoryRefusal`, `DriftRefusal.fieldMissing`, `.reasonMissing`, `.expiryPassed`, and `.everywhere` where
    ///   no resource is given and the scope is not everything.
    @discardableResult
    public func ignore(
        field: String, resource: String? = nil, in scope: Scope, reason: String, by: String, until expiresAt: Timestamp,
        at: Timestamp, witness: Witness? = nil
    ) throws -> IgnoreRule {
        guard resource != nil || scope.reach == .everything else { throw DriftRefusal.everywhere }
        guard !field.isEmpty else { throw DriftRefusal.fieldMissing }
        guard !reason.isEmpty else { throw DriftRefusal.reasonMissing }
        guard expiresAt > at else { throw DriftRefusal.expiryPassed(expiresAt, now: at) }
        return try database.transaction { connection in
            let number = try resource.map { try InventoryQueries.find($0, scope, connection).number }
            try connection.run(
                """
                INSERT INTO cloud_drift_ignores (resource, field, reason, ignored_by, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    .int(orNull: number), .text(field), .text(reason), .text(by), .int(at.milliseconds),
                    .int(expiresAt.milliseconds),
                ])
            let id = connection.lastInsertedRow
            guard let rule = try IgnoreRule.inForce(at: at, connection).first(where: { $0.ignoreID == id }) else {
                preconditionFailure("A rule that ends after now is in force.")
            }
            try close(rule, at, connection)
            try witness?(Change(target: "ignore \(id)", before: nil, after: rule.json), connection)
            return rule
        }
    }

    private func close(_ rule: IgnoreRule, _ at: Timestamp, _ connection: any Connection) throws {
        var covered: [Int64] = []
        let open = try connection.statement("SELECT drift, resource, field FROM cloud_drift WHERE status = 'open'")
        try open.forEachRow([]) { row in
            guard rule.covers(row.text(2) ?? "", of: row.int(1) ?? 0) else { return }
            covered.append(row.int(0) ?? 0)
        }
        for drift in covered {
            try DriftTable.close(drift, .ignored, by: "operator:" + rule.ignoredBy, reason: rule.reason, at, connection)
        }
    }

    /// Ends a rule now. Answers whether there was one in force.
    @discardableResult
    public func stopIgnoring(_ ignoreID: Int64, at: Timestamp) throws -> Bool {
        try database.transaction { connection in
            try connection.run(
                "UPDATE cloud_drift_ignores SET expires_at = ? WHERE ignore = ? AND expires_at > ?",
                [.int(at.milliseconds), .int(ignoreID), .int(at.milliseconds)])
            return connection.changes > 0
        }
    }
}
