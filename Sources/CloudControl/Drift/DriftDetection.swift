internal import SagaCore
internal import Storage

/// Compares everything that was asked for with everything there is, in one pass over the provisioned resources.
///
/// Rows are read in chunks, each a snapshot of its own, and only what looks wrong, or was wrong before, is gone into and
/// written; so a comparison of millions holds neither memory nor the log of the database.
struct DriftDetection {
    let database: any Database
    let comparators: FieldComparators
    let at: Timestamp

    /// Rows a snapshot, and resources a transaction.
    static let chunk = 20_000
    private static let batch = 500

    func run() throws -> DriftSummary {
        var summary = DriftSummary()
        var last: Int64 = 0
        while true {
            let chunk = try read(after: last)
            summary.checked += chunk.checked
            summary.unknownFields += chunk.unknownFields
            try reconcile(chunk.suspects.sorted(), &summary)
            guard let next = chunk.last else { return summary }
            last = next
        }
    }

    private struct Chunk {
        var checked = 0
        var unknownFields = 0
        /// Resources that differ, or have open drift.
        var suspects: Set<Int64> = []
        /// Where the next chunk begins; nil: this was the last.
        var last: Int64?
    }

    private static let chunkSQL = """
        SELECT \(ComparedResource.columns) FROM \(ComparedResource.tables)
        WHERE d.resource > ? ORDER BY d.resource LIMIT \(chunk)
        """

    private func read(after first: Int64) throws -> Chunk {
        try database.snapshot { connection in
            var chunk = Chunk()
            var last = first
            try connection.statement(Self.chunkSQL).forEachRow([.int(first)]) { row in
                last = row.int(0) ?? last
                chunk.checked += 1
                try compare(row, last, &chunk)
            }
            if chunk.checked == Self.chunk { chunk.last = last }
            try addOpen(after: first, through: chunk.last ?? .max, connection, &chunk)
            return chunk
        }
    }

    private func compare(_ row: any Row, _ resource: Int64, _ chunk: inout Chunk) throws {
        switch RawComparison.compare(row) {
        case .asAsked(let unknownFields): chunk.unknownFields += unknownFields
        case .cannotTell: try compareInFull(try ComparedResource(row), &chunk)
        }
    }

    private func compareInFull(_ resource: ComparedResource, _ chunk: inout Chunk) throws {
        if resource.isDeleted {
            chunk.suspects.insert(resource.number)
            return
        }
        for (field, expected) in resource.spec {
            switch resource.compare(field, expected, comparators) {
            case .equal: break
            case .unknown: chunk.unknownFields += 1
            case .different: chunk.suspects.insert(resource.number)
            }
        }
    }

    private func addOpen(
        after first: Int64, through last: Int64, _ connection: any Connection, _ chunk: inout Chunk
    ) throws {
        let sql = "SELECT resource FROM cloud_drift WHERE status = 'open' AND resource > ? AND resource <= ?"
        try connection.statement(sql).forEachRow([.int(first), .int(last)]) { row in
            chunk.suspects.insert(row.int(0) ?? 0)
        }
    }

    private func reconcile(_ suspects: [Int64], _ summary: inout DriftSummary) throws {
        for start in stride(from: 0, to: suspects.count, by: Self.batch) {
            let before = summary
            try database.transaction { connection in
                summary = before
                let reconciliation = try DriftReconciliation(connection, comparators: comparators, at: at)
                for resource in suspects[start..<min(start + Self.batch, suspects.count)] {
                    try reconciliation.reconcile(resource, &summary)
                }
            }
        }
    }
}
