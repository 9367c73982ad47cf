public import SagaCore

/// Which operation puts a field right, as a provider's adapter declares it.
public struct Repair: Sendable, Hashable {
    /// How the value that was asked for goes into the operation's `with`.
    public enum Value: Sendable, Hashable {
        /// Under this key.
        case whole(String)
        /// A list: what is missing under one key, what is too much under the other.
        case difference(add: String, remove: String)
    }

    public var provider: String
    public var kind: String
    public var field: String
    /// With its plugin. eg: "digitalocean.resize_droplet"
    public var operation: String
    /// Where the provider's id goes. eg: "droplet_id"
    public var idKey: String
    public var idIsNumber: Bool
    public var value: Value

    public init(
        provider: String, kind: String, field: String, operation: String, idKey: String, idIsNumber: Bool,
        value: Value
    ) {
        self.provider = provider
        self.kind = kind
        self.field = field
        self.operation = operation
        self.idKey = idKey
        self.idIsNumber = idIsNumber
        self.value = value
    }

    /// The operation's `with`; nil when the id should be a number and is not.
    func input(providerID: String, expected: JSONValue, actual: JSONValue) -> JSONObject? {
        var input: JSONObject = [:]
        if idIsNumber {
            guard let number = Int64(providerID) else { return nil }
            input[idKey] = .int(number)
        } else {
            input[idKey] = .string(providerID)
        }
        switch value {
        case .whole(let key): input[key] = expected
        case .difference(let add, let remove):
            input[add] = .array(Self.items(of: expected, without: actual))
            input[remove] = .array(Self.items(of: actual, without: expected))
        }
        return input
    }

    private static func items(of list: JSONValue, without other: JSONValue) -> [JSONValue] {
        let others = Set((other.arrayValue ?? []).map(\.canonicalText))
        return (list.arrayValue ?? []).filter { !others.contains($0.canonicalText) }
    }
}

/// What a run has to do to put a drift right.
public struct RepairPlan: Sendable, Hashable {
    public let drift: DriftRow
    /// With its plugin.
    public let operation: String
    public let with: JSONObject
    /// Whose the resource is, and so the run; nil: the platform's.
    public let tenant: String?

    let provider: String
    let kind: String
    let providerID: String

    /// `{drift_id, operation, with, definition}`
    public var json: JSONValue {
        [
            "drift_id": .int(drift.driftID), "operation": .string(operation), "with": .object(with),
            "definition": definition,
        ]
    }

    /// A definition, ready to submit: the operation, then a look at what it did, so that the next comparison finds it.
    public var definition: JSONValue {
        var steps: [JSONValue] = [["id": "repair", "uses": .string(operation), "with": .object(with)]]
        if kind == "droplet" {
            let with: JSONValue = ["provider": .string(provider), "droplet_id": .string(providerID)]
            steps.append(["id": "seen", "uses": "cloud.refresh_droplet", "with": with])
        }
        return ["saga": "revert_drift", "steps": .array(steps)]
    }
}
