/// A call that had begun when its host ended, as the marks of that host tell.
public struct BegunCall: Sendable, Hashable {
    public let key: RunKey
    /// The event that licensed it; nil: nobody knows whether it began, so it counts as begun.
    public let licence: Int?
    public let image: PluginImage?
    /// What the plugin did to the process; nil: the process ended for another reason, a `kill -9` say.
    public let crash: String?

    public init(key: RunKey, licence: Int?, image: PluginImage?, crash: String?) {
        self.key = key
        self.licence = licence
        self.image = image
        self.crash = crash
    }

    /// Nobody knows whether the run's licensed call had begun.
    public static func unknown(_ key: RunKey) -> BegunCall {
        BegunCall(key: key, licence: nil, image: nil, crash: nil)
    }
}

/// Takes up what a host left when it ended.
///
/// In this order, so that being killed again in the middle loses nothing: journal the calls that were cut off, then
/// claim the runs, and only then forget the dead host.
public struct Recovery: Sendable {
    private let store: any RunStore
    private let catalog: any OperationCatalog
    private let clock: any RunClock

    public init(store: any RunStore, catalog: any OperationCatalog, clock: any RunClock) {
        self.store = store
        self.catalog = catalog
        self.clock = clock
    }

    /// Writes down that a call was cut off and what follows from it. Nothing to do where the journal has gone on since:
    /// then the outcome was durable, and only the mark was left.
    public func journalInterruption(_ call: BegunCall) throws(StoreError) {
        guard let stored = try readable(call.key), !stored.row.status.isEnded,
            let saga = Saga(
                ofStored: stored.definition, fallbackName: stored.row.saga,
                catalog: ImageOperations(catalog: catalog, images: stored.images.uses)),
            var machine = try? RunMachine(replaying: stored, shape: saga.shape)
        else { return }
        var entries: [StoredEvent] = []
        for action in actions(of: machine, cutOff: call) {
            guard let ref = action.step else { continue }
            let step = saga.steps[ref.index]
            let outcome = StepOutcome.failed(Self.error(for: call, of: step), retry: .yes)
            guard let event = machine.event(after: outcome, of: step, for: action, at: clock.now, random: 0),
                (try? machine.apply(event, by: call.image, at: clock.now)) != nil
            else { continue }
            entries.append(StoredEvent(sequence: machine.sequence, event: event, image: call.image, at: clock.now))
        }
        guard !entries.isEmpty else { return }
        _ = try store.writeAndWait(.append(call.key, entries, machine.rowChange(saga: saga, at: clock.now)))
    }

    /// What the call was about; where nobody knows which had begun, everything that may have.
    private func actions(of machine: RunMachine, cutOff call: BegunCall) -> [RunMachine.Action] {
        machine.pending.compactMap { pending, from in
            // What is not gone on with may have been in its call all the same.
            let action: RunMachine.Action =
                if case .stop(let ref) = pending { .execute(step: ref, attempt: machine[ref].attempt) } else { pending }
            let from = from ?? action.step.flatMap { machine[$0].timer }
            guard let ref = action.step, action.isCall, call.licence == nil || call.licence == machine[ref].licence
            else {
                return nil
            }
            // Asking again and taking back again are safe by contract: only a crash is worth an entry.
            if case .execute = action {} else if call.crash == nil { return nil }
            // A timer that has not run out yet: nothing can have begun since.
            if let from, call.licence == nil, from > clock.now { return nil }
            return action
        }
    }

    /// A run that cannot be read is left for the runner, which shows it; it does not keep the others.
    private func readable(_ key: RunKey) throws(StoreError) -> StoredRun? {
        do throws(StoreError) {
            return try store.load(key)
        } catch  where error.code == "damaged" {
            return nil
        } catch {
            throw error
        }
    }

    private static func error(for call: BegunCall, of step: Step) -> StepError {
        if let cause = call.crash {
            let plugin = call.image.map { "\($0.plugin) \($0.version)" } ?? step.uses.plugin
            return StepError(
                code: StepError.HostCode.crashed,
                message: "plugin \"\(plugin)\" crashed in \(step.uses) (\(cause)) and took the host with it",
                effect: .unknown)
        }
        return StepError(
            code: StepError.HostCode.hostStopped, message: "the host ended during the call; its outcome is unknown",
            effect: .unknown)
    }
}

extension Saga {
    /// The step an action is about; nil for waiting and ending.
    public func step(of action: RunMachine.Action) -> Step? { action.step.map { steps[$0.index] } }
}

extension RunMachine.Action {
    /// A plugin, or the host, is called.
    var isCall: Bool {
        switch self {
        case .execute, .probe, .compensate: true
        case .decide, .stop, .putOut, .wait, .pause, .end: false
        }
    }
}
