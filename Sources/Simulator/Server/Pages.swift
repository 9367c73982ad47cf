/// The part of a list that a request asks for.
struct Page: Sendable, Equatable {
    let number: Int
    let size: Int

    /// `page` from 1; `per_page` 20 unless said, and at most 200 whatever is said.
    init(_ query: Query) {
        number = max(1, query["page"].flatMap { Int($0) } ?? 1)
        size = min(200, max(1, query["per_page"].flatMap { Int($0) } ?? 20))
    }

    func range(of total: Int) -> Range<Int> {
        let (offset, isTooFar) = (number - 1).multipliedReportingOverflow(by: size)
        let start = isTooFar ? total : min(offset, total)
        return start..<min(start + size, total)
    }
}

extension Call {
    /// A list of the provider: the page's items under `key`, the links to the other pages and the total.
    func list<Items: RandomAccessCollection>(_ key: String, _ items: Items, _ render: (Items.Element) -> JSON) -> Answer
    {
        .json(page(key, items, render))
    }

    func page<Items: RandomAccessCollection>(_ key: String, _ items: Items, _ render: (Items.Element) -> JSON) -> JSON {
        let page = Page(query)
        let range = page.range(of: items.count)
        let shown = items.dropFirst(range.lowerBound).prefix(range.count).map(render)
        return [
            key: .array(shown), "links": links(page, total: items.count), "meta": ["total": .integer(items.count)],
        ]
    }

    /// `{}` when everything is on one page.
    private func links(_ page: Page, total: Int) -> JSON {
        let last = max(1, (total + page.size - 1) / page.size)
        var pages: [JSON.Member] = []
        if page.number > 1 {
            pages.append(.init(key: "first", value: link(to: 1, of: page)))
            pages.append(.init(key: "prev", value: link(to: min(page.number - 1, last), of: page)))
        }
        if page.number < last {
            pages.append(.init(key: "next", value: link(to: page.number + 1, of: page)))
            pages.append(.init(key: "last", value: link(to: last, of: page)))
        }
        return pages.isEmpty ? [:] : ["pages": .object(pages)]
    }

    private func link(to number: Int, of page: Page) -> JSON {
        let kept = ["tag_name", "name", "type", "resource_type", "private", "region"].compactMap { name in
            query[name].map { "&\(name)=\(Self.encode($0))" }
        }
        let path = path.map(Self.encode).joined(separator: "/")
        return .string("\(base)/\(path)?page=\(number)&per_page=\(page.size)\(kept.joined())")
    }

    private static func encode(_ text: String) -> String {
        text.utf8.map { byte in
            switch UnicodeScalar(byte) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
