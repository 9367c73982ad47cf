import CloudControl
import SagaCore
import Testing

/// Ten thousand resources with random values, asked to be as they are in other words; some asked to be otherwise.
@Suite struct DriftPropertyTests {
    /// A resource, what is asked of it, and which fields of that mean something else.
    private struct Case {
        var resource: ProviderResource
        var spec: JSONObject = [:]
        var drifting: Set<String> = []
    }

    @Test func `what was adopted is never drift, however it is spelled and ordered, and what differs always is`() throws
    {
        let books = try Books()
        let account = FakeAccount()
        account.pageSize = 500
        var cases = (0..<Seed.cases).map { Self.make($0, changing: 10) }
        account.resources = cases.map(\.resource)
        try books.sweep(account)
        for one in cases where !one.spec.isEmpty {
            try books.provisioning.recordProvisioned(
                "digitalocean:droplet:\(one.resource.providerID)", spec: one.spec, runID: nil, at: books.now)
        }
        try expect(cases, books)
        // The next sweep gets everything in other words once more.
        for place in cases.indices {
            var random = Seeded(Seed.base &+ UInt64(place) ^ 0xABCD)
            cases[place].resource = Self.respelled(cases[place].resource, &random)
        }
        account.resources = cases.map(\.resource)
        let report = try books.sweep(account)
        let last = try books.events().last?.json.text ?? ""
        #expect(report.updated == 0, "ARCADIA_SEED=\(Seed.base): \(last)")
        try expect(cases, books)
    }

    @Test func `after a baseline nothing drifts, but what moved meanwhile`() throws {
        let books = try Books()
        let account = FakeAccount()
        account.pageSize = 500
        let cases = (0..<Seed.cases).map { Self.make($0, changing: 60) }
        account.resources = cases.map(\.resource)
        try books.sweep(account)
        for one in cases where !one.spec.isEmpty {
            try books.provisioning.recordProvisioned(
                "digitalocean:droplet:\(one.resource.providerID)", spec: one.spec, runID: nil, at: books.now)
        }
        let count = try books.drift.detect(at: books.now).driftedFields
        // Some names move between the comparison and the baseline; where the name drifted, that is refused.
        let moving = cases.indices.filter { $0 % 7 == 0 }
        for place in moving { account.resources[place].name += " moved" }
        try books.sweep(account)
        let stale = moving.count { cases[$0].drifting == ["name"] }
        let scope = try books.drift.baselineScope()
        let report = try books.drift.baseline(scope, by: "ann", reason: "the first look", at: books.now)
        let seed = "ARCADIA_SEED=\(Seed.base)"
        #expect(scope.count == count && report.accepted == count - stale && report.refused.count == stale, "\(seed)")
        #expect(report.refused.allSatisfy { $0.refusal.code == "drift.moved" }, "\(seed)")
        let before = try books.drift.detect(at: books.now)
        let asked = moving.count { cases[$0].spec["name"] != nil }
        #expect(before.driftedFields == asked, "\(seed): what moved, and no more")
        // The same once more, with nothing moving: nothing is left.
        let again = try books.drift.baseline(
            try books.drift.baselineScope(), by: "ann", reason: "the second look", at: books.now)
        #expect(again.accepted == asked && again.refused.isEmpty, "\(seed)")
        #expect(try books.drift.detect(at: books.now).driftedFields == 0, "\(seed)")
        #expect(try books.drift.openCount() == 0, "\(seed)")
    }

    private func expect(_ cases: [Case], _ books: Books) throws {
        books.pass()
        _ = try books.drift.detect(at: books.now)
        var filter = DriftFilter()
        filter.limit = .max
        let rows = try books.drift.list(filter)
        let found = Dictionary(grouping: rows) { Int(String($0.resourceID.split(separator: ":").last ?? "")) ?? -1 }
        for (place, one) in cases.enumerated() {
            let fields = Set((found[place + 1] ?? []).map(\.field))
            guard fields == one.drifting else {
                Issue.record(
                    "ARCADIA_SEED=\(Seed.base &+ UInt64(place)): drift in \(fields), expected \(one.drifting); live \(one.resource.json.text), spec \(JSONValue.object(one.spec).text)"
                )
                return
            }
        }
    }

