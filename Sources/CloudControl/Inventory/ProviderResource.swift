public import SagaCore

/// A thing of the account as its provider's adapter tells it: what all kinds have, and the rest in `attrs`.
public struct ProviderResource: Sendable, Hashable {
    public var kind: String
    /// The provider's id, as text. eg: "3164444"
    public var providerID: String
    public var name: String
    public var region: String?
    public var status: String?
    public var sizeSlug: String?
    /// In no particular order.
    public var tags: [String]
    /// As the provider writes times.
    public var createdAt: String?
    public var attrs: JSONObject

    public init(
        kind: String, providerID: String, name: String, region: String? = nil, status: String? = nil,
        sizeSlug: String? = nil, tags: [String] = [], createdAt: String? = nil, attrs: JSONObject = [:]
    ) {
        self.kind = kind
        self.providerID = providerID
        self.name = name
        self.region = region
        self.status = status
        self.sizeSlug = sizeSlug
        self.tags = tags
        self.createdAt = createdAt
        self.attrs = attrs
    }

    /// Reads `{kind, provider_id, name, region?, status?, size_slug?, tags, created_at?, attrs}`; other members are left
    /// for later versions.
    public init(_ json: JSONValue) throws(ResourceMistake) {
        guard case .object(let object) = json else { throw .notAnObject(found: json.typeName) }
        self.init(kind: "", providerID: "", name: "")
        var missing: Set = ["kind", "provider_id", "name", "tags", "attrs"]
        for (key, value) in object {
            missing.remove(key)
            switch key {
            case "kind": kind = try Self.text(value, key)
            case "provider_id": providerID = try Self.text(value, key)
            case "name": name = try Self.text(value, key)
            case "region": region = try Self.optionalText(value, key)
            case "status": status = try Self.optionalText(value, key)
            case "size_slug": sizeSlug = try Self.optionalText(value, key)
            case "created_at": createdAt = try Self.optionalText(value, key)
            case "tags": tags = try Self.texts(value, key)
            case "attrs": attrs = try Self.object(value, key)
            default: break
            }
        }
        if let key = missing.min() { throw .missing(key) }
        if providerID.isEmpty { throw .missing("provider_id") }
    }

    /// As the adapter would tell it.
    public var json: JSONValue {
        var object: JSONObject = ["kind": .string(kind), "provider_id": .string(providerID), "name": .string(name)]
        object["region"] = region.map(JSONValue.string)
        object["status"] = status.map(JSONValue.string)
        object["size_slug"] = sizeSlug.map(JSONValue.string)
        object["tags"] = .array(tags.map(JSONValue.string))
        object["created_at"] = createdAt.map(JSONValue.string)
        object["attrs"] = .object(attrs)
        return .object(object)
    }

    private static func text(_ value: JSONValue, _ key: String) throws(ResourceMistake) -> String {
        guard case .string(let text) = value else { throw .wrongType(key, found: value.typeName, expected: "string") }
        return text
    }

    private static func optionalText(_ value: JSONValue, _ key: String) throws(ResourceMistake) -> String? {
        value == .null ? nil : try text(value, key)
    }

    private static func texts(_ value: JSONValue, _ key: String) throws(ResourceMistake) -> [String] {
        guard case .array(let items) = value else { throw .wrongType(key, found: value.typeName, expected: "array") }
        var texts: [String] = []
        texts.reserveCapacity(items.count)
        for item in items { texts.append(try text(item, key)) }
        return texts
    }

    private static func object(_ value: JSONValue, _ key: String) throws(ResourceMistake) -> JSONObject {
        guard case .object(let object) = value else { throw .wrongType(key, found: value.typeName, expected: "object") }
        return object
    }
}

/// Where a resource is not what adapters and we agreed on.
public enum ResourceMistake: Error, Sendable, Hashable {
    case notAnObject(found: String)
    case missing(String)
    case wrongType(String, found: String, expected: String)
}
