import ArcadiaTesting
import Foundation
import SagaCore
import Storage

/// A host in the small, over a real database: one thread, a clock that is set, operations by script, and an outside world
/// that remembers what was done to it. What happens when is drawn from a seed, so that every order can be had again.
///
/// It can be ended at any write, before it or after it, as `kill -9` would end it; `restart` is the next process.
final class World: @unchecked Sendable {
    /// What an operation does when it is called.
    enum Deed: Sendable {
        case succeed
        case fail(Effect, retry: RetryAdvice = .no)
        /// It did its work, and the answer is lost.
        case lose
        case suspend(milliseconds: Int64)
    }

    /// What was done outside, by the key of the step.
    struct Outside {
        var standing: [String: String] = [:]
        /// How often a key was made anew.
        var made: [String: Int] = [:]
        /// Made in part only.
        var halves: Set<String> = []
    }

    /// A thing that was made outside, or unmade.
    struct Change {
        let step: String
        let key: String
        let isUndone: Bool
    }

    let folder = TemporaryFolder()
    let catalog: ListedOperations
    private let scripts: (String) -> [Deed]
    private let undoing: (String) -> [Deed]
    var random: SplitMix
    var outside = Outside()
    /// What was done to the outside, in order.
    private(set) var changes: [Change] = []
    /// Every call, in order.
    fileprivate(set) var story: [(run: RunID, step: String)] = []
    fileprivate(set) var now = Timestamp(milliseconds: 1_700_000_000_000)

    /// The next write that ends the host, and whether it is still done.
    var deathAt: (write: Int, isWritten: Bool)?
    fileprivate var isDead = false
    private(set) var writes = 0
    private var process = 0
    fileprivate var begun: [Int: BegunCall] = [:]
    fileprivate var works: [any Work] = []
    fileprivate var deferred: [@Sendable () -> Void] = []
    fileprivate var alarm: (at: Timestamp, ring: @Sendable () -> Void)?
    private var database: SQLiteDatabase?
    /// Whatever is taken back succeeds.
    private var isMended = false
    /// Between the moment at which a run is let go of and the one at which the store is told why.
    var beforeSettingAside: (() -> Void)?
    /// What the next process evaluates expressions with.
    var expressions: any ExpressionEvaluator = NoExpressionEvaluator()
    private(set) var store: SQLRunStore!
    private var runner: Runner!
    private var nextSlot = 0

    /// - Parameters:
    ///   - scripts: what a step does each time it is executed, by its label; when they are used up, and without any, it
    ///     succeeds.
    ///   - undoing: the same for taking it back.
    convenience init(
        seed: UInt64, operations: [SagaCore.Operation], scripts: [String: [Deed]] = [:], undoing: [String: [Deed]] = [:]
    ) {
        self.init(
            seed: seed, operations: operations, scripts: { scripts[$0] ?? [] }, undoing: { undoing[$0] ?? [] })
    }

    init(
        seed: UInt64, operations: [SagaCore.Operation], scripts: @escaping (String) -> [Deed],
        undoing: @escaping (String) -> [Deed]
    ) {
        random = SplitMix(seed)
        catalog = ListedOperations(operations)
        self.scripts = scripts
        self.undoing = undoing
        // Made once for all: its tables take longer to make than a scenario takes.
        try? FileManager.default.copyItem(atPath: Self.empty.path + "/arcadia.db", toPath: folder.path + "/arcadia.db")
    }

    private static let empty: TemporaryFolder = {
        let folder = TemporaryFolder()
        _ = try? SQLRunStore(
            SQLiteDatabase(path: folder.path + "/arcadia.db"), host: HostID("none"), now: Timestamp(milliseconds: 0))
        return folder
    }()

    // MARK: - A process

    private func boot() throws {
        process += 1
        isDead = false
        (works, deferred, alarm) = ([], [], nil)
        database?.close()
        let database = try SQLiteDatabase(path: folder.path + "/arcadia.db")
        self.database = database
        store = try SQLRunStore(database, host: HostID("host-\(process)"), now: now)
        runner = Runner(
            store: MortalStore(self, store), dispatcher: ScriptedDispatcher(world: self), catalog: catalog,
            workers: ScriptedQueue(world: self), clock: ScriptedClock(world: self), marks: ScriptedMarks(world: self),
            expressions: expressions)
    }

