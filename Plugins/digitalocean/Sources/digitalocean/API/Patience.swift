internal import ArcadiaPlugin

/// A read that did not succeed, and may in a moment: what it was to tell is not known, and nothing was changed by it.
struct Unreadable: Error {
    let failure: StepFailure
}

extension API {
    /// A read for a step that waits for nothing: what did not come is its failure.
    func settled<Value>(_ read: () throws -> Value) throws -> Value {
        do {
            return try read()
        } catch let unreadable as Unreadable {
            throw unreadable.failure
        }
    }
}

/// What a step that waits for the provider keeps count of, across calls and restarts.
struct Waits: Codable, Sendable {
    /// Looks at something in progress, and at a droplet that is busy with something else.
    var looks = 0
    /// Reads in a row that did not succeed.
    var blips = 0
    /// Sleeps before looks at something that was deleted and still shows.
    var farewells = 0
    /// The way back counts anew: what execute used up is no reason to give up on it.
    var isOnTheWayBack = false

    /// So many reads in a row may fail before the step does: five minutes and more, at five seconds.
    static let mostBlips = 60
    /// Each sleep before a look at what was deleted is longer than the one before, up to six polls: twelve looks take 57
    /// polls, which is some five minutes at five seconds. What the provider deletes is gone after the first or second.
    static let mostFarewells = 12
    private static let longestFarewell = 6

    /// Counts a look; false: there were enough.
    mutating func another(of most: Int) -> Bool {
        looks += 1
        return looks <= most
    }

    /// Counts a look at something that was deleted; nil: there were enough, else how many polls to sleep before it.
    mutating func anotherFarewell() -> Int? {
        farewells += 1
        return farewells <= Self.mostFarewells ? min(farewells, Self.longestFarewell) : nil
    }

    mutating func turnBack() {
        guard !isOnTheWayBack else { return }
        self = Waits(isOnTheWayBack: true)
    }
}

/// A checkpoint that counts.
protocol Waiting: Codable, Sendable {
    var waits: Waits { get set }
}

extension Call where Op.Owner == DigitalOcean, Op.Checkpoint: Waiting {
    /// Runs a step on its state. A read that does not succeed puts it to sleep instead of using up an attempt, so that an
    /// outage of minutes does not take back the work of an hour.
    func patiently<Result>(
        _ state: inout Op.Checkpoint, _ body: (inout Op.Checkpoint) throws -> Result
    ) throws -> Result {
        do {
            let result = try body(&state)
            return result
        } catch let unreadable as Unreadable {
            state.waits.blips += 1
            guard state.waits.blips <= Waits.mostBlips else { throw unreadable.failure }
            log(.warn, "asked again later: \(unreadable.failure.message)")
            throw Suspend(after: plugin.poll, saving: state)
        }
    }

    /// Sleeps until the next look; what was read until now was readable.
    func later(_ state: Op.Checkpoint, polls: Int = 1) -> Suspend {
        var state = state
        state.waits.blips = 0
        return Suspend(after: plugin.poll * polls, saving: state)
    }

    /// Sleeps until the next look at what was deleted on the way back and still shows.
    ///
    /// - Parameter what: eg: "droplet 3164444"
    /// - Throws: it was looked at often enough, and is still there.
    func untilGone(_ what: String, _ state: Op.Checkpoint) throws -> Suspend {
        var state = state
        if let polls = state.waits.anotherFarewell() { return later(state, polls: polls) }
        throw StepFailure(
            .timeout,
            "\(what) was deleted, and DigitalOcean still shows it after \(Waits.mostFarewells) looks; see in its control "
                + "panel what holds it, then take the step back again",
            effect: .applied, retry: .yes)
    }
}

extension Call where Op.Owner == DigitalOcean {
    /// Could a request that was posted then still have an effect that does not show yet?
    func mayStillShow(_ posted: Asked?) -> Bool {
        posted?.mayStillShow(within: .milliseconds(Int64(plugin.config.settle_seconds * 1000))) ?? false
    }

    /// The droplet a step is about: the one it is given, else the one an earlier step put into the context.
    func dropletID(_ given: Int?) throws -> Int {
        if let id = given ?? context("droplet_id", as: Int.self) { return id }
        throw StepFailure(
            .input, "no droplet is named: give `droplet_id`, or let an earlier step put one into the context",
            effect: .none)
    }

    /// The random end of the run's id: its front is the clock, and the same for every run of the same minute.
    var saga8: String { String(runID.filter { $0 != "-" }.suffix(8)) }
}
