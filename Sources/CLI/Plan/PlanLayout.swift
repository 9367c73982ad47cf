/// Where the boxes of a plan stand: lists from top to bottom, lists of a frame side by side, each in the middle of what
/// it has. In points, from the upper left corner.
struct PlanLayout {
    struct Box {
        var x: Double
        var y: Double
        let width: Double
        let height: Double

        var middle: Double { x + width / 2 }
        var right: Double { x + width }
        var bottom: Double { y + height }
    }

    private(set) var nodes: [(node: PlanGraph.Node, box: Box)] = []
    private var boxes: [String: Box] = [:]
    private(set) var frames: [(title: String, box: Box)] = []
    private(set) var width = 0.0
    private(set) var height = 0.0

    static let letter = 7.25
    static let line = 17.0
    static let padding = 12.0
    private static let gap = 34.0
    private static let beside = 28.0
    private static let titleHeight = 26.0

    init(_ blocks: [PlanGraph.Block], x: Double, y: Double) {
        let size = Self.size(of: blocks)
        (width, height) = size
        place(blocks, x: x, y: y, width: size.width)
    }

    func box(_ id: String) -> Box? { boxes[id] }

    // MARK: - Sizes

    private static func size(of list: [PlanGraph.Block]) -> (width: Double, height: Double) {
        let sizes = list.map(size)
        let gaps = gap * Double(max(0, sizes.count - 1))
        return (sizes.map(\.width).max() ?? 0, sizes.map(\.height).reduce(gaps, +))
    }

    private static func size(of block: PlanGraph.Block) -> (width: Double, height: Double) {
        switch block {
        case .node(let node):
            let letters = node.lines.map(\.count).max() ?? 0
            return (Double(letters) * letter + 2 * padding, Double(node.lines.count) * line + 2 * padding - 4)
        case .frame(_, let title, let lists):
            let sizes = lists.map { size(of: $0) }
            let inside = sizes.map(\.width).reduce(beside * Double(max(0, sizes.count - 1)), +)
            let width = max(inside, Double(title.count) * letter) + 2 * beside
            return (width, (sizes.map(\.height).max() ?? 0) + titleHeight + 2 * padding)
        }
    }

    // MARK: - Places

    private mutating func place(_ list: [PlanGraph.Block], x: Double, y: Double, width: Double) {
        var top = y
        for block in list {
            let size = Self.size(of: block)
            place(block, Box(x: x + (width - size.width) / 2, y: top, width: size.width, height: size.height))
            top += size.height + Self.gap
        }
    }

    private mutating func place(_ block: PlanGraph.Block, _ box: Box) {
        switch block {
        case .node(let node):
            nodes.append((node, box))
            boxes[node.id] = box
        case .frame(_, let title, let lists):
            frames.append((title, box))
            let sizes = lists.map { Self.size(of: $0) }
            let inside = sizes.map(\.width).reduce(Self.beside * Double(max(0, sizes.count - 1)), +)
            var left = box.x + (box.width - inside) / 2
            for (list, size) in zip(lists, sizes) {
                place(list, x: left, y: box.y + Self.titleHeight + Self.padding, width: size.width)
                left += size.width + Self.beside
            }
        }
    }
}
