public import SagaCore

/// One verb for many runs: each is asked for by itself, and one that is refused does not stop the others.
extension RunDesk {
    /// The runs that are meant, the newest first.
    ///
    /// - Throws: `BulkRefusal` where they are too many.
    public func runs(of order: BulkOrder) throws -> [RunRow] {
        let page = try store.list(order.filter, limit: BulkOrder.most)
        guard page.next == nil else { throw BulkRefusal.tooMany(most: BulkOrder.most) }
        return page.items
    }

    /// What would become of each.
    public func preview(_ order: BulkOrder, at now: Timestamp) throws -> BulkReport {
        let entries = try runs(of: order).map { row in
            BulkReport.Entry(
                row: row, outcome: outcome { .would(try preview(order.verb.ask, of: row.key, at: now).message) })
        }
        return BulkReport(verb: order.verb, isDryRun: true, entries: entries)
    }

    /// - Parameters:
    ///   - expecting: how many runs were looked at; others than so many, and nothing is done. Nil: however many.
    ///   - witness: sees each change.
    ///   - noted: drives the run, or has it driven.
    public func carryOut(
        _ order: BulkOrder, expecting: Int?, at now: Timestamp, witness: Witness? = nil,
        noted: (RunKey) throws -> Void
    ) throws -> BulkReport {
        let rows = try runs(of: order)
        if let expecting, expecting != rows.count {
            throw BulkRefusal.count(expected: expecting, found: rows.count)
        }
        let entries = rows.map { row in
            BulkReport.Entry(
                row: row,
                outcome: outcome {
                    try ask(order, row.key, at: now, witness)
                    try noted(row.key)
                    return .done
                })
        }
        return BulkReport(verb: order.verb, isDryRun: false, entries: entries)
    }

    private func ask(_ order: BulkOrder, _ key: RunKey, at now: Timestamp, _ witness: Witness?) throws {
        switch order.verb {
        case .cancel: try cancel(key, reason: order.reason, witness: witness)
        case .retry: _ = try retry(key, reason: order.reason, by: nil, at: now, witness: witness)
        case .abandon: try abandon(key, reason: order.reason, witness: witness)
        case .pause: try pause(key, reason: order.reason, witness: witness)
        case .resume: try resume(key, reason: order.reason, witness: witness)
        }
    }

    private func outcome(_ body: () throws -> BulkReport.Outcome) -> BulkReport.Outcome {
        do {
            return try body()
        } catch let refusal as RunRefusal {
            return .refused(code: refusal.code, refusal.message)
        } catch let error as StoreError {
            return .refused(code: "store.\(error.code)", error.message)
        } catch {
            return .refused(code: "bug", "\(error)")
        }
    }
}
