import SagaCore
import Testing

@testable import CloudControl

@Suite struct BillingCSVTests {
    private let fixture: BillingFixture
    private static let month = BillingFixture.month
    private static let short = "product,description,start,end,usd\n"

    init() throws { fixture = try BillingFixture() }

    // MARK: - What is taken

    struct Good: Sendable, CustomTestStringConvertible {
        let name: String
        let csv: String
        /// Descriptions.
        let lines: [String]
        let total: String
        var testDescription: String { name }
    }

    static let good = [
        Good(
            name: "the provider's own example",
            csv: """
                product,group_description,description,hours,start,end,USD,project_name,category
                Floating IPs,,Unused Floating IP - 1.1.1.1,100,2020-07-01 00:00:00 +0000,2020-07-22 18:14:39 +0000,$3.11,,iaas
                Taxes,,STATE SALES TAX (6.25%),,2020-07-01 00:00:00 +0000,2020-07-31 23:59:59 +0000,$0.16,,iaas

                """, lines: ["Unused Floating IP - 1.1.1.1", "STATE SALES TAX (6.25%)"], total: "3.27"),
        Good(
            name: "eight columns, as before 2020",
            csv: "product,group_description,description,hours,start,end,USD,project_name\n"
                + "Droplets,,eth (s-4vcpu-8gb),744,\(month),$40.00,\n", lines: ["eth (s-4vcpu-8gb)"], total: "40.00"),
        Good(
            name: "columns in another order, names with spaces and capitals",
            csv: " USD ,End,START,Description,Product,Project Name\n"
                + "$1.00,2026-05-01 00:00:00 +0000,2026-04-01 00:00:00 +0000,a (b),Droplets,web\n",
            lines: ["a (b)"], total: "1.00"),
        Good(
            name: "CRLF and a byte order mark",
            csv: "\u{FEFF}product,description,start,end,usd\r\nDroplets,a (b),\(month),$1.00\r\n", lines: ["a (b)"],
            total: "1.00"),
        Good(
            name: "no newline at the end", csv: short + "Droplets,a (b),\(month),$1.00", lines: ["a (b)"], total: "1.00"
        ),
        Good(
            name: "CR at the end and nothing after it", csv: short + "Droplets,a (b),\(month),$1.00\r",
            lines: ["a (b)"], total: "1.00"),
        Good(
            name: "quotes, doubled quotes, commas and newlines inside them",
            csv: short + "Droplets,\"a \"\"b\"\",\nc\r\nd (s)\",\(month),\"-$1,779.55\"\n",
            lines: ["a \"b\",\nc\r\nd (s)"], total: "-1779.55"),
        Good(
            name: "a field that is a doubled quote and nothing else", csv: short + "Droplets,\"\"\"\",\(month),1\n",
            lines: ["\""], total: "1.00"),
        Good(name: "an empty quoted field", csv: short + "Droplets,\"\",\(month),1\n", lines: [""], total: "1.00"),
        Good(
            name: "empty lines", csv: "\n" + short + "\n\r\nDroplets,a,\(month),1\n\n\n", lines: ["a"], total: "1.00"),
        Good(
            name: "other time zones, brackets and signs",
            csv: short
                + "Droplets,a,2026-04-01 02:00:00 +0200,2026-04-30 19:00:00 -0500,($2.50)\nDroplets,b,\(month),$-0.50\n",
            lines: ["a", "b"], total: "-3.00"),
        Good(
            name: "two lines alike", csv: short + "Droplets,a,\(month),1\nDroplets,a,\(month),1\n", lines: ["a", "a"],
            total: "2.00"),
        Good(name: "a header and nothing more", csv: short, lines: [], total: "0.00"),
        Good(
            name: "text that is not ASCII", csv: short + "Droplets,Zürich 東京 (s),\(month),1\n",
            lines: ["Zürich 東京 (s)"], total: "1.00"),
        Good(
            name: "a lone CR inside a field", csv: short + "Droplets,a\rb,\(month),1\n", lines: ["a\rb"], total: "1.00"),
    ]

    @Test(arguments: good, [1, 7, Int.max])
    func `a file is taken in pieces of any size`(good: Good, pieces: Int) throws {
        let ingested = try fixture.take(good.csv, pieces: pieces)
        #expect(try fixture.reports.lines().map(\.description) == good.lines)
        #expect(ingested.linesTotal.description == good.total)
        #expect(ingested.lineCount == good.lines.count)
    }

