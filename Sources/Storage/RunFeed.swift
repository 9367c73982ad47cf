public import SagaCore

/// Tells what runs do, in this process and in every other on the database, to those who follow them.
///
/// It costs those who drive runs nothing: there is no row and no statement for it. `look` asks the database whether
/// anybody committed, which is cheap, and only then which runs are new, which open ones have moved or ended, and what
/// happened to ended ones (`saga_late_changes`). Without followers it asks nothing.
public final class RunFeed: Sendable {
    /// What a follower hears.
    public enum News: Sendable {
        case changed(RunChange)
        /// Too much happened, or too long ago: read the lists again. What follows comes after it.
        case reset(id: String)
    }

    public typealias Hearer = @Sendable (News) -> Void

    private struct State {
        var position = Position()
        /// The number of the last change.
        var number: Int64 = 0
        /// The newest changes, for those who come back.
        var kept: [RunChange] = []
        /// Changes before this number are gone.
        var keptFrom: Int64 = 0
        var hearers: [Int: Hearer] = [:]
        var nextHearer = 0
        var isPrimed = false
    }

    private let database: any Database
    private let name: String
    private let keep: Int
    private let state = Monitor(State())
    /// Who left since the last look: they are let go there, so that one may leave while it is told something.
    private let gone = Monitor(Set<Int>())

    /// - Parameters:
    ///   - name: of this feed: a number of another one means nothing here. A few letters and digits.
    ///   - keep: how many changes a follower may have missed when it comes back, and how many one look tells.
    public init(_ database: any Database, name: String, keep: Int = 1000) {
        self.database = database
        self.name = name
        self.keep = keep
    }

    // MARK: - Followers

    /// Tells `hear` what happens from now on, or after the change of that id.
    ///
    /// - Parameter hear: on the thread that looks; must be short, and call nothing back but `unfollow`.
    /// - Returns: for `unfollow`.
    public func follow(after id: String? = nil, _ hear: @escaping Hearer) throws(StoreError) -> Int {
        try state.withLock { state throws(StoreError) in
            letGo(&state)
            if state.hearers.isEmpty { try begin(&state) }
            state.nextHearer += 1
            state.hearers[state.nextHearer] = hear
            if let id { catchUp(hear, after: id, state) }
            return state.nextHearer
        }
    }

    public func unfollow(_ follower: Int) { gone.withLock { _ = $0.insert(follower) } }

    private func letGo(_ state: inout State) {
        for follower in gone.withLock({ gone in
            defer { gone = [] }
            return gone
        }) { state.hearers[follower] = nil }
    }

    /// The first follower after a while: what happened meanwhile was heard by nobody, and is looked up if the feed can.
    private func begin(_ state: inout State) throws(StoreError) {
        guard !state.isPrimed else { return try look(&state) }
        state.position = try Position.now(database)
        state.isPrimed = true
    }

    private func catchUp(_ hear: Hearer, after id: String, _ state: State) {
        guard let number = number(of: id), number >= state.keptFrom, number <= state.number else {
            return hear(.reset(id: self.id(state.number)))
        }
        for change in state.kept where change.number > number { hear(.changed(change)) }
    }

    private func id(_ number: Int64) -> String { "\(name).\(number)" }

    private func number(of id: String) -> Int64? {
        let parts = id.split(separator: ".")
        return parts.count == 2 && parts[0] == name ? Int64(parts[1]) : nil
    }

    // MARK: - Looking

    /// Looks for changes and tells them. Called regularly.
    public func look() throws(StoreError) {
        try state.withLock { state throws(StoreError) in
            letGo(&state)
            guard !state.hearers.isEmpty else { return }
            try look(&state)
        }
    }

    private func look(_ state: inout State) throws(StoreError) {
        let commits = try database.commitMark()
        guard commits != state.position.commits else { return }
        let (changed, position) = try state.position.changes(in: database, limit: keep)
        state.position = position
        state.position.commits = commits
        guard changed.count <= keep else { return reset(&state) }
        for var change in changed {
            state.number += 1
            change.number = state.number
            change.id = id(state.number)
            state.kept.append(change)
            for hear in state.hearers.values { hear(.changed(change)) }
        }
        forgetOldest(&state)
    }

    private func reset(_ state: inout State) {
        state.number += 1
        state.keptFrom = state.number
        state.kept.removeAll()
        for hear in state.hearers.values { hear(.reset(id: id(state.number))) }
    }

    private func forgetOldest(_ state: inout State) {
        guard state.kept.count > keep else { return }
        state.kept.removeFirst(state.kept.count - keep)
        state.keptFrom = state.kept[0].number - 1
    }
}

/// A run that changed: how it is now, and what happened.
public struct RunChange: Sendable {
    /// Good for `RunFeed.follow(after:)`.
    public internal(set) var id = ""
    var number: Int64 = 0
    public let row: RunRow
    /// Rows of the journal since the change before; empty where only the run's row changed.
    public let events: [StoredEvent]
}
