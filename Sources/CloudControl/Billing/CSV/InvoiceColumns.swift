/// Which field of a record is what, learned from the header: names count, their order does not.
struct InvoiceColumns {
    static let required = ["product", "description", "start", "end", "usd"]

    /// How many fields each record has.
    let count: Int
    let product: Int
    let description: Int
    let start: Int
    let end: Int
    let amount: Int
    // -1: the file has no such column.
    let group: Int
    let hours: Int
    let project: Int
    let category: Int
    let resourceUUID: Int
    let resourceID: Int
    /// The columns nobody here knows, which are kept as they are.
    let extra: [(name: String, place: Int)]

    /// - Parameter names: the header's fields as written.
    init(_ names: [String], at column: (Int) -> Int) throws(InvoiceProblem) {
        let names = names.enumerated().map { Self.normalized($1, place: $0) }
        var places: [String: Int] = [:]
        for (place, name) in names.enumerated() {
            if let first = places[name] {
                throw InvoiceProblem(
                    fact: .columnTwice(name, first: first + 1, second: place + 1), line: 1, column: column(place))
            }
            places[name] = place
        }
        let missing = Self.required.filter { places[$0] == nil }
        guard missing.isEmpty else {
            throw InvoiceProblem(fact: .columnsMissing(missing, found: names), line: 1, column: 1)
        }
        count = names.count
        product = places["product"]!
        description = places["description"]!
        start = places["start"]!
        end = places["end"]!
        amount = places["usd"]!
        group = places["group_description"] ?? -1
        hours = places["hours"] ?? -1
        project = places["project_name"] ?? -1
        category = places["category"] ?? -1
        resourceUUID = places["resource_uuid"] ?? -1
        resourceID = places["resource_id"] ?? -1
        let own = Set(Self.required + ["group_description", "hours", "project_name", "category"])
        extra = names.enumerated().filter { !own.contains($0.element) }.map { ($0.element, $0.offset) }
    }

    /// `Project Name ` is `project_name`; a column without a name is called by its place.
    static func normalized(_ name: String, place: Int) -> String {
        let bytes = name.utf8.drop { $0 == ASCII.space }.reversed().drop { $0 == ASCII.space }.reversed()
        guard !bytes.isEmpty else { return "column_\(place + 1)" }
        let lowered = bytes.map { $0 == ASCII.space ? UInt8(ascii: "_") : ASCII.lowered($0) }
        return String(decoding: lowered, as: UTF8.self)
    }
}