    /// - Parameter look: before each thing that is done; true: stop there.
    func start(_ saga: Saga, inputs: JSONValue = [:], id: RunID, then look: () -> Bool = { false }) throws {
        try boot()
        runner.start(saga, inputs: inputs, id: id)
        runUntilQuiet(look)
    }

    /// Several runs of one saga at once, in one process.
    func start(_ saga: Saga, inputs: JSONValue, ids: [RunID]) throws {
        try boot()
        for id in ids { runner.start(saga, inputs: inputs, id: id) }
        runUntilQuiet()
    }

    /// The next process: whatever the last one was in is written down, then taken over.
    func restart(then look: () -> Bool = { false }) throws {
        let (last, marks) = (HostID("host-\(process)"), begun.values)
        begun = [:]
        try boot()
        let recovery = Recovery(store: store, catalog: catalog, clock: ScriptedClock(world: self))
        for call in marks.sorted(by: { ($0.licence ?? 0) < ($1.licence ?? 0) }) {
            try recovery.journalInterruption(call)
        }
        let runs = try store.claimRuns(of: last) + store.claimRuns(of: nil)
        runner.take(over: runs.map { ($0.key, $0.wakeAt) })
        runUntilQuiet(look)
    }

    /// Lets go of the last process: it and this world hold each other.
    func end() {
        (runner, store, works, deferred, alarm, beforeSettingAside) = (nil, nil, [], [], nil, nil)
        database?.close()
    }

    func cancel(_ key: RunKey, reason: String) throws {
        try store.requestCancel(key, reason: reason)
        runner.cancel(key, reason: reason)
    }

    func pause(_ id: RunID) throws {
        guard let key = try store.find(id) else { return }
        try store.requestPause(key, reason: "storm")
        runner.hear(RunWishes(pause: "storm"), of: key)
    }

    /// Takes up what is nobody's by now, as a host does that looks around.
    func takeOver() throws { runner.take(over: try store.claimNewRuns().map { ($0.key, $0.wakeAt) }) }

    /// Has what a failed run left taken up again.
    func retry(_ id: RunID) throws { try ask(.retry, of: id) }

    /// What an operator asks of a run that failed.
    enum Wish: Sendable {
        case retry
        case skip(String)
        /// What could not be taken back until now can be, and is to be.
        case retryMended
    }

    func ask(_ wish: Wish, of id: RunID) throws {
        guard let key = try store.find(id) else { return }
        let desk = RunDesk(store, catalog: catalog)
        switch wish {
        case .retry: _ = try desk.retry(key, reason: "again", by: nil, at: now)
        case .skip(let step): try desk.skip(key, step: step, reason: "by hand", at: now)
        case .retryMended:
            isMended = true
            _ = try desk.retry(key, reason: "mended", by: nil, at: now)
        }
        try takeOver()
    }

    var died: Bool { isDead }

    /// Does whatever there is to do, in an order by chance, until nothing is left but to wait for ever.
    func runUntilQuiet(_ mayStop: () -> Bool = { false }) {
        for _ in 0..<100_000 {
            if isDead || mayStop() { return }
            let choices = works.count + deferred.count
            if choices > 0 {
                let pick = Int(random.next() % UInt64(choices))
                if pick < works.count {
                    works.remove(at: pick).perform()
                } else {
                    deferred.remove(at: pick - works.count)()
                }
            } else if let due = alarm {
                alarm = nil
                now = max(now, due.at)
                due.ring()
            } else {
                return
            }
        }
    }

    // MARK: - Writes

    /// True: the write is done. After the one that ends the host none is.
    fileprivate func mayWrite() -> Bool {
        guard !isDead else { return false }
        writes += 1
        guard let deathAt, deathAt.write == writes else { return true }
        isDead = true
        return deathAt.isWritten
    }