    @Test func `every column comes back as it was, and unknown ones as JSON`() throws {
        try fixture.take(
            "team,product,group_description,description,hours,start,end,USD,project_name,category,\"a \"\"b\"\"\",\n"
                + "red,Kubernetes Clusters,k8s,3 nodes,7.5,2026-04-01 00:00:00 +0000,2026-04-30 23:59:59 +0000,$1.05,shop,paas,\"x\ny\\\",\n"
        )
        let line = try #require(try fixture.reports.lines().first)
        #expect(line.ordinal == 1)
        #expect(line.product == "Kubernetes Clusters")
        #expect(line.kind == "kubernetes_cluster")
        #expect(line.name == "k8s")
        #expect(line.groupDescription == "k8s")
        #expect(line.hours == "7.5")
        #expect(line.startsAt.description == "2026-04-01T00:00:00.000Z")
        #expect(line.endsAt.description == "2026-04-30T23:59:59.000Z")
        #expect(line.amount.micros == 1_050_000)
        #expect(line.projectName == "shop")
        #expect(line.category == "paas")
        #expect(line.extra == ["team": "red", "a_\"b\"": "x\ny\\", "column_12": ""])
    }

    @Test func `a time is the same moment in every time zone`() throws {
        for text in [
            "2026-04-01 00:00:00 +0000", "2026-04-01T00:00:00Z", "2026-04-01 05:30:00 +0530",
            "2026-03-31 19:00:00.000 -05:00", "2026-04-01 00:00:00 UTC",
        ] {
            #expect(CalendarTime.moment(text)?.description == "2026-04-01T00:00:00.000Z", "\(text)")
        }
        #expect(CalendarTime.moment("2024-02-29 23:59:59 +0000")?.description == "2024-02-29T23:59:59.000Z")
    }

