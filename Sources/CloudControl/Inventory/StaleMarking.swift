internal import SagaCore
internal import Storage

/// What follows from not being in a complete list: a strike, and after the last one a direct question before the tombstone.
///
/// All questions come before anything is counted: where one is not answered, this sweep has counted nothing.
struct StaleMarking {
    let sweep: Sweep
    let number: Int64

    /// - Throws: `SweepOutcome` where nothing may be counted.
    func run(_ report: inout SweepReport) throws {
        let last = try lastChances()
        try checkBreaker(last)
        var gone: [String] = []
        for candidate in last.candidates {
            if let resource = try ask(candidate) {
                try find(resource, &report)
            } else {
                gone.append(candidate.resourceID)
            }
        }
        try count(gone, &report)
        report.kept = last.count - last.candidates.count
    }

    private struct Candidate {
        let resourceID: String
        let providerID: String
    }

    /// Those whose next strike is the last.
    private struct LastChances {
        let count: Int
        /// Live resources of the kind.
        let live: Int
        /// As many as may be asked for in one sweep, the longest known first.
        let candidates: [Candidate]
    }

    private static let hasLastChance = "\(Sweep.isMissing) AND stale_strike_count >= ?"

    private func lastChances() throws -> LastChances {
        let values = sweep.missingValues(number) + [.int(sweep.policy.strikesUntilDeleted - 1)]
        return try sweep.database.snapshot { connection in
            LastChances(
                count: try connection.count("SELECT count(*) FROM cloud_resources WHERE \(Self.hasLastChance)", values),
                live: try connection.count(
                    "SELECT count(*) FROM cloud_resources WHERE provider = ? AND kind = ? AND deleted_at IS NULL",
                    [.text(sweep.adapter.provider), .text(sweep.kind.kind)]),
                candidates: try connection.rows(
                    """
                    SELECT resource_id, provider_id FROM cloud_resources WHERE \(Self.hasLastChance)
                    ORDER BY resource LIMIT ?
                    """, values + [.int(Int64(sweep.policy.directQuestions))]
                ) { Candidate(resourceID: $0.text(0) ?? "", providerID: $0.text(1) ?? "") })
        }
    }

    private func checkBreaker(_ last: LastChances) throws(SweepOutcome) {
        let policy = sweep.policy
        let isMany = last.count > policy.breakerCount && last.count * 100 > last.live * policy.breakerPercent
        guard isMany, !policy.believesMassDeletion else { return }
        throw .breaker(missing: last.count, live: last.live, percent: policy.breakerPercent)
    }

    /// Nil: it is gone.
    private func ask(_ candidate: Candidate) throws(SweepOutcome) -> ProviderResource? {
        let output: JSONObject
        do {
            output = try sweep.adapter.call(sweep.kind.operation, ["provider_id": .string(candidate.providerID)])
        } catch {
            throw .questionFailed(error, resourceID: candidate.resourceID)
        }
        do {
            return try answer(output, to: candidate)
        } catch {
            throw .answerNotAsAgreed(error, resourceID: candidate.resourceID)
        }
    }

    private func answer(_ output: JSONObject, to candidate: Candidate) throws(PageMistake) -> ProviderResource? {
        let found = try ResourcePage(output, kind: sweep.kind.kind).resources
        for other in found where other.providerID != candidate.providerID {
            throw .otherResource(other.providerID, asked: candidate.providerID)
        }
        return found.first
    }

    /// It is there after all, whatever the list says.
    private func find(_ resource: ProviderResource, _ report: inout SweepReport) throws {
        let sighting = try sweep.database.transaction { connection in
            try upsert(connection).see(resource, in: sweep.memberships.project(of: resource))
        }
        report.count(sighting)
        report.found += 1
    }

    private func count(_ gone: [String], _ report: inout SweepReport) throws {
        let (struck, deleted) = try sweep.database.transaction { connection in
            try connection.run(
                """
                UPDATE cloud_resources SET stale_strike_count = stale_strike_count + 1
                WHERE \(Sweep.isMissing) AND stale_strike_count < ?
                """, sweep.missingValues(number) + [.int(sweep.policy.strikesUntilDeleted - 1)])
            let struck = connection.changes
            let upsert = try upsert(connection)
            return (struck, try gone.count { try upsert.delete(resourceID: $0) })
        }
        report.struck = struck
        report.deleted = deleted
    }

    private func upsert(_ connection: any Connection) throws -> ResourceUpsert {
        try ResourceUpsert(connection, provider: sweep.adapter.provider, source: .sync, at: sweep.at, sweep: number)
    }
}
