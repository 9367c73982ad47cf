/// The time, and one alarm.
public protocol RunClock: Sendable {
    var now: Timestamp { get }
    /// Calls back once, at that moment or soon after; a later call replaces an earlier one. Nil: no alarm.
    func setAlarm(at moment: Timestamp?, _ ring: @escaping @Sendable () -> Void)
}

/// Something to do on one of the host's threads.
public protocol Work: AnyObject, Sendable {
    func perform()
}

/// The host's own threads. Calls block them, so they are never Swift's.
public protocol WorkQueue: Sendable {
    func enqueue(_ work: any Work)
    func enqueue(_ batch: [any Work])
    /// Besides the thread that asks, others are at work or work is ready: more will come of it soon.
    var hasMoreUnderWay: Bool { get }
}

/// Runs that wait for a moment, the earliest first: a binary heap, and a table to take one out of turn.
struct TimerHeap: Sendable {
    private var entries: [(at: Timestamp, key: RunKey)] = []
    /// The moment each waiting run waits for. An entry of the heap that disagrees is left over and skipped.
    private var moments: [RunKey: Timestamp] = [:]

    var earliest: Timestamp? { entries.first?.at }
    var count: Int { moments.count }

    func contains(_ key: RunKey) -> Bool { moments[key] != nil }

    mutating func insert(_ key: RunKey, at moment: Timestamp) {
        moments[key] = moment
        entries.append((moment, key))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].at < entries[parent].at else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// True when it was waiting, and for this caller alone.
    mutating func remove(_ key: RunKey) -> Bool { moments.removeValue(forKey: key) != nil }

    /// A run whose moment has come. It counts as waiting until `remove`.
    mutating func popDue(at now: Timestamp) -> RunKey? {
        while let first = entries.first, first.at <= now {
            let last = entries.removeLast()
            if !entries.isEmpty {
                entries[0] = last
                siftDown()
            }
            if moments[first.key] == first.at { return first.key }
        }
        return nil
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].at < entries[smallest].at { smallest = child }
            }
            guard smallest != parent else { return }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
