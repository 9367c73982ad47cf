import SagaCore
import Storage
import Testing

@testable import CloudControl

/// The quick comparison of bytes may be unsure; it may never be wrong.
@Suite struct RawComparisonTests {
    @Test func `what the quick comparison calls as asked, the full one does too`() throws {
        var sure = 0
        for number in 0..<Seed.cases {
            var random = Seeded(Seed.base &+ UInt64(number))
            let row = TextRow(Self.columns(&random))
            guard case .asAsked(let unknown) = RawComparison.compare(row) else { continue }
            sure += 1
            let resource = try ComparedResource(row)
            let comparisons = resource.spec.map { resource.compare($0.key, $0.value, FieldComparators()) }
            #expect(!resource.isDeleted)
            #expect(
                comparisons.allSatisfy { $0 == .equal || $0 == .unknown }
                    && comparisons.count { $0 == .unknown } == unknown,
                "ARCADIA_SEED=\(Seed.base &+ UInt64(number)): \(row.texts)")
        }
        // Else this would hold for a comparison that is never sure.
        #expect(sure > Seed.cases / 20, "\(sure) of \(Seed.cases)")
    }

    @Test(
        arguments: [
            (#"{"region":"nyc3","image":"u","memory":1}"#, 0 as Int?), (#" {"region":"nyc3"}"#, nil),
            (#"{ "region" : "nyc3" , "tags" : ["a"] }"#, 0), (#"{"colour":"red"}"#, 1), ("{}", 0),
            (#"{"region":"nyc"}"#, nil), (#"{"image":"u""#, nil), (#"{"tags":["a"]"#, nil), ("[]", nil),
            (#"{"image":"u\u0041"}"#, nil), (#"{"\u0069mage":"u"}"#, nil), (#"{"name":"a\\n"}"#, nil),
            (#"{"name":"a\n"}"#, nil),
            (#"{"memory":1,"deep":{"a":["}"]}}"#, 0), (#"{"memory":10}"#, nil),
        ])
    func `of a spec it is sure or not`(spec: String, unknown: Int?) {
        let row = TextRow([
            "1", spec, "1", nil, #"a\n"#, "nyc3", "active", nil, #"["a"]"#,
            #"{"deep":{"a":["}"]},"image":"u","memory":1}"#, "p", "droplet",
        ])
        switch RawComparison.compare(row) {
        case .asAsked(let found): #expect(found == unknown)
        case .cannotTell: #expect(unknown == nil)
        }
    }

    @Test func `a tombstone is never as asked`() {
        let row = TextRow(["1", "{}", "1", "5", "a", nil, nil, nil, "[]", "{}", "p", "droplet"])
        guard case .cannotTell = RawComparison.compare(row) else {
            Issue.record("a deleted resource counts as being as it was asked to be")
            return
        }
    }

    // MARK: - Rows of few letters, so that much is nearly the same

    private static func columns(_ random: inout Seeded) -> [String?] {
        let attrs = object(["image", "a", "ab", "b"], &random)
        let spec = object(["name", "region", "size_slug", "tags", "image", "a", "ab", "b"], &random)
        let texts = (0..<4).map { _ in random.chance(20) ? nil : text(&random) }
        return [
            "1", spec, "1", random.chance(3) ? "9" : nil, texts[0] ?? "", texts[1], texts[2], texts[3],
            JSONValue.array(random.chance(50) ? [] : [.string(text(&random))]).text, attrs, "p", "droplet",
        ]
    }

    private static func object(_ keys: [String], _ random: inout Seeded) -> String {
        var object: JSONObject = [:]
        for key in keys where random.chance(30) { object[key] = value(&random, depth: 2) }
        return JSONValue.object(object).text(pretty: random.chance(20))
    }

    private static func value(_ random: inout Seeded, depth: Int) -> JSONValue {
        switch random.int(1...(depth == 0 ? 4 : 6)) {
        case 1: return .null
        case 2: return .int(Int64(random.int(0...2)))
        case 3...4: return .string(text(&random))
        case 5: return .array((0..<random.int(0...2)).map { _ in value(&random, depth: depth - 1) })
        default: return ["a": value(&random, depth: depth - 1)]
        }
    }

    private static func text(_ random: inout Seeded) -> String {
        let letters = ["a", "\"", "\\", "}", "n"]
        return (0..<random.int(0...2)).map { _ in letters[random.int(0...letters.count - 1)] }.joined()
    }
}

/// A row of texts that lie in memory of their own.
private final class TextRow: Row {
    let texts: [String?]
    private let copies: [UnsafeMutableRawBufferPointer?]

    init(_ texts: [String?]) {
        self.texts = texts
        copies = texts.map { text in
            text.map { text in
                let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
                copy.copyBytes(from: text.utf8)
                return copy
            }
        }
    }

    deinit { for copy in copies { copy?.deallocate() } }

    func int(_ column: Int) -> Int64? { texts[column].flatMap { Int64($0) } }
    func text(_ column: Int) -> String? { texts[column] }
    func json(_ column: Int) throws -> JSONValue? { try texts[column].map { try JSONValue(parsing: $0) } }
    func bytes(_ column: Int) -> UnsafeRawBufferPointer? { copies[column].map { UnsafeRawBufferPointer($0) } }
}
