internal import SagaCore
internal import Storage

/// Brings the open drift of a resource in line with how it is, within one transaction that reads it anew.
struct DriftReconciliation {
    private let connection: any Connection
    private let comparators: FieldComparators
    private let at: Timestamp
    private let ignores: [IgnoreRule]
    private let events: EventLog

    init(_ connection: any Connection, comparators: FieldComparators, at: Timestamp) throws {
        self.connection = connection
        self.comparators = comparators
        self.at = at
        ignores = try IgnoreRule.inForce(at: at, connection)
        events = try EventLog(connection, source: .drift, at: at)
    }

    func reconcile(_ number: Int64, _ summary: inout DriftSummary) throws {
        let resource = try ComparedResource.find(number, connection)
        var open = try openDrift(number)
        for mismatch in resource.map(mismatches) ?? [] {
            let known = open.removeValue(forKey: mismatch.field)
            if let rule = ignores.first(where: { $0.covers(mismatch.field, of: number) }) {
                summary.ignoredFields += 1
                if let known { try close(known, .ignored, by: "operator:" + rule.ignoredBy, reason: rule.reason) }
            } else if let known {
                summary.driftedFields += 1
                try keep(known, mismatch)
            } else {
                summary.driftedFields += 1
                summary.newDrift += 1
                try add(mismatch, to: number, specVersion: resource?.specVersion ?? 0)
            }
        }
        for known in open.values { try resolve(known, resource, &summary) }
    }

    // MARK: - What differs

    private struct Mismatch {
        let kind: DriftRow.Kind
        let field: String
        let expected: JSONValue
        let actual: JSONValue
    }

    private func mismatches(_ resource: ComparedResource) -> [Mismatch] {
        if resource.isDeleted {
            return [
                Mismatch(kind: .missing, field: DriftRow.wholeResource, expected: "present", actual: "deleted")
            ]
        }
        return resource.spec.compactMap { field, expected in
            guard case .different(let actual) = resource.compare(field, expected, comparators) else { return nil }
            return Mismatch(kind: .field, field: field, expected: expected, actual: actual)
        }
    }

    // MARK: - What is known already

    private struct Open {
        let drift: Int64
        let kind: DriftRow.Kind
        let expected: JSONValue
        let actual: JSONValue
        let revertingRun: String?
    }

    private func openDrift(_ resource: Int64) throws -> [String: Open] {
        var open: [String: Open] = [:]
        let sql = """
            SELECT drift, kind, field, expected, actual, reverting_run FROM cloud_drift
            WHERE status = 'open' AND resource = ?
            """
        try connection.statement(sql).forEachRow([.int(resource)]) { row in
            open[row.text(2) ?? ""] = Open(
                drift: row.int(0) ?? 0, kind: DriftRow.Kind(rawValue: row.text(1) ?? "") ?? .field,
                expected: try row.json(3) ?? .null, actual: try row.json(4) ?? .null, revertingRun: row.text(5))
        }
        return open
    }

    private func add(_ mismatch: Mismatch, to resource: Int64, specVersion: Int64) throws {
        try connection.run(
            """
            INSERT INTO cloud_drift (resource, kind, field, expected, actual, status, spec_version, detected_at)
            VALUES (?, ?, ?, ?, ?, 'open', ?, ?)
            """,
            [
                .int(resource), .text(mismatch.kind.rawValue), .text(mismatch.field), .json(mismatch.expected),
                .json(mismatch.actual), .int(specVersion), .int(at.milliseconds),
            ])
        var (before, after): (JSONObject, JSONObject) = ([:], [:])
        before[mismatch.field] = mismatch.expected
        after[mismatch.field] = mismatch.actual
        try events.append(.driftDetected, of: resource, before: before, after: after)
    }

    /// Still open; what it shows is what is now.
    private func keep(_ open: Open, _ mismatch: Mismatch) throws {
        guard open.expected != mismatch.expected || open.actual != mismatch.actual else { return }
        try connection.run(
            "UPDATE cloud_drift SET expected = ?, actual = ? WHERE drift = ?",
            [.json(mismatch.expected), .json(mismatch.actual), .int(open.drift)])
    }

    /// No longer so: by the run that was to see to it where the field agrees, else by itself or somebody.
    private func resolve(_ open: Open, _ resource: ComparedResource?, _ summary: inout DriftSummary) throws {
        if let run = open.revertingRun, let resource, !resource.isDeleted {
            summary.resolvedReverted += 1
            try close(open, .reverted, by: "saga:" + run, reason: nil)
        } else {
            summary.resolvedStale += 1
            try close(open, .stale, by: "drift", reason: nil)
        }
    }

    private func close(_ open: Open, _ status: DriftRow.Status, by: String, reason: String?) throws {
        try DriftTable.close(open.drift, status, by: by, reason: reason, at, connection)
    }
}

/// Writing cloud_drift, for all who close.
enum DriftTable {
    static func close(
        _ drift: Int64, _ status: DriftRow.Status, by: String, reason: String?, _ at: Timestamp,
        _ connection: any Connection
    ) throws {
        try connection.run(
            """
            UPDATE cloud_drift SET status = ?, closed_at = ?, closed_by = ?, reason = coalesce(?, reason)
            WHERE drift = ? AND status = 'open'
            """,
            [.text(status.rawValue), .int(at.milliseconds), .text(by), .text(orNull: reason), .int(drift)])
    }
}
