internal import SagaCore

/// One page of an inventory operation's answer.
struct ResourcePage {
    var resources: [ProviderResource]
    /// Where the next page goes on; nil on the last one.
    var next: String?
    /// How many there are in the list, where the provider says so.
    var total: Int?
    /// Which list the page is of, where an operation reads several after one another; `total` is that list's.
    var list: Int

    /// Reads `{resources, next?, total?, list?}`; every resource must be of this kind.
    init(_ output: JSONObject, kind: String) throws(PageMistake) {
        guard let items = output["resources"]?.arrayValue else { throw .noResources }
        resources = []
        resources.reserveCapacity(items.count)
        for item in items {
            let resource = try Self.resource(item, number: resources.count + 1)
            guard resource.kind == kind else { throw .kind(resource.kind, expected: kind) }
            resources.append(resource)
        }
        next = output["next"]?.stringValue
        total = output["total"]?.intValue.map(Int.init)
        list = output["list"]?.intValue.map(Int.init) ?? 0
    }

    private static func resource(_ item: JSONValue, number: Int) throws(PageMistake) -> ProviderResource {
        do {
            return try ProviderResource(item)
        } catch {
            throw .resource(number: number, error)
        }
    }
}

/// Where a page is not what adapters and we agreed on. Nothing of such a page is believed.
public enum PageMistake: Error, Sendable, Hashable {
    case noResources
    /// - Parameter number: from 1, within the page.
    case resource(number: Int, ResourceMistake)
    case kind(String, expected: String)
    /// The list goes on where it was before.
    case circle(cursor: String)
    /// One resource was asked for by its id, and another came.
    case otherResource(String, asked: String)
}