    @Test func `ten thousand moments are read back`() {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the moments: \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<10_000 {
            let moment = Timestamp(
                milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &random))
            #expect(CalendarTime.moment(moment.description) == moment, "seed \(seed)")
        }
    }

    // MARK: - What is refused

    struct Bad: Sendable, CustomTestStringConvertible {
        let name: String
        let csv: String
        let message: String
        var testDescription: String { name }
    }

    static let bad = [
        Bad(
            name: "nothing", csv: "",
            message:
                "line 1, column 1: there is no header; expected `product`, `description`, `start`, `end`, `usd`"),
        Bad(
            name: "a web page", csv: "<html>\n",
            message:
                "line 1, column 1: the header has no `product`, `description`, `start`, `end`, `usd`; expected `product`, `description`, `start`, `end`, `usd`, found `<html>`"
        ),
        Bad(
            name: "a column missing", csv: "product,description,start,end\n",
            message:
                "line 1, column 1: the header has no `usd`; expected `product`, `description`, `start`, `end`, `usd`, found `product`, `description`, `start`, `end`"
        ),
        Bad(
            name: "a column twice", csv: "product,description,start,end,USD,Product\n",
            message:
                "line 1, column 35: the header has `product` twice, as field 1 and as field 6; expected each column once"
        ),
        Bad(
            name: "a field too few", csv: short + "Droplets,\(month),1\nDroplets,a,\(month),1\n",
            message: "line 2, column 1: the line has 4 fields; expected 5, as the header has"),
        Bad(
            name: "a field too many", csv: short + "Droplets,a,\(month),1,2\n",
            message: "line 2, column 1: the line has 6 fields; expected 5, as the header has"),
        Bad(
            name: "cut off in the last line", csv: short + "Droplets,a,\(month),1\nDroplets,b,2026-04-01 0",
            message:
                "line 3, column 1: the file ends in the middle of a line, after 3 of 5 fields; expected a whole line, so fetch it again"
        ),
        Bad(
            name: "a bad amount", csv: short + "Droplets,Zürich,\(month),$abc\n",
            message:
                "line 2, column 69: in `usd`, \"$abc\" is no amount of dollars; expected one like $1,234.56, -$12.34 or ($12.34)"
        ),
        Bad(
            name: "no amount", csv: short + "Droplets,a,\(month),\n",
            message: "line 2, column 64: in `usd`, there is no amount; expected one like $1,234.56"),
        Bad(
            name: "a bad time", csv: short + "Droplets,a,2026-02-30 00:00:00 +0000,2026-05-01 00:00:00 +0000,1\n",
            message:
                "line 2, column 12: in `start`, \"2026-02-30 00:00:00 +0000\" is no time; expected one like 2020-07-01 00:00:00 +0000"
        ),
        Bad(
            name: "a time without a zone", csv: short + "Droplets,a,2026-02-01 00:00:00 +0000,2026-05-01 00:00:00,1\n",
            message:
                "line 2, column 38: in `end`, \"2026-05-01 00:00:00\" is no time; expected one like 2020-07-01 00:00:00 +0000"
        ),
        Bad(
            name: "a quote never closed",
            csv: short + "Droplets,a,\(month),1\nDroplets,\"b,\(month),1\nDroplets,c,\(month),1\n",
            message: "line 3, column 10: this quote is never closed; expected another one at the end of the field"),
        Bad(
            name: "a quote never closed, in a file larger than a line may be",
            csv: short + "Droplets,\"b,\(month),1\n" + String(repeating: "Droplets,c,\(month),1\n", count: 20_000),
            message: "line 2, column 10: this quote is never closed; expected another one at the end of the field"),
        Bad(
            name: "text after a quote", csv: short + "Droplets,\"a\"b,\(month),1\n",
            message:
                "line 2, column 13: text follows the closing quote; expected a comma or the end of the line, and quotes inside a field doubled"
        ),
        Bad(
            name: "a quote in the middle", csv: short + "Droplets,\"x\ny\",\(month),1\nDroplets,a\"b,\(month),1\n",
            message:
                "line 4, column 11: a quote stands inside a field without quotes; expected the whole field in quotes"),
        Bad(
            name: "a byte 0", csv: short + "Droplets,a\0b,\(month),1\n",
            message: "line 2, column 11: there is a byte 0; expected text"),
        Bad(
            name: "a line without end", csv: short + String(repeating: "x", count: 1 << 21),
            message: "line 2, column 1: the line is longer than 1048576 bytes; expected the lines of an invoice"),
        Bad(
            name: "no product", csv: short + ",a,\(month),1\n",
            message: "line 2, column 1: `product` is empty; expected what is billed, such as Droplets"),
        Bad(
            name: "a sum too large", csv: short + String(repeating: "Droplets,a,\(month),9000000000000\n", count: 2),
            message: "line 3, column 64: the sum of the lines so far is larger than 9,223,372,036,854.775808 dollars"),
    ]

    @Test(arguments: bad, [3, Int.max])
    func `a file that is not sound replaces nothing and says where`(bad: Bad, pieces: Int) throws {
        try fixture.take(Self.short + "Droplets,before,\(Self.month),7\n", amount: "7")
        let before = try fixture.everything()
        let message = billingMessage { try fixture.take(bad.csv, pieces: pieces) }
        #expect(message == "the CSV of invoice one cannot be taken: \(bad.message); its lines are as they were")
        #expect(try fixture.everything() == before)
        #expect(try fixture.reports.invoices().first?.error == message)
    }

    @Test func `bytes that are no UTF-8 are refused with their place`() throws {
        let bytes =
            Array((Self.short + "Droplets,a,\(Self.month),1\nDroplets,b").utf8) + [0xFF]
            + Array(",\(Self.month),1\n".utf8)
        let summary = InvoiceSummary(invoiceUUID: "one", period: try BillingPeriod("2026-04"), amount: .zero)
        let message = billingMessage {
            _ = try fixture.imports.replaceLines(of: summary, from: BillingFixture.source(bytes), at: fixture.now)
        }
        #expect(
            message
                == "the CSV of invoice one cannot be taken: line 3, column 10: the bytes here are not UTF-8; expected text in UTF-8; its lines are as they were"
        )
    }

    @Test func `a source that breaks off replaces nothing`() throws {
        struct Broken: Error, CustomStringConvertible { let description = "the disk is gone" }
        try fixture.take(Self.short + "Droplets,before,\(Self.month),7\n", amount: "7")
        let before = try fixture.everything()
        let summary = InvoiceSummary(invoiceUUID: "one", period: try BillingPeriod("2026-04"), amount: .zero)
        var first = Array((Self.short + "Droplets,a,\(Self.month),1\n").utf8)
        let message = billingMessage {
            _ = try fixture.imports.replaceLines(
                of: summary,
                from: { space in
                    guard !first.isEmpty else { throw Broken() }
                    defer { first = [] }
                    space.copyBytes(from: first)
                    return first.count
                }, at: fixture.now)
        }
        #expect(
            message
                == "the CSV of invoice one could not be read to its end: the disk is gone; its lines are as they were")
        #expect(try fixture.everything() == before)
    }

    @Test func `lines of many kinds come through pieces of any size as through one`() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed of the files: \(seed)")
        var random = SeededRandom(seed: seed)
        for round in 0..<50 {
            let texts = (0..<Int.random(in: 1...200, using: &random)).map { _ in Self.text(&random) }
            let csv = Self.short + texts.map { "Droplets,\(Self.quoted($0)),\(Self.month),1\n" }.joined()
            try fixture.take(csv, pieces: Int.random(in: 1...200, using: &random))
            #expect(try fixture.reports.lines().map(\.description) == texts, "round \(round), seed \(seed)")
        }
    }

    private static func text(_ random: inout SeededRandom) -> String {
        let pieces = ["a", "\"", "\"\"", ",", "\n", "\r\n", " (", ")", "é", "東", " ", "name-1", "$", "\r"]
        return (0..<Int.random(in: 0...8, using: &random)).map { _ in pieces.randomElement(using: &random)! }.joined()
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
