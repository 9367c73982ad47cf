internal import ArcadiaPlugin

extension API {
    /// Reads something that a step waits for or decides by; nil: it is not there.
    ///
    /// - Throws: ``Unreadable`` where it did not come, or not as it should, and may in a moment.
    private func read<Value: Decodable>(
        _ type: Value.Type, _ path: String, query: [(String, String)] = [], scope: String
    ) throws -> Value? {
        do {
            let answer = try send(.get, path, query: query, scope: scope)
            return answer.status == 404 ? nil : try answer.checked().json(type)
        } catch let failure as HTTPFailure where failure.retry != .no && failure.code != .rate {
            throw Unreadable(failure: failure.stepFailure)
        } catch let failure as StepFailure where failure.retry != .no {
            throw Unreadable(failure: failure)
        }
    }

    private func readAll<Body: Page>(
        _ type: Body.Type, _ path: String, query: [(String, String)] = [], scope: String
    ) throws -> [Body.Item]? {
        let list = try PageByPage<Body>.collect { number in
            let paging = [("page", String(number)), ("per_page", String(pageSize))]
            return try read(type, path, query: query + paging, scope: scope)
        }
        return list.exists ? list.items : nil
    }

    /// Nil: there is no such droplet, or not yet.
    func droplet(_ id: Int) throws -> Droplet? {
        try read(DropletBody.self, "/droplets/\(id)", scope: "droplet:read")?.droplet
    }

    /// - Parameter size: GPU droplets are in a list of their own, which takes no tag.
    func droplets(tagged tag: String, size: String) throws -> [Droplet] {
        let scope = "droplet:read and tag:read"
        let found = try readAll(DropletPage.self, "/droplets", query: [("tag_name", tag)], scope: scope) ?? []
        guard size.hasPrefix("gpu") else { return found }
        let others = try readAll(DropletPage.self, "/droplets", query: [("type", "gpus")], scope: scope) ?? []
        let known = Set(found.map(\.id))
        return found + others.filter { $0.tags?.contains(tag) == true && !known.contains($0.id) }
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
        try read(ActionBody.self, "/droplets/\(droplet)/actions/\(id)", scope: "droplet:read")?.action
    }

    /// The latest events of a droplet.
    func actions(of droplet: Int) throws -> [Action] {
        let query = [("page", "1"), ("per_page", String(pageSize))]
        return try read(ActionPage.self, "/droplets/\(droplet)/actions", query: query, scope: "droplet:read")?.actions
            ?? []
    }

    enum Removal {
        /// 204: accepted, and done some seconds later.
        case accepted
        /// 404: it is not there, or does not show yet.
        case missing
        /// To be tried again when an event is over.
        case busy
    }

    func destroyDroplet(_ id: Int) throws -> Removal {
        let answer = try send(.delete, "/droplets/\(id)", scope: "droplet:delete")
        if answer.isEventPending { return .busy }
        if answer.status == 404 { return .missing }
        try answer.checked()
        return .accepted
    }

    /// False: 404, it is not there.
    func deleteSnapshot(_ id: String) throws -> Bool {
        let answer = try send(.delete, "/snapshots/\(id)", scope: "snapshot:delete and image:delete")
        if answer.status == 404 { return false }
        try answer.checked()
        return true
    }

    /// Nil: there is no such snapshot. The list of all shows one that was deleted some seconds longer.
    func snapshot(_ id: String) throws -> Snapshot? {
        try read(SnapshotBody.self, "/snapshots/\(HTTPRequest.percentEncoded(id))", scope: "snapshot:read")?.snapshot
    }

    /// Also where the droplet is gone: its snapshots outlive it.
    func snapshots(of droplet: Int) throws -> [Snapshot] {
        let path = "/droplets/\(droplet)/snapshots"
        if let snapshots = try readAll(SnapshotPage.self, path, scope: "droplet:read") { return snapshots }
        let all = try readAll(
            SnapshotPage.self, "/snapshots", query: [("resource_type", "droplet")], scope: "snapshot:read")
        return (all ?? []).filter { $0.resource_id == String(droplet) }
    }

    /// Removes tags that nothing carries any more. What does not work is only said: no run fails for a tag.
    func removeUnusedTags<Op: Operation>(_ tags: [String], _ call: Call<Op>) {
        for tag in tags {
            let path = "/tags/\(HTTPRequest.percentEncoded(tag))"
            do {
                let body = try send(.get, path, scope: "tag:read").checked().json(TagBody.self)
                guard body.tag.resources?.count == 0 else { continue }
                try send(.delete, path, scope: "tag:delete").checked()
            } catch let failure as HTTPFailure where failure.status == 404 {
                continue
            } catch {
                call.log(.info, "the tag \(tag) stays: \(error)")
            }
        }
    }
}

private struct TagBody: Decodable {
    struct Tag: Decodable { var resources: Resources? }
    struct Resources: Decodable { var count: Int? }
    var tag: Tag
}

/// The body of an action that needs no more than its type.
struct PlainAction: Encodable { var type: String }