    // MARK: - Calls

    fileprivate func perform(_ call: StepCall, _ reporter: any StepCallReporter) {
        guard !isDead else { return }
        story.append((call.run, call.stepID))
        begun[call.mark.slot]?.wasBegun(call.mark)
        // Some are done at once, some later, when others have gone on.
        if random.next() % 2 == 0 {
            reporter.ended(outcome(of: call))
        } else {
            let isDone = random.next() % 2 == 0
            let early = isDone ? outcome(of: call) : nil
            deferred.append { [self] in reporter.ended(early ?? outcome(of: call)) }
        }
    }

    private func outcome(of call: StepCall) -> StepOutcome {
        if call.operation == SignalOperations.wait {
            return call.checkpoint == nil
                ? .suspended(afterMilliseconds: 30_000, checkpoint: true) : .completed(output: [:])
        }
        let isUndoing = call.verb == .compensate || call.keyID.hasSuffix(":undo")
        let key = call.keyID.replacingOccurrences(of: ":undo", with: "")
        if call.verb == .probe {
            let found: Effect =
                outside.standing[key] == nil ? .none : outside.halves.contains(key) ? .partial : .applied
            return .found(found, output: ["id": .string(key)])
        }
        let script = isUndoing && isMended ? [] : (isUndoing ? undoing : scripts)(call.stepID)
        let number = place(of: call)
        let deed = number < script.count ? script[number] : .succeed
        return isUndoing ? undo(key, call, deed) : make(key, call, deed)
    }

    /// Which line of its script a call has: the same however often it is made anew after a death.
    private func place(of call: StepCall) -> Int {
        let round = call.keyID.split(separator: "#").dropFirst().first.flatMap { Int($0.prefix { $0.isNumber }) } ?? 1
        return call.attempt - 1 + Int(call.checkpoint?["times"]?.intValue ?? 0) + round - 1
    }

    private func make(_ key: String, _ call: StepCall, _ deed: Deed) -> StepOutcome {
        switch deed {
        case .succeed:
            note(key, call)
            return .completed(output: ["id": .string(key), "with": call.with])
        case .fail(let effect, let retry):
            if effect == .partial || effect == .applied { note(key, call) }
            if effect == .partial { outside.halves.insert(key) }
            return .failed(StepError(code: "remote", message: "no", effect: effect), retry: retry)
        case .lose:
            note(key, call)
            return .failed(StepError(code: "network", message: "lost", effect: .unknown), retry: .yes)
        case .suspend(let milliseconds):
            return .suspended(afterMilliseconds: milliseconds, checkpoint: Self.again(call))
        }
    }

    private static func again(_ call: StepCall) -> JSONValue {
        ["times": .int((call.checkpoint?["times"]?.intValue ?? 0) + 1)]
    }

    private func note(_ key: String, _ call: StepCall) {
        // Under one key a thing is made once, however often it is asked for.
        guard outside.standing[key] == nil else { return }
        outside.standing[key] = call.stepID
        outside.made[key, default: 0] += 1
        changes.append(Change(step: call.stepID, key: key, isUndone: false))
    }

    private func unmake(_ key: String, _ call: StepCall) {
        guard outside.standing.removeValue(forKey: key) != nil else { return }
        changes.append(Change(step: call.stepID, key: key, isUndone: true))
    }

    private func undo(_ key: String, _ call: StepCall, _ deed: Deed) -> StepOutcome {
        switch deed {
        case .succeed:
            unmake(key, call)
            return .completed(output: [:])
        case .suspend(let milliseconds):
            return .suspended(afterMilliseconds: milliseconds, checkpoint: Self.again(call))
        case .fail(let effect, let retry):
            return .failed(StepError(code: "remote", message: "no", effect: effect), retry: retry)
        case .lose:
            unmake(key, call)
            return .failed(StepError(code: "network", message: "lost", effect: .unknown), retry: .yes)
        }
    }

    fileprivate func acquire(_ run: RunKey) -> Int {
        nextSlot += 1
        return nextSlot
    }

