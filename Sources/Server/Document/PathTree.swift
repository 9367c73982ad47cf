/// Paths with names in braces, found segment by segment. What is written out goes before a name.
struct PathTree: Sendable {
    private final class Node: @unchecked Sendable {
        var children: [String: Node] = [:]
        var named: Node?
        var operations: [APIMethod: Int] = [:]
    }

    // Filled before it is shared, never changed afterwards.
    private let root = Node()

    mutating func insert(_ path: String, _ method: APIMethod, _ index: Int) {
        var node = root
        for segment in path.split(separator: "/") {
            if segment.hasPrefix("{") {
                let next = node.named ?? Node()
                node.named = next
                node = next
            } else {
                let next = node.children[String(segment)] ?? Node()
                node.children[String(segment)] = next
                node = next
            }
        }
        node.operations[method] = index
    }

    func find(_ segments: [String]) -> (operations: [APIMethod: Int], values: [String])? {
        find(segments[...], root, [])
    }

    private func find(
        _ rest: ArraySlice<String>, _ node: Node, _ values: [String]
    ) -> (operations: [APIMethod: Int], values: [String])? {
        guard let first = rest.first else {
            return node.operations.isEmpty ? nil : (node.operations, values)
        }
        if let child = node.children[first], let found = find(rest.dropFirst(), child, values) { return found }
        guard let named = node.named, !first.isEmpty else { return nil }
        return find(rest.dropFirst(), named, values + [first])
    }
}
