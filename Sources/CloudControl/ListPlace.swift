/// Where a list goes on: what its `next` says, and its `cursor` takes. For whoever gets one it has no meaning.
///
/// It holds the keys of the last row of a page, so that rows that come in meanwhile neither move nor repeat the others.
struct ListPlace: Hashable {
    enum List: String {
        case resources = "r"
        case events = "e"
        case projects = "p"
        case drift = "d"
        case invoices = "i"
        case costLines = "l"
    }

    let list: List
    /// As the list is ordered.
    let keys: [Int64]

    init(in list: List, _ keys: Int64...) { (self.list, self.keys) = (list, keys) }

    private init(_ list: List, _ keys: [Int64]) { (self.list, self.keys) = (list, keys) }

    /// eg: "r2rs"
    var text: String { list.rawValue + keys.map { String($0, radix: 36) }.joined(separator: ".") }

    /// The keys of a place in this list.
    ///
    /// - Throws: `CursorRefusal` for anything that `text` did not write.
    static func keys(of text: String, in list: List, count: Int = 1) throws(CursorRefusal) -> [Int64] {
        let keys = text.dropFirst().split(separator: ".").compactMap { Int64($0, radix: 36) }
        guard keys.count == count, ListPlace(list, keys).text == text else { throw CursorRefusal(text: text) }
        return keys
    }
}

/// A page of a list that was asked for with one row more than it may hold.
struct ListPage<Item> {
    let items: [Item]
    let next: String?

    init(_ rows: [Item], limit: Int, place: (Item) -> ListPlace) {
        items = Array(rows.prefix(limit))
        next = rows.count > limit ? items.last.map { place($0).text } : nil
    }
}

/// A list was to go on where it never ended.
public struct CursorRefusal: CloudRefusal, Hashable {
    /// What was given as the cursor.
    public let text: String

    public init(text: String) { self.text = text }

    public var code: String { "list.cursor" }
    public var message: String {
        "\"\(text)\" is no place in this list; expected what `next` of the list before says"
    }
    public var hint: String? { nil }
}