    fileprivate func mark(_ slot: Int, _ run: RunKey) {
        begun[slot] = BegunCall(key: run, licence: -1, image: nil, crash: nil)
    }

    // MARK: - What came of it

    func view(_ id: RunID) throws -> RunView? {
        guard let key = try store.find(id), let stored = try store.load(key) else { return nil }
        return RunView(stored, catalog: catalog)
    }
}

extension BegunCall {
    fileprivate mutating func wasBegun(_ mark: CallMark) {
        self = BegunCall(key: key, licence: mark.licence, image: nil, crash: nil)
    }
}

/// Numbers by chance, the same for the same seed.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

// MARK: - What a runner is given

private struct ScriptedDispatcher: StepDispatcher {
    let world: World
    func perform(_ call: StepCall, reportingTo reporter: any StepCallReporter) { world.perform(call, reporter) }
}

private struct ScriptedQueue: WorkQueue {
    let world: World
    func enqueue(_ work: any Work) { world.works.append(work) }
    func enqueue(_ batch: [any Work]) { world.works += batch }
    var hasMoreUnderWay: Bool { false }
}

private struct ScriptedClock: RunClock {
    let world: World
    var now: Timestamp { world.now }
    func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void) {
        world.alarm = moment.map { ($0, ring) }
    }
}

private struct ScriptedMarks: CallMarks {
    let world: World
    func acquire(for run: RunKey, id: RunID) -> Int {
        let slot = world.acquire(run)
        world.mark(slot, run)
        return slot
    }
    func release(_ slot: Int) { if !world.died { world.begun[slot] = nil } }
}

/// The store, until the host is dead: then nothing reaches it any more.
private final class MortalStore: RunStore, @unchecked Sendable {
    private let world: World
    private let store: SQLRunStore

    init(_ world: World, _ store: SQLRunStore) {
        self.world = world
        self.store = store
    }

    private var dead: StoreError { StoreError(code: "io", message: "the host is dead") }

    func write(_ write: RunWrite, for writer: any RunWriter) -> Result<RunKey, StoreError>? {
        guard world.mayWrite() else { return .failure(dead) }
        let result = store.write(write, for: writer)
        return world.died ? .failure(dead) : result
    }

    func writeAndWait(_ write: RunWrite) throws(StoreError) -> RunKey {
        guard world.mayWrite() else { throw dead }
        let key = try store.writeAndWait(write)
        if world.died { throw dead }
        return key
    }

    func load(_ key: RunKey) throws(StoreError) -> StoredRun? { try store.load(key) }
    func find(_ id: RunID) throws(StoreError) -> RunKey? { try store.find(id) }
    func setBlocked(_ key: RunKey, reason: String?, unlessCancelled hearsCancel: Bool) throws(StoreError) {
        if reason != nil { world.beforeSettingAside?() }
        guard !world.died else { throw dead }
        try store.setBlocked(key, reason: reason, unlessCancelled: hearsCancel)
    }
    func setImages(_ key: RunKey, _ images: RunImages) throws(StoreError) { try store.setImages(key, images) }
    func forget(_ requests: RunRequests, of key: RunKey) throws(StoreError) { try store.forget(requests, of: key) }
    func openRuns(of host: HostID?) throws(StoreError) -> [OpenRun] { try store.openRuns(of: host) }
    func claimRuns(of host: HostID?) throws(StoreError) -> [OpenRun] { try store.claimRuns(of: host) }
    func claimRun(_ key: RunKey, of host: HostID?) throws(StoreError) -> Bool { try store.claimRun(key, of: host) }
    func record(_ crash: PluginCrash) throws(StoreError) { try store.record(crash) }
    func takeTurn(_ key: RunKey, of name: String) throws(StoreError) -> Bool {
        guard !world.died else { throw dead }
        return try store.takeTurn(key, of: name)
    }
    func leaveTurn(_ key: RunKey) throws(StoreError) -> RunKey? {
        guard !world.died else { throw dead }
        return try store.leaveTurn(key)
    }
}
