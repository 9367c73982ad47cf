/// Things by id that are listed in the order in which they came.
struct Shelf<ID: Hashable & Sendable, Item: Sendable>: Sendable {
    private var items: [ID: Item] = [:]
    private var order: [ID] = []

    init() {}

    var count: Int { order.count }
    var ids: [ID] { order }
    var values: [Item] { order.map { items[$0]! } }

    /// Setting nil removes.
    subscript(_ id: ID) -> Item? {
        _read { yield items[id] }
        _modify {
            let existed = items[id] != nil
            yield &items[id]
            let exists = items[id] != nil
            if exists, !existed { order.append(id) }
            if existed, !exists { order.removeAll { $0 == id } }
        }
    }

    mutating func removeValue(forKey id: ID) -> Item? {
        let item = items[id]
        self[id] = nil
        return item
    }
}
