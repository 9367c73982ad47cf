/// Something in the world that an operation would make, change or delete.
public struct PlannedResource: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable, CaseIterable { case create, change, delete }

    public let action: Action
    /// eg: "droplet"
    public let kind: String
    public let name: String?
    public let id: String?
    public let region: String?
    public let size: String?
    /// What it costs a month from then on; of what is deleted, what it costs no more. Nil: the plugin does not know.
    public let price: MonthlyPrice?

    public init(
        action: Action, kind: String, name: String? = nil, id: String? = nil, region: String? = nil,
        size: String? = nil, price: MonthlyPrice? = nil
    ) {
        self.action = action
        self.kind = kind
        self.name = name
        self.id = id
        self.region = region
        self.size = size
        self.price = price
    }

    init(_ json: JSONValue, place: String) throws(ForecastMistake) {
        guard let action = json["action"]?.stringValue.flatMap(Action.init) else {
            throw ForecastMistake("`\(place).action` is none of create, change, delete")
        }
        guard let kind = json["kind"]?.stringValue, !kind.isEmpty else {
            throw ForecastMistake("`\(place).kind` is missing")
        }
        func text(_ key: String) -> String? { json[key]?.stringValue.map { String($0.prefix(200)) } }
        self.init(
            action: action, kind: String(kind.prefix(60)), name: text("name"),
            id: text("id") ?? json["id"]?.intValue.map(String.init), region: text("region"), size: text("size"),
            price: try MonthlyPrice(json, place: place))
    }

    /// `{"action", "kind", "name"?, "id"?, "region"?, "size"?, "monthly"?, "currency"?, "as_of"?}`
    public var json: JSONValue {
        var object: JSONObject = ["action": .string(action.rawValue), "kind": .string(kind)]
        object["name"] = name.map(JSONValue.string)
        object["id"] = id.map(JSONValue.string)
        object["region"] = region.map(JSONValue.string)
        object["size"] = size.map(JSONValue.string)
        if let price {
            object["monthly"] = .string(price.amount.text)
            object["currency"] = .string(price.currency)
            object["as_of"] = .string(price.asOf)
        }
        return .object(object)
    }
}
