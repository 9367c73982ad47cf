internal import SagaCore
internal import Storage

/// The rows of cloud_provisioned, within somebody's transaction.
enum SpecTable {
    struct Known {
        let spec: JSONObject
        let version: Int64
        let runID: String?

        func isSame(_ spec: JSONObject, by runID: String?) -> Bool {
            self.runID == runID && JSONValue.object(self.spec).sameJSON(as: .object(spec))
        }

        /// For a checkpoint. eg: {"spec": {"size_slug": "s-1vcpu-1gb"}, "run_id": null}
        var json: JSONValue { ["spec": .object(spec), "run_id": runID.map(JSONValue.string) ?? .null] }
    }

    static func find(_ resource: Int64, _ connection: any Connection) throws -> Known? {
        try connection.first(
            "SELECT spec, spec_version, run_id FROM cloud_provisioned WHERE resource = ?", [.int(resource)]
        ) { Known(spec: try $0.json(0)?.objectValue ?? [:], version: $0.int(1) ?? 0, runID: $0.text(2)) }
    }

    static func spec(of row: ResourceRow, _ connection: any Connection) throws -> ProvisionedSpec {
        let spec = try connection.first(
            "SELECT \(ProvisionedSpec.columns) FROM \(ProvisionedSpec.tables) WHERE d.resource = ?",
            [.int(row.number)], ProvisionedSpec.init)
        guard let spec else { throw ProvisioningRefusal.notProvisioned(row.resourceID) }
        return spec
    }

    static func write(
        _ spec: JSONObject, of resource: Int64, runID: String?, _ at: Timestamp, _ connection: any Connection
    ) throws {
        try connection.run(
            """
            INSERT INTO cloud_provisioned (resource, spec, spec_version, run_id, recorded_at, updated_at)
            VALUES (?, ?, 1, ?, ?, ?)
            ON CONFLICT (resource) DO UPDATE SET spec = excluded.spec, run_id = excluded.run_id,
                spec_version = cloud_provisioned.spec_version + 1, updated_at = excluded.updated_at
            """,
            [
                .int(resource), .json(.object(spec)), .text(orNull: runID), .int(at.milliseconds),
                .int(at.milliseconds),
            ])
    }

    static func remove(_ resource: Int64, _ connection: any Connection) throws -> Bool {
        try connection.run("DELETE FROM cloud_provisioned WHERE resource = ?", [.int(resource)])
        return connection.changes > 0
    }
}

extension SpecTable.Known {
    /// - Parameter json: what `json` gave; nil where nothing was known.
    init?(_ json: JSONValue) {
        guard let spec = json["spec"]?.objectValue else { return nil }
        self.init(spec: spec, version: 0, runID: json["run_id"]?.stringValue)
    }
}
