internal import ArcadiaPlugin

/// A thing of the account, in the form every provider's adapter gives: what is common stands above, the rest in `attrs`.
struct Resource<Attributes: Codable>: Codable {
    var kind: String
    /// The provider's id, as text. eg: "3164444"
    var provider_id: String
    var name: String
    var region: String?
    var status: String?
    var size_slug: String?
    var tags: [String]
    var created_at: String?
    var attrs: Attributes
}

/// What an inventory operation is asked: one page, or all of it.
struct ListInput: Decodable {
    /// Where the last page said it goes on; `""` for the first page; absent for everything at once.
    var cursor: String?
    /// Passed on to the provider with every page. eg: {"tag_name": "web"}
    var query: [String: String]?
    /// One resource by its id, instead of a list.
    var provider_id: String?
}

/// A page of resources, or all of them.
struct ListOutput<Attributes: Codable>: Codable {
    var resources: [Resource<Attributes>]
    /// Where the next page goes on; absent on the last one.
    var next: String?
    /// How many there are in the list that the page is of, where the provider says so.
    var total: Int?
    /// Which list that is, from 0, where several are read after one another.
    var list: Int?
}

/// A list at the provider that becomes resources.
struct Listing<Body: Page, Attributes: Codable> {
    let path: String
    let query: [(String, String)]
    let scope: String
    let resource: (Body.Item) -> Resource<Attributes>
}

extension API {
    /// One page where a cursor is given, else everything. Several lists are one, read after one another.
    ///
    /// - Throws: also where a list is shorter than the provider says it is: a list cut short must not look like an
    ///   account where things were destroyed.
    func list<Body: Page, Attributes: Codable>(
        _ input: ListInput, _ listings: [Listing<Body, Attributes>]
    ) throws -> ListOutput<Attributes> {
        guard let cursor = input.cursor else { return try everything(input, listings) }
        guard let place = Cursor(cursor, lists: listings.count) else {
            throw StepFailure(.input, "the cursor \"\(cursor)\" is none of this operation's", effect: .none)
        }
        let listing = listings[place.list]
        let page = try page(
            Body.self, listing.path, query: listing.query + own(input), number: place.page, scope: listing.scope)
        let isEmptyTooSoon = page.items.isEmpty && place.page == 1 && (page.meta?.total ?? 0) > 0
        guard !isEmptyTooSoon else { throw cutShort(listing.path, 0, page.meta?.total ?? 0) }
        let next =
            page.hasNext
            ? Cursor(list: place.list, page: place.page + 1)
            : place.list + 1 < listings.count ? Cursor(list: place.list + 1, page: 1) : nil
        return ListOutput(
            resources: page.items.map(listing.resource), next: next?.text, total: page.meta?.total,
            list: listings.count > 1 ? place.list : nil)
    }

    private func everything<Body: Page, Attributes: Codable>(
        _ input: ListInput, _ listings: [Listing<Body, Attributes>]
    ) throws -> ListOutput<Attributes> {
        var resources: [Resource<Attributes>] = []
        for listing in listings {
            let list = try PageByPage<Body>.collect { number in
                try page(
                    Body.self, listing.path, query: listing.query + own(input), number: number, scope: listing.scope)
            }
            guard list.items.count >= list.total else { throw cutShort(listing.path, list.items.count, list.total) }
            resources += list.items.map(listing.resource)
        }
        return ListOutput(resources: resources, next: nil, total: resources.count)
    }

    private func own(_ input: ListInput) -> [(String, String)] {
        (input.query ?? [:]).sorted { $0.key < $1.key }.filter { $0.key != "page" && $0.key != "per_page" }
    }

    private func cutShort(_ path: String, _ count: Int, _ total: Int) -> StepFailure {
        StepFailure(
            .remote, "the list \(path) is cut short: \(count) of \(total) came", effect: .none, retry: .yes)
    }
}

/// Where a list goes on: "1:3" is page 3 of the second list.
struct Cursor {
    var list: Int
    var page: Int

    init(list: Int, page: Int) { (self.list, self.page) = (list, page) }

    init?(_ text: String, lists: Int) {
        if text.isEmpty {
            self.init(list: 0, page: 1)
            return
        }
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2, (0..<lists).contains(parts[0]), parts[1] >= 1 else { return nil }
        self.init(list: parts[0], page: parts[1])
    }

    var text: String { "\(list):\(page)" }
}
