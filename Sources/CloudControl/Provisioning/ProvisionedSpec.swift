public import SagaCore
internal import Storage

/// What a resource was asked to be.
public struct ProvisionedSpec: Sendable, Hashable {
    public let resourceID: String
    public let name: String
    /// Field by field. eg: {"size_slug": "s-1vcpu-1gb"}
    public let spec: JSONObject
    /// From 1; every change counts.
    public let specVersion: Int
    /// The run that asked for it; nil: recorded by hand.
    public let runID: String?
    public let recordedAt: Timestamp
    public let updatedAt: Timestamp

    /// `{resource_id, name, spec, spec_version, run_id, recorded_at, updated_at}`
    public var json: JSONValue {
        [
            "resource_id": .string(resourceID), "name": .string(name), "spec": .object(spec),
            "spec_version": .int(Int64(specVersion)), "run_id": runID.map(JSONValue.string) ?? .null,
            "recorded_at": .string(recordedAt.description), "updated_at": .string(updatedAt.description),
        ]
    }

    /// `{"provisioned": […]}`
    public static func json(_ specs: [ProvisionedSpec]) -> JSONValue {
        ["provisioned": .array(specs.map(\.json))]
    }

    static let columns = """
        r.resource_id, r.name, d.spec, d.spec_version, d.run_id, d.recorded_at, d.updated_at
        """
    static let tables = "cloud_provisioned d JOIN cloud_resources r ON r.resource = d.resource"

    /// - Parameter row: `columns`.
    init(_ row: any Row) throws {
        resourceID = row.text(0) ?? ""
        name = row.text(1) ?? ""
        spec = try row.json(2)?.objectValue ?? [:]
        specVersion = Int(row.int(3) ?? 0)
        runID = row.text(4)
        recordedAt = row.moment(5) ?? Timestamp(milliseconds: 0)
        updatedAt = row.moment(6) ?? Timestamp(milliseconds: 0)
    }
}
