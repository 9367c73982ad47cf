import CloudControl
import SagaCore
import Storage

// Most of these tests look at the books as the operator of the machine does.

extension Inventory {
    func list(_ filter: ResourceFilter = ResourceFilter()) throws -> ResourceList {
        try list(filter, in: .operatorOfThisMachine)
    }
    func show(_ resource: String) throws -> ResourceRow { try show(resource, in: .operatorOfThisMachine) }
    func events(_ filter: EventFilter = EventFilter()) throws -> [ResourceEvent] {
        try events(filter, in: .operatorOfThisMachine)
    }
}

extension Provisioning {
    func show(_ resource: String) throws -> ProvisionedSpec { try show(resource, in: .operatorOfThisMachine) }
    func list(runID: String? = nil, limit: Int = 100) throws -> [ProvisionedSpec] {
        try list(runID: runID, limit: limit, in: .operatorOfThisMachine)
    }
}

extension Drift {
    func list(_ filter: DriftFilter = DriftFilter()) throws -> [DriftRow] {
        try list(filter, in: .operatorOfThisMachine)
    }
    func show(_ drift: Int64) throws -> DriftView { try show(drift, in: .operatorOfThisMachine) }
    func plan(_ drift: Int64, repairs: [Repair]) throws -> RepairPlan {
        try plan(drift, repairs: repairs, in: .operatorOfThisMachine)
    }

    @discardableResult
    func accept(_ drift: Int64, by: String, reason: String? = nil, at: Timestamp, witness: Witness? = nil) throws
        -> DriftRow
    {
        try accept(drift, in: .operatorOfThisMachine, by: by, reason: reason, at: at, witness: witness)
    }

    @discardableResult
    func markReverting(_ drift: Int64, runID: String, reason: String? = nil, witness: Witness? = nil) throws -> DriftRow
    {
        try markReverting(drift, in: .operatorOfThisMachine, runID: runID, reason: reason, witness: witness)
    }

    @discardableResult
    func ignore(
        field: String, resource: String? = nil, reason: String, by: String, until expiresAt: Timestamp, at: Timestamp,
        witness: Witness? = nil
    ) throws -> IgnoreRule {
        try ignore(
            field: field, resource: resource, in: .operatorOfThisMachine, reason: reason, by: by, until: expiresAt,
            at: at, witness: witness)
    }
}
