internal import SagaCore

/// What can change about a resource.
struct ResourceFields {
    var name: String
    var region: String?
    var status: String?
    var sizeSlug: String?
    /// Sorted, each once.
    var tags: [String]
    var attrs: JSONObject

    init(
        name: String, region: String?, status: String?, sizeSlug: String?, tags: [String], attrs: JSONObject
    ) {
        self.name = name
        self.region = region
        self.status = status
        self.sizeSlug = sizeSlug
        self.tags = tags.count < 2 ? tags : Set(tags).sorted()
        self.attrs = attrs
    }

    init(_ resource: ProviderResource) {
        self.init(
            name: resource.name, region: resource.region, status: resource.status, sizeSlug: resource.sizeSlug,
            tags: resource.tags, attrs: resource.attrs)
    }

    /// `{name, region, status, size_slug, tags, attrs}`, as events hold it.
    var json: JSONObject {
        var object: JSONObject = [:]
        for field in CommonField.allCases { object[field.rawValue] = field.value(of: self) }
        object["attrs"] = .object(attrs)
        return object
    }
}

/// The fields that resources of all kinds have.
enum CommonField: String, CaseIterable {
    case name, region, status
    case sizeSlug = "size_slug"
    case tags

    func value(of fields: ResourceFields) -> JSONValue {
        switch self {
        case .name: .string(fields.name)
        case .region: fields.region.map(JSONValue.string) ?? .null
        case .status: fields.status.map(JSONValue.string) ?? .null
        case .sizeSlug: fields.sizeSlug.map(JSONValue.string) ?? .null
        case .tags: .array(fields.tags.map(JSONValue.string))
        }
    }
}
