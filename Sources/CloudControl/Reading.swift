public import SagaCore

/// The account's rows read back from their JSON, so that who has only that shows them as who has the database does.
extension ResourceRow {
    public init?(json: JSONValue) {
        guard let id = json["resource_id"]?.stringValue, let firstSeenAt = json.moment("first_seen_at"),
            let lastSeenAt = json.moment("last_seen_at")
        else { return nil }
        number = 0
        resourceID = id
        (kind, provider) = (json.text("kind"), json.text("provider"))
        (providerID, name) = (json.text("provider_id"), json.text("name"))
        (region, status) = (json["region"]?.stringValue, json["status"]?.stringValue)
        sizeSlug = json["size_slug"]?.stringValue
        tags = json["tags"]?.arrayValue?.compactMap(\.stringValue) ?? []
        attrs = json["attrs"]?.objectValue ?? [:]
        (project, createdAt) = (json["project"]?.stringValue, json["created_at"]?.stringValue)
        (self.firstSeenAt, self.lastSeenAt) = (firstSeenAt, lastSeenAt)
        strikes = Int(json["stale_strike_count"]?.intValue ?? 0)
        deletedAt = json.moment("deleted_at")
    }
}

extension ResourceList {
    public init(json: JSONValue) {
        resources = json["resources"]?.arrayValue?.compactMap(ResourceRow.init(json:)) ?? []
        next = json["next"]?.stringValue
    }
}

extension ResourceEvent {
    public init?(json: JSONValue) {
        guard let id = json["event_id"]?.intValue, let at = json.moment("at"),
            let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:))
        else { return nil }
        (eventID, self.kind, self.at) = (id, kind, at)
        (resourceID, source) = (json.text("resource_id"), json.text("source"))
        (before, after) = (json["before"]?.unlessNull, json["after"]?.unlessNull)
    }
}

extension ProvisionedSpec {
    public init?(json: JSONValue) {
        guard let spec = json["spec"]?.objectValue, let recordedAt = json.moment("recorded_at"),
            let updatedAt = json.moment("updated_at")
        else { return nil }
        (resourceID, name) = (json.text("resource_id"), json.text("name"))
        self.spec = spec
        specVersion = Int(json["spec_version"]?.intValue ?? 0)
        runID = json["run_id"]?.stringValue
        (self.recordedAt, self.updatedAt) = (recordedAt, updatedAt)
    }
}

extension DriftRow {
    public init?(json: JSONValue) {
        guard let id = json["drift_id"]?.intValue, let detectedAt = json.moment("detected_at"),
            let kind = json["kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
            let status = json["status"]?.stringValue.flatMap(Status.init(rawValue:))
        else { return nil }
        (driftID, resource) = (id, 0)
        (self.kind, self.status, self.detectedAt) = (kind, status, detectedAt)
        (resourceID, name, field) = (json.text("resource_id"), json.text("name"), json.text("field"))
        (expected, actual) = (json["expected"] ?? .null, json["actual"] ?? .null)
        specVersion = Int(json["spec_version"]?.intValue ?? 0)
        revertingRun = json["reverting_run"]?.stringValue
        closedAt = json.moment("closed_at")
        (closedBy, reason) = (json["closed_by"]?.stringValue, json["reason"]?.stringValue)
    }
}

extension DriftView {
    public init?(json: JSONValue) {
        guard let drift = json["drift"].flatMap(DriftRow.init(json:)),
            let lastSeenAt = json["live"]?.moment("last_seen_at")
        else { return nil }
        self.drift = drift
        let spec = json["spec"]
        expected = spec?["value"]?.unlessNull
        specVersion = spec?["version"]?.intValue.map(Int.init)
        specRunID = spec?["run_id"]?.stringValue
        specUpdatedAt = spec?.moment("updated_at")
        live = json["live"]?["value"]?.unlessNull
        self.lastSeenAt = lastSeenAt
        changes = json["changes"]?.arrayValue?.compactMap(ResourceEvent.init(json:)) ?? []
    }
}

extension JSONValue {
    fileprivate func text(_ key: String) -> String { self[key]?.stringValue ?? "" }
    fileprivate func moment(_ key: String) -> Timestamp? {
        self[key]?.stringValue.flatMap(Timestamp.init(rfc3339:))
    }
}
