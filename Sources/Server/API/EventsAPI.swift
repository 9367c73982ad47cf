internal import CloudControl
internal import Identity
internal import PluginHost
internal import SagaCore
internal import Storage
internal import Synchronization

/// What happens, as it happens.
struct EventsAPI: Sendable {
    let context: ServerContext
    let runs: RunsAPI
    let schedules: SchedulesAPI
    let hub: StreamHub

    var handlers: [String: API.Handler] { ["streamEvents": everything, "streamRun": run] }

    // MARK: - Everything one may see

    @Sendable private func everything(_ call: APICall) throws -> APIAnswer {
        let kinds = call.texts("kinds")
        let wants: @Sendable (String) -> Bool = { kind in kinds.isEmpty || kinds.contains(kind) }
        let scope = call.scope
        let (_, stream) = try hub.follow(
            after: call.text("Last-Event-ID"), seconds: call.number("for_seconds"),
            watches: watches(call).filter { wants($0.kind) }
        ) { follower, news in
            guard wants("run") else { return }
            switch news {
            case .reset(let id): follower.send(EventStream.event("reset", [:], id: id))
            case .changed(let change):
                guard scope.includes(tenant: change.row.tenant) else { return }
                follower.send(hub.chunk(of: change))
            }
        }
        return APIAnswer(.stream(stream))
    }

    private func watches(_ call: APICall) -> [StreamHub.Watch] {
        let (identity, context) = (call.identity, context)
        var watches: [StreamHub.Watch] = []
        if identity.may(.readPlugins) {
            watches.append(
                StreamHub.Watch(kind: "plugin", audience: []) {
                    context.catalog.entries().reduce(into: [:]) { known, entry in
                        var json = entry.json.objectValue ?? [:]
                        // They change with every call and every run, and are no news.
                        (json["stats"], json["versions"]) = (.null, [])
                        known[entry.id] = .object(json)
                    }
                })
        }
        if identity.may(.readDrift) {
            let scope = call.scope
            watches.append(
                StreamHub.Watch(kind: "drift", audience: Array("\(scope.reach)".utf8)) {
                    try context.drift.list(DriftFilter(), in: scope).reduce(into: [:]) {
                        $0["\($1.driftID)"] = $1.json
                    }
                })
        }
        if identity.may(.readSchedules) {
            let (schedules, clock) = (schedules, context.clock)
            let seesAll: [UInt8] = identity.may(.actOnSchedules) ? [1] : [0]
            watches.append(
                StreamHub.Watch(kind: "schedule", audience: seesAll) { try schedules.seen(by: call, at: clock.now) })
        }
        return watches
    }

    // MARK: - One run

    /// What was sent of a run: a row that comes both from the journal and from the feed goes out once.
    private final class Sent: Sendable {
        struct State {
            var sequence = 0
            /// Until what there was has been sent, what happens waits.
            var waiting: [RunChange]? = []
        }

        let state = Mutex(State())
    }

    @Sendable private func run(_ call: APICall) throws -> APIAnswer {
        let key = try runs.find(call)
        let known = Int(call.text("Last-Event-ID") ?? "") ?? 0
        let sent = Sent()
        let labels = try RunDesk(context.store, catalog: context.catalog).view(key).saga?.labels ?? StepLabels([])
        let (follower, stream) = try hub.follow(after: nil, seconds: call.number("for_seconds")) { follower, news in
            guard case .changed(let change) = news, change.row.key == key else { return }
            let isReady = sent.state.withLock { state in
                state.waiting?.append(change)
                return state.waiting == nil
            }
            if isReady { Self.tell(change.row, change.events, follower, sent, labels) }
        }
        guard let stored = try context.store.load(key) else { throw RunRefusal(unknown: call.text("id") ?? "") }
        let events = stored.events.filter { $0.sequence > known }
        if stored.row.status.isEnded, events.isEmpty, known > 0 {
            follower.end()
            return .nothing
        }
        sent.state.withLock { $0.sequence = known }
        Self.tell(stored.row, events, follower, sent, labels)
        while let change = sent.state.withLock({ state -> RunChange? in
            guard state.waiting?.isEmpty == false else {
                state.waiting = nil
                return nil
            }
            return state.waiting?.removeFirst()
        }) {
            Self.tell(change.row, change.events, follower, sent, labels)
        }
        return APIAnswer(.stream(stream))
    }

    private static func tell(
        _ row: RunRow, _ events: [StoredEvent], _ follower: StreamHub.Follower, _ sent: Sent, _ labels: StepLabels
    ) {
        for event in events {
            let isNew = sent.state.withLock { state in
                guard event.sequence > state.sequence else { return false }
                state.sequence = event.sequence
                return true
            }
            guard isNew else { continue }
            follower.send(EventStream.event("journal", event.json(labels: labels), id: "\(event.sequence)"))
        }
        follower.send(EventStream.event("run", .object(row.summary)))
        if row.status.isEnded { follower.end() }
    }
}
