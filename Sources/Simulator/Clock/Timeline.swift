/// What will happen to the account by itself, soonest first.
struct Timeline: Sendable {
    /// Something that happens when its time has come.
    enum Change: Sendable {
        case finishAction(Int)
        case giveNetwork(droplet: Int)
        case showSnapshot(String)
        case forgetDroplet(Int)
        case forgetSnapshot(String)
    }

    private struct Entry: Sendable {
        let due: Moment
        let number: Int
        let change: Change

        /// Those of one instant happen in the order in which they were planned.
        static func precedes(_ left: Entry, _ right: Entry) -> Bool {
            left.due != right.due ? left.due < right.due : left.number < right.number
        }
    }

    private var heap: [Entry] = []
    private var planned = 0

    mutating func plan(_ change: Change, at due: Moment) {
        planned += 1
        heap.append(Entry(due: due, number: planned, change: change))
        rise(from: heap.count - 1)
    }

    /// Takes the soonest change that is due by `now`.
    mutating func next(by now: Moment) -> (due: Moment, change: Change)? {
        guard let first = heap.first, first.due <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        sink()
        return (first.due, first.change)
    }

    private mutating func rise(from start: Int) {
        var child = start
        while child > 0, Entry.precedes(heap[child], heap[(child - 1) / 2]) {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    private mutating func sink() {
        var parent = 0
        while true {
            let children = [2 * parent + 1, 2 * parent + 2].filter { $0 < heap.count }
            guard let least = children.min(by: { Entry.precedes(heap[$0], heap[$1]) }),
                Entry.precedes(heap[least], heap[parent])
            else { return }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
