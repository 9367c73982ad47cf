internal import ArcadiaPlugin

extension API {
    /// Nil: there is no such droplet, or not yet.
    func droplet(_ id: Int) throws -> Droplet? {
        let answer = try send(.get, "/droplets/\(id)", scope: "droplet:read")
        return answer.status == 404 ? nil : try answer.checked().json(DropletBody.self).droplet
    }

    func droplets(tagged tag: String) throws -> [Droplet] {
        try all(DropletPage.self, "/droplets", query: [("tag_name", tag)], scope: "droplet:read and tag:read")
    }

    /// Starts an event; nil: another one is in the way, wait for it.
    func act(_ droplet: Int, _ body: some Encodable, _ what: String, scope: String = "droplet:update") throws -> Action?
    {
        let answer = try send(.post, "/droplets/\(droplet)/actions", json: body, scope: scope)
        if answer.isEventPending { return nil }
        if answer.isRefusal { throw answer.refusal("to \(what) droplet \(droplet)") }
        return try answer.checked().json(ActionBody.self).action
    }

    /// Nil: there is no such action, or its droplet is gone.
    func action(_ id: Int, of droplet: Int) throws -> Action? {
        let answer = try send(.get, "/droplets/\(droplet)/actions/\(id)", scope: "droplet:read")
        return answer.status == 404 ? nil : try answer.checked().json(ActionBody.self).action
    }

    /// A removal's answer: gone (it was there or not), or to be tried again when an event is over.
    enum Removal { case gone, busy }

    func destroyDroplet(_ id: Int) throws -> Removal {
        let answer = try send(.delete, "/droplets/\(id)", scope: "droplet:delete")
        if answer.isEventPending { return .busy }
        if answer.status != 404 { try answer.checked() }
        return .gone
    }

    func deleteSnapshot(_ id: String) throws {
        let answer = try send(.delete, "/snapshots/\(id)", scope: "snapshot:delete and image:delete")
        if answer.status != 404 { try answer.checked() }
    }

    func snapshots(of droplet: Int) throws -> [Snapshot] {
        let answer = try send(
            .get, "/droplets/\(droplet)/snapshots", query: [("page", "1"), ("per_page", String(pageSize))],
            scope: "droplet:read")
        if answer.status == 404 { return [] }
        let first = try answer.checked().json(SnapshotPage.self)
        guard first.hasNext else { return first.snapshots }
        return try all(SnapshotPage.self, "/droplets/\(droplet)/snapshots", scope: "droplet:read")
    }
}

/// The body of an action that needs no more than its type.
struct PlainAction: Encodable { var type: String }

extension Call where Op.Owner == DigitalOcean {
    /// The droplet a step is about: the one it is given, else the one an earlier step put into the context.
    func dropletID(_ given: Int?) throws -> Int {
        if let id = given ?? context("droplet_id", as: Int.self) { return id }
        throw StepFailure(
            .input, "no droplet is named: give `droplet_id`, or let an earlier step put one into the context",
            effect: .none)
    }

    /// The random end of the run's id: its front is the clock, and the same for every run of the same minute.
    var saga8: String { String(runID.filter { $0 != "-" }.suffix(8)) }

    /// A read while something is waited for: nil where it did not succeed and may in a moment. A limiter's no goes
    /// through, so that the step sleeps until its turn.
    func orLater<Value>(_ read: () throws -> Value, isLast: Bool) throws -> Value? {
        do {
            return try read()
        } catch let failure as HTTPFailure where failure.retry != .no && failure.code != .rate && !isLast {
            log(.warn, "asked again later: \(failure.message)")
        } catch let failure as StepFailure where failure.retry != .no && !isLast {
            log(.warn, "asked again later: \(failure.message)")
        }
        return nil
    }
}

/// What a look found; nil within: it is not there.
struct Found<Value> {
    let value: Value?
    init(_ value: Value?) { self.value = value }
}