    // MARK: - Making cases

    /// - Parameter changing: so many of a hundred specs ask for something else.
    private static func make(_ number: Int, changing: Int) -> Case {
        var random = Seeded(Seed.base &+ UInt64(number))
        var attrs: JSONObject = [:]
        for index in 0..<random.int(0...6) { attrs["a\(index)"] = value(&random, depth: 2) }
        let resource = ProviderResource(
            kind: "droplet", providerID: "\(number + 1)", name: text(&random), region: random.chance(80) ? "nyc3" : nil,
            status: "active", sizeSlug: random.chance(80) ? "s-\(random.int(1...9))" : nil,
            tags: (0..<random.int(0...4)).map { _ in text(&random) }, attrs: attrs)
        var one = Case(resource: resource)
        for (field, live) in fields(of: resource) where random.chance(60) {
            one.spec[field] = respelled(live, &random)
        }
        if random.chance(changing), let field = one.spec.keys.randomElement(using: &random) {
            one.spec[field] = .string("something else \(number)")
            one.drifting = [field]
        }
        return one
    }

    private static func fields(of resource: ProviderResource) -> JSONObject {
        var fields: JSONObject = [
            "name": .string(resource.name), "region": resource.region.map(JSONValue.string) ?? .null,
            "size_slug": resource.sizeSlug.map(JSONValue.string) ?? .null,
            "tags": .array(resource.tags.map(JSONValue.string)),
        ]
        fields.merge(resource.attrs)
        return fields
    }

    private static func text(_ random: inout Seeded) -> String {
        let letters = ["a", "b", "0", "7", ".", "-", "\"", "\\", "\n", "ä", "💧", " ", "{", "]", ","]
        return (0..<random.int(1...6)).map { _ in letters[random.int(0...letters.count - 1)] }.joined()
    }

    private static func value(_ random: inout Seeded, depth: Int) -> JSONValue {
        switch random.int(1...(depth == 0 ? 6 : 8)) {
        case 1: return .null
        case 2: return .bool(random.chance(50))
        case 3...4: return .int(Int64(random.int(-1000...100_000)))
        case 5: return .number("\(random.int(0...99)).\(random.int(1...9))")
        case 6: return .string(random.chance(10) ? "" : text(&random))
        case 7: return .array((0..<random.int(0...4)).map { _ in value(&random, depth: depth - 1) })
        default:
            var object: JSONObject = [:]
            for index in 0..<random.int(0...3) { object["k\(index)"] = value(&random, depth: depth - 1) }
            return .object(object)
        }
    }

    // MARK: - The same in other words

    private static func respelled(_ resource: ProviderResource, _ random: inout Seeded) -> ProviderResource {
        var other = resource
        other.tags = resource.tags.shuffled(using: &random)
        other.attrs = [:]
        for (key, value) in resource.attrs.shuffled(using: &random) { other.attrs[key] = respelled(value, &random) }
        return other
    }

    private static func respelled(_ value: JSONValue, _ random: inout Seeded) -> JSONValue {
        switch value {
        case .null: return [.null, "", [], [:]][random.int(0...3)]
        case .bool(let flag): return random.chance(30) ? .string("\(flag)") : value
        case .int(let number): return [value, .string("\(number)"), .number("\(number).0")][random.int(0...2)]
        case .number(let text): return [value, .string(text), .number(text + "0")][random.int(0...2)]
        case .string: return value
        case .array(let items):
            var others = items.map { respelled($0, &random) }.shuffled(using: &random)
            if let one = others.first, random.chance(30) { others.append(one) }
            return .array(others)
        case .object(let object):
            var other: JSONObject = [:]
            for (key, member) in object.shuffled(using: &random) { other[key] = respelled(member, &random) }
            return .object(other)
        }
    }
}
