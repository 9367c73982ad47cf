internal import CloudControl
internal import SagaCore

/// What the account holds, and what happened to it.
struct InventoryAPI: Sendable {
    let context: ServerContext

    var handlers: [String: API.Handler] {
        [
            "listInventory": list, "getResource": resource, "listResourceEvents": eventsOfResource,
            "listAllResourceEvents": events, "listProjects": projects,
        ]
    }

    private var inventory: Inventory { Inventory(context.database) }

    @Sendable private func list(_ call: APICall) throws -> APIAnswer {
        var filter = ResourceFilter()
        (filter.kind, filter.region, filter.status) = (call.text("kind"), call.text("region"), call.text("status"))
        (filter.tag, filter.project, filter.name) = (call.text("tag"), call.text("project"), call.text("name"))
        filter.presence = call.text("presence").flatMap(ResourceFilter.Presence.init(rawValue:)) ?? .live
        (filter.limit, filter.cursor) = (call.limit, call.text("cursor"))
        return .written(try inventory.listText(filter, in: call.scope))
    }

    @Sendable private func resource(_ call: APICall) throws -> APIAnswer {
        let row = try inventory.show(call.text("id") ?? "", in: call.scope)
        var filter = EventFilter()
        filter.resource = row.resourceID
        var object = row.json.objectValue ?? [:]
        object["provisioned"] = try spec(of: row, call.scope)?.json ?? .null
        object["events"] = .array(try inventory.events(filter, in: call.scope).map(\.json))
        return .json(.object(object))
    }

    /// Nil: nothing was asked of it.
    private func spec(of row: ResourceRow, _ scope: Scope) throws -> ProvisionedSpec? {
        do {
            return try Provisioning(context.database).show(row.resourceID, in: scope)
        } catch is ProvisioningRefusal {
            return nil
        }
    }

    @Sendable private func eventsOfResource(_ call: APICall) throws -> APIAnswer {
        var filter = EventFilter()
        filter.resource = call.text("id") ?? ""
        filter.kind = call.text("kind").flatMap(ResourceEvent.Kind.init(rawValue:))
        return try events(call, filter)
    }

    @Sendable private func events(_ call: APICall) throws -> APIAnswer {
        var filter = EventFilter()
        filter.kind = call.text("kind").flatMap(ResourceEvent.Kind.init(rawValue:))
        return try events(call, filter)
    }

    private func events(_ call: APICall, _ filter: EventFilter) throws -> APIAnswer {
        var filter = filter
        (filter.limit, filter.cursor) = (call.limit, call.text("cursor"))
        return .json(try inventory.eventList(filter, in: call.scope).json)
    }

    @Sendable private func projects(_ call: APICall) throws -> APIAnswer {
        var filter = ProjectFilter()
        (filter.limit, filter.cursor) = (call.limit, call.text("cursor"))
        return .json(try inventory.projects(filter, in: call.scope).json)
    }
}
